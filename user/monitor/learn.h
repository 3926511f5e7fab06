/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `monitor --learn`: for a while it is watched who reads which store, which workflows have which credential and where
 * they take it; of that a policy is written that a person reads, changes and puts in place. Nothing is allowed by
 * learning: findings are reported as ever, and the proposal lies where no policy is read from.
 *
 * The proposal is written every ten minutes, at the end of the time and when the monitor stops, in one piece or not at
 * all. When the time began and who read what is kept in the store: a monitor that is started again with --learn inside
 * the time goes on. Bounded: CL_LEARN_READERS pairs of store and program; what comes beyond is counted in the proposal.
 */
#pragma once

#include "catalogue/catalogue.h"
#include "store/store.h"
#include "pipeline/pipeline.h"

#define CL_LEARN_READERS 4096
#define CL_STORE_LEARNED "policy:learned" /* in the store's meta */

struct cl_learn;
struct cl_learn_options {
	uint64_t window;  /* ns */
	const char *path; /* of the proposal */
	const struct cl_catalogue *catalogue;
	struct cl_pipeline *pipeline;
	void (*keep)(void *ctx, const char *value); /* CL_STORE_LEARNED is this from now on */
	void *ctx;
};

/* `kept`: what was kept before, NULL for nothing. */
int cl_learn_new(struct cl_learn **out, const struct cl_learn_options *o, const char *kept, uint64_t wall_ns);
void cl_learn_free(struct cl_learn **p);
/* After the pipeline had it. */
void cl_learn_take(struct cl_learn *l, const struct cl_observation *obs);
/* Writes what is due; `last`: in any case. */
void cl_learn_look(struct cl_learn *l, uint64_t wall_ns, bool last);
