/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's own state, shared by its files; detectors see detector.h only. */
#pragma once

#include "detect/coverage.h"
#include "detect/detector.h"
#include "detect/holdings.h"
#include "detect/policies.h"
#include "detect/rules.h"

#define CL_DETECTORS_MAX 32
#define CL_FINDING_ID 24

/* A fact that was reported, by its id: once, then counted. */
struct cl_known {
	char id[CL_FINDING_ID];
	const struct cl_detector *by; /* NULL: restored, its detector has not spoken yet */
	uint8_t fp[CL_FP_SIZE];
	bool of_credential; /* fp counts */
	char *runs[2];	    /* sides, to find them again for a report that waits */
	bool latest[2];
	char *detail, *compared[2];
	struct cl_use *own; /* a gathered side, which nobody else keeps */
	uint32_t severity;
	uint32_t own_severity; /* the detector's, where policy says another; 0: it does not */
	char *rule, *reason;   /* which says so, and why */
	uint64_t count;
	uint64_t first, last; /* wall ns */
	uint64_t reported;    /* when the last report went out */
	bool waits, closed;
	UT_hash_handle hh;
};

struct cl_detect {
	struct cl_identity *identity;
	struct cl_graph *graph; /* NULL: findings carry no lineage */
	void (*report)(void *ctx, const cJSON *finding);
	void *ctx;
	struct cl_detect_limits limits;
	struct cl_detect_stats stats;
	struct cl_holdings holdings;
	struct cl_policies policies;
	struct cl_rulebook rulebook;
	struct cl_coverage coverage;
	cJSON *frameworks;
	struct cl_known *known;
	size_t waiting; /* entries of `known` that wait */
	void *states[CL_DETECTORS_MAX];
	size_t started;
	uint32_t touch;				  /* enum cl_touch, of the read in hand; 0: nobody has asked */
	uint64_t now;				  /* wall ns of the observation in hand */
	const struct cl_use *acting;		  /* what detectors are offered just now */
	void (*act)(void *ctx, const cJSON *act); /* NULL: nobody listens */
	bool (*act_room)(void *ctx);		  /* NULL: there always is */
	void *act_ctx;
	bool baseline; /* it tells of a state, not of an act: it makes facts known, but is no repeat of one */
};

/* ---- engine.c ---- */
int cl_detect_offer(struct cl_detect *d, const struct cl_use *u); /* to every detector */

/* ---- enter.c ---- */
/* Enters an act of a process, and offers it to nobody. first, latest and process are filled. */
int cl_acts_enter(struct cl_detect *d, struct cl_credential *c, const struct cl_process *actor, struct cl_act *act,
		  struct cl_use **out);
/* The same, offered to every detector. */
int cl_acts_use(struct cl_detect *d, struct cl_credential *c, const struct cl_process *actor, struct cl_act *act,
		const struct cl_destination *to);
int cl_acts_known_use(struct cl_detect *d, const struct cl_observation *obs);

/* ---- acts.c ---- */
int cl_acts_apply(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor);

/* ---- succession.c ---- */
int cl_succession_restore(struct cl_detect *d, const struct cl_observation *obs);
void cl_succession_json(const struct cl_credential *c, cJSON *credential);
int cl_succession_say(struct cl_text *out, const struct cl_credential *c);

/* ---- issued.c ---- */
int cl_say_issued(struct cl_text *out, const struct cl_credential *c); /* nothing for one that names no workload */

/* ---- report.c ---- */
void cl_reports_free(struct cl_detect *d);
int cl_reports_restore(struct cl_detect *d, const struct cl_observation *obs);
/* Sends what waits: everything, or what is due at d->now. */
void cl_reports_send(struct cl_detect *d, bool everything);
void cl_reports_use_leaves(struct cl_detect *d, const struct cl_use *u);

/* ---- finding.c ---- */
/* The native JSON of schema credlineage.finding/1; 0 or -ENOMEM. */
int cl_finding_build(const struct cl_detect *d, const struct cl_known *k, const struct cl_fact *fact,
		     const char *activity, cJSON **out);
/* The native JSON of schema credlineage.act/1: the latest act of a use; 0 or -ENOMEM. */
int cl_act_build(const struct cl_detect *d, const struct cl_use *u, cJSON **out);
/* What people call a credential and whose it is: members "label" and "owner". */
void cl_finding_policy(const struct cl_detect *d, const uint8_t fp[CL_FP_SIZE], cJSON *o);

/* ---- finding_lineage.c ---- */
/* The member "lineage" of a finding whose sides are there already; 0 or -ENOMEM. */
int cl_finding_lineage(const struct cl_detect *d, const struct cl_fact *fact, cJSON *finding);
