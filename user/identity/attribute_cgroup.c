/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units, containers and pods. Looked at when a process executes in another cgroup than the one its run was found for.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "identity/cgroup.h"
#include "identity/tables.h"

#define CGROUP_BYTES 1024
#define INVOCATION_LEN 32

static bool is_named(const struct cl_run *run, uint32_t kind, const char *workflow)
{
	return run->kind == kind && !strcmp(run->workflow, workflow);
}

/*
 * INVOCATION_ID names one start of one unit, but it is inherited by what leaves the unit (a container's monitor, a
 * scope): only a run of this very unit, or none, may have it.
 */
static bool invocation(struct cl_identity *id, const struct cl_observation *obs, const char *workflow,
		       char out[CL_VALUE_BYTES])
{
	const char *s = cl_obs_var(obs, "INVOCATION_ID");
	const struct cl_run *run;

	if (!s || strlen(s) != INVOCATION_LEN || strspn(s, "0123456789abcdef") != INVOCATION_LEN)
		return false;
	run = cl_runs_find(id, s);
	if (run && !is_named(run, CL_RUN_UNIT, workflow))
		return false;
	snprintf(out, CL_VALUE_BYTES, "%s", s);
	return true;
}

/*
 * The same start of a unit is known by its cgroup, too, where one of its processes has lost the variable. Two different
 * ids are two starts even so (with cgroup v1 alone, all have the same cgroup id).
 */
static struct cl_run *same_start(struct cl_run *by_id, struct cl_run *by_cgroup, const char *run_id, const char *named)
{
	if (!by_cgroup || by_cgroup->state != CL_RUN_ACTIVE)
		return strcmp(run_id, named) ? by_id : NULL;
	return strcmp(run_id, named) && strcmp(by_cgroup->id, named) ? by_id : by_cgroup;
}

static int attribute_unit(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			  const char *unit)
{
	char safe[CL_CGROUP_NAME], workflow[CL_VALUE_BYTES + 8], run_id[CL_VALUE_BYTES], named[CL_VALUE_BYTES];
	struct cl_claim claim = {.spec = {.kind = CL_RUN_UNIT, .id = run_id, .workflow = workflow}, .named = named};

	if (!*unit)
		return 0;
	snprintf(workflow, sizeof(workflow), "unit:%s", cl_escape(safe, sizeof(safe), unit));
	for (const struct cl_run *c = p->run; c; c = c->parent) {
		if (is_named(c, CL_RUN_UNIT, workflow)) {
			p->unattributed = false;
			return 0;
		}
	}
	snprintf(named, sizeof(named), "%.200s:%.8s:%llu", workflow, id->host.boot_id ? id->host.boot_id : "boot",
		 (unsigned long long)p->cgroup_id);
	if (!invocation(id, obs, workflow, run_id))
		snprintf(run_id, sizeof(run_id), "%s", named);
	claim.existing = cl_runs_find(id, run_id);
	if (!claim.existing || claim.existing->state != CL_RUN_ACTIVE)
		claim.existing = same_start(claim.existing, cl_runs_find_named(id, named), run_id, named);
	return cl_attribute_settle(id, obs, p, &claim, NULL);
}

/* Characters of the suffixes that Kubernetes makes up. */
static bool made_up(const char *s)
{
	return *s && !s[strspn(s, "bcdfghjklmnpqrstvwxz2456789")];
}

static bool all_digits(const char *s)
{
	return *s && !s[strspn(s, "0123456789")];
}

/*
 * A pod is named after what keeps it, so that a replica that takes another's place is the same workflow:
 * "web-5d4f8c7b9d-x2x4z" -> "web", "db-0" -> "db", "agent-x2x4z" -> "agent", "backup-28391040-x2x4z" -> "backup".
 */
static void pod_owner(char *name)
{
	char *dash = strrchr(name, '-');
	size_t len;

	if (!dash || dash == name)
		return;
	if (all_digits(dash + 1)) {
		*dash = '\0';
		return;
	}
	if (strlen(dash + 1) != 5 || !made_up(dash + 1))
		return;
	*dash = '\0';
	dash = strrchr(name, '-');
	len = dash ? strlen(dash + 1) : 0;
	/* a template's hash, or the minute that a job was due */
	if (dash && dash != name && len >= 8 && len <= 10 && (made_up(dash + 1) || all_digits(dash + 1)))
		*dash = '\0';
}

static int attribute_pod(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			 const char *uid)
{
	char run_id[CL_VALUE_BYTES], workflow[CL_VALUE_BYTES], name[CL_VALUE_BYTES];
	struct cl_claim claim = {.spec = {.kind = CL_RUN_POD, .id = run_id, .workflow = workflow}};
	const char *space = cl_obs_var(obs, "POD_NAMESPACE");
	bool known = cl_recogniser_expand("{POD_NAME|HOSTNAME}", obs, name);
	char safe_space[64];

	snprintf(run_id, sizeof(run_id), "pod:%s", uid);
	if (known)
		pod_owner(name);
	snprintf(workflow, sizeof(workflow), "pod:%s%s%.150s",
		 space ? cl_escape(safe_space, sizeof(safe_space), space) : "", space ? "/" : "", known ? name : uid);
	claim.existing = cl_runs_find(id, run_id);
	return cl_attribute_settle(id, obs, p, &claim, NULL);
}

/* Runtimes set the host name to the id's beginning when nobody chose one: a chosen one names the work. */
static int attribute_container(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			       const char *container)
{
	char run_id[CL_VALUE_BYTES + 16], workflow[CL_VALUE_BYTES + 16], safe[CL_VALUE_BYTES], name[CL_VALUE_BYTES];
	struct cl_claim claim = {.spec = {.kind = CL_RUN_CONTAINER, .id = run_id, .workflow = workflow}};

	snprintf(run_id, sizeof(run_id), "container:%s", cl_escape(safe, sizeof(safe), container));
	if (cl_recogniser_expand("{HOSTNAME}", obs, name) && !cl_starts_with(container, name))
		snprintf(workflow, sizeof(workflow), "container:%s", name);
	else
		snprintf(workflow, sizeof(workflow), "container:%.*s", strlen(safe) == 64 ? 12 : 200, safe);
	claim.existing = cl_runs_find(id, run_id);
	return cl_attribute_settle(id, obs, p, &claim, NULL);
}

static int attribute_containment(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
				 const struct cl_cgroup *c)
{
	int r = c->pod[0] ? attribute_pod(id, obs, p, c->pod) : 0;

	if (!r && c->container[0] && !c->container_in_pod)
		r = attribute_container(id, obs, p, c->container);
	return r;
}

int cl_attribute_cgroup(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	struct cl_cgroup c;
	int r;

	if (!obs->cgroup || (p->cgroup && !strcmp(p->cgroup, obs->cgroup))) {
		cl_spaces_learn(id, p);
		return 0;
	}
	r = cl_shared_set(&id->strings, &p->cgroup, obs->cgroup, CGROUP_BYTES, true);
	if (r)
		return r;
	cl_cgroup_parse(obs->cgroup, &c);
	p->container_entered = false;
	r = cl_shared_set(&id->strings, &p->container, *c.container ? c.container : NULL, CL_CGROUP_NAME, true);
	cl_spaces_learn(id, p);
	cl_spaces_settle(id, p);
	if (!r && !c.unit_in_container)
		r = attribute_unit(id, obs, p, c.unit);
	r = r ? r : attribute_containment(id, obs, p, &c);
	if (!r && c.unit_in_container)
		r = attribute_unit(id, obs, p, c.unit);
	return r;
}
