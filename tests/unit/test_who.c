/* SPDX-License-Identifier: Apache-2.0 */
/* What a process is: the programs that it ran, its namespaces, its container, who started it. */
#include <stdio.h>
#include <string.h>

#include "credlineage/event.h"
#include "identity_case.h"

#define INIT mk_key(1, 1)
#define SHELL mk_key(100, 1000)
#define HOST_MNTNS 4026531841u
#define BOX_MNTNS 4026532500u
#define BOX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int setup(void **state)
{
	static struct identity_case c;
	struct cl_observation o;

	case_open(&c, 1000, 100);
	o = mk_obs_process(10, INIT, mk_key(0, 0), "/sbin/init");
	case_apply(&c, &o);
	o = mk_obs_process(11, SHELL, INIT, "/usr/bin/bash");
	case_apply(&c, &o);
	*state = &c;
	return 0;
}

static int teardown(void **state)
{
	case_close(*state);
	return 0;
}

static struct cl_process *read_by(struct identity_case *c, struct cl_process_key key)
{
	struct cl_observation o = mk_obs_read(c->now++, key, "/root/.netrc");

	return case_apply(c, &o);
}

static void programs_before_the_last_are_kept(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key key = mk_key(101, 2000);
	struct cl_observation o;
	struct cl_process *p;

	case_fork(c, SHELL, key);
	p = case_exec(c, key, SHELL, "/usr/bin/python3", NULL);
	assert_null(p->earlier); /* the shell is its parent, not what it was */
	o = mk_obs_exec(c->now++, key, SHELL, "/usr/bin/curl");
	o.exe_ino = 7;
	p->exe_ino = 6;
	p = case_apply(c, &o);
	assert_string_equal(p->exe, "/usr/bin/curl");
	assert_int_equal(p->exe_ino, 7);
	assert_non_null(p->earlier);
	assert_int_equal(p->earlier->n, 1);
	assert_string_equal(p->earlier->list[0].exe, "/usr/bin/python3");
	assert_int_equal(p->earlier->list[0].ino, 6);
	assert_true(p->earlier->list[0].when > 0);
	assert_true(p->earlier->list[0].when < p->exec_ts);
	/* a child has its own history */
	assert_null(case_fork(c, key, mk_key(102, 3000))->earlier);
}

static void an_inherited_program_counts_when_it_did_something(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key key = mk_key(101, 2000);
	struct cl_process *p;

	case_fork(c, SHELL, key);
	read_by(c, key);
	p = case_exec(c, key, SHELL, "/usr/bin/nc", NULL);
	assert_non_null(p->earlier);
	assert_string_equal(p->earlier->list[0].exe, "/usr/bin/bash");
	assert_int_equal(p->earlier->list[0].when, 0);
}

static void the_list_of_programs_is_bounded(void **state)
{
	struct identity_case *c = *state;
	struct cl_process *p = NULL;
	char exe[32];

	for (unsigned int i = 0; i < 3 * CL_IMAGES_MAX; i++) {
		snprintf(exe, sizeof(exe), "/bin/%u", i);
		p = case_exec(c, SHELL, INIT, exe, NULL);
	}
	assert_int_equal(p->earlier->n, CL_IMAGES_MAX);
	assert_int_equal(p->earlier->n + p->earlier->forgotten, 3 * CL_IMAGES_MAX);
	assert_string_equal(p->earlier->list[0].exe, "/usr/bin/bash");
	snprintf(exe, sizeof(exe), "/bin/%u", 3 * CL_IMAGES_MAX - 2);
	assert_string_equal(p->earlier->list[CL_IMAGES_MAX - 1].exe, exe);
	snprintf(exe, sizeof(exe), "/bin/%u", 2 * CL_IMAGES_MAX);
	assert_string_equal(p->earlier->list[1].exe, exe);
}

static struct cl_process *exec_named(struct identity_case *c, const char *exe, const char *filename,
				     const char *command)
{
	struct cl_observation o = mk_obs_exec(c->now++, SHELL, INIT, exe);

	o.filename = filename;
	o.command = command;
	return case_apply(c, &o);
}

static void a_script_stays_through_env(void **state)
{
	struct identity_case *c = *state;
	struct cl_process *p = exec_named(c, "/usr/bin/env", "./my job.py", "/usr/bin/env python3 -u ./my job.py x");

	assert_string_equal(p->script, "./my job.py");
	p = exec_named(c, "/usr/bin/python3.11", "/usr/bin/python3", "python3 -u ./my job.py x");
	assert_string_equal(p->script, "./my job.py");
	assert_string_equal(p->exe, "/usr/bin/python3.11");
	assert_string_equal(cl_process_program(p), "./my job.py");
	assert_string_equal(p->earlier->list[1].exe, "/usr/bin/env");
	/* another program is no script's, even with its name among the arguments: it is no interpreter that env chose */
	p = exec_named(c, "/usr/bin/grep", "/usr/bin/grep", "grep x ./my job.py");
	assert_null(p->script);
	assert_string_equal(cl_process_program(p), "/usr/bin/grep");
}

static void a_child_is_not_its_parents_script(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key key = mk_key(101, 2000);
	struct cl_observation o;

	exec_named(c, "/usr/bin/env", "./job", "/usr/bin/env sh ./job");
	case_fork(c, SHELL, key);
	o = mk_obs_exec(c->now++, key, SHELL, "/usr/bin/grep");
	o.command = "grep x ./job";
	assert_null(case_apply(c, &o)->script);
}

static void a_loaders_program_is_kept_apart(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = mk_obs_exec(c->now++, SHELL, INIT, "/usr/lib/ld-linux-x86-64.so.2");
	struct cl_process *p;

	o.program = "./copied-cat";
	p = case_apply(c, &o);
	assert_string_equal(p->exe, "/usr/lib/ld-linux-x86-64.so.2");
	assert_string_equal(p->program, "./copied-cat");
	assert_string_equal(cl_process_program(p), "./copied-cat");
	p = case_exec(c, SHELL, INIT, "/bin/true", NULL);
	assert_null(p->program);
}

static void deleted_and_memfd_are_told_apart(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = mk_obs_exec(c->now++, SHELL, INIT, "/tmp/gone");

	assert_int_equal(cl_process_exe_state(case_apply(c, &o)), CL_EXE_FILE);
	o.flags = CL_F_DELETED;
	assert_int_equal(cl_process_exe_state(case_apply(c, &o)), CL_EXE_DELETED);
	o.flags = CL_F_DELETED | CL_F_ANONYMOUS;
	assert_int_equal(cl_process_exe_state(case_apply(c, &o)), CL_EXE_MEMORY);
}

static void both_parents_are_kept(void **state)
{
	struct identity_case *c = *state;
	struct cl_process *p;

	case_fork(c, SHELL, mk_key(101, 2000));
	p = case_exec(c, mk_key(101, 2000), INIT, "/bin/true", NULL); /* CLONE_PARENT */
	assert_int_equal(p->parent_key.tgid, 100);
	assert_int_equal(p->kernel_parent.tgid, 1);
}

static void both_uids_are_kept(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = mk_obs_exec(c->now++, SHELL, INIT, "/bin/true");
	struct cl_process *p;

	o.uid = o.euid = 1000;
	o.userns = 4026532600u;
	o.ns_uid = 0;
	p = case_apply(c, &o);
	assert_int_equal(p->uid, 1000);
	assert_int_equal(p->ns_uid, 0);
	assert_true(cl_process_in_userns(p));
	assert_int_equal(case_fork(c, SHELL, mk_key(101, 2000))->ns_uid, 0);
	o.userns = 0xeffffffd;
	o.ns_uid = o.uid;
	assert_false(cl_process_in_userns(case_apply(c, &o)));
}

static struct cl_process *boxed(struct identity_case *c, struct cl_process_key key)
{
	struct cl_observation o;

	case_fork(c, INIT, key);
	o = mk_obs_exec(c->now++, key, INIT, "/bin/server");
	o.cgroup = "/system.slice/docker-" BOX ".scope";
	o.mntns = BOX_MNTNS;
	return case_apply(c, &o);
}

static void who_enters_a_container_is_in_it(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key server = mk_key(200, 2000), key = mk_key(101, 3000);
	struct cl_run *before;
	struct cl_observation o;
	struct cl_process *p = boxed(c, server);

	assert_string_equal(p->container, BOX);
	assert_false(p->container_entered);
	case_fork(c, SHELL, key);
	p = case_exec(c, key, SHELL, "/usr/bin/nsenter", NULL);
	assert_null(p->container);
	before = p->run;
	o = mk_obs_exec(c->now++, key, SHELL, "/bin/cat");
	o.mntns = BOX_MNTNS;
	p = case_apply(c, &o);
	assert_string_equal(p->container, BOX);
	assert_true(p->container_entered);
	assert_ptr_equal(p->run, before); /* whose work it is has not changed */
	assert_int_equal(p->parent_key.tgid, 100);
	/* and out again, without an exec */
	o = mk_obs_read(c->now++, key, "/x");
	p = case_apply(c, &o);
	assert_null(p->container);
	assert_false(p->container_entered);
}

static void a_namespaces_name_dies_with_its_container(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key server = mk_key(200, 2000), second = mk_key(201, 2100);
	struct cl_observation o = mk_obs_exec(c->now++, SHELL, INIT, "/bin/cat");

	boxed(c, server);
	boxed(c, second);
	case_exit(c, server);
	o.mntns = BOX_MNTNS;
	assert_string_equal(case_apply(c, &o)->container, BOX);
	o.mntns = HOST_MNTNS;
	assert_null(case_apply(c, &o)->container);
	case_exit(c, second);
	o.mntns = BOX_MNTNS; /* the number is another's by now */
	assert_null(case_apply(c, &o)->container);
}

static void the_hosts_namespace_is_no_containers(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key key = mk_key(200, 2000);
	struct cl_observation o;

	case_fork(c, INIT, key);
	o = mk_obs_exec(c->now++, key, INIT, "/bin/server");
	o.cgroup = "/system.slice/docker-" BOX ".scope";
	assert_string_equal(case_apply(c, &o)->container, BOX);
	assert_null(case_exec(c, SHELL, INIT, "/bin/cat", NULL)->container);
}

static void a_brokers_child_is_said_to_be_one(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key daemon = mk_key(50, 500), job = mk_key(101, 2000), helper = mk_key(102, 2100);
	struct cl_observation o = mk_obs_process(12, daemon, INIT, "/usr/bin/containerd-shim-runc-v2");

	case_apply(c, &o);
	case_fork(c, daemon, job);
	assert_false(case_exec(c, job, daemon, "/usr/bin/runc", NULL)->brokered);
	assert_true(case_exec(c, job, daemon, "/usr/bin/psql", NULL)->brokered);
	case_fork(c, job, helper);
	assert_false(case_exec(c, helper, job, "/bin/less", NULL)->brokered);
	assert_false(cl_identity_process(c->id, SHELL)->brokered);
}

/* Without audit: what the daemon executes for each who came in is a session of its own, whatever else it runs. */
static void logins_are_told_apart_without_audit(void **state)
{
	struct identity_case *c = *state;
	struct cl_process_key daemon = mk_key(50, 500), one = mk_key(101, 2000), two = mk_key(102, 2100),
			      child = mk_key(103, 2200);
	struct cl_observation o = mk_obs_process(12, daemon, INIT, "/usr/sbin/sshd");
	struct cl_run *first, *second;

	case_apply(c, &o);
	case_fork(c, daemon, one);
	assert_ptr_equal(case_exec(c, one, daemon, "/usr/lib/openssh/sshd-session", NULL)->run,
			 cl_identity_host_run(c->id));
	first = case_exec(c, one, daemon, "/usr/bin/bash", NULL)->run;
	assert_int_equal(first->kind, CL_RUN_SESSION);
	assert_string_equal(first->workflow, "session:0");
	assert_true(first->unattributed);
	case_fork(c, daemon, two);
	second = case_exec(c, two, daemon, "/usr/bin/zsh", NULL)->run;
	assert_ptr_not_equal(first, second);
	assert_string_not_equal(first->id, second->id);
	case_fork(c, one, child);
	assert_ptr_equal(case_exec(c, child, one, "/bin/ls", NULL)->run, first);
	assert_ptr_equal(case_exec(c, one, daemon, "/usr/bin/fish", NULL)->run, first);
	/* where there is audit its sessions are */
	o = mk_obs_exec(c->now++, two, daemon, "/usr/bin/bash");
	o.loginuid = 1000;
	o.session = 7;
	assert_string_equal(case_apply(c, &o)->run->workflow, "session:1000");
}

static void a_move_to_another_cgroup_is_seen(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = mk_obs_read(c->now++, SHELL, "/x");

	assert_false(case_apply(c, &o)->moved);
	o.cgroup_id = 77;
	assert_true(case_apply(c, &o)->moved);
	assert_true(case_apply(c, &o)->moved);
	o = mk_obs_exec(c->now++, SHELL, INIT, "/bin/true");
	o.cgroup_id = 77;
	assert_false(case_apply(c, &o)->moved);
}

static void preloaded_code_is_kept(void **state)
{
	struct identity_case *c = *state;
	const struct cl_var preload = {"LD_PRELOAD", "/tmp/x.so"}, audit = {"LD_AUDIT", "/tmp/a.so"};

	assert_string_equal(case_exec_env(c, SHELL, "/bin/true", NULL, &preload, 1)->preload, "/tmp/x.so");
	assert_string_equal(case_exec_env(c, SHELL, "/bin/true", NULL, &audit, 1)->preload, "/tmp/a.so");
	assert_null(case_exec(c, SHELL, INIT, "/bin/true", NULL)->preload);
}

static void a_long_name_stays_whole(void **state)
{
	struct identity_case *c = *state;
	struct cl_observation o = mk_obs_exec(c->now++, SHELL, INIT, "/bin/true");

	o.comm = "\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a";
	assert_string_equal(case_apply(c, &o)->comm, o.comm);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(programs_before_the_last_are_kept),
		T(an_inherited_program_counts_when_it_did_something),
		T(the_list_of_programs_is_bounded),
		T(a_script_stays_through_env),
		T(a_child_is_not_its_parents_script),
		T(a_loaders_program_is_kept_apart),
		T(deleted_and_memfd_are_told_apart),
		T(both_parents_are_kept),
		T(both_uids_are_kept),
		T(who_enters_a_container_is_in_it),
		T(a_namespaces_name_dies_with_its_container),
		T(the_hosts_namespace_is_no_containers),
		T(a_brokers_child_is_said_to_be_one),
		T(logins_are_told_apart_without_audit),
		T(a_move_to_another_cgroup_is_seen),
		T(preloaded_code_is_kept),
		T(a_long_name_stays_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
