/* SPDX-License-Identifier: Apache-2.0 */
/* How many findings each detector made, by severity: those of activity "create", since the start. */
#pragma once

#include <stdint.h>

#include <cjson/cJSON.h>

#define CL_TALLY_DETECTORS 32

struct cl_tally {
	uint64_t counts[CL_TALLY_DETECTORS][4]; /* by the place among cl_detector_ids(), by severity from Low */
};

/* `finding`: credlineage.finding/1. */
void cl_tally_take(struct cl_tally *t, const cJSON *finding);
/* [{"detector","severity","count"}] as member `name` of `out`, every pair there is: a counter begins at 0. */
void cl_tally_json(const struct cl_tally *t, cJSON *out, const char *name);
