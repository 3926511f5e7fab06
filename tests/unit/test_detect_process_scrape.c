/* SPDX-License-Identifier: Apache-2.0 */
/* process-scrape: a process takes a credential out of another. */
#include "mk_stage.h"

#define ONE "process-scrape High create 1"
/* 10 is a workflow's first process and holds A; 20 is another workflow's. */
#define TWO "run 10 ci:a a1; exec 10 env=A/s; run 20 ci:b b1; "
#define HOLDER "run 10 ci:a a1; exec 10 env=A/s; "

static const struct stage_case cases[] = {
	{"environment", TWO "reach 20 10 environ", ONE},
	{"memory by ptrace", TWO "reach 20 10 ptrace", ONE},
	{"memory by a copy", TWO "reach 20 10 vm_read", ONE},
	{"memory by its file", TWO "reach 20 10 mem", ONE},
	{"written to: nothing was read", TWO "reach 20 10 vm_write", ""},
	{"a descriptor that holds no credential", TWO "reach 20 10 fd", ""},
	{"a descriptor of a credential's file, taken", TWO "read 10 B/s; reach 20 10 fd; receive 20 B/s 10 taken",
	 "cross-workflow-reuse Medium create 1; " ONE},
	{"a descriptor of a credential's file, given", TWO "read 10 B/s; receive 20 B/s 10 message",
	 "cross-workflow-reuse Medium create 1"},
	{"what the target read is in its memory", "run 10 ci:a a1; read 10 A/s; run 20 ci:b b1; reach 20 10 mem", ONE},
	{"and not in its environment", "run 10 ci:a a1; read 10 A/s; run 20 ci:b b1; reach 20 10 environ", ""},
	{"what the target gave to its child is in its memory, too",
	 "run 10 ci:a a1; spawn 10 11 env=A/s; spawn 10 12; reach 12 10 mem", ONE},
	{"and not in its environment", "run 10 ci:a a1; spawn 10 11 env=A/s; spawn 10 12; reach 12 10 environ", ""},
	{"a child's later program says nothing of its creator",
	 "run 10 ci:a a1; spawn 10 11; exec 11 env=A/s; spawn 10 12; reach 12 10 mem", ""},
	{"nor of the program that its creator is now",
	 "run 10 ci:a a1; spawn 10 11 env=A/s; exec 10; spawn 10 12; reach 12 10 mem", ""},
	{"who gave it to another run and goes somewhere does not use it",
	 "run 10 unit:a a1 unit; fork 10 11; run 11 ci:n n1; exec 11 env=A/s; connect 10 192.0.2.1 443", ""},
	{"of a program that starts a job's steps nothing else need be known",
	 "proc 10; spawn 10 11 as=Runner.Worker; spawn 11 12; reach 12 11 mem; reach 12 11 vm_read", ONE},
	{"its environment holds no secrets", "proc 10; spawn 10 11 as=Runner.Worker; spawn 11 12; reach 12 11 environ",
	 ""},
	{"who started it looks at it", "proc 10; spawn 10 11 as=Runner.Worker; reach 10 11 ptrace", ""},
	{"a program that is called like one in part",
	 "proc 10; spawn 10 11 as=Runner.Workers; spawn 11 12; reach 12 11 mem", ""},
	{"the target holds nothing", "run 10 ci:a a1; run 20 ci:b b1; reach 20 10 environ; reach 20 10 ptrace", ""},
	{"nor what a program before it had", "run 10 ci:a a1; read 10 A/s; exec 10; run 20 ci:b b1; reach 20 10 mem",
	 ""},
	{"within a run, of no child", "run 10 ci:a a1; spawn 10 11 env=A/s; spawn 10 12; reach 12 11 mem", ONE},
	{"of its own parent", "run 10 ci:a a1; exec 10 env=A/s; spawn 10 11; reach 11 10 mem", ONE},
	{"the debugger's own child", "run 10 ci:a a1; spawn 10 11 env=A/s; reach 10 11 ptrace; reach 10 11 mem", ""},
	{"the debugger's own grandchild", "run 10 ci:a a1; spawn 10 11; spawn 11 12 env=A/s; reach 10 12 vm_read", ""},
	{"a child that asks for it", "run 10 ci:a a1; spawn 10 11 env=A/s; reach 10 11 traceme", ""},
	{"a child in a run of its own that asks for it",
	 "run 10 ci:a a1; spawn 10 11; run 11 agent:b b1 agent; exec 11 env=A/s; reach 10 11 traceme", ""},
	{"a child in a run of its own",
	 "run 10 ci:a a1; spawn 10 11; run 11 agent:b b1 agent; exec 11 env=A/s; reach 10 11 mem", ONE},
	{"it has the same itself", "run 10 ci:a a1; spawn 10 11 env=A/s; spawn 10 12 env=A/s; reach 12 11 environ", ""},
	{"its own environment", "run 10 ci:a a1; exec 10 env=A/s; environ 10 A/s", ""},
	{"the host looks at a workflow", "run 10 ci:a a1; exec 10 env=A/s; proc 5; reach 5 10 environ", ONE},
	{"a workflow looks at the host", "proc 5 env=A/s; run 10 ci:a a1; reach 10 5 environ", ONE},
	{"seen twice: by its open and by its bytes", TWO "reach 20 10 environ; environ 20 A/s 10", ONE},
	{"bytes that were not there at the start", TWO "environ 20 B/s 10", ONE},
	{"again, and again after a minute", TWO "reach 20 10 mem; reach 20 10 mem; wait 61; reach 20 10 mem",
	 ONE "; process-scrape High update 3"},
	{"another way is another fact", TWO "reach 20 10 mem; reach 20 10 environ", ONE "; " ONE},
	{"another program is another fact", TWO "spawn 20 21; reach 20 10 mem; reach 21 10 mem", ONE "; " ONE},
	{"a scan is one finding",
	 "proc 11 env=A/s; proc 12 env=B/s; proc 13 env=C/s; proc 14; proc 15 env=E/s; run 20 ci:b b1; "
	 "reach 20 11 environ; reach 20 12 environ; reach 20 13 environ; reach 20 14 environ; reach 20 15 environ; flush",
	 ONE "; process-scrape High update 4"},
	{"a scan with its bytes is one finding",
	 "proc 11 env=A/s; proc 12 env=B/s; run 20 ci:b b1; reach 20 11 environ; environ 20 A/s 11; "
	 "reach 20 12 environ; environ 20 B/s 12; flush",
	 ONE "; process-scrape High update 2"},
	{"another credential, after a while",
	 TWO "exec 10 env=A/s; proc 12 env=B/s; reach 20 10 environ; wait 61; "
	     "reach 20 12 environ",
	 ONE "; " ONE},
	{"to look is no use of it", TWO "reach 20 10 mem; connect 10 192.0.2.1 443; exec 10 env=A/s", ONE},
	{"to connect with it is one", TWO "reach 20 10 mem; connect 20 192.0.2.1 443",
	 ONE "; cross-workflow-reuse High create 1"},
	{"after an exec it is gone", TWO "reach 20 10 mem; exec 20; connect 20 192.0.2.1 443", ONE},
	{"a child of the reader has it too", TWO "reach 20 10 mem; fork 20 21; connect 21 192.0.2.1 443",
	 ONE "; cross-workflow-reuse High create 1"},
	{"what the target had at its start stays", TWO "environ 20 B/s 10; proc 30; reach 30 10 environ", ONE "; " ONE},
	{"ps by who administers the host",
	 HOLDER "spawn 1 20 exe=/usr/bin/ps line=ps_axe; reach 20 10 environ; environ 20 A/s 10", ""},
	{"top", HOLDER "spawn 1 20 exe=/usr/bin/htop; reach 20 10 environ; environ 20 A/s 10", ""},
	{"the service manager", HOLDER "exec 1 exe=/usr/lib/systemd/systemd; reach 1 10 environ; environ 1 A/s 10", ""},
	{"it has nothing of it then",
	 HOLDER "spawn 1 20 exe=/usr/bin/osqueryd; reach 20 10 environ; environ 20 A/s 10; connect 20 192.0.2.1 443",
	 ""},
	{"a container's runtime", HOLDER "spawn 1 20 exe=/usr/sbin/runc; reach 20 10 environ", ""},
	{"a script that root installed",
	 HOLDER
	 "spawn 1 20 exe=/usr/bin/perl script=/usr/sbin/needrestart line=perl_/usr/sbin/needrestart; environ 20 A/s 10",
	 ""},
	{"what calls itself ps", HOLDER "spawn 1 20 exe=/tmp/ps; reach 20 10 environ", ONE},
	{"ps in a CI job",
	 HOLDER "run 20 ci:b b1 ci-job; spawn 20 30 exe=/usr/bin/ps; reach 30 10 environ; environ 30 A/s 10", ONE},
	{"ps in an agent", HOLDER "run 20 agent:b b1 agent; spawn 20 30 exe=/usr/bin/ps; reach 30 10 environ", ONE},
	{"ps in what a package brings",
	 HOLDER
	 "spawn 1 20 exe=/usr/bin/node script=/usr/bin/npm line=node_/usr/bin/npm_i; spawn 20 30 exe=/usr/bin/ps; reach 30 10 environ",
	 ONE},
	{"ps and memory", HOLDER "spawn 1 20 exe=/usr/bin/ps; reach 20 10 mem", ONE},
	{"a debugger of somebody else's process",
	 HOLDER "spawn 1 20 exe=/usr/bin/gdb; reach 20 10 ptrace; reach 20 10 mem; flush",
	 ONE "; process-scrape High update 2"},
	{"strace of its own child",
	 "spawn 1 20 exe=/usr/bin/strace; spawn 20 30 env=A/s; reach 20 30 ptrace; reach 20 30 vm_read", ""},
	{"an actor and a target that nobody knows", TWO "reach 77 10 environ; reach 20 78 mem", ONE},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text, part);
}

/* Who, whose, where, and that it was in reach only. */
static void test_words(void **state)
{
	_cleanup_text_ struct cl_text human = {0};
	struct stage s = {0};
	const char *message;

	(void)state;
	stage_open(&s);
	stage_play(&s, TWO "reach 20 10 environ");
	assert_int_equal(s.n, 1);
	message = cl_json_get_str(s.findings[0], "message");
	assert_has(message, "was taken out of another process: in workflow ci:b (run b1) p20 (pid 20, uid 0) read the "
			    "environment of p10[10] at ");
	assert_has(message, "; in workflow ci:a (run a1) p10 (pid 10, uid 0) was given it in ");
	assert_string_equal(cl_json_get_str(s.findings[0], "sides.1.use.how"), "reached");
	assert_string_equal(cl_json_get_str(s.findings[0], "sides.1.use.basis"), "inferred");
	assert_int_equal(cl_format_human.render(s.findings[0], 0, &human), 0);
	assert_has(cl_text_str(&human), "p20 (pid 20, uid 0) read the environment of p10[10]");
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_events_are_sound),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
