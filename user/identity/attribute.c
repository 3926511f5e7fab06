/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which run an exec belongs to. It begins in its creator's; what the kernel, the cgroup, a registration and at last the
 * environment say can only lead further in. Whatever names a run that is around it already changes nothing: variables
 * are inherited, and a nested run has those of the outer one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "identity/cgroup.h"
#include "identity/tables.h"

#define NO_LOGIN ((uint32_t)-1)

bool cl_attribute_has_task(const struct cl_run *run)
{
	for (; run; run = run->parent)
		if (cl_run_is_task(run->kind))
			return true;
	return false;
}

void cl_attribute_first_process_id(const struct cl_identity *id, const char *prefix, struct cl_process_key key,
				   char out[CL_VALUE_BYTES])
{
	snprintf(out, CL_VALUE_BYTES, "%.160s:%.8s:%u:%llu", prefix, id->host.boot_id ? id->host.boot_id : "boot",
		 key.tgid, (unsigned long long)key.start);
}

/*
 * May the process go over into a run that is not around it? Within a task only into one directly below its own run.
 * Outside of tasks the naming is the best that is known (a broker started the process, so its line of parents does not
 * lead to the job); but a run that has ended comes back to life only in its own surroundings, where the next step of a
 * job starts: elsewhere it is an inherited variable that outlived its run.
 */
bool cl_attribute_joins(const struct cl_process *p, const struct cl_run *existing)
{
	const struct cl_run *anchor = existing->parent;

	while (anchor && (anchor->kind == CL_RUN_CONTAINER || anchor->kind == CL_RUN_POD))
		anchor = anchor->parent;
	if (cl_attribute_has_task(p->run))
		return existing->state == CL_RUN_ACTIVE && anchor == p->run;
	if (existing->state == CL_RUN_ACTIVE)
		return true;
	return existing->state == CL_RUN_ENDED && !existing->closed && !existing->declared &&
	       cl_runs_contains(p->run, anchor);
}

int cl_attribute_settle(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			struct cl_claim *claim, struct cl_run **opened)
{
	struct cl_run *run = claim->existing;
	int r;

	p->unattributed = false;
	if (run) {
		if (!cl_runs_contains(p->run, run) && cl_attribute_joins(p, run))
			cl_runs_move(id, p, run, obs->ts);
		return 0;
	}
	claim->spec.parent = p->run;
	claim->spec.root = p->key;
	claim->spec.cgroup_id = p->cgroup_id;
	claim->spec.begin = obs->kind == CL_OBS_PROCESS ? p->key.start : obs->ts;
	r = cl_runs_open(id, &claim->spec, &run);
	if (r)
		return r < 0 ? r : 0;
	cl_runs_move(id, p, run, obs->ts);
	if (opened)
		*opened = run;
	return claim->named ? cl_runs_name(id, run, claim->named) : 0;
}

/* The login session is where nobody says more; within a container or a task it says less than what is known. */
int cl_attribute_session(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	char run_id[64], workflow[64];
	struct cl_claim claim = {
		.spec = {.kind = CL_RUN_SESSION, .id = run_id, .workflow = workflow, .unattributed = true}};
	struct cl_run *run = NULL;
	int r;

	if (p->loginuid == NO_LOGIN || p->session == NO_LOGIN)
		return 0;
	for (const struct cl_run *c = p->run; c; c = c->parent) {
		if (c->kind == CL_RUN_SESSION && c->login == p->session) {
			p->unattributed = false;
			return 0;
		}
		if (c->kind != CL_RUN_HOST && c->kind != CL_RUN_SESSION && c->kind != CL_RUN_UNIT)
			return 0;
	}
	snprintf(run_id, sizeof(run_id), "session:%.8s:%u", id->host.boot_id ? id->host.boot_id : "boot", p->session);
	snprintf(workflow, sizeof(workflow), "session:%u", p->loginuid);
	claim.existing = cl_runs_find(id, run_id);
	r = cl_attribute_settle(id, obs, p, &claim, &run);
	if (run)
		run->login = p->session;
	return r;
}

static bool lets_in(const char *exe)
{
	static const char *const daemons[] = {"sshd", "sshd-session", "dropbear", "login", "in.telnetd"};

	for (size_t i = 0; i < ARRAY_SIZE(daemons); i++)
		if (!strcmp(cl_basename(exe), daemons[i]))
			return true;
	return false;
}

/*
 * Where the kernel knows of no logins (no audit, or nobody who sets it), what a daemon that lets people in executes
 * begins a session: two people on such a host are not one workflow.
 */
static int attribute_login(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	char run_id[CL_VALUE_BYTES], workflow[64];
	struct cl_claim claim = {
		.spec = {.kind = CL_RUN_SESSION, .id = run_id, .workflow = workflow, .unattributed = true}};

	if (p->loginuid != NO_LOGIN || !p->parent || !lets_in(p->parent->exe) || lets_in(p->exe))
		return 0;
	for (const struct cl_run *c = p->run; c; c = c->parent)
		if (c->kind != CL_RUN_HOST && c->kind != CL_RUN_UNIT)
			return 0;
	snprintf(workflow, sizeof(workflow), "session:%u", p->uid);
	cl_attribute_first_process_id(id, "session", p->key, run_id);
	return cl_attribute_settle(id, obs, p, &claim, NULL);
}

static int attribute_registered(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	for (struct cl_run *run = id->cgroup_runs; run; run = run->next_cgroup) {
		struct cl_claim claim = {.existing = run};

		if (p->cgroup && cl_cgroup_within(p->cgroup, run->cgroup))
			return cl_attribute_settle(id, obs, p, &claim, NULL);
	}
	return 0;
}

int cl_attribute(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	int r = cl_attribute_session(id, obs, p);

	r = r ? r : cl_attribute_cgroup(id, obs, p);
	r = r ? r : attribute_login(id, obs, p);
	r = r ? r : attribute_registered(id, obs, p);
	return r ? r : cl_attribute_environment(id, obs, p);
}
