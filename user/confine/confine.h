/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's last step before it looks at anything: from a root process that loaded probes to one that has what
 * rights.h lists and makes the system calls that syscalls.h describes. There is no way back.
 */
#pragma once

#include "base/error.h"

/* Before any thread is started that stays: capabilities are a thread's own (-EBUSY: there is one already). */
int cl_confine(struct cl_error *err);
