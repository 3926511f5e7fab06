/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that somebody declares or ends by word. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "identity/cgroup.h"
#include "identity/tables.h"

/* Below `root` by creation; a chain is no longer than the table. */
static bool descends(const struct cl_process *p, const struct cl_process *root)
{
	while (p && p != root)
		p = p->parent;
	return p != NULL;
}

/* What the root has started before it was registered comes along, unless it went into a run of its own. */
static void move_family(struct cl_identity *id, struct cl_process *root, struct cl_run *to, uint64_t ts)
{
	struct cl_run *from = root->run;

	for (struct cl_process *p = cl_processes_next(id, NULL); p; p = cl_processes_next(id, p))
		if (p->run == from && !p->exit_ts && p != root && descends(p, root))
			cl_runs_move(id, p, to, ts);
	cl_runs_move(id, root, to, ts);
}

static bool joins_cgroup(const struct cl_process *p, const char *cgroup)
{
	return !p->exit_ts && p->cgroup && cl_cgroup_within(p->cgroup, cgroup) && !cl_attribute_has_task(p->run);
}

static int begin_cgroup(struct cl_identity *id, const struct cl_observation *obs, struct cl_run *run)
{
	run->cgroup = strdup(obs->cgroup);
	if (!run->cgroup)
		return -ENOMEM;
	run->next_cgroup = id->cgroup_runs;
	id->cgroup_runs = run;
	for (struct cl_process *p = cl_processes_next(id, NULL); p; p = cl_processes_next(id, p))
		if (joins_cgroup(p, run->cgroup))
			cl_runs_move(id, p, run, obs->ts);
	return 0;
}

/* Where a run for a cgroup is nested: in the run that its processes are in now. */
static struct cl_run *cgroup_parent(struct cl_identity *id, const char *cgroup)
{
	for (struct cl_process *p = cl_processes_next(id, NULL); p; p = cl_processes_next(id, p))
		if (joins_cgroup(p, cgroup))
			return p->run;
	return id->host_run;
}

void cl_registered_spec(struct cl_identity *id, const struct cl_observation *obs, struct cl_run_spec *spec)
{
	uint32_t kind = obs->run_kind ? cl_run_kind_parse(obs->run_kind) : 0;

	spec->kind = kind ? kind : CL_RUN_DECLARED;
	spec->id = obs->run_id;
	spec->workflow = obs->workflow;
	spec->environment = obs->environment;
	spec->spiffe_id = obs->spiffe_id;
	spec->owner = obs->owner;
	spec->registrant = obs->registrant;
	spec->allowed_credentials = obs->allowed_credentials;
	spec->allowed_destinations = obs->allowed_destinations;
	spec->repository = obs->repository;
	spec->job = obs->job;
	spec->attempt = obs->attempt;
	spec->parent = obs->parent_run ? cl_runs_find(id, obs->parent_run) : NULL;
	spec->ttl = obs->ttl;
}

int cl_registered_begin(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	char made[CL_VALUE_BYTES], workflow[CL_VALUE_BYTES] = "declared";
	struct cl_run_spec spec = {.begin = obs->ts, .declared = true};
	struct cl_run *run = obs->run_id ? cl_runs_find(id, obs->run_id) : NULL;
	int r;

	if (run && p && run->declared && run->state == CL_RUN_ACTIVE) {
		if (!cl_runs_contains(p->run, run))
			move_family(id, p, run, obs->ts);
		return 0;
	}
	cl_registered_spec(id, obs, &spec);
	if (obs->workflow)
		cl_escape(workflow, sizeof(workflow), obs->workflow);
	spec.workflow = workflow;
	if (!spec.id) {
		cl_attribute_first_process_id(id, "run", obs->process, made);
		spec.id = made;
	}
	if (!p && !obs->cgroup)
		return 0;
	if (!spec.parent)
		spec.parent = p ? p->run : cgroup_parent(id, obs->cgroup);
	if (p)
		spec.root = p->key;
	r = cl_runs_open(id, &spec, &run);
	if (r)
		return r < 0 ? r : 0;
	if (!p)
		return begin_cgroup(id, obs, run);
	p->unattributed = false;
	move_family(id, p, run, obs->ts);
	return 0;
}

int cl_registered_end(struct cl_identity *id, const struct cl_observation *obs)
{
	struct cl_run *run = obs->run_id ? cl_runs_find(id, obs->run_id) : NULL;

	if (!run || run->kind == CL_RUN_HOST)
		return 0;
	if (obs->outcome && !run->outcome) {
		run->outcome = strndup(obs->outcome, CL_NAME_BYTES);
		if (!run->outcome)
			return -ENOMEM;
	}
	run->closed = true;
	cl_runs_end(id, run, obs->ts);
	return 0;
}
