/* SPDX-License-Identifier: Apache-2.0 */
#include "identity_case.h"

#include <stdio.h>
#include <string.h>

#include "credlineage/event.h"

#define INIT mk_key(1, 10)
#define SHELL mk_key(100, 1000)

static int setup(void **state)
{
	static struct identity_case c;

	case_open(&c, 1024, 64);
	case_exec(&c, INIT, mk_key(0, 0), "/usr/lib/systemd/systemd", NULL);
	case_exec(&c, SHELL, INIT, "/usr/bin/bash", NULL);
	*state = &c;
	return 0;
}

static int teardown(void **state)
{
	case_close(*state);
	return 0;
}

static void test_fork_inherits(void **state)
{
	struct identity_case *c = *state;
	struct cl_process *p = case_fork(c, SHELL, mk_key(101, 2000));

	assert_non_null(p);
	assert_ptr_equal(c->actor, cl_identity_process(c->id, SHELL));
	assert_ptr_equal(p->parent, c->actor);
	assert_int_equal(p->parent_key.tgid, 100);
	assert_int_equal(p->parent_key.start, 1000);
	assert_string_equal(p->exe, "/usr/bin/bash");
	assert_ptr_equal(p->exe, c->actor->exe); /* held once */
	assert_string_equal(p->comm, "test");
	assert_ptr_equal(p->run, c->actor->run);
	assert_true(p->known);
	assert_int_equal(p->exec_ts, 0);
	assert_int_equal(c->actor->children, 1);
	assert_ptr_equal(cl_identity_by_pid(c->id, 101), p);
	assert_int_equal(cl_identity_host_run(c->id)->live, 3);
}

static void test_exec_updates(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = mk_obs_exec(5000, SHELL, INIT, "/usr/bin/cat");
	struct cl_process *p;

	o.command = "cat /etc/motd";
	o.uid = 1000;
	o.euid = 1001;
	o.gid = 1002;
	o.exe_ino = 77;
	o.exe_dev = 88;
	o.ns_tgid = 5;
	o.flags = CL_F_ENV_TRUNCATED;
	p = case_apply(c, &o);
	assert_string_equal(p->exe, "/usr/bin/cat");
	assert_string_equal(p->command, "cat /etc/motd");
	assert_string_equal(p->comm, "cat");
	assert_null(p->script);
	assert_int_equal(p->uid, 1000);
	assert_int_equal(p->euid, 1001);
	assert_int_equal(p->gid, 1002);
	assert_int_equal(p->exe_ino, 77);
	assert_int_equal(p->exe_dev, 88);
	assert_int_equal(p->ns_tgid, 5);
	assert_int_equal(p->flags, CL_F_ENV_TRUNCATED);
	assert_int_equal(cl_identity_stats(c->id)->execs_cut, 1);
	assert_int_equal(p->exec_ts, 5000);
	assert_int_equal(cl_identity_stats(c->id)->processes, 2);
}

/* The middle process is gone and the kernel's parent is init: the creator's line stands. */
static void test_double_fork(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key middle = mk_key(101, 2000), daemon = mk_key(102, 3000);
	struct cl_process *p;

	case_fork(c, SHELL, middle);
	case_fork(c, middle, daemon);
	case_exit(c, middle);
	p = case_exec(c, daemon, INIT, "/usr/sbin/evil", NULL);
	assert_int_equal(p->parent_key.tgid, 101);
	assert_non_null(p->parent);
	assert_int_not_equal(p->parent->exit_ts, 0);
	assert_ptr_equal(p->parent->parent, cl_identity_process(c->id, SHELL));
	assert_int_equal(p->parent->parent->parent->key.tgid, 1);
	assert_null(cl_identity_by_pid(c->id, 101));
}

/* clone(CLONE_PARENT): the kernel's parent is the grandparent, the record names the creator. */
static void test_creator_is_parent(void **state)
{
	struct identity_case *c = *state;
	struct cl_process *p;

	case_fork(c, SHELL, mk_key(101, 2000));
	p = case_exec(c, mk_key(101, 2000), INIT, "/bin/true", NULL);
	assert_int_equal(p->parent_key.tgid, 100);
}

static void test_thread_exec_and_vfork(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = mk_obs_exec(5000, SHELL, INIT, "/usr/bin/env");
	struct cl_process *p;

	o.tid = 117; /* not the leader */
	p = case_apply(c, &o);
	assert_ptr_equal(p, cl_identity_process(c->id, SHELL));
	assert_string_equal(p->exe, "/usr/bin/env");
	for (uint32_t i = 0; i < 200; i++) {
		struct cl_process_key k = mk_key(200 + i, 6000 + i);

		case_fork(c, SHELL, k);
		p = case_exec(c, k, SHELL, "/bin/true", NULL);
		assert_int_equal(p->parent_key.tgid, 100);
		assert_string_equal(cl_identity_process(c->id, SHELL)->exe, "/usr/bin/env");
		case_exit(c, k);
	}
	assert_int_equal(cl_identity_stats(c->id)->processes_unknown, 0);
}

static void test_thread_creation_is_no_child(void **state)
{
	struct identity_case *c = *state;

	case_fork(c, SHELL, SHELL);
	assert_int_equal(cl_identity_stats(c->id)->processes, 2);
	assert_int_equal(cl_identity_process(c->id, SHELL)->children, 0);
}

static void test_pid_reuse(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key old = mk_key(101, 2000), new = mk_key(101, 9000);
	struct cl_process *p;

	case_fork(c, SHELL, old);
	p = case_fork(c, SHELL, new); /* the exit was lost */
	assert_ptr_equal(cl_identity_by_pid(c->id, 101), p);
	assert_int_equal(p->key.start, 9000);
	assert_int_not_equal(cl_identity_process(c->id, old)->exit_ts, 0);
	assert_int_equal(cl_identity_host_run(c->id)->live, 3);
	/* a late act of the old one finds the old one, and does not take the pid back */
	struct cl_observation o = mk_obs_read(9500, old, "/x");

	p = case_apply(c, &o);
	assert_int_equal(p->key.start, 2000);
	assert_int_equal(cl_identity_by_pid(c->id, 101)->key.start, 9000);
	/* one that was never seen and is older than the holder is dead on arrival */
	o = mk_obs_read(9600, mk_key(101, 500), "/x");
	p = case_apply(c, &o);
	assert_int_equal(p->key.start, 500);
	assert_int_not_equal(p->exit_ts, 0);
	assert_int_equal(cl_identity_by_pid(c->id, 101)->key.start, 9000);
	assert_int_equal(cl_identity_host_run(c->id)->live, 3);
}

static void test_unknown_actor(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = mk_obs_read(7000, mk_key(500, 6000), "/root/.netrc");
	struct cl_process *p;

	o.parent = mk_key(499, 5000);
	p = case_apply(c, &o);
	assert_false(p->known);
	assert_true(p->unattributed);
	assert_null(p->parent);
	assert_int_equal(p->parent_key.tgid, 499);
	assert_int_equal(p->parent_key.start, 5000);
	assert_null(cl_identity_process(c->id, mk_key(499, 5000))); /* nothing is made up */
	assert_ptr_equal(p->run, cl_identity_host_run(c->id));
	assert_int_equal(cl_identity_stats(c->id)->processes_unknown, 1);
	/* with a parent that is known it is that one's child and in its run */
	struct cl_run *run = case_begin(c, SHELL, "deploy", "d-1");

	o = mk_obs_connect(7100, mk_key(501, 6100), "192.0.2.1", 443);
	o.parent = SHELL;
	p = case_apply(c, &o);
	assert_false(p->known);
	assert_true(p->unattributed);
	assert_ptr_equal(p->run, run);
	assert_ptr_equal(p->parent, cl_identity_process(c->id, SHELL));
	/* its exec makes it known, its run stays a guess */
	p = case_exec(c, mk_key(501, 6100), SHELL, "/bin/nc", NULL);
	assert_true(p->known);
	assert_true(p->unattributed);
	assert_int_equal(cl_identity_stats(c->id)->processes_unknown, 2);
}

static void test_exec_without_fork(void **state)
{
	struct identity_case *c = *state;
	struct cl_process *p = case_exec(c, mk_key(300, 4000), SHELL, "/bin/ls", NULL);

	assert_true(p->known);
	assert_true(p->unattributed);
	assert_ptr_equal(p->parent, cl_identity_process(c->id, SHELL));
	assert_int_equal(cl_identity_stats(c->id)->processes_unknown, 0);
}

static void test_exit_is_once(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = mk_obs_exit(8000, SHELL, 3 << 8);
	struct cl_process *p = case_apply(c, &o);

	assert_int_equal(p->exit_ts, 8000);
	assert_int_equal(p->exit_code, 3 << 8);
	o = mk_obs_exit(8100, SHELL, 9);
	case_apply(c, &o);
	assert_int_equal(p->exit_ts, 8000);
	assert_int_equal(p->exit_code, 3 << 8);
	assert_int_equal(cl_identity_host_run(c->id)->live, 1);
	/* what it did before comes later from the other ring: still its act */
	o = mk_obs_read(7900, SHELL, "/x");
	assert_ptr_equal(case_apply(c, &o), p);
	assert_int_equal(p->exit_ts, 8000);
	/* an exit is all that is ever seen of this one */
	o = mk_obs_exit(8200, mk_key(900, 8050), 0);
	p = case_apply(c, &o);
	assert_false(p->known);
	assert_int_equal(p->exit_ts, 8200);
}

/* What happens between attaching and the look at /proc is seen twice, in any order. */
static void test_baseline_overlaps(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key a = mk_key(101, 2000), b = mk_key(102, 2500), d = mk_key(103, 2600),
			      sure = mk_key(99, 900);
	struct cl_observation o;
	struct cl_process *p;

	case_exec(c, sure, INIT, "/bin/sh", "/system.slice/a.service");
	/* live first: the baseline's older look changes nothing */
	case_fork(c, SHELL, a);
	case_exec(c, a, SHELL, "/usr/bin/new", NULL);
	o = mk_obs_process(9000, a, INIT, "/usr/bin/old");
	p = case_apply(c, &o);
	assert_string_equal(p->exe, "/usr/bin/new");
	assert_int_equal(p->parent_key.tgid, 100);
	/* baseline first: the fork names the creator */
	o = mk_obs_process(9100, b, INIT, "/usr/bin/b");
	p = case_apply(c, &o);
	assert_int_equal(p->parent_key.tgid, 1);
	assert_int_equal(p->exec_ts, 0);
	assert_int_equal(cl_identity_process(c->id, INIT)->children, 3);
	assert_true(p->unattributed);
	case_fork(c, sure, b);
	assert_false(p->unattributed); /* as sure as its creator's */
	assert_int_equal(p->parent_key.tgid, 99);
	assert_string_equal(p->exe, "/usr/bin/b");
	assert_int_equal(cl_identity_process(c->id, INIT)->children, 2);
	assert_string_equal(p->run->workflow, "unit:a.service");
	/* gone before the baseline's look is handed over */
	case_fork(c, SHELL, d);
	case_exit(c, d);
	o = mk_obs_process(9200, d, SHELL, "/usr/bin/d");
	p = case_apply(c, &o);
	assert_int_not_equal(p->exit_ts, 0);
	assert_int_equal(cl_identity_stats(c->id)->processes, 6);
	assert_int_equal(cl_identity_host_run(c->id)->live, 3);
}

static void test_script(void **state)
{
	static const struct {
		const char *exe, *filename, *command, *script;
	} cases[] = {
		{"/usr/bin/dash", "/opt/deploy.sh", "/bin/sh /opt/deploy.sh prod", "/opt/deploy.sh"},
		{"/usr/bin/python3.11", "./run me.py", "/usr/bin/env ./run me.py", "./run me.py"},
		{"/usr/bin/dash", "/bin/sh", "sh -c true", NULL}, /* a link */
		{"/usr/bin/busybox", "/bin/ls", "ls -l", NULL},
		{"/usr/bin/cat", "cat", "cat cat", NULL},
		{"/usr/bin/cat", "/usr/bin/cat", "cat /usr/bin/cat", NULL},
		{"/usr/bin/cat", NULL, NULL, NULL},
	};
	struct identity_case *c = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cl_observation o = mk_obs_exec(9000 + i, SHELL, INIT, cases[i].exe);
		struct cl_process *p;

		o.filename = cases[i].filename;
		o.command = cases[i].command;
		p = case_apply(c, &o);
		if (cases[i].script)
			assert_string_equal(p->script, cases[i].script);
		else
			assert_null(p->script);
	}
}

static void test_long_command_is_cut(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = mk_obs_exec(9000, SHELL, INIT, "/bin/echo");
	char command[9000];
	struct cl_process *p;

	memset(command, 'a', sizeof(command) - 1);
	command[sizeof(command) - 1] = '\0';
	o.command = command;
	p = case_apply(c, &o);
	assert_int_equal(strlen(p->command), 4096);
	assert_true(p->flags & CL_F_ARGS_TRUNCATED);
}

/* Input that no kernel writes: a parent younger than its child would make a loop. */
static void test_no_loops(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key a = mk_key(200, 5000), b = mk_key(201, 6000);
	struct cl_observation o = mk_obs_read(7000, a, "/x");
	struct cl_process *p;
	int depth = 0;

	o.parent = b;
	case_apply(c, &o);
	o = mk_obs_read(7001, b, "/x");
	o.parent = a;
	case_apply(c, &o);
	case_fork(c, b, a);
	p = cl_identity_process(c->id, a);
	assert_null(p->parent);
	assert_int_equal(p->parent_key.tgid, 201);
	for (p = cl_identity_process(c->id, b); p; p = p->parent)
		assert_true(depth++ < 3);
	o = mk_obs_read(7002, mk_key(7, 7), "/x");
	o.parent = mk_key(7, 7);
	assert_null(case_apply(c, &o)->parent);
}

static void test_eviction_oldest_exit_first(void **state)
{
	struct identity_case c;
	struct cl_process_key init = mk_key(1, 1);

	(void)state;
	case_open(&c, 8, 8);
	case_exec(&c, init, mk_key(0, 0), "/sbin/init", NULL);
	for (uint32_t i = 0; i < 5; i++)
		case_fork(&c, init, mk_key(10 + i, 100 + i));
	/* out of order; 12 keeps a child and therefore its place */
	case_exit(&c, mk_key(13, 103));
	case_exit(&c, mk_key(11, 101));
	case_fork(&c, mk_key(12, 102), mk_key(20, 200));
	case_exit(&c, mk_key(12, 102));
	case_exit(&c, mk_key(10, 100));
	case_fork(&c, init, mk_key(21, 210));
	assert_int_equal(cl_identity_stats(c.id)->processes, 8);
	assert_int_equal(cl_identity_stats(c.id)->processes_evicted, 0);
	case_fork(&c, init, mk_key(22, 220));
	assert_null(cl_identity_process(c.id, mk_key(13, 103)));
	assert_non_null(cl_identity_process(c.id, mk_key(11, 101)));
	case_fork(&c, init, mk_key(23, 230));
	assert_null(cl_identity_process(c.id, mk_key(11, 101)));
	assert_non_null(cl_identity_process(c.id, mk_key(10, 100)));
	case_fork(&c, init, mk_key(24, 240));
	assert_null(cl_identity_process(c.id, mk_key(10, 100)));
	assert_non_null(cl_identity_process(c.id, mk_key(12, 102)));
	assert_int_equal(cl_identity_stats(c.id)->processes_evicted, 3);
	/* its child goes, then it may */
	case_exit(&c, mk_key(20, 200));
	case_fork(&c, init, mk_key(25, 250));
	assert_null(cl_identity_process(c.id, mk_key(20, 200)));
	assert_non_null(cl_identity_process(c.id, mk_key(12, 102)));
	case_fork(&c, init, mk_key(26, 260));
	assert_null(cl_identity_process(c.id, mk_key(12, 102)));
	assert_true(cl_identity_stats(c.id)->processes <= 8);
	assert_int_equal(cl_identity_stats(c.id)->processes_forced, 0);
	case_close(&c);
}

/* Nothing has exited: the table stays within its cap, a cut one comes back as unknown, counts stay right. */
static void test_eviction_of_the_living(void **state)
{
	struct identity_case c;
	struct cl_process_key init = mk_key(1, 1);
	struct cl_observation o;

	(void)state;
	case_open(&c, 64, 8);
	case_exec(&c, init, mk_key(0, 0), "/sbin/init", NULL);
	for (uint32_t i = 0; i < 500; i++) {
		case_fork(&c, init, mk_key(10 + i, 100 + i));
		assert_true(cl_identity_stats(c.id)->processes <= 64);
	}
	assert_non_null(cl_identity_process(c.id, init));
	assert_int_equal(cl_identity_host_run(c.id)->live, cl_identity_stats(c.id)->processes);
	assert_true(cl_identity_stats(c.id)->processes_forced >= 400);
	o = mk_obs_exit(c.now++, mk_key(10, 100), 0);
	o.parent = init;
	assert_false(case_apply(&c, &o)->known);
	case_close(&c);
}

/* Each one forks the next and exits: the dead of such a relay may not fill the table. */
static void test_eviction_of_a_relay(void **state)
{
	struct identity_case c;
	struct cl_process *p = NULL;
	int depth = 0;

	(void)state;
	case_open(&c, 64, 8);
	case_exec(&c, mk_key(1, 1), mk_key(0, 0), "/sbin/init", NULL);
	for (uint32_t i = 1; i < 1000; i++) {
		p = case_fork(&c, mk_key(i, i), mk_key(i + 1, i + 1));
		assert_true(cl_identity_stats(c.id)->processes <= 64);
		if (i > 1)
			case_exit(&c, mk_key(i, i));
	}
	assert_int_equal(p->key.tgid, 1000);
	assert_int_equal(cl_identity_host_run(c.id)->live, 2);
	for (; p->parent; p = p->parent)
		depth++;
	assert_true(depth > 10);
	assert_int_not_equal(p->parent_key.tgid, 0); /* cut, and it says whom it lost */
	case_close(&c);
}

static void test_same_pid_many_times(void **state)
{
	struct identity_case *c = *state;

	for (uint32_t i = 0; i < 3000; i++) {
		case_fork(c, SHELL, mk_key(300, 10000 + i));
		if (i % 3)
			case_exit(c, mk_key(300, 10000 + i));
	}
	assert_int_equal(cl_identity_by_pid(c->id, 300) == NULL, 1);
	assert_int_equal(cl_identity_process(c->id, mk_key(300, 12999))->key.start, 12999);
	assert_true(cl_identity_stats(c->id)->processes <= 1024);
	assert_int_equal(cl_identity_host_run(c->id)->live, 2);
}

static void test_no_actor(void **state)
{
	static const uint32_t kinds[] = {CL_OBS_HOST, CL_OBS_COVERAGE, CL_OBS_LOSS, CL_OBS_TICK, CL_OBS_UNCLEAN, 99};
	struct identity_case *c = *state;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct cl_observation o = mk_obs_host();

		o.kind = kinds[i];
		o.process = SHELL;
		assert_null(case_apply(c, &o));
		assert_null(c->ended);
	}
	/* an idle task has tgid 0 */
	struct cl_observation o = mk_obs_fork(1, mk_key(0, 0), mk_key(5, 5));

	assert_null(case_apply(c, &o));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_fork_inherits),
		T(test_exec_updates),
		T(test_double_fork),
		T(test_creator_is_parent),
		T(test_thread_exec_and_vfork),
		T(test_thread_creation_is_no_child),
		T(test_pid_reuse),
		T(test_unknown_actor),
		T(test_exec_without_fork),
		T(test_exit_is_once),
		T(test_baseline_overlaps),
		T(test_script),
		T(test_long_command_is_cut),
		T(test_no_loops),
		T(test_eviction_oldest_exit_first),
		T(test_eviction_of_the_living),
		T(test_eviction_of_a_relay),
		T(test_same_pid_many_times),
		T(test_no_actor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
