/* SPDX-License-Identifier: Apache-2.0 */
/* The site's policy on every fact: what it excludes is counted, what it rates is rated, what it lets share is no reuse. */
#include "mk_stage.h"

#include "detect/detector.h"
#include "policy/rules.h"

#define TWO "run 10 ci:a a1; run 20 ci:b b1; "
#define BOTH TWO "read 10 A/s; read 20 A/s"
#define CROSS "cross-workflow-reuse High create 1"
#define LATER "\"reason\":\"r\",\"until\":\"2100-01-01\""
#define EXCLUDE(what) "rules {\"exclusions\":[{\"detector\":\"cross-workflow-reuse\"," what ",\"reason\":\"r\"}]}; "
#define RATE(what, severity)                                                                                           \
	"rules {\"severities\":[{\"detector\":\"cross-workflow-reuse\"" what ",\"severity\":\"" severity "\"}]}; "
#define SHARE(what) "rules {\"sharing\":[{" what "," LATER "}]}; "

static const struct stage_case cases[] = {
	{"no rules", "rules {}; " BOTH, CROSS},
	{"an excluded detector",
	 "rules {\"exclusions\":[{\"detector\":\"cross-workflow-reuse\",\"reason\":\"r\"}]}; " BOTH, ""},
	{"another detector", "rules {\"exclusions\":[{\"detector\":\"cross-run-reuse\",\"reason\":\"r\"}]}; " BOTH,
	 CROSS},
	{"by the workflow that acts", EXCLUDE("\"workflow\":\"ci:b\"") BOTH, ""},
	{"not by the one before it", EXCLUDE("\"workflow\":\"ci:a\"") BOTH, CROSS},
	{"which is the other way round then", EXCLUDE("\"workflow\":\"ci:a\"") TWO "read 20 A/s; read 10 A/s", ""},
	{"whoever acts on", EXCLUDE("\"workflow\":\"ci:b\"") BOTH "; exec 10 env=A/s; connect 10 192.0.2.1 443", ""},
	{"by executable", EXCLUDE("\"exe\":\"/bin/p20\"") BOTH, ""},
	{"by another one's", EXCLUDE("\"exe\":\"/bin/p10\"") BOTH, CROSS},
	{"by path", EXCLUDE("\"path\":\"/srv/*\"") BOTH, ""},
	{"by a path that was not read", EXCLUDE("\"path\":\"/srv/B\"") BOTH, CROSS},
	{"by credential", EXCLUDE("\"credential\":\"cred:41414141414141414141414141414141\"") BOTH, ""},
	{"by provider and class", EXCLUDE("\"provider\":\"Ex*\",\"class\":\"static\"") BOTH, ""},
	{"by kind, which this one has not", EXCLUDE("\"kind\":\"*\"") BOTH, CROSS},
	{"all criteria must hold", EXCLUDE("\"workflow\":\"ci:b\",\"path\":\"/nowhere\"") BOTH, CROSS},
	{"by where it goes",
	 EXCLUDE("\"destination\":\"192.0.2.0/24\"") TWO
	 "read 10 A/s; exec 20 env=A/s; connect 20 192.0.2.1 443; flush",
	 CROSS},
	{"over",
	 "rules {\"exclusions\":[{\"detector\":\"cross-workflow-reuse\",\"reason\":\"r\",\"until\":\"2001-01-01\"}]}; " BOTH,
	 CROSS},
	{"excluded from now on: what was reported is not counted on",
	 BOTH "; " EXCLUDE("\"workflow\":\"*\"") "read 20 A/s; wait 61; read 20 A/s; flush", CROSS},
	{"no more excluded", EXCLUDE("\"workflow\":\"*\"") BOTH "; rules {}; read 20 A/s", CROSS},
	{"a fact about the monitor",
	 "rules {\"exclusions\":[{\"detector\":\"coverage-degraded\",\"reason\":\"r\"}]}; lose read 5", ""},

	{"rated higher", RATE("", "Critical") BOTH, "cross-workflow-reuse Critical create 1"},
	{"rated lower", RATE("", "Low") BOTH, "cross-workflow-reuse Low create 1"},
	{"rated by class", RATE(",\"class\":\"ephemeral\"", "Low") BOTH, CROSS},
	{"rated anew: what is higher is news", BOTH "; " RATE("", "Critical") "read 20 A/s",
	 CROSS "; cross-workflow-reuse Critical update 2"},
	{"what is lower waits", BOTH "; " RATE("", "Low") "read 20 A/s; wait 61; read 20 A/s",
	 CROSS "; cross-workflow-reuse Low update 3"},

	{"workflows that share", SHARE("\"provider\":\"Example\",\"workflows\":[\"ci:a\",\"ci:b\"]") BOTH, ""},
	{"by pattern", SHARE("\"format\":\"example_*\",\"workflows\":[\"ci:?\"]") BOTH, ""},
	{"another credential's", SHARE("\"provider\":\"Other\",\"workflows\":[\"ci:a\",\"ci:b\"]") BOTH, CROSS},
	{"only one of them", SHARE("\"provider\":\"Example\",\"workflows\":[\"ci:a\"]") BOTH, CROSS},
	{"in one environment",
	 "rules {\"environments\":{\"dev\":{\"runs\":[{\"workflow\":\"ci:*\"}]}},\"sharing\":[{\"provider\":\"*\","
	 "\"environments\":[\"dev\"]," LATER "}]}; " BOTH,
	 ""},
	{"policy's label is the environment of a statement, too",
	 "rules {\"environments\":{\"dev\":{\"runs\":[{\"workflow\":\"ci:*\"}]}}}; policy A/s store environments=dev; "
	 "run 10 ci:a a1 in=prod; read 10 A/s; run 20 ci:b b1; read 20 A/s",
	 ""},
	{"as far as its destinations",
	 SHARE("\"provider\":\"*\",\"workflows\":[\"ci:*\"],\"destinations\":[\"192.0.2.0/24\"]") BOTH
	 "; connect 20 192.0.2.9 443; connect 20 198.51.100.1 443",
	 CROSS},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), NULL);
}

static void test_what_is_left_out_is_counted(void **state)
{
	struct stage s = {0};
	struct cl_detect *d;

	(void)state;
	stage_open(&s);
	d = cl_pipeline_detect(s.pipeline);
	stage_play(&s, EXCLUDE("\"workflow\":\"ci:b\"") BOTH "; read 20 A/s");
	assert_int_equal(s.n, 0);
	assert_int_equal(cl_detect_stats(d)->excluded, 2);
	assert_int_equal(cl_rules_used(cl_detect_rules(d), CL_RULES_EXCLUSIONS), 2);
	stage_play(&s, SHARE("\"provider\":\"*\",\"workflows\":[\"ci:*\"]") "read 20 A/s; read 20 A/s");
	assert_int_equal(cl_detect_stats(d)->allowed, 2);
	assert_int_equal(cl_rules_used(cl_detect_rules(d), CL_RULES_SHARING), 2);
	stage_close(&s);
}

static void test_a_finding_says_who_rated_it(void **state)
{
	struct stage s = {0};

	(void)state;
	stage_open(&s);
	stage_play(&s, "rules {\"severities\":[{\"detector\":\"cross-*\",\"severity\":\"Low\",\"reason\":\"known\"}],"
		       "\"environments\":{\"dev\":{\"runs\":[{\"workflow\":\"ci:a\"}]}}}; " BOTH);
	assert_int_equal(s.n, 1);
	assert_string_equal(cl_json_get_str(s.findings[0], "severity"), "Low");
	assert_string_equal(cl_json_get_str(s.findings[0], "policy.own_severity"), "High");
	assert_string_equal(cl_json_get_str(s.findings[0], "policy.reason"), "known");
	assert_int_equal(strlen(cl_json_get_str(s.findings[0], "policy.rule")), 16);
	assert_string_equal(cl_json_get_str(s.findings[0], "sides.0.run.environment"), "dev");
	assert_null(cl_json_at(s.findings[0], "sides.1.run.environment"));
	stage_close(&s);
}

static void feed_piece(struct stage *s, const char *text, uint64_t number, uint64_t whole)
{
	stage_feed(s, (struct cl_observation){.kind = CL_OBS_RULES, .policy = text, .count = number, .length = whole});
}

static void test_a_document_comes_in_pieces(void **state)
{
	static const char text[] = "{\"exclusions\":[{\"detector\":\"cross-workflow-reuse\",\"reason\":\"r\"}]}";
	struct cl_rules *rules;
	struct stage s = {0};

	(void)state;
	stage_open(&s);
	rules = cl_detect_rules(cl_pipeline_detect(s.pipeline));
	feed_piece(&s, "{\"exclusions\":[{", 0, strlen(text));
	assert_ptr_equal(cl_detect_rules(cl_pipeline_detect(s.pipeline)), rules);
	feed_piece(&s, text + strlen("{\"exclusions\":[{"), 1, strlen(text));
	assert_int_equal(cl_rules_count(cl_detect_rules(cl_pipeline_detect(s.pipeline)), CL_RULES_EXCLUSIONS), 1);
	assert_int_equal(cl_detect_stats(cl_pipeline_detect(s.pipeline))->rules_refused, 0);
	stage_close(&s);
}

/* Of a recording that somebody changed. */
static void test_nonsense_changes_nothing(void **state)
{
	static const char good[] = "{\"exclusions\":[{\"detector\":\"cross-workflow-reuse\",\"reason\":\"r\"}]}";
	static const struct {
		const char *text;
		uint64_t number, whole;
	} cases_of[] = {
		{"{\"exclusions\":7}", 0, 16}, {"{}", 1, 2}, {"{}", 0, 1}, {"{}", 0, 0},
		{"{}", 0, CL_RULES_TEXT + 1},  {NULL, 0, 0}, {"{]", 0, 2},
	};
	struct stage s = {0};

	(void)state;
	stage_open(&s);
	feed_piece(&s, good, 0, strlen(good));
	for (size_t i = 0; i < ARRAY_SIZE(cases_of); i++) {
		feed_piece(&s, cases_of[i].text, cases_of[i].number, cases_of[i].whole);
		assert_int_equal(cl_detect_stats(cl_pipeline_detect(s.pipeline))->rules_refused, i + 1);
	}
	stage_play(&s, BOTH);
	assert_int_equal(s.n, 0);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_what_is_left_out_is_counted),
		cmocka_unit_test(test_a_finding_says_who_rated_it),
		cmocka_unit_test(test_a_document_comes_in_pieces),
		cmocka_unit_test(test_nonsense_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
