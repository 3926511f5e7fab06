/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units, containers and pods. Looked at when a process executes in another cgroup than the one its run was found for.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "identity/cgroup.h"
#include "identity/tables.h"

#define CGROUP_BYTES 1024
#define INVOCATION_LEN 32
#define ROOT_CGROUP 1 /* its number in every cgroup v2 hierarchy */

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

/*
 * Which environment it is in is often said to what runs there, and not to us. Only variables whose one purpose that is:
 * a framework's mode (RAILS_ENV, NODE_ENV) is "production" wherever something is tried out as it will be.
 */
static const char *environment_of(const struct cl_observation *obs, const struct cl_process *p,
				  char out[CL_VALUE_BYTES])
{
	static const char *const labels[] = {"production", "staging", "dev", "test"};
	const struct cl_scope scope = {.obs = obs, .process = p};
	const char *word;

	if (!cl_template_expand("{DEPLOYMENT_ENVIRONMENT|DEPLOY_ENV|APP_ENV}", &scope, out))
		return NULL;
	word = cl_environment_word(out);
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
		if (!strcmp(word, labels[i]))
			return labels[i];
	return NULL;
}

/* systemd makes up the names of units that somebody starts on the spot: such a one is called by what it runs. */
static void unit_workflow(const char *unit, const struct cl_process *p, char *out, size_t size)
{
	char safe[CL_CGROUP_NAME];
	const char *program = cl_process_program(p), *digits = unit + strlen("run-");

	if (!cl_starts_with(unit, "run-") || !program) {
		snprintf(out, size, "unit:%s", cl_escape(safe, sizeof(safe), unit));
		return;
	}
	digits += *digits == 'r' || *digits == 'u';
	if (!*digits || digits[strspn(digits, "0123456789abcdef")] != '.')
		snprintf(out, size, "unit:%s", cl_escape(safe, sizeof(safe), unit));
	else
		snprintf(out, size, "unit:run/%s", cl_escape(safe, sizeof(safe), cl_basename(program)));
}

/*
 * One start of a unit, by its cgroup. With cgroup v1 alone everybody has the root's number: then by the path to the
 * unit, which at least tells a container's from the host's.
 */
static void unit_start(const struct cl_identity *id, const struct cl_process *p, const char *unit,
		       char out[CL_VALUE_BYTES])
{
	char safe[CL_CGROUP_NAME];
	const char *at = strstr(p->cgroup, unit);
	size_t len = at ? (size_t)(at - p->cgroup) + strlen(unit) : strlen(p->cgroup);
	uint64_t cgroup = p->cgroup_id > ROOT_CGROUP ? p->cgroup_id : cl_fnv1a(p->cgroup, len);

	snprintf(out, CL_VALUE_BYTES, "unit:%.190s:%.8s:%llu", cl_escape(safe, sizeof(safe), unit),
		 id->host.boot_id ? id->host.boot_id : "boot", (unsigned long long)cgroup);
}

static int attribute_unit(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			  const char *unit)
{
	char workflow[CL_VALUE_BYTES + 8], run_id[CL_VALUE_BYTES], named[CL_VALUE_BYTES];
	char timer[CL_VALUE_BYTES], environment[CL_VALUE_BYTES];
	struct cl_claim claim = {.spec = {.kind = CL_RUN_UNIT, .id = run_id, .workflow = workflow}, .named = named};
	const struct cl_scope scope = {.obs = obs, .process = p};

	if (!*unit)
		return 0;
	unit_workflow(unit, p, workflow, sizeof(workflow));
	for (const struct cl_run *c = p->run; c; c = c->parent) {
		if (is_named(c, CL_RUN_UNIT, workflow)) {
			p->unattributed = false;
			return 0;
		}
	}
	unit_start(id, p, unit, named);
	if (!invocation(id, obs, workflow, run_id))
		snprintf(run_id, sizeof(run_id), "%s", named);
	claim.spec.job = cl_template_expand("{TRIGGER_UNIT}", &scope, timer) ? timer : NULL;
	claim.spec.environment = environment_of(obs, p, environment);
	claim.existing = cl_runs_find(id, run_id);
	if (!claim.existing || claim.existing->state != CL_RUN_ACTIVE)
		claim.existing = same_start(claim.existing, cl_runs_find_named(id, named), run_id, named);
	return cl_attribute_settle(id, obs, p, &claim, NULL);
}

/* A run whose id is in claim->spec, found or opened. */
static int settle_in(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
		     struct cl_claim *claim)
{
	char environment[CL_VALUE_BYTES];

	claim->spec.environment = environment_of(obs, p, environment);
	claim->existing = cl_runs_find(id, claim->spec.id);
	return cl_attribute_settle(id, obs, p, claim, NULL);
}

static int attribute_pod(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			 const char *uid)
{
	char run_id[CL_VALUE_BYTES], workflow[CL_VALUE_BYTES], name[CL_VALUE_BYTES], index[CL_VALUE_BYTES];
	struct cl_claim claim = {.spec = {.kind = CL_RUN_POD, .id = run_id, .workflow = workflow}};
	const struct cl_scope scope = {.obs = obs, .process = p};
	const char *space = cl_obs_var(obs, "POD_NAMESPACE");
	bool known = cl_template_expand("{POD_NAME%|ACTIONS_RUNNER_POD_NAME%|HOSTNAME%}", &scope, name);
	char safe_space[64];

	snprintf(run_id, sizeof(run_id), "pod:%s", uid);
	snprintf(workflow, sizeof(workflow), "pod:%s%s%.150s",
		 space ? cl_escape(safe_space, sizeof(safe_space), space) : "", space ? "/" : "", known ? name : uid);
	claim.spec.job = cl_template_expand("{JOB_COMPLETION_INDEX}", &scope, index) ? index : NULL;
	return settle_in(id, obs, p, &claim);
}

/* Runtimes set the host name to the id's beginning when nobody chose one: a chosen one names the work. */
static int attribute_container(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			       const char *container)
{
	char run_id[CL_VALUE_BYTES + 16], workflow[CL_VALUE_BYTES + 16], safe[CL_VALUE_BYTES], name[CL_VALUE_BYTES];
	struct cl_claim claim = {.spec = {.kind = CL_RUN_CONTAINER, .id = run_id, .workflow = workflow}};
	const struct cl_scope scope = {.obs = obs, .process = p};

	snprintf(run_id, sizeof(run_id), "container:%s", cl_escape(safe, sizeof(safe), container));
	if (cl_template_expand("{FLATPAK_ID}", &scope, name) ||
	    (cl_template_expand("{HOSTNAME}", &scope, name) && !cl_starts_with(container, name)))
		snprintf(workflow, sizeof(workflow), "container:%s", name);
	else
		snprintf(workflow, sizeof(workflow), "container:%.*s", strlen(safe) == 64 ? 12 : 200, safe);
	return settle_in(id, obs, p, &claim);
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
	uint32_t instead;
	int r;

	if (!obs->cgroup || (p->cgroup && !strcmp(p->cgroup, obs->cgroup))) {
		cl_spaces_learn(id, p);
		return 0;
	}
	r = cl_shared_set(&id->strings, &p->cgroup, obs->cgroup, CGROUP_BYTES, true);
	if (r)
		return r;
	cl_cgroup_parse(obs->cgroup, &c);
	instead = cl_recognisers_instead(id->recognisers, obs->cgroup);
	if (instead & 1u << CL_RUN_UNIT)
		c.unit[0] = '\0';
	p->container_entered = false;
	r = cl_shared_set(&id->strings, &p->container, *c.container ? c.container : NULL, CL_CGROUP_NAME, true);
	cl_spaces_learn(id, p);
	cl_spaces_settle(id, p);
	if (!r && !c.unit_in_container)
		r = attribute_unit(id, obs, p, c.unit);
	if (instead & 1u << CL_RUN_CONTAINER)
		c.container[0] = '\0'; /* it is in it all the same: the entry names the run */
	r = r ? r : attribute_containment(id, obs, p, &c);
	if (!r && c.unit_in_container)
		r = attribute_unit(id, obs, p, c.unit);
	return r;
}
