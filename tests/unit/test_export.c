/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converters of a lineage: nothing is lost, nothing from outside becomes markup, a full disk is an error. As
 * `test_export dot` it draws a lineage full of hostile names for a real Graphviz (tests/command/test_lineage.sh).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "export/export.h"
#include "lineage/query.h"

#define CRED "cred:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HOSTILE                                                                                                        \
	"a\"];x[label=\"<script>alert(1)</script>\\\n\r\t\xe2\x80\xae"                                                 \
	"end\xff"

static cJSON *lineage;

static void add_node(cJSON *nodes, uint32_t kind, const char *id, const char *label)
{
	struct cl_node n = {.id = id, .label = label, .kind = kind, .first = 1000000000, .last = 2000000000};

	n.attrs = cJSON_Parse("{\"pid\":7,\"uid\":1000}");
	if (kind == CL_NODE_PROCESS)
		cl_json_str(n.attrs, "command", HOSTILE);
	cJSON_AddItemToArray(nodes, cl_lineage_node_json(&n));
	cJSON_Delete(n.attrs);
}

static void add_edge(cJSON *edges, const char *source, uint32_t kind, const char *target, const char *evidence)
{
	struct cl_edge e = {
		.source = source, .target = target, .kind = kind, .count = 3, .basis = 1, .evidence = evidence};

	cJSON_AddItemToArray(edges, cl_lineage_edge_json(&e));
}

/* One node of each kind and one edge of each. */
static cJSON *make_lineage(void)
{
	static const char *const ids[] = {"",
					  "host:h",
					  "container:c",
					  "workflow:ci:w",
					  "run:h:1",
					  "process:b:7:1",
					  "user:h:1000",
					  CRED,
					  "file:h:/f\\\"",
					  "destination:tcp:192.0.2.1:443"};
	cJSON *o = cJSON_CreateObject(), *nodes, *edges, *f;

	cl_json_str(o, "schema", CL_LINEAGE_SCHEMA);
	cl_json_str(cl_json_obj(o, "host"), "name", HOSTILE);
	cl_json_str(cl_json_obj(o, "focus"), "value", HOSTILE);
	cl_json_arr(o, "gaps");
	nodes = cl_json_arr(o, "nodes");
	edges = cl_json_arr(o, "edges");
	for (uint32_t kind = CL_NODE_HOST; kind <= CL_NODE_DESTINATION; kind++)
		add_node(nodes, kind, ids[kind], HOSTILE);
	add_node(nodes, CL_NODE_PROCESS, "process:b:8:1", "end");
	for (uint32_t kind = CL_EDGE_SPAWNED; kind <= CL_EDGE_DELEGATED_TO; kind++)
		add_edge(edges, "process:b:7:1", kind, kind == CL_EDGE_PART_OF ? "run:h:1" : CRED, HOSTILE);
	f = cl_json_push(cl_json_arr(o, "findings"));
	cl_json_str(f, "credential", CRED);
	cJSON_AddItemToArray(cl_json_arr(f, "nodes"), cJSON_CreateString("process:b:7:1"));
	return o;
}

static int setup(void **state)
{
	(void)state;
	lineage = make_lineage();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cJSON_Delete(lineage);
	return 0;
}

static char *converted(const char *format)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct cl_error err = {0};

	assert_non_null(f);
	if (cl_export_find(format)->write(lineage, f, &err))
		fail_msg("%s", err.text);
	fclose(f);
	return text;
}

static void formats_are_found_by_name(void **state)
{
	(void)state;
	assert_string_equal(cl_export_find("json")->name, "json");
	assert_string_equal(cl_export_find("dot")->name, "dot");
	assert_null(cl_export_find("xml"));
	assert_non_null(strstr(cl_export_names(), "json"));
	assert_non_null(strstr(cl_export_names(), "dot"));
}

static void json_is_what_went_in(void **state)
{
	_cleanup_free_ char *text = converted("json"), *line = NULL;
	_cleanup_json_ cJSON *back = cJSON_Parse(text), *again = NULL;
	struct cl_error err = {0};
	size_t len = 0;
	FILE *f = open_memstream(&line, &len);

	(void)state;
	assert_true(cJSON_Compare(back, lineage, true));
	assert_int_equal(text[strlen(text) - 1], '\n');
	assert_int_equal(cl_export_json_line(lineage, f, &err), 0);
	fclose(f);
	assert_ptr_equal(strchr(line, '\n'), line + len - 1);
	again = cJSON_Parse(line);
	assert_true(cJSON_Compare(again, lineage, true));
}

/* The text outside of double quotes; what a quoted string holds is left out. */
static char *skeleton(const char *dot)
{
	char *out = calloc(1, strlen(dot) + 1);
	size_t n = 0;
	bool quoted = false;

	assert_non_null(out);
	for (; *dot; dot++) {
		if (quoted && *dot == '\\') {
			assert_true(dot[1] == '"' || dot[1] == '\\' || dot[1] == 'n');
			dot++;
		} else if (*dot == '"') {
			quoted = !quoted;
			out[n++] = '"';
		} else if (quoted) {
			assert_true((unsigned char)*dot >= 0x20);
		} else {
			out[n++] = *dot;
		}
	}
	assert_false(quoted);
	return out;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void dot_keeps_everything_and_quotes_it(void **state)
{
	_cleanup_free_ char *dot = converted("dot"), *bones = NULL;
	cJSON *clean;

	(void)state;
	clean = cl_json_clean_string(dot);
	assert_string_equal(clean->valuestring, dot); /* valid UTF-8 */
	cJSON_Delete(clean);
	assert_null(strstr(dot, "\xe2\x80\xae"));
	bones = skeleton(dot);
	assert_null(strstr(bones, "script"));
	assert_null(strstr(bones, "x["));
	assert_int_equal(count(bones, "shape="), cJSON_GetArraySize(cl_json_at(lineage, "nodes")));
	assert_int_equal(count(bones, "\"\" -> \"\""), cJSON_GetArraySize(cl_json_at(lineage, "edges")));
	assert_int_equal(count(bones, "{"), 2); /* the graph and the run's box */
	assert_int_equal(count(bones, "}"), 2);
	assert_int_equal(count(dot, "penwidth=2.4"), 2); /* the finding's credential and process */
}

static void the_schema_knows_every_word(void **state)
{
	_cleanup_json_ cJSON *schema = cJSON_Parse(cl_export_schema());
	const cJSON *kinds = cl_json_at(schema, "$defs.node.properties.kind.enum");

	(void)state;
	assert_non_null(schema);
	assert_string_equal(cl_json_get_str(schema, "properties.schema.const"), CL_LINEAGE_SCHEMA);
	assert_int_equal(cJSON_GetArraySize(kinds), CL_NODE_DESTINATION);
	for (int i = 0; i < cJSON_GetArraySize(kinds); i++)
		assert_string_equal(cJSON_GetArrayItem(kinds, i)->valuestring, cl_node_kind_name((uint32_t)i + 1));
	kinds = cl_json_at(schema, "$defs.edge.properties.kind.enum");
	assert_int_equal(cJSON_GetArraySize(kinds), CL_EDGE_DELEGATED_TO);
	for (int i = 0; i < cJSON_GetArraySize(kinds); i++)
		assert_string_equal(cJSON_GetArrayItem(kinds, i)->valuestring, cl_edge_kind_name((uint32_t)i + 1));
	kinds = cl_json_at(schema, "$defs.edge.properties.basis.enum");
	for (int i = 0; i < cJSON_GetArraySize(kinds); i++)
		assert_string_equal(cJSON_GetArrayItem(kinds, i)->valuestring, cl_basis_name((uint32_t)i + 1));
}

static void a_full_disk_is_an_error(void **state)
{
	static const char *const names[] = {"json", "dot"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		FILE *full = fopen("/dev/full", "w");
		struct cl_error err = {0};

		assert_non_null(full);
		assert_int_equal(cl_export_find(names[i])->write(lineage, full, &err), -ENOSPC);
		assert_non_null(strstr(err.text, "No space left"));
		fclose(full);
	}
}

static void odd_objects_do_no_harm(void **state)
{
	static const char *const odd[] = {"{}", "{\"nodes\":[{}],\"edges\":[{}],\"findings\":[{}]}",
					  "{\"nodes\":[1,\"x\",null],\"edges\":7,\"findings\":{\"a\":[1]}}", "[]"};
	FILE *sink = fopen("/dev/null", "w");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		_cleanup_json_ cJSON *o = cJSON_Parse(odd[i]);

		assert_non_null(o);
		assert_int_equal(cl_export_find("dot")->write(o, sink, NULL), 0);
	}
	fclose(sink);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_found_by_name),
		cmocka_unit_test(json_is_what_went_in),
		cmocka_unit_test(dot_keeps_everything_and_quotes_it),
		cmocka_unit_test(the_schema_knows_every_word),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(odd_objects_do_no_harm),
	};

	if (argc > 1 && !strcmp(argv[1], "dot")) {
		setup(NULL);
		cl_export_find("dot")->write(lineage, stdout, NULL);
		return teardown(NULL);
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
