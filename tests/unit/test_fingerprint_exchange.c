/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fingerprint key is exchanged while work goes on: what was known before stays one with what is seen after, for
 * detectors, graph and store, across a restart and in a replay. In the stories A is a value's fingerprint under the old
 * key, B under the new one, C under the one after that.
 */
#include <errno.h>

#include "mk_stage.h"

#include <unistd.h>

#include "query/query.h"
#include "store/store.h"
#include "store/statements.h"
#include "pipeline/aliases.h"

#define A "cred:41414141414141414141414141414141"
#define B "cred:42424242424242424242424242424242"
#define C "cred:43434343434343434343434343434343"
#define OLD_KEY "0a0b0c0d"
#define NEW_KEY "0a0b0c0e"
#define TWO "run 10 ci:a a1; run 20 agent:b b1; "

static const struct stage_case cases[] = {
	{"seen before and during", TWO "read 10 A/s; read 20 A>B/s", "cross-workflow-reuse High create 1"},
	{"seen before, joined, seen after", TWO "read 10 A/s; proc 30; read 30 A>B/s; read 20 >B/s",
	 "cross-workflow-reuse High create 1"},
	{"during only", TWO "read 10 A>B/s; read 20 A>B/s", "cross-workflow-reuse High create 1"},
	{"under the new key alone first: two", TWO "read 10 >B/s; proc 30; read 30 A>B/s; read 20 A/s", ""},
	{"from an environment of before", TWO "exec 10 env=A/s; exec 20 env=A>B/s",
	 "cross-workflow-reuse High create 1"},
	{"never joined", TWO "read 10 A/s; read 20 >B/s", ""},
	{"another value", TWO "read 10 A/s; read 20 C>D/s", ""},
	{"the fact stays one", TWO "read 10 A/s; read 20 A/s; read 20 A>B/s; wait 61; read 20 >B/s",
	 "cross-workflow-reuse High create 1; cross-workflow-reuse High update 3"},
	{"two exchanges", TWO "read 10 A/s; proc 30; read 30 A>B/s; read 30 B>C/s; read 20 >C/s",
	 "cross-workflow-reuse High create 1"},
	{"use after the end", "run 10 ci:a a1; proc 30; read 10 A/e; end a1; read 30 A>B/e",
	 "use-after-end High create 1"},
	{"revoked by its old name", "run 10 ci:a a1; policy A/s store revoked; read 10 A>B/s; read 10 >B/s",
	 "use-after-revocation Critical create 1"},
	{"revoked by its new name, before it was known whose that is",
	 "run 10 ci:a a1; policy >B/s configuration revoked; read 10 A>B/s", "use-after-revocation Critical create 1"},
	{"the later word does not take a revocation back",
	 "run 10 ci:a a1; policy A/s store revoked; policy >B/s store label=x; read 10 A>B/s",
	 "use-after-revocation Critical create 1"},
	{"allowed by its new name",
	 TWO "policy >B/s store workflows=ci:a,agent:b; read 10 A/s; read 20 A>B/s; read 20 A>B/s", ""},
	{"handed down", "run 10 pod:a a1 pod; spawn 10 11; run 11 agent:b b1; read 10 A/s; read 11 A>B/s",
	 "delegated-credential Medium create 1"},
};

static void test_findings_across(void **state)
{
	(void)state;
	stage_check(cases, sizeof(cases) / sizeof(cases[0]), NULL);
}

/* Findings keep their id, and say the newest fingerprint with its key beside the first. */
static void test_what_a_finding_says(void **state)
{
	struct stage before = {0}, across = {0};
	const cJSON *f, *g;

	(void)state;
	stage_open(&before);
	stage_play(&before, TWO "read 10 A/s; read 20 A/s");
	f = before.findings[0];
	assert_string_equal(cl_json_get_str(f, "credential.fingerprint"), A);
	assert_string_equal(cl_json_get_str(f, "credential.key_id"), OLD_KEY);
	assert_null(cl_json_at(f, "credential.first_fingerprint"));
	stage_open(&across);
	stage_play(&across, TWO "read 10 A/s; read 20 A>B/s");
	g = across.findings[0];
	assert_string_equal(cl_json_get_str(g, "id"), cl_json_get_str(f, "id"));
	assert_string_equal(cl_json_get_str(g, "credential.fingerprint"), B);
	assert_string_equal(cl_json_get_str(g, "credential.key_id"), NEW_KEY);
	assert_string_equal(cl_json_get_str(g, "credential.first_fingerprint"), A);
	assert_string_equal(cl_json_get_str(g, "credential.first_key_id"), OLD_KEY);
	assert_string_equal(cl_finding_credential(g), A);
	assert_non_null(strstr(cl_json_get_str(g, "message"), B));
	stage_close(&before);
	stage_close(&across);
}

/* ---- the store ---- */

struct room {
	char dir[64], path[128], rec[128];
	struct stage s;
	struct cl_store_db *db;
};

static void room_open(struct room *room)
{
	snprintf(room->dir, sizeof(room->dir), "/tmp/test_exchange.XXXXXX");
	assert_non_null(mkdtemp(room->dir));
	snprintf(room->path, sizeof(room->path), "%s/credlineage.db", room->dir);
	snprintf(room->rec, sizeof(room->rec), "%s/x.rec", room->dir);
	assert_int_equal(cl_store_open(&room->db, room->path, CL_STORE_WRITE, NULL), 0);
}

static void room_close(struct room *room)
{
	char command[96];

	cl_store_close(&room->db);
	snprintf(command, sizeof(command), "rm -r %s", room->dir);
	assert_int_equal(system(command), 0);
}

static void keep(struct room *room)
{
	struct cl_batch *b = NULL;
	uint64_t seq;

	while (!cl_graph_take(cl_pipeline_graph(room->s.pipeline), 1000, &b) && b) {
		assert_int_equal(cl_store_write(room->db, b, NULL), 0);
		cl_batch_free(&b);
	}
	for (size_t i = 0; i < room->s.n; i++)
		assert_int_equal(cl_store_report(room->db, room->s.findings[i], &seq, NULL), 0);
}

static void play(struct room *room, const char *story)
{
	stage_open(&room->s);
	stage_play(&room->s, story);
	keep(room);
	stage_close(&room->s);
}

static int collect(void *ctx, const struct cl_alias *a)
{
	cl_text_printf(ctx, "%s %s is %s %s\n", a->fingerprint, a->key_id, a->credential, a->credential_key_id);
	return 0;
}

static int count(void *ctx, const cJSON *finding)
{
	(void)finding;
	++*(size_t *)ctx;
	return 0;
}

static int attrs_of(void *ctx, const struct cl_node *n)
{
	*(cJSON **)ctx = cJSON_Duplicate(n->attrs, true);
	return 0;
}

/* By whichever fingerprint somebody asks, what they get is the same. */
static void same_by(struct room *room, const char *typed)
{
	const struct cl_lineage_query q = {.credential = typed}, first = {.credential = A};
	const struct cl_finding_filter f = {.credential = typed};
	char resolved[CL_STORE_CREDENTIAL_ID];
	cJSON *x = NULL, *y = NULL;
	char *id = NULL;
	size_t n = 0;

	assert_int_equal(cl_lineage_credential(room->db, typed, &id, NULL), 0);
	assert_string_equal(id, A);
	free(id);
	assert_int_equal(cl_store_policy_resolve(room->db, typed, resolved, NULL), 0);
	assert_string_equal(resolved, A);
	assert_int_equal(cl_lineage(room->db, &q, &x, NULL), 0);
	assert_int_equal(cl_lineage(room->db, &first, &y, NULL), 0);
	assert_true(cJSON_Compare(cl_json_at(x, "nodes"), cl_json_at(y, "nodes"), true));
	assert_true(cJSON_Compare(cl_json_at(x, "edges"), cl_json_at(y, "edges"), true));
	assert_int_equal(cJSON_GetArraySize(cl_json_at(x, "findings")), 1);
	cJSON_Delete(x);
	cJSON_Delete(y);
	assert_int_equal(cl_store_findings(room->db, &f, count, &n, NULL), 0);
	assert_int_equal(n, 1);
}

static void test_history_is_one_in_the_store(void **state)
{
	struct room room = {.db = NULL};
	struct cl_text t = {0};
	cJSON *attrs = NULL;
	char *id = NULL;

	(void)state;
	room_open(&room);
	play(&room, TWO "read 10 A/s; connect 10 192.0.2.1 443; read 20 A>B/s; read 20 X/s; read 20 B>C/s; flush");
	assert_int_equal(cl_store_aliases(room.db, "", collect, &t), 0);
	/* B was the newest only until C came, within one batch: the store was never told; A to C it was */
	assert_string_equal(cl_text_str(&t), C " " NEW_KEY " is " A " " OLD_KEY "\n");
	cl_text_free(&t);
	same_by(&room, A);
	same_by(&room, C);
	same_by(&room, "4343");
	assert_int_equal(cl_store_node(room.db, A, attrs_of, &attrs), 0);
	assert_string_equal(cl_json_get_str(attrs, "fingerprint"), C);
	assert_string_equal(cl_json_get_str(attrs, "first_fingerprint"), A);
	cJSON_Delete(attrs);
	assert_int_equal(cl_lineage_credential(room.db, "4444", &id, NULL), -ENOENT);
	room_close(&room);
}

/* A reader of a store that an older program made finds no table of these names, and does without. */
static void test_a_store_of_before(void **state)
{
	struct room room = {.db = NULL};
	struct cl_text t = {0};
	char command[256];
	size_t n = 0;
	const struct cl_finding_filter f = {.credential = A};

	(void)state;
	room_open(&room);
	play(&room, TWO "read 10 A/s; read 20 A/s");
	cl_store_close(&room.db);
	snprintf(command, sizeof(command), "sqlite3 %s 'drop table alias; pragma user_version=2'", room.path);
	assert_int_equal(system(command), 0);
	assert_int_equal(cl_store_open(&room.db, room.path, CL_STORE_READ, NULL), 0);
	assert_int_equal(cl_store_aliases(room.db, "", collect, &t), 0);
	assert_int_equal(t.len, 0);
	assert_int_equal(cl_store_findings(room.db, &f, count, &n, NULL), 0);
	assert_int_equal(n, 1);
	room_close(&room);
}

/* ---- the stream ---- */

static char *findings_of(const struct stage *s)
{
	struct cl_text t = {0};

	for (size_t i = 0; i < s->n; i++) {
		char *text = cJSON_PrintUnformatted(s->findings[i]);

		cl_text_printf(&t, "%s\n", text);
		free(text);
	}
	return cl_text_take(&t);
}

static void test_replay_is_the_same(void **state)
{
	struct room room = {.db = NULL};
	struct cl_player *player = NULL;
	struct cl_observation obs;
	struct stage replayed = {0};
	char *x, *y;

	(void)state;
	room_open(&room);
	assert_int_equal(cl_recorder_new(&room.s.recorder, room.rec, NULL), 0);
	stage_open(&room.s);
	stage_play(&room.s, TWO "read 10 A/s; read 20 A>B/s; read 20 >B/s; wait 61; read 10 A/s; flush");
	x = findings_of(&room.s);
	assert_int_equal(cl_recorder_finish(room.s.recorder, NULL), 0);
	cl_recorder_free(&room.s.recorder);

	replayed.limits = room.s.limits;
	assert_int_equal(cl_pipeline_new(&replayed.pipeline, &replayed.limits, stage_collect, &replayed), 0);
	assert_int_equal(cl_player_new(&player, room.rec, NULL), 0);
	while (cl_player_next(player, &obs, NULL) == 1)
		assert_int_equal(cl_pipeline_feed(replayed.pipeline, &obs), 0);
	cl_pipeline_flush(replayed.pipeline);
	y = findings_of(&replayed);
	assert_true(room.s.n >= 2);
	assert_string_equal(x, y);
	free(x);
	free(y);
	cl_player_free(&player);
	stage_close(&replayed);
	stage_close(&room.s);
	room_close(&room);
}

static struct cl_sighting known(char first, char later)
{
	struct cl_sighting s = {.key_id = MK_KEY_ID + 1, .other_key_id = MK_KEY_ID};

	memset(s.fp, later, sizeof(s.fp));
	memset(s.other, first, sizeof(s.other));
	return s;
}

/* A restart after the old key was retired: the names come from the store. */
static void test_known_names(void **state)
{
	struct cl_sighting name = known('A', 'B');
	struct cl_observation obs = {.kind = CL_OBS_KNOWN_NAME, .sightings = &name, .n_sightings = 1};
	struct stage s = {0};

	(void)state;
	stage_open(&s);
	stage_feed(&s, obs);
	stage_play(&s, TWO "knownuse a1 A/s; read 20 >B/s");
	assert_int_equal(s.n, 1);
	assert_string_equal(cl_json_get_str(s.findings[0], "credential.fingerprint"), B);
	stage_close(&s);
}

static void name_of(struct cl_aliases *a, struct cl_sighting *s)
{
	struct cl_observation o = {.sightings = s, .n_sightings = 1};
	const struct cl_observation *p = &o;

	assert_int_equal(cl_aliases_apply(a, &p), 0);
	*s = p->sightings[0];
}

/* The name that was used longest ago goes, and is counted; what is used stays. */
static void test_bounded(void **state)
{
	struct cl_aliases *a = NULL;
	struct cl_sighting s = known(0, 1), plain = {.key_id = MK_KEY_ID};

	(void)state;
	assert_int_equal(cl_aliases_new(&a, 8), 0);
	name_of(a, &s);
	assert_int_equal(s.fp[0], 0);
	assert_int_equal(s.other[0], 1);
	for (int i = 1; i < 100; i++) {
		struct cl_sighting other = known((char)(2 * i), (char)(2 * i + 1));

		name_of(a, &other);
		memset(s.fp, 1, sizeof(s.fp));
		s.other_key_id = 0;
		name_of(a, &s);
		assert_int_equal(s.fp[0], 0);
		assert_int_equal(s.other_key_id, MK_KEY_ID + 1);
	}
	assert_int_equal(cl_aliases_evicted(a), 192);
	memset(plain.fp, 5, sizeof(plain.fp)); /* long gone: a name like any other */
	name_of(a, &plain);
	assert_int_equal(plain.fp[0], 5);
	assert_int_equal(plain.other_key_id, 0);
	cl_aliases_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_findings_across),
		cmocka_unit_test(test_what_a_finding_says),
		cmocka_unit_test(test_history_is_one_in_the_store),
		cmocka_unit_test(test_a_store_of_before),
		cmocka_unit_test(test_replay_is_the_same),
		cmocka_unit_test(test_known_names),
		cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
