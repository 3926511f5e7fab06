/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting of transports: none is longer than a couple of seconds, and each ends soon after the output is stopped. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "base/clock.h"

#define CL_WAIT_NS (2 * CL_NS_PER_S) /* what one step of a transport may take */

/*
 * Until poll says one of `events` or an error of the descriptor, which the next call on it then tells. 0; -ETIMEDOUT: it
 * is past `until` (boot ns); -ECANCELED: *stop is set; -errno.
 */
int cl_wait_ready(int fd, short events, uint64_t until, const atomic_bool *stop);
