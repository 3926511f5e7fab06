/* SPDX-License-Identifier: Apache-2.0 */
/* coverage-degraded: the monitor saw less than all. */
#include "mk_stage.h"

static const struct stage_case cases[] = {
	{"a lower tier that sees everything", "cover read tracepoint", ""},
	{"an act without a probe", "cover connect none", "coverage-degraded Medium create 1"},
	{"detached, then back", "cover read detached; cover read fentry; cover read fentry",
	 "coverage-degraded Medium create 1; coverage-degraded Medium close 1"},
	{"detached twice", "cover read detached; cover read fentry; cover read detached",
	 "coverage-degraded Medium create 1; coverage-degraded Medium close 1; coverage-degraded Medium update 2"},
	{"two acts", "cover read none; cover connect none",
	 "coverage-degraded Medium create 1; coverage-degraded Medium create 1"},
	{"loss", "lose exec 5", "coverage-degraded Medium create 1"},
	{"nothing lost", "lose exec 0", ""},
	{"loss again waits", "lose exec 5; lose exec 7; tick; wait 61; tick",
	 "coverage-degraded Medium create 1; coverage-degraded Medium update 2"},
	{"loss of two kinds", "lose exec 5; lose read 1",
	 "coverage-degraded Medium create 1; coverage-degraded Medium create 1"},
	{"unclean stop", "unclean", "coverage-degraded Medium create 1"},
	{"a full disk, then room", "cover store none; cover store written",
	 "coverage-degraded Medium create 1; coverage-degraded Medium close 1"},
	{"a new store", "anew /s/a.damaged", "coverage-degraded Medium create 1"},
	{"known before", "cover read none; knownfinding; cover read none; flush",
	 "coverage-degraded Medium create 1; coverage-degraded Medium update 2"},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), stage_events);
}

static void test_what_is_said(void **state)
{
	struct stage s = {0};
	const cJSON *f;

	(void)state;
	stage_open(&s);
	stage_play(&s, "lose exec 5; lose exec 7; flush; cover connect none; run 10 ci:a a1; run 20 ci:b b1; "
		       "read 10 A/s; read 20 A/s; unclean");
	assert_int_equal(s.n, 5);
	f = s.findings[1];
	assert_string_equal(
		cl_json_get_str(f, "message"),
		"12 exec records were lost (lost) between 2023-11-14T23:13:19Z and 2023-11-14T23:13:20Z: uses of "
		"credentials in that time may be missing");
	stage_play(&s, "lose read 9 skipped");
	assert_string_equal(cl_json_get_str(s.findings[5], "message"),
			    "the kernel skipped the probe of read acts 9 times between 2023-11-14T23:13:19Z and "
			    "2023-11-14T23:13:20Z: uses of credentials in that time may be missing");
	assert_string_equal(cl_json_get_str(f, "evidence.0.kind"), "loss");
	assert_string_equal(cl_json_get_str(f, "evidence.0.name"), "exec");
	assert_null(cl_json_at(f, "credential"));
	assert_int_equal(cJSON_GetArraySize(cl_json_at(f, "sides")), 0);
	assert_int_equal((int)cl_json_get_num(f, "coverage.lost.0.count"), 12);
	assert_string_equal(cl_json_get_str(s.findings[2], "message"),
			    "acts of kind \"connect\" are not seen: tier none");
	stage_play(&s, "cover pins detached");
	assert_string_equal(cl_json_get_str(s.findings[6], "message"),
			    "the pinned probes were tampered with: detached");
	stage_play(&s, "anew /s/a.damaged");
	assert_non_null(strstr(cl_json_get_str(s.findings[7], "message"), "is kept as \"/s/a.damaged\""));
	assert_non_null(strstr(cl_json_get_str(s.findings[7], "message"), "(page 7 is no page)"));
	/* every later finding says so */
	f = s.findings[3];
	assert_string_equal(cl_json_get_str(f, "detector"), "cross-workflow-reuse");
	assert_true(cJSON_IsFalse(cl_json_at(f, "coverage.complete")));
	assert_string_equal(cl_json_get_str(f, "coverage.acts.2.act"), "connect");
	assert_string_equal(cl_json_get_str(f, "coverage.acts.2.tier"), "none");
	f = s.findings[4];
	assert_non_null(strstr(cl_json_get_str(f, "message"), "nothing was watched between 2023-11-14T22:14:20Z and "));
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_what_is_said),
		cmocka_unit_test(test_events_are_sound),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
