/* SPDX-License-Identifier: Apache-2.0 */
/* What policy allows is no reuse; what it does not name, or names no more, is. */
#include "mk_stage.h"

#define AB "policy A/s store workflows=ci:a,ci:b"
#define BOTH "run 10 ci:a a1; read 10 A/s; run 20 ci:b b1; read 20 A/s"
#define ELSEWHERE "cross-environment-reuse High create 1"
#define CROSS "cross-workflow-reuse High create 1"

static const struct stage_case cases[] = {
	{"two workflows that may", AB "; " BOTH, ""},
	{"by the configuration", "policy A/s configuration workflows=ci:a,ci:b; " BOTH, ""},
	{"only one of them may", "policy A/s store workflows=ci:a; " BOTH, CROSS},
	{"another credential", "policy B/s store workflows=ci:a,ci:b; " BOTH, CROSS},
	{"a third workflow", AB "; " BOTH "; run 30 ci:c c1; read 30 A/s", CROSS},
	{"half by the file, half by the store: each stands alone",
	 "policy A/s store workflows=ci:a; policy A/s configuration workflows=ci:b; " BOTH, CROSS},
	{"two allowances that do",
	 "policy A/s store workflows=ci:x; policy A/s configuration workflows=ci:a,ci:b; " BOTH, ""},
	{"until then", "policy A/s store workflows=ci:a,ci:b until=60; " BOTH "; wait 61; connect 10 192.0.2.1 443",
	 CROSS},
	{"over before", "policy A/s store workflows=ci:a,ci:b until=-1; " BOTH, CROSS},
	{"taken back", AB "; " BOTH "; policy A/s store; connect 20 192.0.2.1 443", CROSS},
	{"allowed after the fact: no more is counted", BOTH "; " AB "; read 20 A/s; wait 61; read 20 A/s", CROSS},

	{"in the environment",
	 "policy A/s store environments=dev; run 10 ci:a a1 in=dev; read 10 A/s; "
	 "run 20 ci:b b1 in=dev; read 20 A/s",
	 ""},
	{"in another environment",
	 "policy A/s store environments=dev; run 10 ci:a a1 in=dev; read 10 A/s; "
	 "run 20 ci:b b1 in=prod; read 20 A/s",
	 CROSS "; " ELSEWHERE},
	{"in no environment", "policy A/s store environments=dev; " BOTH, CROSS},
	{"another run of an allowed workflow, elsewhere",
	 "policy A/s store workflows=ci:a,ci:b environments=dev; run 10 ci:a a1 in=dev; read 10 A/s; "
	 "run 20 ci:b b1 in=dev; read 20 A/s; run 21 ci:b b2 in=prod; read 21 A/s",
	 CROSS "; cross-run-reuse Low create 1; " ELSEWHERE},

	{"to the destination", "policy A/s store destinations=192.0.2.1:443; " BOTH "; connect 20 192.0.2.1 443", ""},
	{"to another one", "policy A/s store destinations=192.0.2.1:443; " BOTH "; connect 20 192.0.2.2 443", CROSS},
	{"to another port", "policy A/s store destinations=192.0.2.1:443; " BOTH "; connect 20 192.0.2.1 80", CROSS},
	{"to a socket", "policy A/s store destinations=/run/x.sock; " BOTH "; connect 20 /run/x.sock", ""},

	{"another run of it",
	 "policy A/s store workflows=ci:a; run 10 ci:a a1; read 10 A/s; run 20 ci:a a2; read 20 A/s", ""},
	{"another run of it, not allowed",
	 "policy A/s store workflows=ci:b; run 10 ci:a a1; read 10 A/s; run 20 ci:a a2; read 20 A/s",
	 "cross-run-reuse Low create 1"},
	{"parent and child", AB "; run 10 ci:a a1; read 10 A/s; spawn 10 11; run 11 ci:b b1; read 11 A/s", ""},
	{"parent and a child that may not",
	 "policy A/s store workflows=ci:a; run 10 ci:a a1; read 10 A/s; spawn 10 11; run 11 ci:b b1; read 11 A/s",
	 "delegated-credential Medium create 1"},
	{"a survivor is no reuse", AB "; run 10 ci:a a1; spawn 10 11; end a1; read 11 A/s",
	 "use-after-end High create 1"},
};

static void test_cases(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), NULL);
}

static double allowed_times(struct stage *s, const char *letter)
{
	struct cl_sighting t = stage_token(s, letter, 0);
	_cleanup_json_ cJSON *nodes = cJSON_CreateArray(), *edges = cJSON_CreateArray();
	char id[CL_FP_TEXT];
	const char *ids[] = {cl_fp_format(id, t.fp)};

	assert_int_equal(cl_graph_subset(cl_pipeline_graph(s->pipeline), ids, 1, nodes, edges), 0);
	return cl_json_get_num(nodes, "0.attrs.allowed_times");
}

/* One act counts once, however many detectors it concerns; a state that is found at the start does not. */
static void test_counts(void **state)
{
	struct stage s = {0};

	(void)state;
	stage_open(&s);
	stage_play(&s, "policy A/s store workflows=ci:a,ci:b times=5; run 10 ci:a a1; read 10 A/s");
	assert_int_equal(allowed_times(&s, "A/s"), 0);
	stage_play(&s, "run 20 ci:b b1; read 20 A/s");
	assert_int_equal(allowed_times(&s, "A/s"), 6);
	stage_play(&s, "run 21 ci:b b2; read 21 A/s; read 21 A/s");
	assert_int_equal(allowed_times(&s, "A/s"), 8);
	stage_play(&s, "policy A/s store workflows=ci:a,ci:b label=x; read 10 A/s");
	assert_int_equal(allowed_times(&s, "A/s"), 9);
	assert_int_equal(cl_detect_stats(cl_pipeline_detect(s.pipeline))->allowed, 4);
	assert_int_equal(cl_detect_stats(cl_pipeline_detect(s.pipeline))->policies, 1);
	assert_int_equal(s.n, 0);
	stage_close(&s);
}

/* What is in force stands in the finding. */
static void test_is_told(void **state)
{
	struct stage s = {0};
	const cJSON *said;

	(void)state;
	stage_open(&s);
	stage_play(&s, "policy A/s store workflows=ci:x,ci:y; " BOTH);
	said = cl_json_at(s.findings[0], "credential.policy");
	assert_int_equal(cJSON_GetArraySize(said), 1);
	assert_string_equal(cl_json_get_str(said, "0.source"), "store");
	assert_string_equal(cl_json_get_str(said, "0.allow.workflows.1"), "ci:y");
	assert_null(cl_json_at(said, "0.revoked"));
	stage_close(&s);
	s = (struct stage){0};
	stage_open(&s);
	stage_play(&s, "policy A/s store workflows=ci:a until=-1; " BOTH);
	assert_null(cl_json_at(s.findings[0], "credential.policy"));
	stage_close(&s);
}

/* Statements from a recording that somebody changed. */
static void test_nonsense_says_nothing(void **state)
{
	static const char *const texts[] = {NULL, "", "{", "[]", "{\"fingerprint\":\"cred:00\"}", "{\"revoked\":{}}"};
	struct stage s = {0};
	struct cl_sighting t;
	struct cl_observation o = {.kind = CL_OBS_POLICY, .detail = "store"};

	(void)state;
	stage_open(&s);
	t = stage_token(&s, "A/s", 0);
	mk_obs_sightings(&o, &t, 1);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		o.policy = texts[i];
		stage_feed(&s, o);
	}
	o.policy = "{\"fingerprint\":\"cred:00112233445566778899aabbccddeeff\",\"revoked\":{}}";
	o.detail = "elsewhere";
	stage_feed(&s, o);
	o.detail = NULL;
	stage_feed(&s, o);
	o.detail = "store";
	o.n_sightings = 0;
	stage_feed(&s, o);
	stage_play(&s, "proc 5; read 5 A/s");
	assert_int_equal(s.n, 0);
	assert_int_equal(cl_detect_stats(cl_pipeline_detect(s.pipeline))->policies, 0);
	assert_int_equal(cl_detect_stats(cl_pipeline_detect(s.pipeline))->policies_refused, 9);
	stage_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_is_told),
		cmocka_unit_test(test_nonsense_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
