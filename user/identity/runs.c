/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs and how they nest. `live` counts the processes alive in a run, `busy` the runs directly below that are not idle;
 * idle = neither. A run ends when it becomes idle, a declared one at the latest with its root process, the host's never.
 *
 * Invariants: the host's run is the only one without a parent; a run with `nested` runs or a live process stays in the
 * table; `depth` is bounded, so every walk up a chain is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "identity/tables.h"

bool cl_run_is_ancestor(const struct cl_run *a, const struct cl_run *of)
{
	return a != of && cl_runs_contains(of, a);
}

bool cl_run_same_workflow(const struct cl_run *a, const struct cl_run *b)
{
	return !strcmp(a->workflow, b->workflow);
}

bool cl_runs_contains(const struct cl_run *inner, const struct cl_run *outer)
{
	while (inner && inner != outer)
		inner = inner->parent;
	return inner != NULL;
}

void cl_runs_reopen(struct cl_run *run)
{
	run->state = CL_RUN_ACTIVE;
	run->end = 0;
}

/* Somebody lives in it after all: a late record, or one that a recogniser let back in. */
static void revive(struct cl_run *run)
{
	if (run->state != CL_RUN_ENDED)
		return;
	if (run->closed || run->declared)
		run->state = CL_RUN_ENDED_WITH_SURVIVORS;
	else
		cl_runs_reopen(run);
}

void cl_runs_enter(struct cl_run *run)
{
	bool was_idle = cl_run_is_idle(run);

	run->live++;
	revive(run);
	while (was_idle && run->parent) {
		run = run->parent;
		was_idle = cl_run_is_idle(run);
		run->busy++;
		revive(run);
	}
}

void cl_runs_forget_cgroup(struct cl_identity *id, const struct cl_run *run)
{
	for (struct cl_run **at = &id->cgroup_runs; *at; at = &(*at)->next_cgroup) {
		if (*at != run)
			continue;
		*at = run->next_cgroup;
		return;
	}
}

void cl_runs_end(struct cl_identity *id, struct cl_run *run, uint64_t ts)
{
	if (run->state != CL_RUN_ACTIVE || run->kind == CL_RUN_HOST)
		return;
	run->state = cl_run_is_idle(run) ? CL_RUN_ENDED : CL_RUN_ENDED_WITH_SURVIVORS;
	run->end = ts;
	id->stats.runs_ended++;
	cl_runs_forget_cgroup(id, run);
	if (run->waiting)
		return;
	run->waiting = true;
	run->next_ended = NULL;
	if (id->ended_last)
		id->ended_last->next_ended = run;
	else
		id->ended_first = run;
	id->ended_last = run;
}

void cl_runs_leave(struct cl_identity *id, struct cl_run *run, uint64_t ts)
{
	run->live--;
	while (run && cl_run_is_idle(run)) {
		if (ts)
			cl_runs_end(id, run, ts);
		run = run->parent;
		if (run)
			run->busy--;
	}
}

void cl_runs_move(struct cl_identity *id, struct cl_process *p, struct cl_run *to, uint64_t ts)
{
	struct cl_run *from = p->run;

	if (from == to)
		return;
	p->run = to;
	if (p->exit_ts)
		return;
	/* in this order: a run does not become idle by being nested */
	cl_runs_enter(to);
	cl_runs_leave(id, from, ts);
}

void cl_runs_root_exit(struct cl_identity *id, struct cl_run *run, struct cl_process_key key, uint64_t ts)
{
	for (; run; run = run->parent)
		if (run->declared && cl_key_equal(run->root, key))
			cl_runs_end(id, run, ts);
}

static uint64_t expiry_of(const struct cl_run *run)
{
	uint64_t end;

	if (!run->ttl || run->state != CL_RUN_ACTIVE || __builtin_add_overflow(run->begin, run->ttl, &end))
		return 0;
	return end;
}

void cl_runs_await_expiry(struct cl_identity *id, const struct cl_run *run)
{
	uint64_t end = expiry_of(run);

	if (end && (!id->next_expiry || end < id->next_expiry))
		id->next_expiry = end;
}

/* Whoever is left in it is a survivor; the run's end is the moment that was declared, not the one at which it is seen. */
void cl_runs_expire(struct cl_identity *id, uint64_t now)
{
	struct cl_run *r = NULL, *next = NULL;

	if (!id->next_expiry || now < id->next_expiry)
		return;
	id->next_expiry = 0;
	HASH_ITER (hh, id->runs, r, next) {
		uint64_t end = expiry_of(r);

		if (!end || end > now) {
			cl_runs_await_expiry(id, r);
			continue;
		}
		if (!r->outcome)
			r->outcome = strdup("expired"); /* without memory: it ended all the same */
		r->closed = true;
		id->stats.runs_expired++;
		cl_runs_end(id, r, end);
	}
}

/* One that has come back to life in between is not reported. */
struct cl_run *cl_runs_next_ended(struct cl_identity *id)
{
	struct cl_run *r;

	while ((r = id->ended_first)) {
		id->ended_first = r->next_ended;
		if (!id->ended_first)
			id->ended_last = NULL;
		r->waiting = false;
		if (r->state != CL_RUN_ACTIVE)
			return r;
	}
	return NULL;
}
