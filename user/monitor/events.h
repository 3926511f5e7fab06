/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stream of acts with a credential, as OCSF events (format/format.h), into a file of its own. It delays nobody: acts
 * are handed over in memory, at most CL_EVENTS_WAITING of them; while that many wait for a slow disk a new one is dropped
 * and counted. Events are no findings: one that is lost is not sent again.
 */
#pragma once

#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"

#define CL_EVENTS_WAITING 512

struct cl_events;
struct cl_events_stats {
	uint64_t written, dropped, failed; /* failed: not rendered, or not written */
};

/* Appends to `path`, a regular file, which is made when it is not there (mode 0600). */
int cl_events_new(struct cl_events **out, const char *path, struct cl_error *err);
/* Starts the thread that writes, which gets the rights that the caller has by then. NULL: 0. */
int cl_events_start(struct cl_events *e);
/* Writes what waits, then ends the thread. */
void cl_events_free(struct cl_events **p);
/* A listener for cl_detect_tell_acts; ctx is the struct cl_events. */
void cl_events_put(void *ctx, const cJSON *act);
struct cl_events_stats cl_events_stats(struct cl_events *e); /* NULL: all 0 */
