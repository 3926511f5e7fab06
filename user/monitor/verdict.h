/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy server said about one report of a finding (opa.h). Verdicts are recorded beside the observations: a replay
 * gives what was reported then, whatever the server would say today.
 */
#pragma once

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "event/observation.h"

#define CL_VERDICTS_MAX 65536u /* of one recording; what comes beyond is as our own judgement had it */

struct cl_verdict {
	const char *severity; /* NULL: as it was */
	const char *reason;   /* NULL: none given */
	bool drop;
};

/* Puts a severity into the report, with "policy":{"server":{"severity_before","reason"}}. */
void cl_verdict_apply(const struct cl_verdict *v, cJSON *finding);
/* As an observation that borrows from both; ts is for the caller to set. */
struct cl_observation cl_verdict_observation(const struct cl_verdict *v, const cJSON *finding);

struct cl_verdicts;
/* All verdicts of a recording; *out stays NULL when there is none. 0, -ENOMEM, or why it cannot be read. */
int cl_verdicts_load(struct cl_verdicts **out, const char *recording, struct cl_error *err);
void cl_verdicts_free(struct cl_verdicts **p);
/* The verdict on this report; false: there is none. Borrowed. */
bool cl_verdicts_find(const struct cl_verdicts *all, const cJSON *finding, struct cl_verdict *out);
