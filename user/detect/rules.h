/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The site's policy (policy/rules.h) as the stream of observations told it, and what detectors ask it. The rules of
 * before hold until a document is whole and sound; one that is not is counted and changes nothing.
 *
 * Exclusions and severities are applied to every fact in one place (report.c): a detector knows nothing of them.
 */
#pragma once

#include "detect/detector.h"
#include "policy/rules.h"

struct cl_rulebook {
	struct cl_rules *rules; /* never NULL once cl_rulebook_open is done */
	char *text;		/* of a document that is on its way */
	size_t len, whole;
	uint64_t pieces;
	struct cl_rule *excused_by; /* the act in hand */
};

int cl_rulebook_open(struct cl_rulebook *b);
void cl_rulebook_free(struct cl_rulebook *b);
int cl_rulebook_apply(struct cl_detect *d, const struct cl_observation *obs);

/* How a use looks to rules; `act` NULL: no act of it in particular. Borrows. `places` holds CL_USE_DESTINATIONS. */
void cl_subject_of_use(const struct cl_detect *d, const struct cl_use *use, const struct cl_act *act,
		       struct cl_subject_place *places, struct cl_subject *out);

/* The sharing rule that lets both have the credential; it is counted when the act is settled. NULL: none. */
struct cl_rule *cl_rulebook_shares(struct cl_detect *d, const struct cl_use *a, const struct cl_use *b);

struct cl_ruling {
	const struct cl_rule *rule; /* that gives the severity; NULL: it is the detector's own */
	uint32_t own;		    /* the detector's */
};
/* Policy's word about a fact before it is reported. False: it is excluded, and that is counted. */
bool cl_rulebook_judge(struct cl_detect *d, const struct cl_detector *by, struct cl_fact *fact, struct cl_ruling *out);
