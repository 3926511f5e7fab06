/* SPDX-License-Identifier: Apache-2.0 */
/* Lineages out of a store: how far a focus reaches, what is left out and said, what is asked wrongly. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/statements.h"
#include "lineage_room.h"

#define HEX_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEX_B "abbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define A "cred:" HEX_A
#define B "cred:" HEX_B

/*
 * init -> sshd -> {deploy, test, idle}; deploy (run 1 of ci:github/o/r/deploy) and test (run 2 of agent:claude/test)
 * hold A; test holds B too and has a child that connects; other (run 1) shares only deploy's run.
 */
static void fill(struct room *room)
{
	put(room, CL_NODE_HOST, "host:h");
	put(room, CL_NODE_USER, "user:h:0");
	put(room, CL_NODE_RUN, "run:h:host");
	join(room, "run:h:host", CL_EDGE_RAN_IN, "host:h", NOON);
	put_run(room, "run:h:8001", "workflow:ci:github/o/r/deploy");
	put_run(room, "run:h:8002", "workflow:agent:claude/test");
	put_process(room, "process:b:1:0", NULL, "run:h:host");
	put_process(room, "process:b:50:9", "process:b:1:0", "run:h:host");
	put_process(room, "process:b:100:9", "process:b:50:9", "run:h:8001");
	put_process(room, "process:b:101:9", "process:b:50:9", "run:h:8002");
	put_process(room, "process:b:102:9", "process:b:101:9", "run:h:8002");
	put_process(room, "process:b:103:9", "process:b:50:9", "run:h:8001");
	put(room, CL_NODE_CREDENTIAL, A);
	put(room, CL_NODE_CREDENTIAL, B);
	put(room, CL_NODE_FILE, "file:h:/a");
	put(room, CL_NODE_DESTINATION, "destination:tcp:192.0.2.1:443");
	put(room, CL_NODE_DESTINATION, "destination:tcp:[2001:db8::1]:443");
	join(room, "process:b:100:9", CL_EDGE_READ, A, NOON);
	join(room, "process:b:101:9", CL_EDGE_HELD_IN_ENVIRONMENT, A, NOON + DAY);
	join(room, "process:b:101:9", CL_EDGE_HELD_IN_ENVIRONMENT, B, NOON + DAY);
	join(room, A, CL_EDGE_STORED_IN, "file:h:/a", NOON);
	join(room, "process:b:102:9", CL_EDGE_CONNECTED_TO, "destination:tcp:192.0.2.1:443", NOON + DAY);
	join(room, "process:b:103:9", CL_EDGE_CONNECTED_TO, "destination:tcp:192.0.2.1:443", NOON);
	join(room, "process:b:103:9", CL_EDGE_CONNECTED_TO, "destination:tcp:[2001:db8::1]:443", NOON);
	flush(room);
}

static int enter(void **state)
{
	struct room *room = room_new();

	fill(room);
	*state = room;
	return 0;
}

static int refuse(struct room *room, struct cl_lineage_query q, const char *because)
{
	struct cl_error err = {0};
	cJSON *out = NULL;
	int r = cl_lineage(room->db, &q, &out, &err);

	assert_null(out);
	if (!strstr(err.text, because))
		fail_msg("\"%s\" does not say \"%s\"", err.text, because);
	return r;
}

static bool has(struct room *room, const char *id)
{
	const cJSON *n;

	cJSON_ArrayForEach (n, cl_json_at(room->out, "nodes")) {
		if (!strcmp(cl_json_get_str(n, "id"), id))
			return true;
	}
	return false;
}

static int size(struct room *room, const char *what)
{
	return cJSON_GetArraySize(cl_json_at(room->out, what));
}

static void a_credentials_lineage_has_its_holders_and_their_chains(void **state)
{
	struct room *room = *state;
	static const char *const there[] = {"process:b:100:9",
					    "process:b:101:9",
					    "process:b:50:9",
					    "process:b:1:0",
					    "run:h:8001",
					    "run:h:8002",
					    "run:h:host",
					    "workflow:ci:github/o/r/deploy",
					    "workflow:agent:claude/test",
					    "host:h",
					    "user:h:0",
					    A,
					    B,
					    "file:h:/a",
					    "process:b:102:9"};
	static const char *const members[] = {"schema",	  "generated", "host",	"focus", "window",  "coverage",
					      "complete", "gaps",      "nodes", "edges", "findings"};
	const cJSON *item;
	int i = 0;

	ask(room, (struct cl_lineage_query){.credential = "aaaa"});
	for (size_t k = 0; k < ARRAY_SIZE(there); k++)
		if (!has(room, there[k]))
			fail_msg("%s is missing", there[k]);
	assert_int_equal(size(room, "nodes"), ARRAY_SIZE(there));
	assert_false(has(room, "process:b:103:9")); /* shares a run, not the credential */
	cJSON_ArrayForEach (item, room->out) {
		assert_string_equal(item->string, members[i++]);
	}
	assert_int_equal(i, ARRAY_SIZE(members));
	assert_string_equal(cl_json_get_str(room->out, "schema"), "credlineage.lineage/1");
	assert_string_equal(cl_json_get_str(room->out, "host.name"), "box");
	assert_string_equal(cl_json_get_str(room->out, "host.boot_id"), "b");
	assert_string_equal(cl_json_get_str(room->out, "focus.kind"), "credential");
	assert_string_equal(cl_json_get_str(room->out, "focus.value"), "aaaa");
	assert_string_equal(cl_json_get_str(room->out, "focus.nodes.0"), A);
	assert_true(cJSON_IsTrue(cl_json_at(room->out, "complete")));
	assert_int_equal(size(room, "gaps"), 0);
	assert_string_equal(cl_json_get_str(room->out, "coverage.acts.0.tier"), "tp_btf");
}

static void lists_are_sorted_and_edges_are_between_them(void **state)
{
	struct room *room = *state;
	const char *before = "";
	const cJSON *item;

	ask(room, (struct cl_lineage_query){.credential = A});
	cJSON_ArrayForEach (item, cl_json_at(room->out, "nodes")) {
		assert_true(strcmp(before, cl_json_get_str(item, "id")) < 0);
		before = cl_json_get_str(item, "id");
	}
	before = "";
	cJSON_ArrayForEach (item, cl_json_at(room->out, "edges")) {
		assert_true(strcmp(before, cl_json_get_str(item, "id")) < 0);
		before = cl_json_get_str(item, "id");
		assert_true(has(room, cl_json_get_str(item, "source")));
		assert_true(has(room, cl_json_get_str(item, "target")));
	}
}

/* As text that has been read once, without when it was made. */
static char *read_back(const cJSON *lineage)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(lineage);
	_cleanup_json_ cJSON *o = cJSON_Parse(text);

	assert_non_null(o);
	cJSON_DeleteItemFromObjectCaseSensitive(o, "generated");
	return cJSON_PrintUnformatted(o);
}

/* Names and evidence with all that JSON escapes, an edge without a time, one that was counted. */
static void a_written_lineage_says_what_objects_say(void **state)
{
	static const char odd[] = "file:h:/a\"\\\x01\xc3\xa9\xe2\x80\xae<";
	struct room *room = *state;
	_cleanup_free_ char *objects = NULL, *texts = NULL;
	const cJSON *item;

	put_with(room, CL_NODE_FILE, odd, 0, "{\"x\":\"a\\\"\\\\\\t\\u0001\xe2\x80\xae\",\"n\":1.5,\"b\":false}");
	put_with(room, CL_NODE_DESTINATION, "destination:tcp:[2001:db8::2]:443", NOON, "{}");
	join(room, "process:b:100:9", CL_EDGE_CONNECTED_TO, "destination:tcp:[2001:db8::2]:443", NOON);
	join(room, "process:b:100:9", CL_EDGE_READ, odd, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(cl_graph_edge(room->g, CL_EDGE_READ, "process:b:101:9", odd, NOON, CL_BASIS_INFERRED,
					       "/a\"b\\\t\x1b\xff:3"),
				 0);
	flush(room);
	ask(room, (struct cl_lineage_query){.credential = A});
	objects = read_back(room->out);
	ask(room, (struct cl_lineage_query){.credential = A, .written = true});
	texts = read_back(room->out);
	assert_string_equal(texts, objects); /* members in the same order, too */
	assert_non_null(strstr(texts, "\"count\":3"));
	assert_non_null(strstr(texts, "\"evidence\":\"/a\\\"b\\\\\\t\\u001b\\\\xff:3\""));
	cJSON_ArrayForEach (item, cl_json_at(room->out, "edges")) {
		assert_true(cJSON_IsRaw(item));
		assert_null(strchr(item->valuestring, '\n'));
	}
}

static void depth_limits_steps_but_not_belonging(void **state)
{
	struct room *room = *state;

	ask(room, (struct cl_lineage_query){.credential = A, .depth = 1});
	assert_true(has(room, "process:b:100:9"));
	assert_true(has(room, "file:h:/a"));
	assert_true(has(room, "process:b:1:0"));
	assert_true(has(room, "workflow:agent:claude/test"));
	assert_false(has(room, B));
	assert_false(has(room, "process:b:102:9"));
	assert_false(has(room, "destination:tcp:192.0.2.1:443"));
	ask(room, (struct cl_lineage_query){.credential = A, .depth = 3});
	assert_true(has(room, "destination:tcp:192.0.2.1:443"));
	assert_false(has(room, "process:b:103:9")); /* not through a destination */
	ask(room, (struct cl_lineage_query){.credential = A, .depth = 9});
	assert_false(has(room, "process:b:103:9"));
}

static void every_kind_of_focus_is_understood(void **state)
{
	struct room *room = *state;

	ask(room, (struct cl_lineage_query){.process = "process:b:100:9"});
	assert_true(has(room, A));
	assert_true(has(room, "process:b:101:9")); /* the other holder */
	ask(room, (struct cl_lineage_query){.process = "b:100:9"});
	ask(room, (struct cl_lineage_query){.process = "100:9"});
	assert_true(has(room, A));
	ask(room, (struct cl_lineage_query){.pid = 102});
	assert_true(has(room, "destination:tcp:192.0.2.1:443"));
	assert_string_equal(cl_json_get_str(room->out, "focus.value"), "102");
	ask(room, (struct cl_lineage_query){.run = "8001", .depth = 1});
	assert_true(has(room, "process:b:100:9"));
	assert_true(has(room, "process:b:103:9"));
	assert_true(has(room, A));
	assert_false(has(room, "process:b:101:9"));
	ask(room, (struct cl_lineage_query){.run = "run:h:8001"});
	ask(room, (struct cl_lineage_query){.workflow = "ci:github/o/r/deploy", .depth = 1});
	assert_true(has(room, A));
	assert_true(has(room, "process:b:103:9"));
	ask(room, (struct cl_lineage_query){.workflow = "github/o/r/deploy", .depth = 1});
	assert_true(has(room, A));
	ask(room, (struct cl_lineage_query){.workflow = "claude"}); /* a unique beginning */
	assert_true(has(room, B));
	ask(room, (struct cl_lineage_query){.destination = "192.0.2.1:443", .depth = 1});
	assert_true(has(room, "process:b:102:9"));
	assert_true(has(room, "process:b:103:9"));
	ask(room, (struct cl_lineage_query){.destination = "[2001:db8::1]:443", .depth = 1});
	assert_true(has(room, "process:b:103:9"));
	assert_false(has(room, "process:b:102:9"));
	ask(room, (struct cl_lineage_query){.destination = "2001:db8::1", .depth = 1});
	assert_true(has(room, "process:b:103:9"));
	ask(room, (struct cl_lineage_query){.destination = "192.0.2.1"});
	ask(room, (struct cl_lineage_query){.destination = "destination:tcp:192.0.2.1:443"});
}

static void the_latest_process_has_the_pid(void **state)
{
	struct room *room = *state;

	cl_graph_node(room->g, CL_NODE_PROCESS, "process:b:100:77", "second", NOON + DAY, NULL);
	cl_graph_node(room->g, CL_NODE_PROCESS, "process:b:1000:1", "other", NOON + 2 * DAY, NULL);
	flush(room);
	ask(room, (struct cl_lineage_query){.pid = 100});
	assert_true(has(room, "process:b:100:77"));
	assert_false(has(room, A));
	assert_int_equal(refuse(room, (struct cl_lineage_query){.process = "process:b:100"}, "no process"), -ENOENT);
}

/* Three lives of one number: 10 to 20, 30 to 40, and from 50 on, in hours after the noon. */
static void a_pid_at_a_time_is_who_had_it_then(void **state)
{
	static const struct {
		unsigned int at;
		const char *node; /* NULL: nobody */
	} cases[] = {
		{5, NULL},
		{10, "process:b:700:1"},
		{15, "process:b:700:1"},
		{25, NULL},
		{30, "process:b:700:2"},
		{40, "process:b:700:2"},
		{45, NULL},
		{50, "process:b2:700:3"},
		{9999, "process:b2:700:3"},
		{0, "process:b2:700:3"},
	};
	static const uint64_t hour = 3600 * CL_NS_PER_S;
	struct room *room = *state;

	put_with(room, CL_NODE_PROCESS, "process:b:700:1", NOON + 10 * hour,
		 "{\"exited\":\"2024-10-04T20:00:00.000000Z\"}");
	put_with(room, CL_NODE_PROCESS, "process:b:700:2", NOON + 30 * hour,
		 "{\"exited\":\"2024-10-05T16:00:00.000000Z\"}");
	put_with(room, CL_NODE_PROCESS, "process:b2:700:3", NOON + 50 * hour, "{}");
	put_with(room, CL_NODE_PROCESS, "process:b:7001:4", NOON, "{}");
	flush(room);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cl_lineage_query q = {.pid = 700, .at = cases[i].at ? NOON + cases[i].at * hour : 0};

		if (!cases[i].node) {
			assert_int_equal(refuse(room, q, "process:b2:700:3 had the number last"), -ENOENT);
			continue;
		}
		ask(room, q);
		assert_string_equal(cl_json_get_str(room->out, "focus.nodes.0"), cases[i].node);
	}
	assert_string_equal(cl_json_get_str(room->out, "focus.at"), "");
}

static void a_destination_is_known_by_the_name_it_was_asked_for(void **state)
{
	static const struct {
		const char *typed;
		int nodes; /* in focus; 0: none */
	} cases[] = {
		{"github.com", 2}, {"github.com:443", 1}, {"github.com:22", 1},	  {"github.com:80", 0},
		{"hub.com", 0},	   {"api.github.com", 1}, {"ssh-agent", 1},	  {"192.0.2.9:22", 1},
		{"192.0.2.9", 2},  {"192.0.2", 0},	  {"/run/agent.sock", 1}, {"tcp:192.0.2.9:22", 1},
	};
	struct room *room = *state;

	put_with(room, CL_NODE_DESTINATION, "destination:tcp:192.0.2.9:443", NOON,
		 "{\"port\":443,\"names\":\"api.github.com github.com\"}");
	put_with(room, CL_NODE_DESTINATION, "destination:tcp:192.0.2.9:22", NOON,
		 "{\"port\":22,\"names\":\"github.com\"}");
	put_with(room, CL_NODE_DESTINATION, "destination:unix:/run/agent.sock", NOON, "{\"service\":\"ssh-agent\"}");
	flush(room);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cl_lineage_query q = {.destination = cases[i].typed};

		if (!cases[i].nodes) {
			assert_int_equal(refuse(room, q, "no destination"), -ENOENT);
			continue;
		}
		ask(room, q);
		if (size(room, "focus.nodes") != cases[i].nodes)
			fail_msg("%s means %d nodes", cases[i].typed, size(room, "focus.nodes"));
	}
}

static void wrong_questions_get_a_sentence(void **state)
{
	struct room *room = *state;
	struct cl_lineage_query q = {0};

	assert_int_equal(refuse(room, q, "no focus"), -EINVAL);
	q.credential = "a";
	assert_int_equal(refuse(room, q, "not unique"), -ENOTUNIQ);
	q.credential = "cred:xyz";
	assert_int_equal(refuse(room, q, "not a fingerprint"), -EINVAL);
	q.credential = "cred:";
	assert_int_equal(refuse(room, q, "not a fingerprint"), -EINVAL);
	q.credential = "ffff";
	assert_int_equal(refuse(room, q, "no credential \"ffff\""), -ENOENT);
	q = (struct cl_lineage_query){.process = "100"};
	assert_int_equal(refuse(room, q, "--pid"), -EINVAL);
	q.process = "100:*";
	assert_int_equal(refuse(room, q, "not a process key"), -EINVAL);
	q = (struct cl_lineage_query){.pid = 4242};
	assert_int_equal(refuse(room, q, "no process 4242"), -ENOENT);
	q = (struct cl_lineage_query){.run = "800"};
	assert_int_equal(refuse(room, q, "not unique"), -ENOTUNIQ);
	q.run = "";
	assert_int_equal(refuse(room, q, "no run"), -ENOENT);
	q = (struct cl_lineage_query){.workflow = "nothing"};
	assert_int_equal(refuse(room, q, "no workflow \"nothing\""), -ENOENT);
	q = (struct cl_lineage_query){.destination = "192.0.2.1:80"};
	assert_int_equal(refuse(room, q, "no destination"), -ENOENT);
	q = (struct cl_lineage_query){.finding = "fnd-00"};
	assert_int_equal(refuse(room, q, "no finding"), -ENOENT);
	q = (struct cl_lineage_query){.credential = A, .since = 9, .until = 8};
	assert_int_equal(refuse(room, q, "--since"), -EINVAL);
}

static void the_window_cuts_acts_not_ancestry(void **state)
{
	struct room *room = *state;

	ask(room, (struct cl_lineage_query){.credential = A, .since = NOON + DAY - 1});
	assert_false(has(room, "process:b:100:9"));
	assert_true(has(room, "process:b:101:9"));
	assert_true(has(room, "process:b:1:0"));
	assert_string_equal(cl_json_get_str(room->out, "window.from"), "2024-10-04T23:59:59.999999Z");
	assert_null(cl_json_at(room->out, "window.to"));
	ask(room, (struct cl_lineage_query){.credential = A, .until = NOON + 1});
	assert_true(has(room, "process:b:100:9"));
	assert_false(has(room, "process:b:101:9"));
}

static void unknown_parents_and_losses_are_gaps(void **state)
{
	struct room *room = *state;

	put(room, CL_NODE_PROCESS, "unknown:b:7:7");
	put_process(room, "process:b:200:9", "unknown:b:7:7", "run:h:host");
	put_process(room, "process:b:201:9", "process:b:200:9", "run:h:host");
	/* a parent that became known hides its unknown twin */
	put(room, CL_NODE_PROCESS, "unknown:b:200:9");
	join(room, "unknown:b:200:9", CL_EDGE_SPAWNED, "process:b:201:9", NOON);
	join(room, "process:b:201:9", CL_EDGE_READ, A, NOON);
	flush(room);
	assert_int_equal(cl_store_set(room->db, CL_STORE_COVERAGE,
				      "{\"complete\":false,\"acts\":[],\"lost\":[{\"act\":\"exec\",\"stage\":\"ring\","
				      "\"count\":12}],\"planted\":1}"),
			 0);
	ask(room, (struct cl_lineage_query){.credential = A});
	assert_true(cJSON_IsFalse(cl_json_at(room->out, "complete")));
	assert_int_equal(size(room, "gaps"), 3);
	assert_string_equal(cl_json_get_str(gap(room, "unknown_parent"), "node"), "unknown:b:7:7");
	assert_int_equal(cl_json_get_num(gap(room, "loss"), "count"), 12);
	assert_non_null(gap(room, "coverage"));
	assert_true(has(room, "unknown:b:7:7"));
	assert_false(has(room, "unknown:b:200:9"));
	assert_int_equal(cJSON_GetArraySize(cl_json_at(room->out, "coverage")), 3);
}

static void without_the_monitors_word_nothing_is_complete(void **state)
{
	struct room *room = *state;

	cl_store_set(room->db, CL_STORE_COVERAGE, "[broken");
	cl_store_set(room->db, CL_STORE_HOST, "7");
	ask(room, (struct cl_lineage_query){.credential = A});
	assert_true(cJSON_IsFalse(cl_json_at(room->out, "complete")));
	assert_string_equal(cl_json_get_str(room->out, "host.id"), "h");
	assert_non_null(gap(room, "coverage"));
}

static void hubs_are_summarised_unless_they_are_the_focus(void **state)
{
	struct room *room = *state;
	char id[64];

	put(room, CL_NODE_FILE, "file:h:/busy");
	join(room, B, CL_EDGE_STORED_IN, "file:h:/busy", NOON);
	for (int i = 0; i < 700; i++) {
		snprintf(id, sizeof(id), "process:b:%d:5", 5000 + i);
		put_process(room, id, "process:b:50:9", "run:h:8001");
		join(room, id, CL_EDGE_READ, "file:h:/busy", NOON);
	}
	flush(room);
	ask(room, (struct cl_lineage_query){.credential = B, .depth = 2});
	assert_string_equal(cl_json_get_str(gap(room, "summarised"), "node"), "file:h:/busy");
	assert_int_equal(cl_json_get_num(gap(room, "summarised"), "edges"), 700);
	assert_false(has(room, "process:b:5000:5"));
	ask(room, (struct cl_lineage_query){.run = "8001", .depth = 1});
	assert_true(has(room, "process:b:5000:5"));
	assert_true(size(room, "nodes") > 700);
}

static void size_is_limited_and_said(void **state)
{
	struct room *room = *state;
	char id[64];

	for (int i = 0; i < 6000; i++) {
		snprintf(id, sizeof(id), "process:b:%d:5", 5000 + i);
		put(room, CL_NODE_PROCESS, id);
		join(room, id, CL_EDGE_READ, B, NOON);
		join(room, id, CL_EDGE_PART_OF, "run:h:8001", NOON);
	}
	flush(room);
	ask(room, (struct cl_lineage_query){.credential = B});
	assert_string_equal(cl_json_get_str(gap(room, "limit"), "what"), "nodes");
	assert_true(size(room, "nodes") >= 4000 && size(room, "nodes") <= 8000);
	assert_true(cJSON_IsFalse(cl_json_at(room->out, "complete")));
}

static void findings_that_concern_it_are_told(void **state)
{
	struct room *room = *state;
	struct cl_edge e = {.kind = CL_EDGE_READ, .source = "process:b:100:9", .target = A};
	_cleanup_json_ cJSON *edge = cl_lineage_edge_json(&e), *f = cJSON_CreateObject(), *other = NULL;
	cJSON *graph, *list;

	cl_json_str(f, "id", "fnd-0001");
	cl_json_str(f, "detector", "cross-workflow-reuse");
	cl_json_str(f, "severity", "High");
	cl_json_str(f, "title", "One credential in two workflows");
	cl_json_num(f, "count", 3);
	cl_json_str(f, "first", "2024-10-04T00:00:00.000000Z");
	cl_json_str(f, "last", "2024-10-05T00:00:00.000000Z");
	cl_json_str(cl_json_obj(f, "credential"), "fingerprint", A);
	list = cl_json_arr(f, "sides");
	cl_json_str(cl_json_obj(cl_json_push(list), "process"), "id", "process:b:100:9");
	cl_json_str(cl_json_obj(cl_json_push(list), "process"), "id", "process:b:101:9");
	graph = cl_json_obj(f, "lineage");
	list = cl_json_arr(graph, "nodes");
	cl_json_str(cl_json_push(list), "id", "process:b:100:9");
	cl_json_str(cl_json_push(list), "id", "process:b:gone:9");
	list = cl_json_arr(graph, "edges");
	cJSON_AddItemToArray(list, TAKE_PTR(edge));
	assert_int_equal(cl_store_report(room->db, f, NULL, NULL), 0);
	other = cJSON_Parse("{\"id\":\"fnd-0002\",\"detector\":\"coverage-degraded\",\"severity\":\"Medium\","
			    "\"count\":1,\"first\":\"2024-10-05T00:00:00Z\",\"last\":\"2024-10-05T00:00:00Z\"}");
	assert_int_equal(cl_store_report(room->db, other, NULL, NULL), 0);

	ask(room, (struct cl_lineage_query){.credential = A});
	assert_int_equal(size(room, "findings"), 1);
	assert_string_equal(cl_json_get_str(room->out, "findings.0.id"), "fnd-0001");
	assert_string_equal(cl_json_get_str(room->out, "findings.0.severity"), "High");
	assert_string_equal(cl_json_get_str(room->out, "findings.0.credential"), A);
	assert_int_equal(cl_json_get_num(room->out, "findings.0.count"), 3);
	assert_int_equal(size(room, "findings.0.nodes"), 1);
	assert_int_equal(size(room, "findings.0.edges"), 1);
	ask(room, (struct cl_lineage_query){.finding = "fnd-0001"});
	assert_true(has(room, "process:b:100:9"));
	assert_true(has(room, "process:b:101:9"));
	assert_int_equal(size(room, "focus.nodes"), 3);
	ask(room, (struct cl_lineage_query){.finding = "fnd-0002"});
	assert_int_equal(size(room, "nodes"), 0);
	assert_int_equal(size(room, "findings"), 1);
	ask(room, (struct cl_lineage_query){.process = "process:b:103:9", .depth = 1});
	assert_int_equal(size(room, "findings"), 0);
}

/* What one process did with itself, as when it was told to pass for a run of its own. */
static void both_sides_of_a_finding_are_one_process(void **state)
{
	struct room *room = *state;
	_cleanup_json_ cJSON *f = cJSON_Parse("{\"id\":\"fnd-0003\",\"detector\":\"delegated-credential\","
					      "\"severity\":\"Low\",\"count\":1,\"first\":\"2024-10-05T00:00:00Z\","
					      "\"last\":\"2024-10-05T00:00:00Z\",\"sides\":["
					      "{\"process\":{\"id\":\"process:b:100:9\"}},"
					      "{\"process\":{\"id\":\"process:b:100:9\"}}]}");

	assert_int_equal(cl_store_report(room->db, f, NULL, NULL), 0);
	ask(room, (struct cl_lineage_query){.finding = "fnd-0003"});
	assert_int_equal(size(room, "focus.nodes"), 1);
	assert_true(has(room, "process:b:100:9"));
}

static void decide(struct room *room, uint32_t source, const char *rest)
{
	char text[256];
	_cleanup_json_ cJSON *statement = NULL, *entry = cJSON_CreateObject();

	snprintf(text, sizeof(text), "{\"fingerprint\":\"" A "\",%s}", rest);
	assert_int_equal(cl_policy_parse(text, strlen(text), &statement, NULL), 0);
	assert_int_equal(cl_store_policy_put(room->db, source, A, statement, entry, NULL), 0);
}

static const char *attribute(struct room *room, const char *id, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, cl_json_at(room->out, "nodes"))
		if (!strcmp(cl_json_get_str(item, "id"), id))
			return cl_json_get_str(cl_json_at(item, "attrs"), name);
	return "(no such node)";
}

static void a_credential_says_what_policy_says(void **state)
{
	struct room *room = *state;

	ask(room, (struct cl_lineage_query){.credential = A});
	assert_string_equal(attribute(room, A, "label"), "");
	assert_string_equal(attribute(room, A, "policy"), "");
	decide(room, CL_POLICY_STORE, "\"label\":\"own\",\"owner\":\"Ann\"");
	decide(room, CL_POLICY_CONFIG, "\"label\":\"file\",\"revoked\":{\"by\":\"Bob\",\"at\":\"2026-01-01\"}");
	ask(room, (struct cl_lineage_query){.credential = A});
	assert_string_equal(attribute(room, A, "label"), "file");
	assert_string_equal(attribute(room, A, "owner"), "Ann");
	assert_string_equal(attribute(room, A, "policy"), "revoked since 2026-01-01T00:00:00Z by Bob");
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, room_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(a_credentials_lineage_has_its_holders_and_their_chains),
		IN_ROOM(lists_are_sorted_and_edges_are_between_them),
		IN_ROOM(a_written_lineage_says_what_objects_say),
		IN_ROOM(depth_limits_steps_but_not_belonging),
		IN_ROOM(every_kind_of_focus_is_understood),
		IN_ROOM(the_latest_process_has_the_pid),
		IN_ROOM(a_pid_at_a_time_is_who_had_it_then),
		IN_ROOM(a_destination_is_known_by_the_name_it_was_asked_for),
		IN_ROOM(wrong_questions_get_a_sentence),
		IN_ROOM(the_window_cuts_acts_not_ancestry),
		IN_ROOM(unknown_parents_and_losses_are_gaps),
		IN_ROOM(without_the_monitors_word_nothing_is_complete),
		IN_ROOM(hubs_are_summarised_unless_they_are_the_focus),
		IN_ROOM(size_is_limited_and_said),
		IN_ROOM(findings_that_concern_it_are_told),
		IN_ROOM(both_sides_of_a_finding_are_one_process),
		IN_ROOM(a_credential_says_what_policy_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
