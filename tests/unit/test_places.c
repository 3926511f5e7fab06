/* SPDX-License-Identifier: Apache-2.0 */
/* A new value in an old one's place: linked value by value, in the graph, in findings, and no second secret. */
#include "mk_stage.h"
#include "pipeline/places.h"

static char letter(const char *fp)
{
	uint8_t bytes[CL_FP_SIZE];
	struct cl_sighting t;

	if (cl_fp_parse(fp, bytes))
		return '?';
	for (char c = 'A'; c <= 'Z'; c++) {
		t = mk_sighting((uint8_t)c, CL_SOURCE_FILE, 0);
		if (!memcmp(t.fp, bytes, CL_FP_SIZE))
			return c;
	}
	return '?';
}

/* What the graph says: "A>B" for each node with rotated_to, which must be said on the other side, too. */
static int by_text(const void *a, const void *b)
{
	return memcmp(a, b, 3);
}

static char *rotations(struct stage *s)
{
	struct cl_batch *batch = NULL;
	char pairs[64][4] = {""};
	struct cl_text t = {0};
	size_t froms = 0, tos = 0;

	assert_int_equal(cl_graph_take(cl_pipeline_graph(s->pipeline), 100000, &batch), 0);
	for (size_t i = 0; batch && i < batch->n_nodes; i++) {
		const struct cl_node *n = &batch->nodes[i];
		_cleanup_json_ cJSON *attrs = n->text ? cJSON_Parse(n->text) : NULL;
		const char *to = cl_json_get_str(attrs, "rotated_to");

		if (n->kind != CL_NODE_CREDENTIAL)
			continue;
		froms += *cl_json_get_str(attrs, "rotated_from") != '\0';
		tos += *to != '\0';
		if (*to) {
			snprintf(pairs[tos - 1], sizeof(pairs[0]), "%c>%c", letter(n->id), letter(to));
			assert_string_equal(cl_json_get_str(attrs, "rotation_basis"), "inferred");
		}
	}
	assert_int_equal(froms, tos);
	qsort(pairs, tos, sizeof(pairs[0]), by_text);
	for (size_t i = 0; i < tos; i++)
		cl_text_printf(&t, "%s%s", i ? " " : "", pairs[i]);
	cl_batch_free(&batch);
	return t.s ? cl_text_take(&t) : strdup("");
}

static const struct {
	const char *name, *story, *links;
} cases[] = {
	{"by name", "file 5 /t 1 A/s:token; file 5 /t 2 B/s:token", "A>B"},
	{"another reader", "file 5 /t 1 A/s:token; run 10 ci:a a1; file 10 /t 2 B/s:token", "A>B"},
	{"without a name by format", "file 5 /t 1 A/s; file 5 /t 2 B/s", "A>B"},
	{"the whole of an OAuth file",
	 "file 5 /t 1 A/e:access_token B/s:refresh_token; file 5 /t 2 C/e:access_token D/s:refresh_token", "A>C B>D"},
	{"in another order",
	 "file 5 /t 1 A/e:access_token B/s:refresh_token; file 5 /t 2 D/s:refresh_token C/e:access_token", "A>C B>D"},
	{"only one of them",
	 "file 5 /t 1 A/e:access_token B/s:refresh_token; file 5 /t 2 C/e:access_token B/s:refresh_token", "A>C"},
	{"three in a row", "file 5 /t 1 A/s:token; file 5 /t 2 B/s:token; file 5 /t 3 C/s:token", "A>B B>C"},
	{"lists keep their order", "file 5 /t 1 A/s:key B/s:key; file 5 /t 2 C/s:key D/s:key", "A>C B>D"},
	{"emptied and written", "file 5 /t 1 A/s:token; file 5 /t 2; file 5 /t 3 B/s:token", "A>B"},
	{"Kubernetes' versions",
	 "file 5 /run/s/..2026_01_01_00_00_00.1/token 1 A/e; file 5 /run/s/..2026_01_02_00_00_00.2/token 2 B/e", "A>B"},
	{"an exchanged link", "file 5 /v/1/token 1 A/e asked=/v/current; file 5 /v/2/token 2 B/e asked=/v/current",
	 "A>B"},
	{"there and back", "file 5 /t 1 A/s:token; file 5 /t 2 B/s:token; file 5 /t 3 A/s:token", "A>B B>A"},
	{"an old descriptor is read once more",
	 "file 5 /t 1 A/s:token; file 5 /t 2 B/s:token; file 5 /t 1 A/s:token; file 5 /t 3 C/s:token", "A>B B>C"},
	{"in pieces", "file 5 /t 1 A/s:a B/s:b; file 5 /t 2 C/s:a part; file 5 /t 2 D/s:b", "A>C B>D"},
	/* none */
	{"the same version", "file 5 /t 1 A/s:token; file 5 /t 1 B/s:token", ""},
	{"one more beside it", "file 5 /t 1 A/s:key; file 5 /t 2 B/s:key A/s:key", ""},
	{"side by side under one name", "file 5 /t 1 A/s:key B/s:key", ""},
	{"another name", "file 5 /t 1 A/s:token; file 5 /t 2 B/s:password", ""},
	{"another file", "file 5 /t 1 A/s:token; file 5 /u 2 B/s:token", ""},
	{"the first piece only", "file 5 /t 1 A/s:a; file 5 /t 2 B/s:a part", ""},
	{"a piece, and then what was there before", "file 5 /t 1 A/s:a; file 5 /t 2 B/s:a part; file 5 /t 2 A/s:a", ""},
	{"removed", "file 5 /t 1 A/s:a B/s:b; file 5 /t 2 A/s:a; file 5 /t 3 A/s:a C/s:b", ""},
	{"a process's environment", "environ 5 A/s 9; environ 5 B/s 9", ""},
};

static void test_links(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stage s = {.ocsf = NULL};
		char *links;

		stage_open(&s);
		stage_play(&s, "proc 5");
		stage_play(&s, cases[i].story);
		links = rotations(&s);
		if (strcmp(links, cases[i].links)) {
			print_error("%s: expected \"%s\", got \"%s\"\n", cases[i].name, cases[i].links, links);
			wrong++;
		}
		free(links);
		stage_close(&s);
	}
	assert_int_equal(wrong, 0);
}

static const struct stage_case findings[] = {
	{"one run, old and new", "run 10 ci:a a1; file 10 /t 1 A/s:t; file 10 /t 2 B/s:t", ""},
	{"one before, another after", "run 10 ci:a a1; file 10 /t 1 A/s:t; run 20 ci:b b1; file 20 /t 2 B/s:t", ""},
	{"both, before and after: one fact, counted",
	 "run 10 ci:a a1; run 20 ci:b b1; file 10 /t 1 A/s:t; file 20 /t 1 A/s:t; wait 61; file 10 /t 2 B/s:t; "
	 "file 20 /t 2 B/s:t",
	 "cross-workflow-reuse High create 1; cross-workflow-reuse High update 2"},
	{"a second generation, too",
	 "run 10 ci:a a1; run 20 ci:b b1; file 10 /t 1 A/s:t; file 20 /t 1 A/s:t; wait 61; file 10 /t 2 B/s:t; "
	 "file 10 /t 3 C/s:t; file 20 /t 3 C/s:t",
	 "cross-workflow-reuse High create 1; cross-workflow-reuse High update 2"},
	{"what was known before it came there is a secret of its own",
	 "run 10 ci:a a1; run 20 ci:b b1; file 10 /t 1 A/s:t; file 20 /t 1 A/s:t; file 10 /u 7 B/s:t; wait 61; "
	 "file 10 /t 2 B/s:t; file 20 /t 2 B/s:t",
	 "cross-workflow-reuse High create 1; cross-workflow-reuse High create 1"},
};

static void test_findings(void **state)
{
	(void)state;
	stage_check(findings, sizeof(findings) / sizeof(findings[0]), stage_events);
}

static void test_successor_is_named(void **state)
{
	struct stage s = {.ocsf = NULL};
	const cJSON *f;

	(void)state;
	stage_open(&s);
	stage_play(
		&s,
		"run 10 ci:a a1; file 10 /t 1 A/s:t; proc 5; file 5 /t 2 B/s:t; run 20 ci:b b1; spawn 20 21 env=A/s");
	f = s.findings[s.n - 1];
	assert_string_equal(cl_json_get_str(f, "detector"), "cross-workflow-reuse");
	assert_int_equal(letter(cl_json_get_str(f, "credential.fingerprint")), 'A');
	assert_int_equal(letter(cl_json_get_str(f, "credential.rotated_to")), 'B');
	assert_string_equal(cl_json_get_str(f, "credential.rotation_basis"), "inferred");
	assert_non_null(strstr(cl_json_get_str(f, "message"), "has taken its place since (inferred)"));
	stage_close(&s);
}

/* After a restart: what the store knew of places and of rotations. */
static void known(struct stage *s, uint32_t kind, const char *old, const char *new, const char *path, uint64_t count)
{
	struct cl_sighting list[2];
	struct cl_observation o = {.kind = kind, .path = path, .count = count, .since = (uint64_t)MK_WALL_OFFSET + 5};

	list[0] = stage_token(s, old, CL_SOURCE_FILE);
	list[0].name = "t";
	if (new)
		list[1] = stage_token(s, new, CL_SOURCE_FILE);
	mk_obs_sightings(&o, list, new ? 2 : 1);
	stage_feed(s, o);
}

static void test_restart(void **state)
{
	struct stage s = {.ocsf = NULL};
	char *links, *reports;

	(void)state;
	stage_open(&s);
	known(&s, CL_OBS_KNOWN_PLACE, "A/s", NULL, "/t", 0);
	stage_play(&s, "proc 5; file 5 /t 2 B/s:t");
	links = rotations(&s);
	/* the old node is the store's: it gets its attribute there */
	assert_non_null(links);
	assert_string_equal(links, "A>B");
	free(links);
	stage_close(&s);
	/* the id of a finding goes on */
	s = (struct stage){.ocsf = NULL};
	stage_open(&s);
	known(&s, CL_OBS_KNOWN_ROTATION, "A/s", "B/s", NULL, 1);
	stage_play(&s, "run 10 ci:a a1; run 20 ci:b b1; read 10 A/s; read 20 A/s; wait 61; read 10 B/s; read 20 B/s");
	reports = stage_reports(&s);
	assert_string_equal(reports, "cross-workflow-reuse High create 1; cross-workflow-reuse High update 2");
	free(reports);
	stage_close(&s);
}

/* Bounded, and says so. */
static void test_eviction(void **state)
{
	struct cl_places *t;
	struct cl_rotation out[CL_ROTATIONS_MAX];
	struct cl_sighting s = mk_sighting(1, CL_SOURCE_FILE, CL_CLASS_STATIC);
	char path[32];

	(void)state;
	assert_int_equal(cl_places_new(&t, 4), 0);
	for (int i = 0; i < 10; i++) {
		struct cl_observation o = mk_obs_read(1, mk_key(5, 1), path);

		snprintf(path, sizeof(path), "/srv/%d", i);
		o.whole = 1;
		mk_obs_sightings(&o, &s, 1);
		assert_int_equal(cl_places_take(t, &o, out), 0);
	}
	assert_int_equal(cl_places_evicted(t), 6);
	cl_places_free(&t);
}

/* Two files whose paths begin alike for longer than a place can: no path hangs it, none is taken for another. */
static void test_paths_without_end(void **state)
{
	struct cl_sighting one = mk_sighting(1, CL_SOURCE_FILE, CL_CLASS_STATIC),
			   two = mk_sighting(2, CL_SOURCE_FILE, CL_CLASS_STATIC);
	struct cl_rotation out[CL_ROTATIONS_MAX];
	char path[9000];

	(void)state;
	for (size_t len = 4000; len < 4400; len++) {
		struct cl_observation o = mk_obs_read(1, mk_key(5, 1), path);
		struct cl_places *t;

		assert_int_equal(cl_places_new(&t, 4), 0);
		memset(path, 'x', len);
		for (size_t at = 0; at < len; at += 97)
			path[at] = '/';
		snprintf(path + len, sizeof(path) - len, "/%01000d", 1);
		o.whole = 1;
		mk_obs_sightings(&o, &one, 1);
		assert_int_equal(cl_places_take(t, &o, out), 0);
		path[len + 1000] = '2';
		mk_obs_sightings(&o, &two, 1);
		assert_int_equal(cl_places_take(t, &o, out), 0);
		cl_places_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_successor_is_named),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_eviction),
		cmocka_unit_test(test_paths_without_end),
		cmocka_unit_test(test_events_are_sound),
	};

	return cmocka_run_group_tests(tests, stage_setup, stage_teardown);
}
