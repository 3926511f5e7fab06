/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the monitor does what it is there for: every act seen, nothing lost in the last CL_HEALTH_WINDOW_NS, the store
 * written. What a status says of it, from the status' other members; only the time of a loss is kept here.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#define CL_HEALTH_WINDOW_NS (5 * 60 * 1000000000ull)
#define CL_HEALTH_LOSSES 64 /* kinds and stages; what finds no room is told under the last one's name */

struct cl_health {
	struct {
		char act[32], stage[32];
		uint64_t count, first, last; /* of those that are told as one; boot ns */
	} losses[CL_HEALTH_LOSSES];
	size_t n;
};

/* `count` were lost just now. */
void cl_health_lost(struct cl_health *h, const char *act, const char *stage, uint64_t count, uint64_t now);
/* Adds {"health":{"healthy":bool,"problems":[{"kind":"probe|loss|store|output","subject","text"}]}}; `status` has what is
 * known otherwise. */
void cl_health_json(const struct cl_health *h, cJSON *status, uint64_t now);
