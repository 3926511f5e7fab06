/* SPDX-License-Identifier: Apache-2.0 */
/* cross-run-reuse: a lasting credential serves a second run of the same workflow, where the unit is a task. */
#include "mk_stage.h"

static const struct stage_case cases[] = {
	{"second run", "run 10 ci:a a1; read 10 A/s; exit 10; run 20 ci:a a2; read 20 A/s",
	 "cross-run-reuse Low create 1"},
	{"the same run", "run 10 ci:a a1; read 10 A/s; read 10 A/s", ""},
	{"another credential", "run 10 ci:a a1; read 10 A/s; run 20 ci:a a2; read 20 B/s", ""},
	{"ephemeral ones are meant to be issued anew", "run 10 ci:a a1; read 10 A/e; run 20 ci:a a2; read 20 A/e", ""},
	{"not known to end", "run 10 ci:a a1; read 10 A/u; run 20 ci:a a2; read 20 A/u",
	 "cross-run-reuse Low create 1"},
	{"units are no tasks", "run 10 unit:a a1 unit; read 10 A/s; run 20 unit:a a2 unit; read 20 A/s", ""},
	{"containers are no tasks",
	 "run 10 container:a a1 container; read 10 A/s; run 20 container:a a2 container; read 20 A/s", ""},
	{"agents are", "run 10 agent:a a1 agent; read 10 A/s; run 20 agent:a a2 agent; read 20 A/s",
	 "cross-run-reuse Low create 1"},
	{"one run inside the other",
	 "run 10 agent:a a1 agent; read 10 A/s; spawn 10 20; run 20 agent:a a2 agent; read 20 A/s",
	 "delegated-credential Medium create 1"},
	{"many runs are one fact",
	 "run 10 ci:a a1; read 10 A/s; run 20 ci:a a2; read 20 A/s; run 30 ci:a a3; read 30 A/s; wait 70; tick",
	 "cross-run-reuse Low create 1; cross-run-reuse Low update 2"},
	{"inherited counts too",
	 "proc 5 env=A/s; fork 5 10; run 10 ci:a a1; exec 10 env=A/s; fork 5 20; run 20 ci:a a2; exec 20 env=A/s",
	 "cross-run-reuse Low create 1"},
	{"known from the store", "run 10 ci:a a1; knownuse a1 A/s; run 20 ci:a a2; read 20 A/s",
	 "cross-run-reuse Low create 1"},
	{"a nightly backup that reads in place",
	 "run 10 cron:0:b a1 batch; exec 10 as=rsync; read 10 A/s; run 20 cron:0:b a2 batch; exec 20 as=rsync; read 20 A/s",
	 ""},
	{"a nightly job that reads it and goes out",
	 "run 10 cron:0:b a1 batch; exec 10 as=cat; read 10 A/s; connect 10 192.0.2.1 443; "
	 "run 20 cron:0:b a2 batch; exec 20 as=cat; read 20 A/s; connect 20 192.0.2.1 443",
	 "cross-run-reuse Low create 1"},
	{"an archiver in a CI job",
	 "run 10 ci:a a1; exec 10 as=tar; read 10 A/s; run 20 ci:a a2; exec 20 as=tar; read 20 A/s",
	 "cross-run-reuse Low create 1"},
	{"shared store", "run 10 ci:a a1; read 10 A/s exempt; run 20 ci:a a2; read 20 A/s exempt", ""},
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
