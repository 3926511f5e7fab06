/* SPDX-License-Identifier: Apache-2.0 */
/* CI jobs, batch jobs, agents and the like: what the list of recognisers finds. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "identity/recognise_internal.h"
#include "identity/tables.h"

#define WORKER_DEPTH 8

/* Opened by this row, or known from before under the name that this row gives. */
static bool is_of(const struct cl_run *run, const struct cl_recogniser *row, const char *workflow)
{
	return run->recogniser == row ||
	       (!run->recogniser && run->kind == row->kind && !strcmp(run->workflow, workflow));
}

static bool has_name(const struct cl_run *run, const char *named)
{
	return !strcmp(run->id, named) || (run->named && !strcmp(run->named, named));
}

static struct cl_run *innermost(struct cl_run *run, const struct cl_recogniser *row, const char *workflow)
{
	while (run && !is_of(run, row, workflow))
		run = run->parent;
	return run;
}

static bool around(struct cl_run *run, const struct cl_recogniser *row, const char *workflow, const char *named)
{
	for (run = innermost(run, row, workflow); run; run = innermost(run->parent, row, workflow))
		if (has_name(run, named))
			return true;
	return false;
}

/* By id, else by the name that came after the id was made. */
static struct cl_run *elsewhere(struct cl_identity *id, const struct cl_recogniser *row, const char *workflow,
				const char *named)
{
	struct cl_run *r = cl_runs_find(id, named);

	if (r && is_of(r, row, workflow))
		return r;
	r = cl_runs_find_named(id, named);
	return r && is_of(r, row, workflow) ? r : NULL;
}

/*
 * True when the process is in the right run already. An agent's main process is recognised by its program, before it
 * has a session; the first session that its children name is its own. A second one is a session within it.
 */
static bool settled(struct cl_identity *id, struct cl_run *run, const struct cl_recogniser *row, const char *workflow,
		    const char *named)
{
	struct cl_run *mine = innermost(run, row, workflow);

	if (row->generic)
		for (; run; run = run->parent)
			if (run->kind == row->kind)
				return true;
	if (!mine || !named)
		return mine;
	if (around(run, row, workflow, named))
		return true;
	if (row->kind != CL_RUN_AGENT || mine->named)
		return false;
	/* without memory the next one names it */
	cl_runs_name(id, mine, named);
	return true;
}

/* The program that starts a job's steps belongs to the job, which lives as long as it does. */
static void take_worker(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			struct cl_run *run, const char *worker)
{
	struct cl_process *up = p->parent;

	for (int i = 0; up && i < WORKER_DEPTH; i++, up = up->parent) {
		if (up->exit_ts || up->run != run->parent || !up->exe || strcmp(cl_basename(up->exe), worker))
			continue;
		cl_runs_move(id, up, run, obs->ts);
		run->root = up->key;
		return;
	}
}

bool cl_identity_is_worker(const struct cl_identity *id, const struct cl_process *p)
{
	for (size_t i = 0; p->exe && i < id->recognisers->n; i++) {
		const char *worker = id->recognisers->rows[i]->worker;

		if (worker && !strcmp(cl_basename(p->exe), worker))
			return true;
	}
	return false;
}

/* What an entry says of a run, expanded. */
struct told {
	char named[CL_VALUE_BYTES], made[CL_VALUE_BYTES], workflow[CL_VALUE_BYTES], repository[CL_VALUE_BYTES],
		job[CL_VALUE_BYTES], attempt[CL_VALUE_BYTES], environment[CL_VALUE_BYTES];
};

static const char *tell(const char *template, const struct cl_match *match, char out[CL_VALUE_BYTES])
{
	return cl_template_expand(template, &match->scope, out) ? out : NULL;
}

static void describe(const struct cl_identity *id, const struct cl_process *p, const struct cl_match *match,
		     struct told *t, struct cl_claim *claim)
{
	const struct cl_recogniser *row = match->row;

	cl_attribute_first_process_id(id, row->id, p->key, t->made);
	claim->spec.id = claim->named ? t->named : t->made;
	claim->spec.repository = tell(row->repository, match, t->repository);
	claim->spec.job = tell(row->job, match, t->job);
	claim->spec.attempt = tell(row->attempt, match, t->attempt);
	claim->spec.environment = tell(row->environment, match, t->environment);
	if (claim->spec.environment)
		claim->spec.environment = cl_environment_word(claim->spec.environment);
}

/* Whoever is in a task or a container is more than somebody's session; a tool of a task is the task's. */
static bool belongs_already(const struct cl_run *run, const struct cl_recogniser *row)
{
	for (; run; run = run->parent) {
		if (row->kind == CL_RUN_SESSION && !cl_run_is_ambient(run->kind) && run->kind != CL_RUN_UNIT)
			return true;
		if (row->alone && cl_run_is_task(run->kind) && run->recogniser != row)
			return true;
	}
	return false;
}

static int attribute_match(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			   const struct cl_match *match)
{
	const struct cl_recogniser *row = match->row;
	struct told t;
	struct cl_claim claim = {.spec = {.kind = row->kind, .workflow = t.workflow, .recogniser = row}};
	struct cl_run *opened = NULL;
	int r;

	if (belongs_already(p->run, row))
		return 0;
	claim.named = match->named ? tell(row->run_id, match, t.named) : NULL;
	if (!cl_template_expand(row->workflow, &match->scope, t.workflow))
		return 0;
	if (settled(id, p->run, row, t.workflow, claim.named)) {
		p->unattributed = false;
		return 0;
	}
	if (claim.named)
		claim.existing = elsewhere(id, row, t.workflow, claim.named);
	if (!claim.existing)
		describe(id, p, match, &t, &claim);
	r = cl_attribute_settle(id, obs, p, &claim, &opened);
	if (!r && opened && row->worker)
		take_worker(id, obs, p, opened, row->worker);
	return r;
}

int cl_attribute_environment(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	struct cl_match matches[CL_MATCHES];
	size_t n = cl_recognisers_match(id->recognisers, obs, p, matches);
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		r = attribute_match(id, obs, p, &matches[i]);
	return r;
}
