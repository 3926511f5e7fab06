/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Picks up where the last monitor stopped: runs, who held what, and findings that were reported come back from the
 * store as observations (KNOWN_RUN, KNOWN_USE, KNOWN_FINDING), so that nothing is reported twice and a reuse across a
 * restart is seen. An unclean stop becomes CL_OBS_UNCLEAN when it was one of the watching (`blind`).
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "event/observation.h"
#include "store/store.h"
#include "monitor/host.h"

int cl_restore(struct cl_store_db *db, const struct cl_host_facts *host, bool blind,
	       void (*feed)(void *ctx, const struct cl_observation *obs), void *ctx, struct cl_error *err);
