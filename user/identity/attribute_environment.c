/* SPDX-License-Identifier: Apache-2.0 */
/* CI jobs, batch jobs and agents: what the table of recognisers finds. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
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

static int attribute_match(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			   const struct cl_match *match)
{
	char named[CL_VALUE_BYTES], made[CL_VALUE_BYTES], workflow[CL_VALUE_BYTES];
	char repository[CL_VALUE_BYTES], job[CL_VALUE_BYTES], environment[CL_VALUE_BYTES];
	const struct cl_recogniser *row = match->row;
	bool has_run_id = match->by_variable && cl_recogniser_expand(row->run_id, obs, named);
	struct cl_claim claim = {.spec = {.kind = row->kind, .workflow = workflow, .recogniser = row},
				 .named = has_run_id ? named : NULL};
	struct cl_run *opened = NULL;
	int r;

	cl_recogniser_expand(row->workflow, obs, workflow);
	if (settled(id, p->run, row, workflow, claim.named)) {
		p->unattributed = false;
		return 0;
	}
	if (has_run_id)
		claim.existing = elsewhere(id, row, workflow, named);
	if (!claim.existing) {
		cl_attribute_first_process_id(id, row->name, p->key, made);
		claim.spec.id = has_run_id ? named : made;
		claim.spec.repository = cl_recogniser_expand(row->repository, obs, repository) ? repository : NULL;
		claim.spec.job = cl_recogniser_expand(row->job, obs, job) ? job : NULL;
		claim.spec.environment = cl_recogniser_expand(row->environment, obs, environment) ? environment : NULL;
	}
	r = cl_attribute_settle(id, obs, p, &claim, &opened);
	if (!r && opened && row->worker)
		take_worker(id, obs, p, opened, row->worker);
	return r;
}

int cl_attribute_environment(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	struct cl_match matches[CL_MATCHES];
	size_t n = cl_recognisers_match(id->recognisers, obs, matches);
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		r = attribute_match(id, obs, p, &matches[i]);
	return r;
}
