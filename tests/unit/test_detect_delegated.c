/* SPDX-License-Identifier: Apache-2.0 */
/* delegated-credential: a child run works with the credential of the run around it. */
#include "mk_stage.h"

/* An agent starts another one, which starts a task; a variable goes along. */
#define CHAIN                                                                                                          \
	"run 10 agent:a a1 agent; exec 10 env=A/s; fork 10 20; run 20 agent:b b1 agent; exec 20 env=A/s; fork 20 30; " \
	"run 30 task:c c1; exec 30 env=A/s"

static const struct stage_case cases[] = {
	{"child reads it as well", "run 10 ci:a a1; spawn 10 20; run 20 agent:b b1 agent; read 10 A/s; read 20 A/s",
	 "delegated-credential Medium create 1"},
	{"child first, then the parent",
	 "run 10 ci:a a1; spawn 10 20; run 20 agent:b b1 agent; read 20 A/s; read 10 A/s; read 10 A/s; flush",
	 "delegated-credential Medium create 1"},
	{"child has its own", "run 10 ci:a a1; spawn 10 20; run 20 agent:b b1 agent; read 10 A/s; read 20 B/s", ""},
	{"only inherited", "run 10 ci:a a1; exec 10 env=A/s; fork 10 20; run 20 agent:b b1 agent; exec 20 env=A/s",
	 "delegated-credential Low create 1"},
	{"inherited, then used",
	 "run 10 ci:a a1; exec 10 env=A/s; fork 10 20; run 20 agent:b b1 agent; exec 20 env=A/s; connect 20 192.0.2.1 443",
	 "delegated-credential Low create 1; delegated-credential Medium update 3"},
	{"inherited, then served with",
	 "run 10 ci:a a1; exec 10 env=A/s; fork 10 20; run 20 agent:b b1 agent; exec 20 env=A/s; accept 20 192.0.2.1 8080",
	 "delegated-credential Low create 1"},
	{"newly given to the child",
	 "run 10 ci:a a1; read 10 A/s; fork 10 20; run 20 agent:b b1 agent; exec 20 env=A/s",
	 "delegated-credential Low create 1; delegated-credential Medium update 2"},
	{"given on the command line",
	 "run 10 ci:a a1; read 10 A/s; spawn 10 19; fork 19 20; run 20 agent:b b1 agent; exec 20 arg=A/s",
	 "delegated-credential Medium create 1; exposed-in-arguments Low create 1"},
	{"the host delegates nothing", "proc 5 env=A/s; fork 5 20; run 20 agent:b b1 agent; exec 20 env=A/s", ""},
	{"nor does a session", "proc 5; exec 5 session=7 env=A/s; fork 5 20; run 20 agent:b b1 agent; exec 20 env=A/s",
	 ""},
	{"siblings delegate nothing",
	 "run 10 ci:a a1; spawn 10 20; run 20 agent:b b1 agent; spawn 10 30; run 30 agent:b b2 agent; read 20 A/e; read 30 A/e",
	 ""},
	{"the nearest holder is the parent",
	 "run 10 ci:a a1; spawn 10 20; run 20 agent:b b1 agent; spawn 20 30; run 30 agent:c c1 agent; read 10 A/s; read 20 A/s; read 30 A/s",
	 "delegated-credential Medium create 1; delegated-credential Medium create 1"},
	{"past a run that does not hold it",
	 "run 10 ci:a a1; spawn 10 20; run 20 agent:b b1 agent; spawn 20 30; run 30 agent:c c1 agent; read 10 A/s; read 30 A/s",
	 "delegated-credential Medium create 1"},
	{"each hop of a chain of agents", CHAIN,
	 "delegated-credential Low create 1; delegated-credential Low create 1"},
	{"the hop that uses it, and no other", CHAIN "; connect 30 192.0.2.1 443",
	 "delegated-credential Low create 1; delegated-credential Low create 1; delegated-credential Medium update 3"},
	{"the middle of a chain uses it", CHAIN "; connect 20 192.0.2.1 443",
	 "delegated-credential Low create 1; delegated-credential Low create 1; delegated-credential Medium update 3"},
	{"the last of a chain is seen first",
	 "run 10 agent:a a1 agent; spawn 10 20; run 20 agent:b b1 agent; spawn 20 30; run 30 task:c c1; read 30 A/s; read 20 A/s; "
	 "read 10 A/s; flush",
	 "delegated-credential Medium create 1; delegated-credential Medium create 1"},
	{"ephemeral just as well", "run 10 ci:a a1; spawn 10 20; run 20 agent:b b1 agent; read 10 A/e; read 20 A/e",
	 "delegated-credential Medium create 1"},
	{"once per child workflow",
	 "run 10 ci:a a1; read 10 A/e; spawn 10 20; run 20 agent:b b1 agent; read 20 A/e; spawn 10 30; run 30 agent:b b2 agent; read 30 A/e; spawn 10 40; run 40 agent:c c1 agent; flush",
	 "delegated-credential Medium create 1; delegated-credential Medium update 2"},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_events_are_sound),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
