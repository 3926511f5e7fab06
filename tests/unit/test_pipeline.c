/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole pipeline: same stream, same findings; every cap holds, evicts by its rule and is counted. As
 * `test_pipeline record FILE` it makes a recording for tests of `credlineage replay` and prints the findings' ids.
 */
#include "mk_stage.h"

static uint64_t stat_of(struct stage *s, size_t offset)
{
	const char *stats = (const char *)cl_detect_stats(cl_pipeline_detect(s->pipeline));
	uint64_t v;

	memcpy(&v, stats + offset, sizeof(v));
	return v;
}
#define STAT(s, member) stat_of(s, offsetof(struct cl_detect_stats, member))

static char *all_findings(const struct stage *s)
{
	struct cl_text t = {0};

	for (size_t i = 0; i < s->n; i++) {
		char *text = cJSON_PrintUnformatted(s->findings[i]);

		cl_text_printf(&t, "%s\n", text);
		free(text);
	}
	return cl_text_take(&t);
}

static const char story_of_all[] =
	"run 10 ci:a a1; run 20 agent:b b1 agent; spawn 20 21; read 10 A/s; read 21 A/s; connect 21 192.0.2.1 443; "
	"spawn 21 22 env=A/s env=B/e; run 22 agent:c c1 agent; connect 22 2001:db8::1 443; exit 20; lose exec 5; end b1; "
	"read 21 A/s; wait 70; tick; exit 10; run 30 ci:a a2; read 30 A/s; read 30 B/e";

static void test_deterministic(void **state)
{
	char *first = NULL;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct stage s = {0};
		char *text;

		stage_open(&s);
		stage_play(&s, story_of_all);
		stage_play(&s, "flush");
		text = all_findings(&s);
		assert_true(s.n > 6);
		stage_close(&s);
		if (first)
			assert_string_equal(text, first);
		free(first);
		first = text;
	}
	free(first);
}

/* The id of a fact is the same whatever came before it. */
static void test_ids_are_stable(void **state)
{
	struct stage a = {0}, b = {0};

	(void)state;
	stage_open(&a);
	stage_play(&a, "run 10 ci:a a1; run 20 ci:b b1; read 10 A/s; read 20 A/s");
	stage_open(&b);
	stage_play(&b, "lose exec 1; run 77 ci:z z1; read 77 Z/s; run 30 ci:b b9; run 40 ci:a a9; read 30 A/u; wait 9; "
		       "read 40 A/u");
	assert_string_equal(cl_json_get_str(a.findings[0], "id"), cl_json_get_str(b.findings[1], "id"));
	assert_string_not_equal(cl_json_get_str(b.findings[0], "id"), cl_json_get_str(b.findings[1], "id"));
	stage_close(&a);
	stage_close(&b);
}

/* Many runs of one workflow do not push out the only use of another. */
static void test_uses_are_bounded(void **state)
{
	struct stage s = {.limits = {.processes = 4096,
				     .runs = 1024,
				     .credentials = 64,
				     .uses = 4,
				     .findings = 64,
				     .nodes = 4096,
				     .edges = 4096}};
	char story[128];

	(void)state;
	stage_open(&s);
	stage_play(&s, "run 10 unit:a a1 container; read 10 A/s");
	for (int i = 0; i < 50; i++) {
		snprintf(story, sizeof(story), "run %d unit:b b%d container; read %d A/s", 100 + i, i, 100 + i);
		stage_play(&s, story);
	}
	assert_int_equal(STAT(&s, uses), 4);
	assert_int_equal(STAT(&s, uses_evicted), 47);
	assert_int_equal(s.n, 1);
	stage_play(&s, "run 20 unit:c c1 container; read 20 A/s; flush");
	/* b and c have what is a's: the use of a is still there; one report was waiting */
	assert_int_equal(s.n, 3);
	assert_string_equal(cl_json_get_str(s.findings[1], "sides.0.run.workflow"), "unit:a");
	assert_string_equal(cl_json_get_str(s.findings[1], "sides.1.run.workflow"), "unit:c");
	stage_close(&s);
}

static void test_credentials_are_bounded(void **state)
{
	struct stage s = {.limits = {.processes = 4096,
				     .runs = 1024,
				     .credentials = 8,
				     .uses = 4,
				     .findings = 64,
				     .nodes = 4096,
				     .edges = 4096}};
	char story[64];

	(void)state;
	stage_open(&s);
	stage_play(&s, "run 10 ci:a a1; run 20 ci:b b1");
	for (char c = 'A'; c <= 'Z'; c++) {
		snprintf(story, sizeof(story), "read 10 %c/s; read 10 A/s", c);
		stage_play(&s, story);
	}
	assert_int_equal(STAT(&s, credentials), 8);
	assert_int_equal(STAT(&s, credentials_evicted), 18);
	assert_int_equal(STAT(&s, uses), 8);
	/* A was always used again, B went */
	stage_play(&s, "read 20 A/s; read 20 B/s");
	assert_int_equal(s.n, 1);
	assert_string_equal(cl_json_get_str(s.findings[0], "credential.fingerprint"),
			    "cred:41414141414141414141414141414141");
	stage_close(&s);
}

/* What waits for its minute goes out before the use that it speaks of is pushed out. */
static void test_waiting_goes_out_before_eviction(void **state)
{
	struct stage s = {.limits = {.processes = 4096,
				     .runs = 1024,
				     .credentials = 2,
				     .uses = 4,
				     .findings = 64,
				     .nodes = 4096,
				     .edges = 4096}};
	char *reports;

	(void)state;
	stage_open(&s);
	stage_play(&s,
		   "run 10 ci:a a1; run 20 ci:b b1; read 10 A/s; read 20 A/s; read 20 A/s; read 10 B/s; read 10 C/s");
	reports = stage_reports(&s);
	assert_string_equal(reports, "cross-workflow-reuse High create 1; cross-workflow-reuse High update 2");
	assert_int_equal(cJSON_GetArraySize(cl_json_at(s.findings[1], "sides")), 2);
	free(reports);
	stage_close(&s);
}

static void test_findings_are_bounded(void **state)
{
	struct stage s = {.limits = {.processes = 4096,
				     .runs = 1024,
				     .credentials = 64,
				     .uses = 64,
				     .findings = 4,
				     .nodes = 4096,
				     .edges = 4096}};
	char story[64];

	(void)state;
	stage_open(&s);
	stage_play(&s, "run 10 ci:a a1; run 20 ci:b b1");
	for (char c = 'A'; c <= 'J'; c++) {
		snprintf(story, sizeof(story), "read 10 %c/s; read 20 %c/s", c, c);
		stage_play(&s, story);
	}
	assert_int_equal(s.n, 10);
	assert_int_equal(STAT(&s, findings), 4);
	assert_int_equal(STAT(&s, findings_evicted), 6);
	assert_int_equal(STAT(&s, reported), 10);
	stage_close(&s);
}

static void test_chain_is_bounded(void **state)
{
	struct stage s = {0};
	char story[64];
	const cJSON *chain;

	(void)state;
	stage_open(&s);
	stage_play(&s, "run 10 ci:a a1; read 10 A/s; run 100 ci:b b1");
	for (int i = 101; i < 150; i++) {
		snprintf(story, sizeof(story), "spawn %d %d", i - 1, i);
		stage_play(&s, story);
	}
	stage_play(&s, "read 149 A/s");
	chain = cl_json_at(s.findings[0], "sides.1.process.chain");
	assert_int_equal(cJSON_GetArraySize(chain), 32);
	assert_int_equal((int)cl_json_get_num(s.findings[0], "sides.1.process.chain_cut"), 18);
	assert_string_equal(cl_json_get_str(chain, "31.name"), "p117");
	stage_close(&s);
}

static void test_evidence_and_destinations_are_bounded(void **state)
{
	struct stage s = {0};
	char story[64];
	const cJSON *f;

	(void)state;
	stage_open(&s);
	stage_play(&s, "run 10 ci:a a1; read 10 A/s; run 20 ci:b b1; read 20 A/s");
	for (int i = 0; i < 40; i++) {
		snprintf(story, sizeof(story), "connect 20 192.0.2.%d 443", i + 1);
		stage_play(&s, story);
	}
	stage_play(&s, "flush");
	f = s.findings[1];
	assert_int_equal(cJSON_GetArraySize(cl_json_at(f, "evidence")), 17);
	assert_int_equal((int)cl_json_get_num(f, "evidence_cut"), 25);
	assert_int_equal(cJSON_GetArraySize(cl_json_at(f, "destinations")), 16);
	assert_int_equal((int)cl_json_get_num(f, "destinations_cut"), 24);
	/* the strongest act and the latest one are never cut */
	assert_string_equal(cl_json_get_str(f, "sides.1.use.how"), "read");
	assert_string_equal(cl_json_get_str(f, "evidence.16.destination"), "tcp:192.0.2.40:443");
	stage_close(&s);
}

static void test_a_gap_is_said(void **state)
{
	struct stage s = {0};
	const cJSON *chain;

	(void)state;
	stage_open(&s);
	stage_play(&s, "run 10 ci:a a1; read 10 A/s");
	/* its parent 99 was never seen */
	stage_feed(&s, mk_obs_process(0, stage_key(20), stage_key(99), "/bin/orphan"));
	stage_play(&s, "run 20 ci:b b1; read 20 A/s");
	assert_int_equal(s.n, 1);
	chain = cl_json_at(s.findings[0], "sides.1.process.chain");
	assert_true(cJSON_IsTrue(cl_json_at(chain, "0.unknown")));
	assert_non_null(strstr(cl_json_get_str(chain, "0.id"), ":99:"));
	stage_close(&s);
}

static size_t held(struct stage *s, uint8_t fps[4][CL_FP_SIZE])
{
	return cl_detect_holding(cl_pipeline_detect(s->pipeline), stage_key(10), fps, 4);
}

/* A variable that the environment could not be read for is still held; what was read, a program before had. */
static void test_unseen_environment_is_kept(void **state)
{
	struct stage s = {0};
	uint8_t fps[4][CL_FP_SIZE];

	(void)state;
	stage_open(&s);
	stage_play(&s, "proc 10 env=A/s; exec 10 envfault");
	assert_int_equal(held(&s, fps), 1);
	assert_int_equal(fps[0][0], 'A');
	/* told of again as it stands: what it read is still in its memory */
	stage_play(&s, "read 10 B/s; proc 10 env=A/s");
	assert_int_equal(held(&s, fps), 2);
	stage_play(&s, "exec 10");
	assert_int_equal(held(&s, fps), 1);
	assert_int_equal(fps[0][0], 'B');
	/* a child gets a copy of memory, in which it is not */
	stage_play(&s, "fork 10 11; exit 10");
	assert_int_equal(STAT(&s, holders), 0);
	stage_close(&s);
}

static void test_holding(void **state)
{
	struct stage s = {0};
	uint8_t fps[4][CL_FP_SIZE];
	struct cl_detect *d;

	(void)state;
	stage_open(&s);
	d = cl_pipeline_detect(s.pipeline);
	stage_play(&s, "proc 10 env=A/s; read 10 B/s; fork 10 11; spawn 10 12 env=A/s arg=C/s; read 10 D/s exempt");
	assert_int_equal(cl_detect_holding(d, stage_key(10), fps, 4), 2);
	assert_int_equal(cl_detect_holding(d, stage_key(11), fps, 4), 2);
	assert_int_equal(cl_detect_holding(d, stage_key(12), fps, 4), 2);
	assert_int_equal(fps[1][0], 'C');
	assert_int_equal(cl_detect_holding(d, stage_key(12), fps, 1), 1);
	assert_int_equal(cl_detect_holding(d, stage_key(13), fps, 4), 0);
	stage_play(&s, "exit 11; exit 12");
	assert_int_equal(cl_detect_holding(d, stage_key(11), fps, 4), 0);
	assert_int_equal(STAT(&s, holders), 1);
	stage_close(&s);
}

/* A process with a different start time is another process, even with the same pid. */
static void test_pid_is_reused(void **state)
{
	struct stage s = {0};
	struct cl_observation o;

	(void)state;
	stage_open(&s);
	stage_play(&s, "run 10 ci:a a1; read 10 A/s; run 20 ci:b b1; spawn 20 21; read 21 B/s; exit 21");
	stage_feed(&s, mk_obs_fork(0, stage_key(20), mk_key(21, 999999)));
	o = mk_obs_connect(0, mk_key(21, 999999), "192.0.2.1", 443);
	stage_feed(&s, o);
	assert_int_equal(s.n, 0);
	assert_int_equal(STAT(&s, uses), 2);
	stage_close(&s);
}

/* Nonsense in any order must neither crash nor grow without bound. */
static void test_noise(void **state)
{
	struct stage s = {.limits = {.processes = 64,
				     .runs = 32,
				     .credentials = 16,
				     .uses = 4,
				     .findings = 16,
				     .nodes = 256,
				     .edges = 512}};
	unsigned int seed = 12345;

	(void)state;
	stage_open(&s);
	for (int i = 0; i < 50000; i++) {
		static const char *const acts[] = {"exec", "read", "connect", "fork"};
		static const char *const tiers[] = {"none", "fentry", "detached"};
		static const char *const runs[] = {"r1", "r2", "r3", "r4", "r5"};
		static const char *const flows[] = {"ci:a", "ci:b", "agent:c"};
		struct cl_sighting list[3];
		struct cl_observation o = {0};
		unsigned int pid;

		seed = seed * 1103515245u + 12345u;
		pid = 2 + (seed >> 8) % 200;
		o = mk_obs(1 + (seed >> 16) % 17, 0, stage_key(pid), stage_key(pid / 2));
		if (o.kind == CL_OBS_HOST)
			continue;
		o.child = stage_key(2 + (seed >> 4) % 200);
		o.exe = o.path = "/bin/x";
		o.family = AF_INET;
		o.address = "192.0.2.1";
		o.port = (seed >> 3) % 4;
		o.act = acts[seed % 4];
		o.tier = tiers[seed % 3];
		o.run_id = runs[seed % 5];
		o.workflow = flows[(seed >> 5) % 3];
		o.count = seed % 3;
		o.finding = "fnd-0000000000000001";
		for (size_t j = 0; j < 3; j++)
			list[j] = mk_sighting((uint8_t)((seed >> j) % 40), 1 + (seed >> (2 * j)) % 3, (seed >> j) % 3);
		mk_obs_sightings(&o, list, (seed >> 7) % 4);
		s.ts += seed % 2000000000u;
		stage_feed(&s, o);
		while (s.n)
			cJSON_Delete(s.findings[--s.n]);
	}
	cl_pipeline_flush(s.pipeline);
	assert_true(STAT(&s, credentials) <= 16);
	assert_true(STAT(&s, uses) <= 64);
	assert_true(STAT(&s, findings) <= 16);
	assert_true(STAT(&s, reported) > 100);
	stage_close(&s);
}

static int record(const char *path)
{
	struct stage s = {0};

	if (cl_recorder_new(&s.recorder, path, NULL))
		return 1;
	stage_open(&s);
	stage_play(&s, story_of_all);
	stage_play(&s, "flush");
	for (size_t i = 0; i < s.n; i++)
		printf("%s %s %s\n", cl_json_get_str(s.findings[i], "id"), cl_json_get_str(s.findings[i], "detector"),
		       cl_json_get_str(s.findings[i], "activity"));
	stage_close(&s);
	return cl_recorder_finish(s.recorder, NULL) ? 1 : (cl_recorder_free(&s.recorder), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_ids_are_stable),
		cmocka_unit_test(test_uses_are_bounded),
		cmocka_unit_test(test_credentials_are_bounded),
		cmocka_unit_test(test_waiting_goes_out_before_eviction),
		cmocka_unit_test(test_findings_are_bounded),
		cmocka_unit_test(test_chain_is_bounded),
		cmocka_unit_test(test_evidence_and_destinations_are_bounded),
		cmocka_unit_test(test_a_gap_is_said),
		cmocka_unit_test(test_unseen_environment_is_kept),
		cmocka_unit_test(test_holding),
		cmocka_unit_test(test_pid_is_reused),
		cmocka_unit_test(test_noise),
	};

	if (argc == 3 && !strcmp(argv[1], "record"))
		return record(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
