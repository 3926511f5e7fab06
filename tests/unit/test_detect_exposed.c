/* SPDX-License-Identifier: Apache-2.0 */
/* exposed-in-arguments: a credential stands on a command line. */
#include "mk_stage.h"

#define LOW "exposed-in-arguments Low create 1"

static const struct stage_case cases[] = {
	{"on a command line", "run 10 ci:a a1; exec 10 arg=A/s", LOW},
	{"of a process that was there before", "proc 10 arg=A/s", LOW},
	{"ephemeral just as well", "run 10 ci:a a1; exec 10 arg=A/e", LOW},
	{"expired", "run 10 ci:a a1; exec 10 arg=A/e-300", "use-after-expiry Medium create 1; " LOW},
	{"in a variable", "run 10 ci:a a1; exec 10 env=A/s", ""},
	{"read from a file", "run 10 ci:a a1; read 10 A/s", ""},
	{"in both", "run 10 ci:a a1; exec 10 env=A/s arg=A/s", LOW},
	{"a child that repeats it: sudo", "run 10 ci:a a1; spawn 10 20 arg=A/s; spawn 20 30 arg=A/s; flush", LOW},
	{"a grandchild", "run 10 ci:a a1; spawn 10 20 arg=A/s; spawn 20 30; spawn 30 40 arg=A/s; flush", LOW},
	{"what the process runs next: env, sh -c", "run 10 ci:a a1; exec 10 arg=A/s; exec 10 arg=A/s; flush", LOW},
	{"a child of what ran before it", "run 10 ci:a a1; exec 10 arg=A/s; exec 10; spawn 10 20 arg=A/s; flush",
	 LOW "; exposed-in-arguments Low update 2"},
	{"a child with another one", "run 10 ci:a a1; exec 10 arg=A/s; spawn 10 20 arg=B/s", LOW "; " LOW},
	{"again and again is one",
	 "run 10 ci:a a1; spawn 10 20 arg=A/s; spawn 10 30 arg=A/s; spawn 10 40 arg=A/s; flush",
	 LOW "; exposed-in-arguments Low update 3"},
	{"two workflows", "run 10 ci:a a1; exec 10 arg=A/s; run 20 ci:b b1; exec 20 arg=A/s",
	 LOW "; cross-workflow-reuse High create 1; " LOW},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

static void test_words(void **state)
{
	struct stage s = {0};

	(void)state;
	stage_open(&s);
	stage_play(&s, "run 10 ci:a a1; exec 10 arg=A/s");
	assert_int_equal(s.n, 1);
	assert_non_null(strstr(cl_json_get_str(s.findings[0], "message"),
			       " stands on a command line, for every process of this host to read: in workflow ci:a "
			       "(run a1) p10 (pid 10, uid 0) was given it on its command line as EXAMPLE_TOKEN at "));
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_events_are_sound),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
