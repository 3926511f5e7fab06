/* SPDX-License-Identifier: Apache-2.0 */
/* What credentials reached, as tables: a world of few acts, a question, and all of the answer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

static void say_hours(struct cl_text *t, const cJSON *item)
{
	uint64_t first = cl_json_get_time(item, "first"), last = cl_json_get_time(item, "last");

	if (first)
		cl_text_printf(t, " %d-%d", (int)((first - NOON) / HOUR), (int)((last - NOON) / HOUR));
}

static void say_item(struct cl_text *t, const cJSON *item)
{
	static const char *const words[] = {"workflow", "provider", "class", "basis"};
	const cJSON *run;

	say(t, cl_json_get_str(item, "id"));
	if (*cl_json_get_str(item, "host"))
		say(t, cl_json_get_str(item, "host"));
	say_hours(t, item);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (*cl_json_get_str(item, words[i]))
			cl_text_printf(t, " %s", cl_json_get_str(item, words[i]));
	cJSON_ArrayForEach (run, cl_json_at(item, "runs"))
		say(t, run->valuestring);
}

/* One line for each thing that was reached, and for each gap. */
static void say_radius(struct cl_text *t, const cJSON *lineage)
{
	const cJSON *list, *item;

	cJSON_ArrayForEach (list, cl_json_at(lineage, "blast_radius")) {
		cJSON_ArrayForEach (item, list) {
			cl_text_puts(t, list->string);
			if (cJSON_IsString(item))
				say(t, item->valuestring);
			else
				say_item(t, item);
			cl_text_puts(t, "\n");
		}
	}
	cJSON_ArrayForEach (item, cl_json_at(lineage, "gaps")) {
		cl_text_printf(t, "%s", cl_json_get_str(item, "kind"));
		if (*cl_json_get_str(item, "node"))
			say(t, cl_json_get_str(item, "node"));
		cl_text_printf(t, " %s%.0f\n", cl_json_get_str(item, "what"),
			       cl_json_get_num(item, *cl_json_get_str(item, "what") ? "limit" : "edges"));
	}
}

struct world {
	const char *name;
	struct act acts[16];
	struct cl_lineage_query q;
	const char *radius;
};

#define FOCUS_A                                                                                                        \
	{                                                                                                              \
		.credential = "cred:aaaa"                                                                              \
	}

static const struct world worlds[] = {
	{"nobody held it",
	 {{"A", CL_EDGE_STORED_IN, "f1", 1, 0, 0, NULL}},
	 FOCUS_A,
	 "credentials A\nfiles f1 observed\n"},
	{"a run, its workflow and its host",
	 {HELD("p1", "A", 1, 3), IN_RUN("p1", "r1"), ON_HOST("r1")},
	 FOCUS_A,
	 "credentials A\nruns r1 h 1-3 ci:1 observed\nhosts h\n"},
	{"the host is that of the outermost run around it",
	 {HELD("p1", "A", 1, 0), IN_RUN("p1", "r1"), IN_RUN("r1", "r2"), IN_RUN("r2", "w2"), IN_RUN("r2", "r3"),
	  ON_HOST("r3")},
	 FOCUS_A,
	 "credentials A\nruns r1 h 1-1 ci:1 observed\nhosts h\n"},
	{"a run's holding begins with its first holder and ends with its last",
	 {HELD("p1", "A", 2, 3),
	  HELD("p2", "A", 1, 2),
	  {"p3", CL_EDGE_RECEIVED, "A", 5, 6, CL_BASIS_INFERRED, NULL},
	  IN_RUN("p1", "r1"),
	  IN_RUN("p2", "r1"),
	  IN_RUN("p3", "r1")},
	 FOCUS_A,
	 "credentials A\nruns r1 1-6 ci:1 observed\n"},
	{"what is inferred of every holder is inferred of the run",
	 {{"p1", CL_EDGE_RECEIVED, "A", 5, 6, CL_BASIS_INFERRED, NULL}, IN_RUN("p1", "r1")},
	 FOCUS_A,
	 "credentials A\nruns r1 5-6 ci:1 inferred\n"},
	{"a guessed membership makes it a guess",
	 {HELD("p1", "A", 1, 0), {"p1", CL_EDGE_PART_OF, "r1", 0, 0, CL_BASIS_INFERRED, NULL}},
	 FOCUS_A,
	 "credentials A\nruns r1 1-1 ci:1 inferred\n"},
	{"where a holder went after it had it, not before",
	 {HELD("p1", "A", 5, 6), WENT("p1", "d1", 4, 0), WENT("p1", "d2", 5, 0), WENT("p1", "d3", 2, 9)},
	 FOCUS_A,
	 "credentials A\ndestinations d2 5-5 inferred\ndestinations d3 9-9 inferred\n"},
	{"where it was used counts whoever went there",
	 {{"A", CL_EDGE_USED_TOWARD, "d1", 3, 4, CL_BASIS_INFERRED, NULL},
	  HELD("p1", "A", 1, 0),
	  WENT("p1", "d1", 6, 8)},
	 FOCUS_A,
	 "credentials A\ndestinations d1 3-8 inferred\n"},
	{"others' destinations do not count",
	 {HELD("p1", "A", 1, 0),
	  HELD("p2", "B", 1, 0),
	  WENT("p2", "d1", 4, 0),
	  {"B", CL_EDGE_USED_TOWARD, "d1", 4, 0, 0, NULL}},
	 FOCUS_A,
	 "credentials A\n"},
	{"what else its holders held, and in which runs",
	 {HELD("p1", "A", 1, 0), HELD("p1", "B", 0, 0), HELD("p2", "A", 1, 0), HELD("p2", "B", 9, 0),
	  HELD("p2", "C", 1, 0), IN_RUN("p1", "r1"), IN_RUN("p2", "r2"), HELD("p3", "D", 1, 0), IN_RUN("p3", "r2")},
	 FOCUS_A,
	 "credentials A\nruns r1 1-1 ci:1 observed\nruns r2 1-1 ci:2 observed\n"
	 "also_held B GitHub static r1 r2\nalso_held C GitHub static r2\n"},
	{"the file by which it came unseen is inferred",
	 {HELD("p1", "A", 1, 0),
	  {"p2", CL_EDGE_RECEIVED, "A", 3, 0, CL_BASIS_INFERRED, "second hand: /2"},
	  {"p2", CL_EDGE_READ, "f2", 3, 0, 0, "second hand: /2"},
	  {"p2", CL_EDGE_READ, "f3", 3, 0, 0, "line 7"}},
	 FOCUS_A,
	 "credentials A\nfiles f2 inferred\n"},
	{"the window cuts holding and going",
	 {HELD("p1", "A", 1, 2),
	  HELD("p2", "A", 5, 6),
	  IN_RUN("p1", "r1"),
	  IN_RUN("p2", "r2"),
	  WENT("p2", "d1", 6, 0),
	  WENT("p2", "d2", 9, 0),
	  {"A", CL_EDGE_STORED_IN, "f1", 1, 0, 0, NULL}},
	 {.credential = "cred:aaaa", .since = AT(4), .until = AT(7)},
	 "credentials A\nruns r2 5-6 ci:2 observed\ndestinations d1 6-6 inferred\n"},
	{"a process' credentials",
	 {HELD("p1", "A", 1, 0), HELD("p1", "B", 2, 0), HELD("p2", "B", 3, 0), HELD("p2", "C", 3, 0),
	  IN_RUN("p2", "r2")},
	 {.process = "1:0"},
	 "credentials A\ncredentials B\nruns r2 3-3 ci:2 observed\nalso_held C GitHub static r2\n"},
	{"a run's credentials are those of its processes",
	 {HELD("p1", "A", 1, 0), HELD("p2", "B", 2, 0), HELD("p3", "C", 3, 0), IN_RUN("p1", "r1"), IN_RUN("p2", "r1"),
	  IN_RUN("p3", "r3")},
	 {.run = "1"},
	 "credentials A\ncredentials B\nruns r1 1-2 ci:1 observed\n"},
	{"a workflow's too",
	 {HELD("p1", "A", 1, 0), IN_RUN("p1", "r1"), IN_RUN("r1", "w5")},
	 {.workflow = "ci:5"},
	 "credentials A\nruns r1 1-1 ci:1 observed\n"},
	{"a destination's are those that were used there",
	 {{"A", CL_EDGE_USED_TOWARD, "d1", 3, 4, CL_BASIS_INFERRED, NULL},
	  HELD("p1", "A", 3, 0),
	  HELD("p1", "B", 3, 0),
	  WENT("p1", "d1", 3, 0)},
	 {.destination = "192.0.2.1:443"},
	 "credentials A\ndestinations d1 3-4 inferred\nalso_held B GitHub static\n"},
	{"a focus without any has none", {HELD("p1", "f1", 1, 0), IN_RUN("p1", "r1")}, {.process = "1:0"}, ""},
};

static void each_world(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(worlds); i++) {
		struct room *room = room_new();
		struct cl_lineage_query q = worlds[i].q;
		_cleanup_text_ struct cl_text said = {0};
		void *leaving = room;

		enter_acts(room, worlds[i].acts);
		q.blast_radius = true;
		ask(room, q);
		say_radius(&said, room->out);
		if (strcmp(cl_text_str(&said), worlds[i].radius)) {
			print_error("%s: got\n%s", worlds[i].name, cl_text_str(&said));
			failed++;
		}
		room_leave(&leaving);
	}
	assert_int_equal(failed, 0);
}

static void only_who_asks_gets_it(void **state)
{
	struct room *room = *state;
	const cJSON *last;

	enter_acts(room, worlds[1].acts);
	ask(room, (struct cl_lineage_query)FOCUS_A);
	assert_null(cl_json_at(room->out, "blast_radius"));
	ask(room, (struct cl_lineage_query){.credential = "aa", .blast_radius = true});
	last = cl_json_at(room->out, "blast_radius");
	assert_null(last->next);
	assert_int_equal(cJSON_GetArraySize(last), 6);
}

static void a_finding_means_its_credential(void **state)
{
	static const struct act acts[] = {HELD("p1", "A", 1, 0), HELD("p1", "B", 2, 0), {0}};
	struct room *room = *state;
	_cleanup_text_ struct cl_text said = {0};
	_cleanup_json_ cJSON *f =
		cJSON_Parse("{\"id\":\"fnd-1\",\"detector\":\"long-lived\",\"severity\":\"Low\",\"count\":1,"
			    "\"credential\":{\"fingerprint\":\"cred:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"},"
			    "\"sides\":[{\"process\":{\"id\":\"process:b:1:0\"}}]}");

	enter_acts(room, acts);
	assert_int_equal(cl_store_report(room->db, f, NULL, NULL), 0);
	ask(room, (struct cl_lineage_query){.finding = "fnd-1", .blast_radius = true});
	say_radius(&said, room->out);
	assert_string_equal(cl_text_str(&said), "credentials A\nalso_held B GitHub static\n");
}

/* A proxy's thousands of connections are not listed one by one, what it held was looked at before them. */
static void a_busy_holder_is_summarised(void **state)
{
	static const struct act acts[] = {HELD("p1", "A", 1, 0), HELD("p1", "B", 1, 0), IN_RUN("p1", "r1"), {0}};
	struct room *room = *state;
	_cleanup_text_ struct cl_text said = {0};
	char id[64];

	enter_acts(room, acts);
	for (int i = 0; i < 2500; i++) {
		snprintf(id, sizeof(id), "destination:tcp:198.51.100.1:%d", i + 1);
		put(room, CL_NODE_DESTINATION, id);
		join(room, "process:b:1:0", CL_EDGE_CONNECTED_TO, id, AT(2));
	}
	flush(room);
	ask(room, (struct cl_lineage_query){.credential = "aaaa", .depth = 1, .blast_radius = true});
	assert_int_equal(cJSON_GetArraySize(cl_json_at(room->out, "blast_radius.destinations")), 1998);
	assert_string_equal(cl_json_get_str(gap(room, "summarised"), "node"), "process:b:1:0");
	assert_int_equal(cl_json_get_num(gap(room, "summarised"), "edges"), 502);
	assert_string_equal(cl_json_get_str(room->out, "blast_radius.also_held.0.runs.0"), "run:h:1");
}

static void a_full_list_says_so(void **state)
{
	struct room *room = *state;
	char id[64];

	enter_acts(room, (struct act[]){HELD("p1", "A", 1, 0), {0}});
	for (int i = 0; i < 2001; i++) {
		snprintf(id, sizeof(id), "file:h:/many/%d", i);
		put(room, CL_NODE_FILE, id);
		join(room, "cred:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", CL_EDGE_STORED_IN, id, AT(2));
	}
	flush(room);
	ask(room, (struct cl_lineage_query){.credential = "aaaa", .depth = 1, .blast_radius = true});
	assert_int_equal(cJSON_GetArraySize(cl_json_at(room->out, "blast_radius.files")), 2000);
	assert_string_equal(cl_json_get_str(gap(room, "limit"), "what"), "files");
	assert_int_equal(cl_json_get_num(gap(room, "limit"), "limit"), 2000);
	assert_true(cJSON_IsFalse(cl_json_at(room->out, "complete")));
}

static int enter(void **state)
{
	*state = room_new();
	return 0;
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, room_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_world),
		IN_ROOM(only_who_asks_gets_it),
		IN_ROOM(a_finding_means_its_credential),
		IN_ROOM(a_busy_holder_is_summarised),
		IN_ROOM(a_full_list_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
