/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `credlineage top` shows, gathered from the store and from the running monitor's answer to {"op":"status"}. One
 * snapshot is one JSON object; drawing is a function of it (layout.h), and `top --json` prints it:
 *
 *   {"schema":"credlineage.top/1","generated","host":{"id","name"},
 *    "monitor":{"running":bool,"gone":bool (nobody is there),"started","alive","why" (it is not running)},
 *    "store":{"error","credentials_pending","runs_left_out"},
 *    "coverage":{"complete":bool,"known":bool,"tiers":[{"tier","acts":[names]}],"lost":[{"act","stage","count"}]},
 *    "events":[{"kind","per_second" (absent until two answers are there),"sent","repeated","lost","failed","skipped",
 *               "capped"}],
 *    "findings":[{"id","detector","severity","title","credential","provider","workflows":[],"first","last","count"}],
 *    "credentials":[{"id","fingerprint","provider","format","class","runs","workflows","destinations","findings",
 *                    "severity","first","last"}],
 *    "runs":[{"id","run_id","workflow","kind","environment","state":"active|ended|survivors","begin","end","last",
 *             "holds":[{"provider","count"}],"credentials","severity"}]}
 *
 * Order: findings latest first; credentials by reuse (workflows, then runs, destinations, latest); runs that go on first,
 * then the latest. "severity" of a credential or a run is its worst finding's, of those that are known here.
 *
 * Bounded: the caps below, and of one look at the store at most CL_TOP_LOOK_NS go into credentials that changed; what is
 * left is counted ("..._pending", "..._left_out") and comes with the next looks. A credential that is costly to read is
 * read again only after a multiple of that time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "store/store.h"

#define CL_TOP_SCHEMA "credlineage.top/1"
#define CL_TOP_CREDENTIALS 1000 /* those that were seen last */
#define CL_TOP_RUNS 300		/* those that were seen last */
#define CL_TOP_FINDINGS 200	/* the latest ones */
#define CL_TOP_RUNS_EACH 64	/* runs of one credential that are looked at for the list of runs */
#define CL_TOP_LOOK_NS (200 * 1000000ull)

struct cl_top_model;

int cl_top_model_new(struct cl_top_model **out);
void cl_top_model_free(struct cl_top_model **p);

struct cl_top_sources {
	struct cl_store_db *db; /* NULL: it cannot be read, store_why says why */
	const char *store_why;
	const cJSON *status; /* the monitor's answer; NULL: none, monitor_why says why */
	const char *monitor_why;
	bool monitor_gone; /* nobody is there, rather than that somebody gives no answer */
	uint64_t now;	   /* ns of any clock that only goes forward: rates are differences */
};
/* *out: a snapshot, the caller frees it. Another store than before: make another model. */
int cl_top_gather(struct cl_top_model *m, const struct cl_top_sources *from, cJSON **out, struct cl_error *err);
