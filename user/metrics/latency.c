/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/latency.h"

#include "base/clock.h"
#include "base/json.h"

static const uint64_t bounds_ms[CL_LATENCY_BUCKETS] = {1,   2,	  5,	10,   25,    50,    100,  250,
						       500, 1000, 2500, 5000, 10000, 30000, 60000};

void cl_latency_take(struct cl_latency *l, uint64_t ns)
{
	unsigned int i = 0;

	while (i < CL_LATENCY_BUCKETS && ns > bounds_ms[i] * 1000000)
		i++;
	if (i < CL_LATENCY_BUCKETS)
		l->buckets[i]++;
	l->count++;
	l->sum_ns += ns;
}

void cl_latency_json(const struct cl_latency *l, cJSON *out, const char *name)
{
	cJSON *o = cl_json_obj(out, name), *list = cl_json_arr(o, "buckets");

	for (unsigned int i = 0; i < CL_LATENCY_BUCKETS; i++) {
		cJSON *bucket = cl_json_push(list);

		cl_json_num(bucket, "le", (double)bounds_ms[i] / 1000);
		cl_json_num(bucket, "count", (double)l->buckets[i]);
	}
	cl_json_num(o, "sum", (double)l->sum_ns / (double)CL_NS_PER_S);
	cl_json_num(o, "count", (double)l->count);
}
