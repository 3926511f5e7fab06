/* SPDX-License-Identifier: Apache-2.0 */
/* A lineage as lines of a tree: origins, holders by run, destinations, findings and gaps, with caps that are said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "top/tree.h"

#define CRED "cred:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define T(clock) "2026-11-26T" clock ".000000Z"

static cJSON *nodes, *edges, *lineage;

static cJSON *node(const char *id, const char *kind, const char *label, const char *attrs)
{
	cJSON *n = cl_json_push(nodes), *parsed = cJSON_Parse(attrs);

	assert_non_null(parsed);
	cl_json_str(n, "id", id);
	cl_json_str(n, "kind", kind);
	cl_json_str(n, "label", label);
	cl_json_str(n, "first", T("10:00:00"));
	cl_json_str(n, "last", T("11:00:00"));
	cJSON_AddItemToObject(n, "attrs", parsed);
	return n;
}

static cJSON *edge(const char *source, const char *kind, const char *target, const char *first, const char *evidence)
{
	cJSON *e = cl_json_push(edges);
	char id[32];

	snprintf(id, sizeof(id), "e:%d", cJSON_GetArraySize(edges));
	cl_json_str(e, "id", id);
	cl_json_str(e, "kind", kind);
	cl_json_str(e, "source", source);
	cl_json_str(e, "target", target);
	cl_json_str(e, "first", first);
	cl_json_str(e, "last", first);
	cl_json_num(e, "count", 1);
	cl_json_str(e, "basis", "observed");
	if (evidence)
		cl_json_str(e, "evidence", evidence);
	return e;
}

/* deploy's cat and triage's curl hold the credential; bash started cat, sshd bash; curl used it. */
static int begin(void **state)
{
	(void)state;
	lineage = cJSON_Parse(
		"{\"generated\":\"" T("12:00:00") "\",\"focus\":{\"kind\":\"credential\",\"value\":\"aaaa\","
						  "\"nodes\":[\"" CRED "\"]},\"gaps\":[],\"findings\":[]}");
	assert_non_null(lineage);
	nodes = cl_json_arr(lineage, "nodes");
	edges = cl_json_arr(lineage, "edges");
	node(CRED, "Credential", "GitHub x cred:aaaa",
	     "{\"provider\":\"GitHub\",\"format\":\"x\",\"class\":\"static\"}");
	node("file:h:/a", "File", "/a", "{}");
	node("run:h:d1", "Run", "deploy / d1",
	     "{\"state\":\"ended\",\"begin\":\"" T("10:00:00") "\",\"end\":\"" T("10:00:09") "\"}");
	node("run:h:t1", "Run", "triage / t1", "{\"state\":\"active\",\"begin\":\"2026-11-25T23:10:00.000000Z\"}");
	node("run:h:host", "Run", "box / host", "{}");
	node("p:cat", "Process", "cat [7]", "{\"uid\":0}");
	node("p:curl", "Process", "curl [9]", "{\"uid\":1000}");
	node("p:bash", "Process", "bash [5]", "{}");
	node("p:sshd", "Process", "sshd [2]", "{}");
	node("d:x", "Destination", "192.0.2.1:443", "{}");
	edge("p:cat", "PART_OF", "run:h:d1", T("10:00:00"), NULL);
	edge("p:curl", "PART_OF", "run:h:t1", T("10:00:00"), NULL);
	edge("p:bash", "PART_OF", "run:h:host", T("10:00:00"), NULL);
	edge("p:sshd", "PART_OF", "run:h:host", T("10:00:00"), NULL);
	edge("run:h:d1", "PART_OF", "run:h:host", T("10:00:00"), NULL);
	edge("p:bash", "SPAWNED", "p:cat", T("10:00:00"), NULL);
	edge("p:sshd", "SPAWNED", "p:bash", T("09:00:00"), NULL);
	edge("p:curl", "HELD_IN_ENVIRONMENT", CRED, T("10:00:05"), "GH_TOKEN");
	edge("p:cat", "READ", CRED, T("10:00:01"), "/a:2");
	edge(CRED, "STORED_IN", "file:h:/a", T("10:00:01"), "line 2");
	edge(CRED, "USED_TOWARD", "d:x", T("10:00:06"), "curl [9]");
	edge("p:curl", "CONNECTED_TO", "d:x", T("10:00:06"), NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	cl_json_freep(&lineage);
	return 0;
}

/* Depth as blanks, one line each. */
static void is(const char *expected)
{
	_cleanup_json_ cJSON *lines = NULL;
	_cleanup_text_ struct cl_text text = {0};
	const cJSON *line;

	assert_int_equal(cl_tree_lines(lineage, &lines), 0);
	cJSON_ArrayForEach (line, lines) {
		assert_int_equal(cl_text_printf(&text, "%*s%s\n", (int)cl_json_get_num(line, "depth"), "",
						cl_json_get_str(line, "text")),
				 0);
	}
	assert_string_equal(cl_text_str(&text), expected);
}

static void focus(const char *kind, const char *value, const char *id)
{
	cJSON *f = cJSON_GetObjectItem(lineage, "focus");
	const char *const ids[] = {id};

	cJSON_ReplaceItemInObject(f, "kind", cJSON_CreateString(kind));
	cJSON_ReplaceItemInObject(f, "value", cJSON_CreateString(value));
	cJSON_ReplaceItemInObject(f, "nodes", cJSON_CreateStringArray(ids, 1));
}

static void a_credential(void **state)
{
	(void)state;
	is(CRED "\n"
		" GitHub x, static, seen 10:00:00 to 11:00:00\n"
		" origins\n"
		"  10:00:01 /a, line 2\n"
		" holders\n"
		"  deploy / d1: 10:00:00 to 10:00:09\n"
		"   started by bash [5] < sshd [2]\n"
		"   10:00:01 cat [7] uid 0: read /a:2\n"
		"  triage / t1: active since 11-25 23:10\n"
		"   10:00:05 curl [9] uid 1000: environment GH_TOKEN\n"
		" destinations\n"
		"  10:00:06 192.0.2.1:443, curl [9]\n");
}

static void a_run(void **state)
{
	(void)state;
	focus("run", "d1", "run:h:d1");
	is("deploy / d1: 10:00:00 to 10:00:09\n"
	   " part of box / host\n"
	   " started by bash [5] < sshd [2]\n"
	   " " CRED "\n"
	   "  GitHub x, static, seen 10:00:00 to 11:00:00\n"
	   "  origins\n"
	   "   10:00:01 /a, line 2\n"
	   "  holders\n"
	   "   deploy / d1: 10:00:00 to 10:00:09\n"
	   "    started by bash [5] < sshd [2]\n"
	   "    10:00:01 cat [7] uid 0: read /a:2\n"
	   "   triage / t1: active since 11-25 23:10\n"
	   "    10:00:05 curl [9] uid 1000: environment GH_TOKEN\n"
	   "  destinations\n"
	   "   10:00:06 192.0.2.1:443, curl [9]\n");
}

static void a_run_that_connects_and_holds_nothing(void **state)
{
	(void)state;
	node("run:h:e1", "Run", "empty / e1", "{}");
	node("p:nc", "Process", "nc [11]", "{}");
	edge("p:nc", "PART_OF", "run:h:e1", T("10:00:00"), NULL);
	edge("p:nc", "CONNECTED_TO", "d:x", T("10:00:07"), NULL);
	focus("run", "e1", "run:h:e1");
	is("empty / e1: seen since -\n"
	   " holds no credential that was seen\n"
	   " connected to\n"
	   "  10:00:07 192.0.2.1:443 by nc [11]\n");
}

static void a_finding_its_message_and_its_credential(void **state)
{
	cJSON *findings = cJSON_GetObjectItem(lineage, "findings");

	(void)state;
	cJSON_AddItemToArray(findings,
			     cJSON_Parse("{\"id\":\"fnd-1\",\"detector\":\"reuse\",\"severity\":\"High\","
					 "\"title\":\"Used twice\",\"message\":\"deploy had it first and then "
					 "triage, which is another workflow, had it as well, and used it\","
					 "\"last\":\"" T("10:00:06") "\"}"));
	cJSON_AddItemToArray(findings, cJSON_Parse("{\"id\":\"fnd-2\",\"detector\":\"copied\",\"severity\":\"Low\","
						   "\"last\":\"" T("10:00:07") "\"}"));
	cJSON_DeleteItemFromArray(edges, 9); /* in no file, and used nowhere */
	cJSON_DeleteItemFromArray(edges, 9);
	focus("finding", "fnd-1", CRED);
	is("High: Used twice\n"
	   "reuse fnd-1\n"
	   "deploy had it first and then triage, which is another workflow, had it as\n"
	   "well, and used it\n"
	   " " CRED "\n"
	   "  GitHub x, static, seen 10:00:00 to 11:00:00\n"
	   "  origins\n"
	   "   in no file that was seen: what held it first is its origin\n"
	   "  holders\n"
	   "   deploy / d1: 10:00:00 to 10:00:09\n"
	   "    started by bash [5] < sshd [2]\n"
	   "    10:00:01 cat [7] uid 0: read /a:2\n"
	   "   triage / t1: active since 11-25 23:10\n"
	   "    10:00:05 curl [9] uid 1000: environment GH_TOKEN\n"
	   "  destinations\n"
	   "   none that was seen\n"
	   " findings\n"
	   "  10:00:07 Low      copied (fnd-2)\n");
}

static void those_that_are_alike_are_one_line(void **state)
{
	_cleanup_json_ cJSON *lines = NULL;

	(void)state;
	for (int i = 20; i < 60; i++) {
		char id[16], label[16], when[32];

		snprintf(id, sizeof(id), "p:%d", i);
		snprintf(label, sizeof(label), "cat [%d]", i);
		snprintf(when, sizeof(when), "2026-11-26T10:02:%02d.000000Z", i);
		node(id, "Process", label, "{\"uid\":0}");
		edge(id, "PART_OF", "run:h:d1", when, NULL);
		edge(id, "READ", CRED, when, "/a:2");
	}
	assert_int_equal(cl_tree_lines(lineage, &lines), 0);
	assert_int_equal(cJSON_GetArraySize(lines), 12);
	assert_string_equal(cl_json_get_str(lines, "7.text"),
			    "10:00:01 to 10:02:59, 41 processes: cat uid 0: read /a:2");
}

static void what_was_left_out_is_said(void **state)
{
	static const char *const gaps[] = {
		"{\"kind\":\"limit\",\"what\":\"nodes\",\"limit\":4000}",
		"{\"kind\":\"summarised\",\"node\":\"p:bash\",\"edges\":900}",
		"{\"kind\":\"loss\",\"act\":\"exec\",\"stage\":\"lost\",\"count\":3}",
		"{\"kind\":\"unknown_parent\",\"node\":\"unknown:b:1:0\"}",
		"{\"kind\":\"coverage\",\"detail\":\"not everything is seen\"}",
	};
	static const char *const said[] = {"more than 4000 nodes: the rest",
					   "what lies beyond bash [5], which has 900 edges", "3 acts: exec lost",
					   "who started unknown:b:1:0", "not everything is seen"};
	_cleanup_json_ cJSON *lines = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(gaps); i++)
		cJSON_AddItemToArray(cJSON_GetObjectItem(lineage, "gaps"), cJSON_Parse(gaps[i]));
	assert_int_equal(cl_tree_lines(lineage, &lines), 0);
	assert_string_equal(cl_json_get_str(lines, "12.text"), "not seen, or left out");
	for (int i = 0; i < (int)ARRAY_SIZE(said); i++)
		assert_string_equal(cl_json_get_str(cJSON_GetArrayItem(lines, 13 + i), "text"), said[i]);
}

static void it_is_bounded(void **state)
{
	_cleanup_json_ cJSON *lines = NULL;
	int n, more = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		char file[32], run[32], process[32];

		snprintf(file, sizeof(file), "file:h:/%d", i);
		snprintf(run, sizeof(run), "run:h:x%d", i);
		snprintf(process, sizeof(process), "p:x%d", i);
		node(file, "File", file, "{}");
		node(run, "Run", run, "{}");
		node(process, "Process", process, "{}");
		edge(CRED, "STORED_IN", file, T("10:00:01"), NULL);
		edge(process, "PART_OF", run, T("10:01:00"), NULL);
		edge(process, "READ", CRED, T("10:01:00"), NULL);
	}
	assert_int_equal(cl_tree_lines(lineage, &lines), 0);
	n = cJSON_GetArraySize(lines);
	assert_true(n > 2 * CL_TREE_CHILDREN && n <= CL_TREE_LINES);
	for (int i = 0; i < n; i++) {
		const char *text = cl_json_get_str(cJSON_GetArrayItem(lines, i), "text");

		more += !strcmp(text, "... and 2901 more") || !strcmp(text, "... and 2902 more");
	}
	assert_int_equal(more, 2);
}

static void nothing_is_no_trouble(void **state)
{
	_cleanup_json_ cJSON *nothing = cJSON_Parse("{}"), *lines = NULL;

	(void)state;
	assert_int_equal(cl_tree_lines(nothing, &lines), 0);
	assert_int_equal(cJSON_GetArraySize(lines), 0);
	assert_int_equal(cl_tree_first(5, 0, 10), 0);
	assert_int_equal(cl_tree_first(50, 20, 8), 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_credential, begin, end),
		cmocka_unit_test_setup_teardown(a_run, begin, end),
		cmocka_unit_test_setup_teardown(a_run_that_connects_and_holds_nothing, begin, end),
		cmocka_unit_test_setup_teardown(a_finding_its_message_and_its_credential, begin, end),
		cmocka_unit_test_setup_teardown(those_that_are_alike_are_one_line, begin, end),
		cmocka_unit_test_setup_teardown(what_was_left_out_is_said, begin, end),
		cmocka_unit_test_setup_teardown(it_is_bounded, begin, end),
		cmocka_unit_test(nothing_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
