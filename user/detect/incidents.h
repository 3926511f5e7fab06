/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What new-destination remembers besides the usual places, each table bounded, the oldest entry goes first:
 *   incidents  runs that were reported, each with what its finding is about: what follows in that run is the same one
 *   givers     who gave a credential to a program in a variable: who gives it to several has it exported
 */
#pragma once

#include "base/table.h"
#include "detect/detector.h"
#include "policy/policy.h"

struct cl_incident {
	char *run;
	uint8_t fp[CL_FP_SIZE];
	char place[CL_POLICY_DESTINATION];
	UT_hash_handle hh;
};

void cl_incidents_free(struct cl_incident **table);
struct cl_incident *cl_incident_of(struct cl_incident *table, const char *run); /* NULL: none */
int cl_incident_new(struct cl_incident **table, const char *run, const uint8_t fp[CL_FP_SIZE],
		    const char place[CL_POLICY_DESTINATION], struct cl_incident **out);

struct cl_giver;
void cl_givers_free(struct cl_giver **table);
/* `program`: a hash of the one that got it. */
int cl_givers_note(struct cl_giver **table, struct cl_process_key giver, const uint8_t fp[CL_FP_SIZE],
		   uint64_t program);
bool cl_givers_widely(struct cl_giver *table, struct cl_process_key giver, const uint8_t fp[CL_FP_SIZE]);
