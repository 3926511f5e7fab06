/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was watched and what was lost, as told by coverage and loss observations: part of every finding. The latest
 * word per act counts; losses add up. Both lists are bounded; what finds no place makes the coverage incomplete.
 */
#pragma once

#include <stdbool.h>

#include "detect/detect.h"

#define CL_COVERAGE_ACTS 32
#define CL_COVERAGE_LOSSES 64

struct cl_coverage {
	struct {
		char act[32], tier[32], detail[128];
	} acts[CL_COVERAGE_ACTS];
	struct {
		char act[32], stage[32];
		uint64_t count;
	} lost[CL_COVERAGE_LOSSES];
	size_t n_acts, n_lost;
	bool overflow, unclean;
};

void cl_coverage_apply(struct cl_coverage *c, const struct cl_observation *obs);
/* Nobody sees this act: tier "none" or "detached", or no tier at all. */
bool cl_tier_is_blind(const char *tier);
bool cl_coverage_complete(const struct cl_coverage *c);
/* Adds the member "coverage". */
void cl_coverage_json(const struct cl_coverage *c, cJSON *finding);
