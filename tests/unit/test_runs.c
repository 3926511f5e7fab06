/* SPDX-License-Identifier: Apache-2.0 */
#include "identity_case.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "identity/tables.h"

#define INIT mk_key(1, 10)
#define SHELL mk_key(100, 1000)
#define HOST_RUN "host:" MK_HOST_ID

static int setup(void **state)
{
	static struct identity_case c;

	case_open(&c, 1024, 64);
	case_exec(&c, INIT, mk_key(0, 0), "/usr/lib/systemd/systemd", NULL);
	case_fork(&c, INIT, SHELL);
	case_exec(&c, SHELL, INIT, "/usr/bin/bash", NULL);
	*state = &c;
	return 0;
}

static int teardown(void **state)
{
	case_close(*state);
	return 0;
}

static void test_host(void **state)
{
	struct identity_case *c = *state;
	struct cl_run *host = cl_identity_host_run(c->id);
	const struct cl_host *h = cl_identity_host(c->id);
	struct cl_observation o = mk_obs_host();

	assert_string_equal(host->id, HOST_RUN);
	assert_string_equal(host->workflow, "host:testhost");
	assert_int_equal(host->kind, CL_RUN_HOST);
	assert_true(host->unattributed);
	assert_null(host->parent);
	assert_ptr_equal(cl_identity_run(c->id, HOST_RUN), host);
	assert_string_equal(h->id, MK_HOST_ID);
	assert_string_equal(h->boot_id, MK_BOOT_ID);
	assert_int_equal(h->key_id, MK_KEY_ID);
	assert_int_equal(cl_host_wall(h, 5), 1700000000000000005ll);
	assert_int_equal(cl_host_wall(h, 0), 0);
	o.host_name = "renamed";
	o.host_id = "ffff";
	case_apply(c, &o);
	assert_ptr_equal(cl_identity_host_run(c->id), host);
	assert_string_equal(host->workflow, "host:renamed");
	assert_ptr_equal(cl_identity_run(c->id, "host:ffff"), host);
	assert_null(cl_identity_run(c->id, HOST_RUN));
	assert_null(case_exit(c, SHELL));
	assert_null(case_exit(c, INIT));
	assert_int_equal(host->state, CL_RUN_ACTIVE); /* never ends */
}

static void test_before_the_host_is_named(void **state)
{
	struct cl_identity *id = NULL;
	struct cl_observation o = mk_obs_exec(5, mk_key(2, 2), mk_key(1, 1), "/bin/sh");
	struct cl_process *p = NULL;
	struct cl_run *ended = NULL;

	(void)state;
	assert_int_equal(cl_identity_new(&id, 64, 8), 0);
	assert_int_equal(cl_identity_apply(id, &o, &p, &ended), 0);
	assert_string_equal(p->run->id, "host:unknown");
	o = mk_obs_host();
	assert_int_equal(cl_identity_apply(id, &o, &p, &ended), 0);
	assert_string_equal(cl_identity_process(id, mk_key(2, 2))->run->id, HOST_RUN);
	cl_identity_free(&id);
}

static void test_declared_ends_with_root(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key root = mk_key(101, 2000), child = mk_key(102, 3000);
	struct cl_observation o;
	struct cl_run *run, *ended;

	case_fork(c, SHELL, root);
	o = mk_obs_run_begin(5000, root, "deploy", "d-1");
	o.environment = "staging";
	o.spiffe_id = "spiffe://example.org/deploy";
	o.ttl = 900000000000;
	case_apply(c, &o);
	run = cl_identity_run(c->id, "d-1");
	assert_non_null(run);
	assert_string_equal(run->workflow, "deploy");
	assert_string_equal(run->environment, "staging");
	assert_string_equal(run->spiffe_id, "spiffe://example.org/deploy");
	assert_int_equal(run->kind, CL_RUN_DECLARED);
	assert_true(run->declared);
	assert_false(run->unattributed);
	assert_int_equal(run->ttl, 900000000000);
	assert_int_equal(run->begin, 5000);
	assert_int_equal(run->root.tgid, 101);
	assert_string_equal(run->parent->id, HOST_RUN);
	assert_ptr_equal(c->actor->run, run);
	assert_int_equal(run->live, 1);
	assert_ptr_equal(case_fork(c, root, child)->run, run);
	assert_int_equal(run->live, 2);
	case_exit(c, child);
	assert_null(c->ended);
	ended = case_exit(c, root);
	assert_ptr_equal(ended, run);
	assert_int_equal(run->state, CL_RUN_ENDED);
	assert_int_equal(run->end, c->now - 1);
	assert_null(case_tick(c)); /* once */
}

static void test_survivors(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key root = mk_key(101, 2000), left = mk_key(102, 3000), grandchild = mk_key(103, 4000);
	struct cl_run *run;
	struct cl_process *p;

	case_fork(c, SHELL, root);
	run = case_begin(c, root, "deploy", "d-1");
	case_fork(c, root, left);
	assert_ptr_equal(case_exit(c, root), run);
	assert_int_equal(run->state, CL_RUN_ENDED_WITH_SURVIVORS);
	/* what survives is still its, and so is what that starts */
	p = case_fork(c, left, grandchild);
	assert_ptr_equal(p->run, run);
	p = case_exec(c, grandchild, left, "/usr/bin/curl", NULL);
	assert_ptr_equal(p->run, run);
	assert_null(case_exit(c, left));
	assert_null(case_exit(c, grandchild));
	assert_int_equal(run->state, CL_RUN_ENDED_WITH_SURVIVORS);
	assert_int_equal(run->live, 0);
}

/* A record that comes late: the root was gone, and still it had left somebody behind. */
static void test_late_survivor(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key root = mk_key(101, 2000), late = mk_key(102, 3000);
	struct cl_run *run;

	case_fork(c, SHELL, root);
	run = case_begin(c, root, "deploy", "d-1");
	case_exit(c, root);
	assert_int_equal(run->state, CL_RUN_ENDED);
	assert_ptr_equal(case_fork(c, root, late)->run, run);
	assert_int_equal(run->state, CL_RUN_ENDED_WITH_SURVIVORS);
	assert_int_not_equal(run->end, 0);
	assert_null(case_exit(c, late));
}

/* The one that survives is in a run nested in the declared one. */
static void test_survivor_in_nested_run(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key root = mk_key(101, 2000), inner = mk_key(102, 3000);
	struct cl_run *outer, *nested;

	case_fork(c, SHELL, root);
	outer = case_begin(c, root, "outer", "o-1");
	case_fork(c, root, inner);
	nested = case_begin(c, inner, "inner", "i-1");
	assert_ptr_equal(nested->parent, outer);
	assert_true(cl_run_is_ancestor(outer, nested));
	assert_false(cl_run_is_ancestor(nested, outer));
	assert_false(cl_run_is_ancestor(outer, outer));
	assert_false(cl_run_same_workflow(outer, nested));
	assert_int_equal(outer->live, 1);
	assert_ptr_equal(case_exit(c, root), outer);
	assert_int_equal(outer->state, CL_RUN_ENDED_WITH_SURVIVORS);
	assert_int_equal(nested->state, CL_RUN_ACTIVE);
	assert_ptr_equal(case_exit(c, inner), nested);
	assert_int_equal(nested->state, CL_RUN_ENDED);
}

/* The same process begins both, one exit ends both: the inner one first, the other with the next observation. */
static void test_two_end_at_once(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key root = mk_key(101, 2000);
	struct cl_run *outer, *inner;

	case_fork(c, SHELL, root);
	outer = case_begin(c, root, "outer", "o-1");
	inner = case_begin(c, root, "inner", "i-1");
	assert_ptr_equal(inner->parent, outer);
	assert_int_equal(outer->state, CL_RUN_ACTIVE); /* its only process went further in, it did not leave */
	assert_ptr_equal(case_exit(c, root), inner);
	assert_int_equal(outer->state, CL_RUN_ENDED);
	assert_ptr_equal(case_tick(c), outer);
	assert_null(case_tick(c));
}

static void test_begin_takes_the_family(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key child = mk_key(101, 2000), own = mk_key(102, 2100), below = mk_key(103, 2200),
			      other = mk_key(104, 2300);
	struct cl_run *own_run, *run;

	case_fork(c, SHELL, child);
	case_fork(c, SHELL, own);
	own_run = case_begin(c, own, "own", "own-1");
	case_fork(c, child, below);
	case_exit(c, child);
	case_fork(c, INIT, other);
	run = case_begin(c, SHELL, "task", "t-1");
	assert_ptr_equal(cl_identity_process(c->id, SHELL)->run, run);
	assert_ptr_equal(cl_identity_process(c->id, below)->run, run);
	assert_ptr_equal(cl_identity_process(c->id, own)->run, own_run);
	assert_ptr_equal(cl_identity_process(c->id, other)->run, cl_identity_host_run(c->id));
	assert_int_equal(run->live, 2);
	/* a second process of the same run */
	assert_ptr_equal(case_begin(c, other, "task", "t-1"), run);
	assert_ptr_equal(cl_identity_process(c->id, other)->run, run);
	assert_int_equal(run->live, 3);
}

static void test_taken_id(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key a = mk_key(101, 2000), b = mk_key(102, 3000);
	struct cl_run *run, *second;

	case_fork(c, SHELL, a);
	run = case_begin(c, a, "x", "same");
	case_exit(c, a);
	case_fork(c, SHELL, b);
	case_begin(c, b, "y", "same");
	second = cl_identity_process(c->id, b)->run;
	assert_ptr_not_equal(second, run);
	assert_string_equal(second->id, "same@102:3000");
	assert_string_equal(second->workflow, "y");
	assert_int_equal(run->state, CL_RUN_ENDED);
	/* without any id one is made */
	struct cl_observation o = mk_obs_run_begin(c->now++, SHELL, NULL, NULL);

	case_apply(c, &o);
	assert_string_equal(c->actor->run->id, "run:00000000:100:1000");
	assert_string_equal(c->actor->run->workflow, "declared");
}

static void test_end_by_word(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key a = mk_key(101, 2000);
	struct cl_observation o = mk_obs_run_end(9000, "t-1", "failure");
	struct cl_run *run;

	case_fork(c, SHELL, a);
	run = case_begin(c, a, "task", "t-1");
	assert_null(case_apply(c, &o));
	assert_ptr_equal(c->ended, run);
	assert_int_equal(run->state, CL_RUN_ENDED_WITH_SURVIVORS);
	assert_int_equal(run->end, 9000);
	assert_string_equal(run->outcome, "failure");
	o = mk_obs_run_end(9100, "t-1", "success");
	case_apply(c, &o);
	assert_null(c->ended);
	assert_string_equal(run->outcome, "failure");
	o = mk_obs_run_end(9200, HOST_RUN, "success");
	case_apply(c, &o);
	assert_int_equal(cl_identity_host_run(c->id)->state, CL_RUN_ACTIVE);
	o = mk_obs_run_end(9300, "nobody's", "success");
	case_apply(c, &o);
	assert_null(c->ended);
}

static void test_cgroup_run(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key in = mk_key(101, 2000), late = mk_key(102, 3000), out = mk_key(103, 4000),
			      task = mk_key(110, 4500);
	struct cl_observation o;
	struct cl_run *run;

	case_fork(c, SHELL, task);
	case_exec(c, task, SHELL, "/bin/a", "/build/job1/step");
	case_begin(c, task, "task", "t-1"); /* has a run of its own */
	case_fork(c, SHELL, in);
	case_exec(c, in, SHELL, "/bin/a", "/build/job1/step");
	o = mk_obs_run_begin(5000, mk_key(0, 0), "build", "b-1");
	o.cgroup = "/build/job1";
	assert_null(case_apply(c, &o));
	run = cl_identity_run(c->id, "b-1");
	assert_non_null(run);
	assert_int_equal(run->root.tgid, 0);
	assert_ptr_equal(run->parent, cl_identity_host_run(c->id));
	assert_ptr_equal(cl_identity_process(c->id, in)->run, run);
	assert_string_equal(cl_identity_process(c->id, task)->run->id, "t-1");
	case_fork(c, INIT, late);
	assert_ptr_equal(case_exec(c, late, INIT, "/bin/b", "/build/job1")->run, run);
	case_fork(c, INIT, out);
	assert_ptr_equal(case_exec(c, out, INIT, "/bin/b", "/build/job10")->run, cl_identity_host_run(c->id));
	assert_int_equal(run->live, 2);
	assert_null(case_exit(c, in));
	assert_ptr_equal(case_exit(c, late), run);
	assert_int_equal(run->state, CL_RUN_ENDED);
	/* after the end nobody joins */
	case_fork(c, INIT, mk_key(104, 5000));
	assert_ptr_equal(case_exec(c, mk_key(104, 5000), INIT, "/bin/b", "/build/job1")->run,
			 cl_identity_host_run(c->id));
	/* the root of the hierarchy would be everybody */
	o = mk_obs_run_begin(6000, mk_key(0, 0), "all", "all-1");
	o.cgroup = "/";
	case_apply(c, &o);
	assert_int_equal(cl_identity_run(c->id, "all-1")->live, 0);
}

static void test_parent_run(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key a = mk_key(101, 2000), b = mk_key(102, 3000);
	struct cl_observation o;
	struct cl_run *outer;

	case_fork(c, SHELL, a);
	outer = case_begin(c, a, "pipeline", "p-1");
	case_fork(c, INIT, b); /* started by a broker, elsewhere */
	o = mk_obs_run_begin(c->now++, b, "step", "p-1-s");
	o.parent_run = "p-1";
	o.run_kind = "ci-job";
	case_apply(c, &o);
	assert_ptr_equal(c->actor->run->parent, outer);
	assert_int_equal(c->actor->run->kind, CL_RUN_CI_JOB);
	assert_true(c->actor->run->declared);
}

static struct cl_run *known(struct identity_case *c, const char *run_id, const char *kind, uint64_t end,
			    const char *state)
{
	struct cl_observation o = {.kind = CL_OBS_KNOWN_RUN,
				   .ts = 300,
				   .run_id = run_id,
				   .workflow = "nightly",
				   .run_kind = kind,
				   .since = end,
				   .detail = state};

	assert_null(case_apply(c, &o));
	assert_null(c->ended);
	return cl_identity_run(c->id, run_id);
}

static void member(struct identity_case *c, const char *run_id, struct cl_process_key key)
{
	struct cl_observation o = {.kind = CL_OBS_KNOWN_RUN, .ts = 310, .run_id = run_id, .process = key};

	assert_null(case_apply(c, &o));
}

/* As a monitor starts: what the store knows, then who is there, then time goes on. */
static void test_known_run(void **state)
{
	struct cl_process_key root = mk_key(50, 500), left = mk_key(51, 510), gone = mk_key(52, 520);
	struct identity_case c;
	struct cl_observation o = {.kind = CL_OBS_KNOWN_RUN,
				   .ts = 300,
				   .run_id = "k-1",
				   .workflow = "nightly",
				   .run_kind = "declared",
				   .environment = "production",
				   .spiffe_id = "spiffe://example.org/n",
				   .ttl = 7000000000,
				   .parent_run = "nobody"};
	struct cl_run *run;
	struct cl_process *p;

	(void)state;
	case_open(&c, 64, 16);
	case_apply(&c, &o);
	run = cl_identity_run(c.id, "k-1");
	assert_string_equal(run->workflow, "nightly");
	assert_string_equal(run->environment, "production");
	assert_string_equal(run->spiffe_id, "spiffe://example.org/n");
	assert_int_equal(run->kind, CL_RUN_DECLARED);
	assert_true(run->declared);
	assert_int_equal(run->state, CL_RUN_ACTIVE);
	assert_int_equal(run->begin, 300);
	assert_int_equal(run->ttl, 7000000000);
	assert_ptr_equal(run->parent, cl_identity_host_run(c.id));
	case_apply(&c, &o); /* told twice, it is the same */
	member(&c, "k-1", left);
	member(&c, "k-1", root);
	member(&c, "k-1", gone);
	member(&c, "never told", gone);
	assert_int_equal(cl_identity_stats(c.id)->processes, 0); /* nobody has been seen yet */
	assert_int_equal(run->live, 0);
	o = mk_obs_process(c.now++, root, mk_key(1, 1), "/bin/nightly");
	p = case_apply(&c, &o);
	assert_ptr_equal(p->run, run);
	assert_false(p->unattributed);
	o = mk_obs_process(c.now++, left, mk_key(1, 1), "/bin/left"); /* reparented */
	assert_ptr_equal(case_apply(&c, &o)->run, run);
	assert_null(case_tick(&c));
	assert_int_equal(run->live, 2);
	assert_int_equal(run->root.tgid, 50);
	/* who comes later under the key of one that did not turn up is not expected any more */
	o = mk_obs_read(c.now++, gone, "/x");
	assert_ptr_equal(case_apply(&c, &o)->run, cl_identity_host_run(c.id));
	assert_ptr_equal(case_exit(&c, root), run);
	assert_int_equal(run->state, CL_RUN_ENDED_WITH_SURVIVORS);
	case_close(&c);
}

static void test_known_runs_that_ended(void **state)
{
	struct cl_process_key left = mk_key(51, 510);
	struct identity_case c;
	struct cl_observation o;
	struct cl_run *ended, *survived, *nobody, *orphaned, *told[2];

	(void)state;
	case_open(&c, 64, 16);
	ended = known(&c, "ended", "ci-job", 400, "ended");
	survived = known(&c, "survived", "declared", 400, "ended_with_survivors");
	nobody = known(&c, "nobody", "agent", 0, "active");
	orphaned = known(&c, "orphaned", "declared", 0, "active");
	member(&c, "survived", left);
	member(&c, "orphaned", mk_key(60, 600)); /* its root, which does not turn up */
	member(&c, "orphaned", mk_key(61, 610));
	assert_int_equal(ended->state, CL_RUN_ENDED);
	assert_int_equal(ended->end, 400);
	o = mk_obs_process(c.now++, left, mk_key(1, 1), "/bin/left");
	assert_ptr_equal(case_apply(&c, &o)->run, survived);
	o = mk_obs_process(c.now++, mk_key(61, 610), mk_key(1, 1), "/bin/left");
	assert_ptr_equal(case_apply(&c, &o)->run, orphaned);
	told[0] = case_tick(&c);
	told[1] = case_tick(&c);
	assert_true((told[0] == nobody && told[1] == orphaned) || (told[1] == nobody && told[0] == orphaned));
	assert_null(case_tick(&c));
	assert_int_equal(survived->state, CL_RUN_ENDED_WITH_SURVIVORS);
	assert_int_equal(survived->end, 400);
	assert_int_equal(nobody->state, CL_RUN_ENDED);
	assert_int_equal(orphaned->state, CL_RUN_ENDED_WITH_SURVIVORS);
	/* the host's run is always here */
	assert_null(known(&c, "host:other", "host", 0, "active"));
	assert_ptr_equal(known(&c, HOST_RUN, "host", 400, "ended"), cl_identity_host_run(c.id));
	assert_int_equal(cl_identity_host_run(c.id)->state, CL_RUN_ACTIVE);
	case_close(&c);
}

/* The baseline came first, or the monitor asks again. */
static void test_known_member_is_there(void **state)
{
	struct identity_case *c = *state;
	struct cl_run *run = known(c, "k-1", "declared", 0, "active");

	member(c, "k-1", SHELL);
	assert_ptr_equal(cl_identity_process(c->id, SHELL)->run, run);
	assert_int_equal(cl_identity_process(c->id, SHELL)->loginuid, (uint32_t)-1);
	member(c, "k-1", SHELL);
	assert_int_equal(run->live, 1);
	assert_ptr_equal(case_exit(c, SHELL), run);
	assert_int_equal(run->state, CL_RUN_ENDED);
}

static void count_run(void *ctx, const struct cl_run *run)
{
	size_t *n = ctx;

	assert_non_null(run->id);
	++*n;
}

static void test_eviction(void **state)
{
	struct identity_case c;
	struct cl_process_key init = mk_key(1, 1), keep = mk_key(2, 2);
	struct cl_run *kept;
	struct cl_process *dead;
	char name[32];
	size_t n = 0;

	(void)state;
	case_open(&c, 1024, 8);
	case_exec(&c, init, mk_key(0, 0), "/sbin/init", NULL);
	case_fork(&c, init, keep);
	kept = case_begin(&c, keep, "kept", "kept");
	for (uint32_t i = 0; i < 40; i++) {
		struct cl_process_key k = mk_key(10 + i, 100 + i);

		case_fork(&c, keep, k);
		snprintf(name, sizeof(name), "r-%u", i);
		assert_ptr_equal(case_begin(&c, k, "job", name)->parent, kept);
		case_exit(&c, k);
		assert_non_null(c.ended);
		assert_true(cl_identity_stats(c.id)->runs <= 8);
	}
	assert_null(cl_identity_run(c.id, "r-0"));
	assert_non_null(cl_identity_run(c.id, "r-39"));
	assert_non_null(cl_identity_run(c.id, "r-34"));
	assert_null(cl_identity_run(c.id, "r-33")); /* the oldest end goes first */
	assert_int_equal(cl_identity_stats(c.id)->runs_evicted, 34);
	assert_ptr_equal(cl_identity_run(c.id, "kept"), kept);
	/* the dead of an evicted run are in the run around it */
	dead = cl_identity_process(c.id, mk_key(10, 100));
	assert_non_null(dead);
	assert_ptr_equal(dead->run, kept);
	cl_identity_each_run(c.id, count_run, &n);
	assert_int_equal(n, 8);
	assert_int_equal(cl_identity_stats(c.id)->runs_refused, 0);
	case_close(&c);
}

/* Live runs are not evicted, and nesting has an end: the process stays where it is. */
static void test_refused(void **state)
{
	struct identity_case c;
	struct cl_process_key init = mk_key(1, 1);
	char name[32];

	(void)state;
	case_open(&c, 1024, 8);
	case_exec(&c, init, mk_key(0, 0), "/sbin/init", NULL);
	for (uint32_t i = 0; i < 20; i++) {
		case_fork(&c, init, mk_key(10 + i, 100 + i));
		snprintf(name, sizeof(name), "r-%u", i);
		case_begin(&c, mk_key(10 + i, 100 + i), "job", name);
	}
	assert_int_equal(cl_identity_stats(c.id)->runs, 8);
	assert_int_equal(cl_identity_stats(c.id)->runs_refused, 13);
	assert_ptr_equal(cl_identity_process(c.id, mk_key(29, 119))->run, cl_identity_host_run(c.id));
	case_close(&c);

	case_open(&c, 1024, 1000);
	case_exec(&c, init, mk_key(0, 0), "/sbin/init", NULL);
	for (uint32_t i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n-%u", i);
		case_begin(&c, init, "deep", name);
	}
	assert_int_equal(cl_identity_process(c.id, init)->run->depth, 32);
	assert_int_equal(cl_identity_stats(c.id)->runs_refused, 68);
	case_exit(&c, init);
	for (int i = 0; i < 31; i++)
		assert_non_null(case_tick(&c));
	assert_null(case_tick(&c));
	case_close(&c);
}

static void test_names_are_bounded(void **state)
{
	struct identity_case *c = *state;
	char longest[2000];
	struct cl_observation o;

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	/* a character of two bytes at the cut */
	memcpy(longest + 255, "\xc3\xa9", 2);
	o = mk_obs_run_begin(c->now++, SHELL, "a\nb\x1b[31m", longest);
	case_apply(c, &o);
	assert_string_equal(c->actor->run->workflow, "a\\x0ab\\x1b[31m");
	assert_true(strlen(c->actor->run->id) <= 256);
}

static void test_kind_names(void **state)
{
	(void)state;
	for (uint32_t k = CL_RUN_HOST; k <= CL_RUN_BATCH; k++)
		assert_int_equal(cl_run_kind_parse(cl_run_kind_name(k)), k);
	assert_string_equal(cl_run_kind_name(CL_RUN_CI_JOB), "ci-job");
	assert_string_equal(cl_run_kind_name(0), "unknown");
	assert_string_equal(cl_run_kind_name(77), "unknown");
	assert_int_equal(cl_run_kind_parse("unknown"), 0);
	assert_true(cl_run_is_ambient(CL_RUN_SESSION));
	assert_false(cl_run_is_ambient(CL_RUN_UNIT));
	assert_true(cl_run_is_task(CL_RUN_AGENT));
	assert_false(cl_run_is_task(CL_RUN_POD));
}

/* ---- whatever comes, in whatever order: the books balance ---- */

static void check_books(struct cl_identity *id)
{
	struct cl_run *r, *next, *o, *o_next;
	size_t processes = 0, runs = 0;

	for (struct cl_process *p = cl_processes_next(id, NULL); p; p = cl_processes_next(id, p)) {
		uint32_t children = 0, depth = 0;

		processes++;
		for (struct cl_process *q = cl_processes_next(id, NULL); q; q = cl_processes_next(id, q))
			children += q->parent == p;
		assert_int_equal(p->children, children);
		for (struct cl_process *q = p; q; q = q->parent)
			assert_true(depth++ <= id->max_processes);
		assert_ptr_equal(cl_runs_find(id, p->run->id), p->run);
		assert_ptr_equal(cl_identity_process(id, p->key), p);
	}
	assert_int_equal(processes, cl_identity_stats(id)->processes);
	assert_true(processes <= id->max_processes);
	HASH_ITER (hh, id->runs, r, next) {
		uint32_t live = 0, busy = 0, nested = 0;

		runs++;
		for (struct cl_process *p = cl_processes_next(id, NULL); p; p = cl_processes_next(id, p))
			live += p->run == r && !p->exit_ts;
		HASH_ITER (hh, id->runs, o, o_next) {
			nested += o->parent == r;
			busy += o->parent == r && (o->live || o->busy);
		}
		assert_int_equal(r->live, live);
		assert_int_equal(r->busy, busy);
		assert_int_equal(r->nested, nested);
		assert_int_equal(r->depth, r->parent ? r->parent->depth + 1 : 0);
		assert_int_equal(r->state == CL_RUN_ACTIVE, r->end == 0);
		if (r->state == CL_RUN_ENDED)
			assert_true(!live && !busy);
		if (r->by_name)
			assert_ptr_equal(cl_runs_find_named(id, r->named), r);
	}
	assert_int_equal(runs, cl_identity_stats(id)->runs);
	assert_true(runs <= id->max_runs);
}

static uint32_t dice(uint32_t *seed, uint32_t sides)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % sides;
}

static struct cl_process_key some_key(uint32_t *seed)
{
	uint32_t tgid = 1 + dice(seed, 20);

	return mk_key(tgid, tgid * 10 + dice(seed, 3) * 100);
}

static struct cl_observation some_act(uint32_t *seed, uint64_t now)
{
	static const char *const programs[] = {"/bin/sh", "/usr/bin/claude", "/usr/sbin/cron", "/opt/Runner.Worker"};
	static const char *const cgroups[] = {"/", "/system.slice/a.service", "/system.slice/b.service", "/lxc/c",
					      "/j"};
	static const char *const ids[] = {"r-1", "r-2", "r-3", "codex:1", "1.1/x"};
	static const struct cl_var vars[] = {{"CODEX_THREAD_ID", "1"}, {"GITHUB_ACTIONS", "true"},
					     {"GITHUB_RUN_ID", "1"},   {"GITHUB_JOB", "x"},
					     {"CODEX_THREAD_ID", "2"}, {"CLAUDE_CODE_SESSION_ID", "z"}};
	static const uint32_t kinds[] = {CL_OBS_EXEC, CL_OBS_EXEC, CL_OBS_FORK,	   CL_OBS_FORK,	    CL_OBS_FORK,
					 CL_OBS_EXIT, CL_OBS_EXIT, CL_OBS_READ,	   CL_OBS_PROCESS,  CL_OBS_RUN_BEGIN,
					 CL_OBS_TICK, CL_OBS_HOST, CL_OBS_RUN_END, CL_OBS_KNOWN_RUN};
	struct cl_observation o = mk_obs(kinds[dice(seed, 14)], now, some_key(seed), some_key(seed));

	o.child = some_key(seed);
	o.exe = programs[dice(seed, 4)];
	o.cgroup = cgroups[dice(seed, 5)];
	o.cgroup_id = dice(seed, 3);
	o.run_id = ids[dice(seed, 5)];
	o.workflow = "w";
	o.run_kind = dice(seed, 2) ? "declared" : "agent";
	o.parent_run = dice(seed, 3) ? NULL : ids[dice(seed, 5)];
	o.since = dice(seed, 2);
	o.detail = dice(seed, 2) ? "ended_with_survivors" : NULL;
	o.loginuid = o.session = dice(seed, 3) ? (uint32_t)-1 : dice(seed, 3);
	if (dice(seed, 2))
		mk_obs_vars(&o, vars + dice(seed, 5), 1 + dice(seed, 2));
	if (o.kind == CL_OBS_RUN_BEGIN && !dice(seed, 3))
		o.process.tgid = 0;
	return o;
}

static void test_random_walks(void **state)
{
	(void)state;
	for (uint32_t walk = 0; walk < 300; walk++) {
		struct identity_case c;
		uint32_t seed = walk;

		case_open(&c, 8 + walk % 40, 4 + walk % 12);
		for (uint64_t i = 0; i < 300; i++) {
			struct cl_observation o = some_act(&seed, 1000 + i);

			case_apply(&c, &o);
			check_books(c.id);
		}
		case_close(&c);
	}
}

/* ---- what was declared ---- */

static void test_time_to_live(void **state)
{
	struct identity_case c;
	struct cl_observation o;
	struct cl_run *run, *inner, *late;
	struct cl_process *p;

	(void)state;
	case_open(&c, 64, 16);
	case_exec(&c, mk_key(1, 10), mk_key(0, 0), "/sbin/init", "/");
	case_fork(&c, mk_key(1, 10), mk_key(50, 500));
	o = mk_obs_run_begin(c.now, mk_key(50, 500), "deploy", "d-1");
	o.ttl = 1000;
	case_apply(&c, &o);
	run = cl_identity_run(c.id, "d-1");
	case_fork(&c, mk_key(50, 500), mk_key(51, 510));
	o = mk_obs_run_begin(run->begin + 10, mk_key(51, 510), "inner", "i-1");
	o.ttl = 100000;
	case_apply(&c, &o);
	inner = cl_identity_run(c.id, "i-1");
	/* one nanosecond before it is alive */
	o = mk_obs_tick(run->begin + 999);
	case_apply(&c, &o);
	assert_null(c.ended);
	assert_int_equal(run->state, CL_RUN_ACTIVE);
	/* any act later: it ended at its time, with whoever lives on */
	o = mk_obs_read(run->begin + 5000, mk_key(50, 500), "/x");
	p = case_apply(&c, &o);
	assert_ptr_equal(c.ended, run);
	assert_int_equal(run->state, CL_RUN_ENDED_WITH_SURVIVORS);
	assert_int_equal(run->end, run->begin + 1000);
	assert_string_equal(run->outcome, "expired");
	assert_ptr_equal(p->run, run);
	assert_int_equal(inner->state, CL_RUN_ACTIVE);
	assert_int_equal(cl_identity_stats(c.id)->runs_expired, 1);
	/* it is over for good */
	case_fork(&c, mk_key(50, 500), mk_key(52, 520));
	assert_ptr_equal(cl_identity_process(c.id, mk_key(52, 520))->run, run);
	assert_int_equal(run->state, CL_RUN_ENDED_WITH_SURVIVORS);
	o = mk_obs_tick(inner->begin + 100000);
	case_apply(&c, &o);
	assert_ptr_equal(c.ended, inner);
	assert_string_equal(inner->outcome, "expired");
	/* never, however far the sum */
	case_fork(&c, mk_key(1, 10), mk_key(60, 600));
	o = mk_obs_run_begin(c.now, mk_key(60, 600), "far", "f-1");
	o.ttl = UINT64_MAX;
	case_apply(&c, &o);
	late = cl_identity_run(c.id, "f-1");
	o = mk_obs_tick(UINT64_MAX);
	case_apply(&c, &o);
	assert_int_equal(late->state, CL_RUN_ACTIVE);
	case_close(&c);
}

static const uint8_t fp_a[CL_FP_SIZE] = {0xaa, 1}, fp_b[CL_FP_SIZE] = {0xbb, 2};

static void test_permits(void **state)
{
	struct identity_case c;
	struct cl_observation o;
	struct cl_run *run, *inner, *host;
	char list[2 * CL_FP_TEXT + 1], a[CL_FP_TEXT], b[CL_FP_TEXT];
	const char *github[] = {"lb.github.com.", NULL}, *other[] = {"github.com.evil.example", NULL};

	(void)state;
	case_open(&c, 64, 16);
	host = cl_identity_host_run(c.id);
	case_fork(&c, mk_key(1, 10), mk_key(50, 500));
	o = mk_obs_run_begin(c.now++, mk_key(50, 500), "deploy", "d-1");
	snprintf(list, sizeof(list), "%s %s", cl_fp_format(a, fp_a), "cred:garbage");
	o.allowed_credentials = list;
	o.allowed_destinations = "192.0.2.1:443 [2001:db8::1]:* *.github.com:443 /run/app.sock nonsense";
	o.owner = "payments";
	case_apply(&c, &o);
	run = cl_identity_run(c.id, "d-1");
	assert_string_equal(run->owner, "payments");
	assert_int_equal(cl_run_allows_credential(host, fp_a), CL_PERMIT_UNSAID);
	assert_int_equal(cl_run_allows_credential(run, fp_a), CL_PERMIT_YES);
	assert_int_equal(cl_run_allows_credential(run, fp_b), CL_PERMIT_NO);
	assert_int_equal(cl_run_allows_destination(host, "192.0.2.1", 443, NULL), CL_PERMIT_UNSAID);
	assert_int_equal(cl_run_allows_destination(run, "192.0.2.1", 443, NULL), CL_PERMIT_YES);
	/* a name is in the list, and what this is called nobody knows */
	assert_int_equal(cl_run_allows_destination(run, "192.0.2.9", 443, NULL), CL_PERMIT_UNKNOWN);
	assert_int_equal(cl_run_allows_destination(run, "192.0.2.9", 443, github), CL_PERMIT_YES);
	assert_int_equal(cl_run_allows_destination(run, "192.0.2.9", 443, other), CL_PERMIT_NO);
	assert_int_equal(cl_run_allows_destination(run, "192.0.2.1", 80, NULL), CL_PERMIT_NO);
	assert_int_equal(cl_run_allows_destination(run, "2001:db8:0::1", 80, NULL), CL_PERMIT_YES);
	assert_int_equal(cl_run_allows_destination(run, "2001:db8::2", 80, NULL), CL_PERMIT_NO);
	assert_int_equal(cl_run_allows_destination(run, "/run/app.sock", 0, NULL), CL_PERMIT_YES);
	assert_int_equal(cl_run_allows_destination(run, "/run/other.sock", 0, NULL), CL_PERMIT_NO);
	assert_int_equal(cl_run_allows_destination(run, NULL, 0, NULL), CL_PERMIT_UNSAID);
	/* what is nested is held to the same: it can narrow, not widen */
	case_fork(&c, mk_key(50, 500), mk_key(51, 510));
	inner = case_begin(&c, mk_key(51, 510), "inner", "i-1");
	assert_ptr_equal(inner->parent, run);
	assert_int_equal(cl_run_allows_credential(inner, fp_b), CL_PERMIT_NO);
	case_fork(&c, mk_key(51, 510), mk_key(52, 520));
	o = mk_obs_run_begin(c.now++, mk_key(52, 520), "own", "o-1");
	o.allowed_credentials = cl_fp_format(b, fp_b);
	o.registrant = 1000;
	case_apply(&c, &o);
	assert_int_equal(cl_identity_run(c.id, "o-1")->registrant, 1000);
	assert_int_equal(cl_run_allows_credential(cl_identity_run(c.id, "o-1"), fp_b), CL_PERMIT_NO);
	assert_int_equal(cl_run_allows_credential(cl_identity_run(c.id, "o-1"), fp_a), CL_PERMIT_NO);
	assert_int_equal(cl_run_allows_destination(cl_identity_run(c.id, "o-1"), "192.0.2.1", 443, NULL),
			 CL_PERMIT_YES);
	case_close(&c);
}

static void test_permit_words(void **state)
{
	static const char *const good[] = {"192.0.2.1:443",  "[2001:db8::1]:443", "[::1]:*",	 "github.com:443",
					   "*.github.com:*", "a-b.example:1",	  "/run/x.sock", "@abstract"};
	static const char *const bad[] = {
		"",	     "192.0.2.1",    "192.0.2.1:0",  "192.0.2.1:65536", "[2001:db8::g]:1",
		"a b:1",     ":443",	     "..:443",	     "*:443",		"*.:443",
		"1.2.3:443", "-x.example:1", "http://x:443", "x.example:",	"x*y.example:1"};
	char word[400];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (cl_permit_check_destination(good[i]))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!cl_permit_check_destination(bad[i]))
			fail_msg("taken: %s", bad[i]);
	memset(word, 'a', sizeof(word));
	memcpy(word + sizeof(word) - 5, ":443", 5);
	assert_int_equal(cl_permit_check_destination(word), -EINVAL);
	assert_int_equal(cl_permit_check_credential("cred:00112233445566778899aabbccddeeff"), 0);
	assert_int_equal(cl_permit_check_credential("cred:0011"), -EINVAL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_host),
		T(test_before_the_host_is_named),
		T(test_declared_ends_with_root),
		T(test_survivors),
		T(test_late_survivor),
		T(test_survivor_in_nested_run),
		T(test_two_end_at_once),
		T(test_begin_takes_the_family),
		T(test_taken_id),
		T(test_end_by_word),
		T(test_cgroup_run),
		T(test_parent_run),
		cmocka_unit_test(test_known_run),
		cmocka_unit_test(test_known_runs_that_ended),
		T(test_known_member_is_there),
		T(test_eviction),
		T(test_refused),
		T(test_names_are_bounded),
		T(test_kind_names),
		cmocka_unit_test(test_random_walks),
		cmocka_unit_test(test_time_to_live),
		cmocka_unit_test(test_permits),
		cmocka_unit_test(test_permit_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
