/* SPDX-License-Identifier: Apache-2.0 */
/* How far a lineage goes, in which direction and why not further, as tables: a world, a question, the nodes of the answer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

#define SPAWNED(p, child, at)                                                                                          \
	{                                                                                                              \
		p, CL_EDGE_SPAWNED, child, at, 0, 0, NULL                                                              \
	}
#define USED(c, d, from, to)                                                                                           \
	{                                                                                                              \
		c, CL_EDGE_USED_TOWARD, d, from, to, CL_BASIS_INFERRED, NULL                                           \
	}
#define LIES(c, f, at)                                                                                                 \
	{                                                                                                              \
		c, CL_EDGE_STORED_IN, f, at, 0, 0, NULL                                                                \
	}
#define GOT(p, from, at)                                                                                               \
	{                                                                                                              \
		p, CL_EDGE_RECEIVED, from, at, 0, 0, NULL                                                              \
	}
#define ORIGINS .direction = CL_LINEAGE_ORIGINS
#define CONSEQUENCES .direction = CL_LINEAGE_CONSEQUENCES
#define A_ .credential = "cred:aaaa"

struct question {
	struct cl_lineage_query q;
	const char *nodes;
};

static const struct {
	const char *name;
	struct act acts[16];
	struct question ask[7]; /* ends with one that has no nodes */
} cases[] = {
	{"a token that was read from a file, handed on and used",
	 {LIES("A", "f1", 1), HELD("p1", "f1", 1, 0), HELD("p1", "A", 1, 0), SPAWNED("p1", "p2", 2),
	  HELD("p2", "A", 3, 0), WENT("p2", "d1", 4, 0), USED("A", "d1", 4, 0), WENT("p1", "d2", 0, 0),
	  HELD("p1", "B", 0, 0), HELD("p3", "A", 5, 0)},
	 {{{A_, .depth = 1}, "A p1 p2 p3 f1 d1"},
	  {{A_, ORIGINS, .depth = 1}, "A p1 f1"},
	  {{A_, ORIGINS, .depth = 2}, "A B p1 f1"}, /* the first holder had B before */
	  {{A_, CONSEQUENCES, .depth = 1}, "A p1 p2 p3 f1 d1"},
	  {{A_, CONSEQUENCES, .depth = 2}, "A p1 p2 p3 f1 d1"}, /* d2 and B were before */
	  {{A_, .depth = 2}, "A B p1 p2 p3 f1 d1 d2"}}},
	{"a process: what it took is its origin, its children and places are its consequence",
	 {SPAWNED("p1", "p2", 1), SPAWNED("p2", "p3", 2), HELD("p2", "A", 3, 0), HELD("p9", "A", 1, 0),
	  WENT("p2", "d1", 4, 0), WENT("p3", "d3", 5, 0), GOT("p2", "p8", 3), GOT("p7", "p2", 6)},
	 {{{.process = "2:0", ORIGINS, .depth = 1}, "A p1 p2 p8"},
	  {{.process = "2:0", ORIGINS}, "A p1 p2 p8 p9"}, /* p9 had it first */
	  {{.process = "2:0", CONSEQUENCES, .depth = 1}, "A p1 p2 p3 p7 d1"},
	  {{.process = "2:0", CONSEQUENCES}, "A p1 p2 p3 p7 d1 d3"}, /* who else had A is none */
	  {{.pid = 2, CONSEQUENCES, .depth = 1}, "A p1 p2 p3 p7 d1"}}},
	{"time goes one way along every step",
	 {HELD("p1", "A", 5, 0), SPAWNED("p1", "p2", 3), SPAWNED("p1", "p3", 6), WENT("p3", "d1", 7, 0),
	  WENT("p3", "d2", 1, 2), WENT("p3", "d3", 1, 9)},
	 {{{A_, CONSEQUENCES, .depth = 3}, "A p1 p3 d1 d3"}, {{A_, .depth = 3}, "A p1 p2 p3 d1 d2 d3"}}},
	{"an earlier way that is found later counts",
	 {HELD("p1", "A", 8, 0), HELD("p2", "A", 1, 0), SPAWNED("p2", "p1", 2), WENT("p1", "d1", 4, 0)},
	 {{{A_, CONSEQUENCES, .depth = 3}, "A p1 p2 d1"}, {{A_, CONSEQUENCES, .depth = 2}, "A p1 p2"}}},
	{"a destination: who went there, with what, from where",
	 {USED("A", "d1", 4, 0), WENT("p1", "d1", 4, 0), HELD("p1", "A", 3, 0), HELD("p1", "B", 6, 0),
	  LIES("A", "f1", 3)},
	 {{{.destination = "192.0.2.1", ORIGINS, .depth = 1}, "A p1 d1"},
	  {{.destination = "192.0.2.1", ORIGINS}, "A p1 f1 d1"}, /* B came after */
	  {{.destination = "192.0.2.1", CONSEQUENCES}, "d1"},
	  {{.destination = "192.0.2.1"}, "A B p1 f1 d1"}}},
	{"a run: its processes are the focus",
	 {IN_RUN("p1", "r1"),
	  HELD("p1", "A", 3, 0),
	  WENT("p1", "d1", 4, 0),
	  {"r0", CL_EDGE_DELEGATED_TO, "r1", 1, 0, 0, NULL},
	  {"r1", CL_EDGE_DELEGATED_TO, "r2", 5, 0, 0, NULL},
	  ON_HOST("r1")},
	 {{{.run = "1", ORIGINS}, "A p1 r0 r1 h"},
	  {{.run = "1", CONSEQUENCES}, "A p1 r1 r2 h d1"},
	  {{.run = "1"}, "A p1 r0 r1 r2 h d1"}}},
	{"a workflow: what waited for the next step and is a member after all loses nothing",
	 {IN_RUN("r1", "w1"), IN_RUN("r2", "w1"), IN_RUN("p1", "r2"), IN_RUN("p3", "r1"), SPAWNED("p1", "p2", 1),
	  SPAWNED("p1", "p3", 1), SPAWNED("p1", "p4", 1), HELD("p2", "A", 2, 0), HELD("p3", "B", 2, 0),
	  HELD("p4", "C", 2, 0)},
	 {{{.workflow = "ci:1"}, "A B C p1 p2 p3 p4 r1 r2 w1"},
	  {{.workflow = "ci:1", .depth = 1}, "B p1 p2 p3 p4 r1 r2 w1"},
	  {{.workflow = "ci:1", CONSEQUENCES, .depth = 1}, "B p1 p2 p3 p4 r1 r2 w1"}}},
	{"the window holds in each direction",
	 {HELD("p1", "A", 1, 2), HELD("p2", "A", 5, 6), WENT("p2", "d1", 9, 0), LIES("A", "f1", 1)},
	 {{{A_, .since = AT(4), .until = AT(8)}, "A p2"},
	  {{A_, ORIGINS, .since = AT(4), .until = AT(8)}, "A p2"},
	  {{A_, CONSEQUENCES, .since = AT(4)}, "A p2 d1"}}},
};

static int by_letter(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "A p1 d1": by kind as in the table's order of letters, then by name. */
static void say_nodes(struct cl_text *t, const cJSON *lineage)
{
	static const char order[] = "ABCDEFprwhfd";
	struct cl_text names[64] = {0};
	const char *sorted[64];
	const cJSON *node;
	size_t n = 0;

	cJSON_ArrayForEach (node, cl_json_at(lineage, "nodes")) {
		assert_true(n < ARRAY_SIZE(names));
		say(&names[n], cl_json_get_str(node, "id"));
		sorted[n] = cl_text_str(&names[n]);
		n++;
	}
	qsort(sorted, n, sizeof(*sorted), by_letter);
	for (const char *letter = order; *letter; letter++)
		for (size_t i = 0; i < n; i++)
			if (sorted[i][1] == *letter)
				cl_text_puts(t, sorted[i] + !t->len);
	for (size_t i = 0; i < n; i++)
		cl_text_free(&names[i]);
}

static void each_case(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct room *room = room_new();
		void *leaving = room;

		enter_acts(room, cases[i].acts);
		for (const struct question *q = cases[i].ask; q->nodes; q++) {
			_cleanup_text_ struct cl_text said = {0};

			ask(room, q->q);
			say_nodes(&said, room->out);
			if (strcmp(cl_text_str(&said), q->nodes)) {
				print_error("%s, question %d: got \"%s\", not \"%s\"\n", cases[i].name,
					    (int)(q - cases[i].ask) + 1, cl_text_str(&said), q->nodes);
				failed++;
			}
		}
		room_leave(&leaving);
	}
	assert_int_equal(failed, 0);
}

/* A shell's thousands of children are counted; what it took and where it went is told. */
static void of_a_hub_only_the_many_are_left_out(void **state)
{
	static const struct act acts[] = {HELD("p1", "A", 1, 0), HELD("p1", "B", 1, 0), WENT("p1", "d1", 2, 0), {0}};
	struct room *room = *state;
	_cleanup_text_ struct cl_text said = {0};
	char id[64];

	enter_acts(room, acts);
	for (int i = 0; i < 3000; i++) {
		snprintf(id, sizeof(id), "process:b:%d:7", 1000 + i);
		put(room, CL_NODE_PROCESS, id);
		join(room, "process:b:1:0", CL_EDGE_SPAWNED, id, AT(3));
	}
	flush(room);
	ask(room, (struct cl_lineage_query){A_});
	say_nodes(&said, room->out);
	assert_string_equal(cl_text_str(&said), "A B p1 d1");
	assert_string_equal(cl_json_get_str(gap(room, "summarised"), "node"), "process:b:1:0");
	assert_int_equal(cl_json_get_num(gap(room, "summarised"), "edges"), 3000);
	ask(room, (struct cl_lineage_query){A_, ORIGINS});
	assert_null(gap(room, "summarised")); /* children are no origins */
	ask(room, (struct cl_lineage_query){.process = "1:0", .depth = 1});
	assert_int_equal(cJSON_GetArraySize(cl_json_at(room->out, "nodes")), 3004); /* it is the focus */
}

/* Many members leave room for what they did. */
static void a_great_run_is_not_its_members_alone(void **state)
{
	struct room *room = *state;
	char id[64];
	int credentials = 0;
	const cJSON *node;

	for (int i = 0; i < 5000; i++) {
		snprintf(id, sizeof(id), "process:b:%d:7", 1000 + i);
		put(room, CL_NODE_PROCESS, id);
		if (!i)
			put(room, CL_NODE_RUN, "run:h:1");
		join(room, id, CL_EDGE_PART_OF, "run:h:1", AT(3));
		if (i % 100 == 0) {
			char credential[64];

			snprintf(credential, sizeof(credential), "cred:%032x", i);
			put(room, CL_NODE_CREDENTIAL, credential);
			join(room, id, CL_EDGE_READ, credential, AT(4));
		}
	}
	flush(room);
	ask(room, (struct cl_lineage_query){.run = "1"});
	cJSON_ArrayForEach (node, cl_json_at(room->out, "nodes"))
		credentials += !strcmp(cl_json_get_str(node, "kind"), "Credential");
	assert_int_equal(credentials, 20);
	assert_string_equal(cl_json_get_str(gap(room, "limit"), "what"), "nodes");
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
		cmocka_unit_test(each_case),
		IN_ROOM(of_a_hub_only_the_many_are_left_out),
		IN_ROOM(a_great_run_is_not_its_members_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
