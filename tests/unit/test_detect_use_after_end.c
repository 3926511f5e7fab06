/* SPDX-License-Identifier: Apache-2.0 */
/* use-after-end: work is over, its credential is not. */
#include "mk_stage.h"

static const struct stage_case cases[] = {
	{"ephemeral, by another run", "run 10 ci:a a1; read 10 A/e; exit 10; run 20 ci:a a2; read 20 A/e",
	 "use-after-end High create 1"},
	{"while it runs", "run 10 ci:a a1; read 10 A/e; run 20 ci:a a2; read 20 A/e", ""},
	{"by another workflow, both facts stand", "run 10 ci:a a1; read 10 A/e; exit 10; run 20 ci:b b1; read 20 A/e",
	 "cross-workflow-reuse Medium create 1; use-after-end High create 1"},
	{"static, by another run", "run 10 ci:a a1; read 10 A/s; exit 10; run 20 ci:a a2; read 20 A/s",
	 "cross-run-reuse Low create 1"},
	{"static, by a survivor", "run 10 ci:a a1; spawn 10 11; read 11 A/s; exit 10; read 11 A/s",
	 "use-after-end High create 1"},
	{"by a survivor that never had it before", "run 10 ci:a a1; spawn 10 11; exit 10; read 11 B/u",
	 "use-after-end High create 1"},
	{"survivor connects", "run 10 ci:a a1; spawn 10 11; read 11 A/s; end a1; connect 11 192.0.2.1 443",
	 "use-after-end High create 1"},
	{"survivor passes it on", "run 10 ci:a a1; spawn 10 11; exec 11 env=A/s; end a1; spawn 11 12 env=A/s",
	 "use-after-end High create 1"},
	{"survivor that holds nothing", "run 10 ci:a a1; spawn 10 11; end a1; connect 11 192.0.2.1 443", ""},
	{"the host survives everything", "run 10 ci:a a1; read 10 A/s; exit 10; proc 5; read 5 A/s", ""},
	{"ephemeral of the run, by the host", "run 10 ci:a a1; read 10 A/e; exit 10; proc 5; read 5 A/e",
	 "use-after-end High create 1"},
	{"first seen in the host: belongs to nobody",
	 "proc 5; read 5 A/e; run 10 ci:a a1; read 10 A/e; exit 10; read 5 A/e", ""},
	{"a run inside an ended task", "run 10 ci:a a1; spawn 10 11; run 11 agent:b b1 agent; end a1; read 11 A/s",
	 "use-after-end High create 1"},
	{"a run inside an ended unit",
	 "run 10 unit:a a1 unit; spawn 10 11; run 11 agent:b b1 agent; end a1; read 11 A/s", ""},
	{"a survivor again and again",
	 "run 10 ci:a a1; spawn 10 11; end a1; read 11 A/s; read 11 A/s; wait 61; read 11 A/s",
	 "use-after-end High create 1; use-after-end High update 3"},
	{"a tool's session, kept in a file, by the tool's next session",
	 "run 10 agent:a a1 agent; read 10 A/e; exit 10; run 20 agent:a a2 agent; read 20 A/e", ""},
	{"the same by a service that starts again",
	 "run 10 unit:a a1 unit; read 10 A/e; exit 10; run 20 unit:a a2 unit; read 20 A/e", ""},
	{"the same by a job of every night",
	 "run 10 cron:a a1 batch; read 10 A/e; exit 10; run 20 cron:a a2 batch; read 20 A/e", ""},
	{"and by a backup", "run 10 agent:a a1 agent; read 10 A/e; exit 10; proc 5; read 5 A/e", ""},
	{"given to an agent", "run 10 agent:a a1 agent; exec 10 env=A/e; exit 10; proc 5 env=A/e; exec 5 env=A/e",
	 "use-after-end High create 1"},
	{"a file that was there before the job",
	 "run 10 ci:a a1; file 10 /root/.config/x 7 A/e; exit 10; run 20 ci:a a2; file 20 /root/.config/x 7 A/e", ""},
	{"from the store", "run 10 ci:a a1; knownuse a1 A/e; exit 10; run 20 ci:a a2; read 20 A/e",
	 "use-after-end High create 1"},
	{"the clock was set back after the end",
	 "run 10 ci:a a1; read 10 A/e; exit 10; clock -3600; run 20 ci:a a2; read 20 A/e",
	 "use-after-end High create 1"},
	{"and set on while it ran", "run 10 ci:a a1; read 10 A/e; clock 3600; run 20 ci:a a2; read 20 A/e", ""},
	{"and set back while it ran", "run 10 ci:a a1; read 10 A/e; clock -3600; run 20 ci:a a2; read 20 A/e", ""},
	{"and a survivor's use after that", "run 10 ci:a a1; spawn 10 11; end a1; clock -3600; read 11 A/s",
	 "use-after-end High create 1"},
	{"its time to live ends it", "run 10 ci:a a1 ttl=60; read 10 A/e; wait 59; tick; run 20 ci:a a2; read 20 A/e",
	 ""},
	{"past its time to live", "run 10 ci:a a1 ttl=60; read 10 A/e; wait 61; tick; read 10 A/e",
	 "use-after-end High create 1"},
	{"past its time to live, by another run",
	 "run 10 ci:a a1 ttl=60; read 10 A/e; wait 61; tick; run 20 ci:a a2; read 20 A/e",
	 "use-after-end High create 1"},
	{"by the run after the next",
	 "run 10 ci:a a1; read 10 A/e; exit 10; run 20 ci:a a2; exit 20; run 30 ci:a a3; "
	 "read 30 A/e",
	 "use-after-end High create 1"},
	{"from the store, told in another order",
	 "run 10 ci:a a1; run 20 ci:a a2; knownuse a1 A/e; exit 10; read 20 A/e", "use-after-end High create 1"},
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
