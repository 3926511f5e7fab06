/* SPDX-License-Identifier: Apache-2.0 */
/* How long findings took: a histogram over fixed bounds. */
#pragma once

#include <stdint.h>

#include <cjson/cJSON.h>

#define CL_LATENCY_BUCKETS 15

struct cl_latency {
	uint64_t buckets[CL_LATENCY_BUCKETS]; /* each alone; what is above the last bound is in `count` only */
	uint64_t count, sum_ns;
};

void cl_latency_take(struct cl_latency *l, uint64_t ns);
/* {"buckets":[{"le":seconds,"count"}],"sum":seconds,"count"} as member `name` of `out` */
void cl_latency_json(const struct cl_latency *l, cJSON *out, const char *name);
