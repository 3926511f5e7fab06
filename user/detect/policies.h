/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What policy says, as the stream of observations told it: the latest statement of each source about each credential.
 * Judgements use the time of the observation in hand, so a recording that holds the statements replays to the same.
 * Nothing is evicted, a rule must hold: at most CL_POLICIES_MAX credentials, what comes beyond is refused and counted.
 */
#pragma once

#include "detect/detect.h"
#include "base/table.h"
#include "policy/policy.h"

#define CL_POLICIES_MAX ((size_t)CL_POLICY_SOURCES * CL_POLICY_STATEMENTS)

struct cl_policy_entry {
	uint8_t fp[CL_FP_SIZE];
	cJSON *said[CL_POLICY_SOURCES]; /* by source - 1; NULL: nothing */
	uint64_t allowed;		/* acts that an allowance excused */
	UT_hash_handle hh;
};

struct cl_policies {
	struct cl_policy_entry *entries;
	bool excused; /* the act in hand was */
};

struct cl_credential;
void cl_policies_free(struct cl_policies *p);
int cl_policies_apply(struct cl_detect *d, const struct cl_observation *obs);
/* What was said of a later fingerprint, before it was known whose it is, is said of the credential. */
void cl_policies_join(struct cl_policies *p, const uint8_t later[CL_FP_SIZE], const uint8_t first[CL_FP_SIZE]);
/* Every detector has seen the act: what policy excused of it is counted, in the graph too. */
int cl_policies_settle(struct cl_detect *d, const struct cl_credential *c);
const struct cl_policy_entry *cl_policies_of(const struct cl_policies *p, const uint8_t fp[CL_FP_SIZE]); /* or NULL */
const char *cl_policies_get(const struct cl_policies *p, const uint8_t fp[CL_FP_SIZE], const char *member);
