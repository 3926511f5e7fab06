/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of before a restart. The store knows which processes belonged to a run, not which of them are left; that the
 * baseline shows. Until then their keys wait here, and a run is not ended because nobody has turned up yet.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "identity/tables.h"

struct cl_expected {
	UT_hash_handle hh;
	struct cl_process_key key;
	struct cl_run *run;
};

static uint32_t state_of(const struct cl_observation *obs)
{
	if (!obs->since)
		return CL_RUN_ACTIVE;
	return obs->detail && !strcmp(obs->detail, "ended_with_survivors") ? CL_RUN_ENDED_WITH_SURVIVORS : CL_RUN_ENDED;
}

static int open_run(struct cl_identity *id, const struct cl_observation *obs)
{
	struct cl_run_spec spec = {.begin = obs->ts};
	struct cl_run *run;
	int r;

	cl_registered_spec(id, obs, &spec);
	spec.declared = spec.kind == CL_RUN_DECLARED;
	spec.unattributed = cl_run_is_ambient(spec.kind);
	if (!spec.parent)
		spec.parent = id->host_run;
	r = cl_runs_open(id, &spec, &run);
	if (r)
		return r < 0 ? r : 0;
	run->restored = id->restoring = true;
	run->state = state_of(obs);
	run->end = obs->since;
	run->closed = run->end && (run->declared || obs->outcome);
	if (obs->outcome)
		run->outcome = strndup(obs->outcome, CL_NAME_BYTES);
	return obs->outcome && !run->outcome ? -ENOMEM : 0;
}

/* Whoever begins a declared run is older than all that come after it. */
static void guess_root(struct cl_run *run, struct cl_process_key key)
{
	if (run->restored && run->declared && (!run->root.tgid || key.start < run->root.start))
		run->root = key;
}

static int expect(struct cl_identity *id, struct cl_process_key key, struct cl_run *run)
{
	struct cl_expected *e;

	key.pad = 0;
	guess_root(run, key);
	HASH_FIND(hh, id->expected, &key, sizeof(key), e);
	if (e || id->n_expected >= id->max_processes)
		return 0;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->key = key;
	e->run = run;
	HASH_ADD(hh, id->expected, key, sizeof(e->key), e);
	if (!cl_table_added(e)) {
		free(e);
		return -ENOMEM;
	}
	id->n_expected++;
	return 0;
}

int cl_restored_run(struct cl_identity *id, const struct cl_observation *obs)
{
	struct cl_run *run = obs->run_id ? cl_runs_find(id, obs->run_id) : NULL;
	struct cl_process *p;

	if (!obs->run_id || run == id->host_run)
		return 0;
	if (!run) {
		/* members come after their run; another host's or an older name's host run is not a run of its own */
		if (!obs->workflow || (obs->run_kind && cl_run_kind_parse(obs->run_kind) == CL_RUN_HOST))
			return 0;
		return open_run(id, obs);
	}
	if (!obs->process.tgid)
		return 0;
	p = cl_processes_find(id, obs->process);
	if (!p)
		return expect(id, obs->process, run);
	guess_root(run, p->key);
	if (!p->exit_ts && !cl_runs_contains(p->run, run))
		cl_runs_move(id, p, run, obs->ts);
	return 0;
}

static void forget(struct cl_identity *id, struct cl_expected *e)
{
	HASH_DELETE(hh, id->expected, e);
	free(e);
	id->n_expected--;
}

struct cl_run *cl_restored_member(struct cl_identity *id, struct cl_process_key key)
{
	struct cl_expected *e = NULL;
	struct cl_run *run;

	if (!id->expected)
		return NULL;
	HASH_FIND(hh, id->expected, &key, sizeof(key), e);
	if (!e)
		return NULL;
	run = e->run;
	forget(id, e);
	return run;
}

void cl_restored_evict(struct cl_identity *id)
{
	struct cl_expected *e = NULL, *next = NULL;

	HASH_ITER (hh, id->expected, e, next)
		if (e->run->doomed)
			forget(id, e);
}

void cl_restored_free(struct cl_identity *id)
{
	struct cl_expected *e = NULL, *next = NULL;

	HASH_ITER (hh, id->expected, e, next)
		forget(id, e);
}

void cl_restored_settle(struct cl_identity *id, uint64_t ts)
{
	struct cl_run *r = NULL, *next = NULL;

	if (!id->restoring)
		return;
	id->restoring = false;
	cl_restored_free(id);
	HASH_ITER (hh, id->runs, r, next) {
		struct cl_process *root = r->root.tgid ? cl_processes_find(id, r->root) : NULL;
		bool rootless = r->declared && r->root.tgid && (!root || root->exit_ts);

		if (r->restored && ((!r->live && !r->busy) || rootless))
			cl_runs_end(id, r, ts);
		r->restored = false;
	}
}
