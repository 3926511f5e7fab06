/* SPDX-License-Identifier: Apache-2.0 */
/* A fixture for tests of identity: a table with a host, and one call per act that asserts that it was taken. */
#pragma once

/* cmocka wants these before its own header */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identity/identity.h"
#include "mk_observation.h"

struct identity_case {
	struct cl_identity *id;
	struct cl_process *actor;
	struct cl_run *ended;
	uint64_t now;
};

#define CASE_UNUSED __attribute__((unused))

static inline struct cl_process *case_apply(struct identity_case *c, const struct cl_observation *obs)
{
	assert_int_equal(cl_identity_apply(c->id, obs, &c->actor, &c->ended), 0);
	return c->actor;
}

static inline void case_open(struct identity_case *c, size_t processes, size_t runs)
{
	struct cl_observation host = mk_obs_host();

	*c = (struct identity_case){.now = 1000000};
	assert_int_equal(cl_identity_new(&c->id, processes, runs), 0);
	case_apply(c, &host);
}

static inline void case_close(struct identity_case *c)
{
	cl_identity_free(&c->id);
	assert_null(c->id);
}

CASE_UNUSED static struct cl_process *case_fork(struct identity_case *c, struct cl_process_key creator,
						struct cl_process_key child)
{
	struct cl_observation o = mk_obs_fork(c->now++, creator, child);

	case_apply(c, &o);
	return cl_identity_process(c->id, child);
}

CASE_UNUSED static struct cl_process *case_exec(struct identity_case *c, struct cl_process_key key,
						struct cl_process_key parent, const char *exe, const char *cgroup)
{
	struct cl_observation o = mk_obs_exec(c->now++, key, parent, exe);

	o.cgroup = cgroup ? cgroup : "/";
	return case_apply(c, &o);
}

/* The same with an environment. */
CASE_UNUSED static struct cl_process *case_exec_env(struct identity_case *c, struct cl_process_key key, const char *exe,
						    const char *cgroup, const struct cl_var *vars, size_t n)
{
	struct cl_observation o = mk_obs_exec(c->now++, key, mk_key(0, 0), exe);

	o.cgroup = cgroup ? cgroup : "/";
	mk_obs_vars(&o, vars, n);
	return case_apply(c, &o);
}

CASE_UNUSED static struct cl_run *case_exit(struct identity_case *c, struct cl_process_key key)
{
	struct cl_observation o = mk_obs_exit(c->now++, key, 0);

	case_apply(c, &o);
	return c->ended;
}

CASE_UNUSED static struct cl_run *case_tick(struct identity_case *c)
{
	struct cl_observation o = mk_obs_tick(c->now++);

	case_apply(c, &o);
	return c->ended;
}

CASE_UNUSED static struct cl_run *case_begin(struct identity_case *c, struct cl_process_key root, const char *workflow,
					     const char *run_id)
{
	struct cl_observation o = mk_obs_run_begin(c->now++, root, workflow, run_id);

	case_apply(c, &o);
	return cl_identity_run(c->id, run_id);
}
