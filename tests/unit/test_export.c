/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Converters of a lineage: nothing is lost, nothing from outside becomes markup, a full disk is an error. For the real
 * readers of tests/command/test_exports.sh `test_export FORMAT` writes a lineage full of hostile names, and
 * `test_export record FILE` makes a recording in which every name is one.
 */
#include "mk_stage.h"

#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>

#include "export/export.h"
#include "lineage/ids.h"
#include "query/query.h"
#include "mk_hostile.h"

#define CRED "cred:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BOX "run:h:1"

static const char *const formats[] = {"json", "opengraph", "timesketch", "prov", "mermaid",
				      "dot",  "svg",	   "graphml",	 "html"};

static cJSON *lineage;

/* ---- a lineage ---- */

static void add_node(cJSON *nodes, uint32_t kind, const char *id, const char *label)
{
	struct cl_node n = {.id = id, .label = label, .kind = kind, .first = 1000000000, .last = 2000000000};

	n.attrs = cJSON_Parse(
		"{\"pid\":7,\"uid\":1000,\"id\":\"own\",\"started\":1.5,\"known\":true,\"list\":[\"a\",\"b\"]}");
	cl_json_str(n.attrs, kind == CL_NODE_PROCESS ? "command" : "note", label);
	cJSON_AddItemToArray(nodes, cl_lineage_node_json(&n));
	cJSON_Delete(n.attrs);
}

static void add_edge(cJSON *edges, const char *source, uint32_t kind, const char *target, const char *evidence)
{
	struct cl_edge e = {.source = source,
			    .target = target,
			    .kind = kind,
			    .count = 3,
			    .basis = kind % 3 + 1,
			    .first = 1500000000,
			    .last = 1500000000,
			    .evidence = evidence};

	cJSON_AddItemToArray(edges, cl_lineage_edge_json(&e));
}

/* A file for each hostile name, read under that name: of each kind of node and of edge one at least. */
static void add_hostile(cJSON *nodes, cJSON *edges)
{
	for (size_t i = 0; i < MK_HOSTILE; i++) {
		char id[CL_ID_SIZE];

		cl_id_file(id, sizeof(id), "h", mk_hostile[i]);
		add_node(nodes, CL_NODE_FILE, id, mk_hostile[i]);
		add_edge(edges, "process:b:7:1", CL_EDGE_READ, id, mk_hostile[i]);
	}
}

static void add_finding(cJSON *o, const cJSON *edges)
{
	cJSON *f = cl_json_push(cl_json_arr(o, "findings")), *named;
	const cJSON *e;

	cl_json_str(f, "id", "fnd-0000000000000001");
	cl_json_str(f, "detector", "cross-workflow-reuse");
	cl_json_str(f, "severity", "High");
	cl_json_str(f, "title", mk_hostile[1]);
	cl_json_num(f, "count", 2);
	cl_json_str(f, "credential", CRED);
	cJSON_AddItemToArray(cl_json_arr(f, "nodes"), cJSON_CreateString("process:b:7:1"));
	named = cl_json_arr(f, "edges");
	cJSON_ArrayForEach (e, edges)
		if (!strcmp(cl_json_get_str(e, "kind"), "READ"))
			cJSON_AddItemToArray(named, cJSON_CreateString(cl_json_get_str(e, "id")));
}

static cJSON *make_lineage(void)
{
	static const char *const ids[] = {"",
					  "host:h",
					  "container:c",
					  "workflow:ci:w",
					  BOX,
					  "process:b:7:1",
					  "user:h:1000",
					  CRED,
					  "file:h:/f",
					  "destination:tcp:192.0.2.1:443"};
	cJSON *o = cJSON_CreateObject(), *nodes, *edges, *gap;

	cl_json_str(o, "schema", CL_LINEAGE_SCHEMA);
	cl_json_str(o, "generated", "2026-01-02T03:04:05.000000Z");
	cl_json_str(cl_json_obj(o, "host"), "name", mk_hostile[1]);
	cl_json_str(cl_json_obj(o, "focus"), "kind", "credential");
	cl_json_str(cJSON_GetObjectItem(o, "focus"), "value", mk_hostile[1]);
	cJSON_AddItemToArray(cl_json_arr(cJSON_GetObjectItem(o, "focus"), "nodes"), cJSON_CreateString(CRED));
	cl_json_obj(o, "window");
	cl_json_bool(cl_json_obj(o, "coverage"), "complete", false);
	cl_json_arr(cJSON_GetObjectItem(o, "coverage"), "acts");
	cl_json_arr(cJSON_GetObjectItem(o, "coverage"), "lost");
	cl_json_bool(o, "complete", false);
	gap = cl_json_push(cl_json_arr(o, "gaps"));
	cl_json_str(gap, "kind", "coverage");
	cl_json_str(gap, "detail", mk_hostile[1]);
	nodes = cl_json_arr(o, "nodes");
	edges = cl_json_arr(o, "edges");
	for (uint32_t kind = CL_NODE_HOST; kind <= CL_NODE_DESTINATION; kind++)
		add_node(nodes, kind, ids[kind], mk_hostile[1]);
	add_node(nodes, CL_NODE_PROCESS, "process:b:8:1", "end");
	for (uint32_t kind = CL_EDGE_SPAWNED; kind <= CL_EDGE_DELEGATED_TO; kind++)
		add_edge(edges, "process:b:7:1", kind, kind == CL_EDGE_PART_OF ? BOX : CRED, mk_hostile[1]);
	add_hostile(nodes, edges);
	cl_lineage_sort(nodes);
	cl_lineage_sort(edges);
	add_finding(o, edges);
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

static const cJSON *nodes(void)
{
	return cl_json_at(lineage, "nodes");
}

static const cJSON *edges(void)
{
	return cl_json_at(lineage, "edges");
}

static char *converted_from(const cJSON *from, const char *format)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	struct cl_error err = {0};

	assert_non_null(f);
	if (cl_export_find(format)->write(from, f, &err))
		fail_msg("%s", err.text);
	fclose(f);
	assert_int_equal(strlen(text), len);
	assert_int_equal(cl_utf8_span(text, len), len);
	return text;
}

static char *converted(const char *format)
{
	return converted_from(lineage, format);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* ---- all formats ---- */

static void formats_are_found_by_name(void **state)
{
	char names[256] = "";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		assert_string_equal(cl_export_find(formats[i])->name, formats[i]);
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", i ? ", " : "", formats[i]);
	}
	assert_null(cl_export_find("xml"));
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		assert_non_null(strstr(cl_export_names(), formats[i]));
}

static void the_same_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		_cleanup_free_ char *first = converted(formats[i]), *second = converted(formats[i]);

		assert_string_equal(first, second);
	}
}

/* Formats that people look at show no character that nobody sees; none of them all lets one be a control character. */
static void nothing_is_hidden(void **state)
{
	static const char *const pictures[] = {"mermaid", "dot", "svg"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pictures); i++) {
		_cleanup_free_ char *text = converted(pictures[i]);

		assert_null(strstr(text, "\xe2\x80\xae"));
		assert_null(strstr(text, "\xe2\x80\x8f"));
	}
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		_cleanup_free_ char *text = converted(formats[i]);

		for (const char *c = text; *c; c++)
			assert_true((unsigned char)*c >= 0x20 || *c == '\n' || *c == '\t');
	}
}

static void a_full_disk_is_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		FILE *full = fopen("/dev/full", "w");
		struct cl_error err = {0};

		assert_non_null(full);
		assert_int_equal(cl_export_find(formats[i])->write(lineage, full, &err), -ENOSPC);
		assert_non_null(strstr(err.text, "No space left"));
		assert_non_null(strstr(err.text, formats[i]));
		fclose(full);
	}
}

static void odd_objects_do_no_harm(void **state)
{
	static const char *const odd[] = {
		"{}",
		"[]",
		"{\"nodes\":[{}],\"edges\":[{}],\"findings\":[{}]}",
		"{\"nodes\":[1,\"x\",null],\"edges\":7,\"findings\":{\"a\":[1]}}",
		"{\"nodes\":[{\"id\":\"\\u0001\",\"kind\":\"end\",\"attrs\":{\"A-b\":{\"x\":[1,\"y\"]},\"\":null,\"9\":[1,\"x\"]}}],"
		"\"edges\":[{\"id\":\"e\",\"source\":\"\\u0001\",\"target\":\"\\u0001\",\"kind\":\"--\",\"attrs\":[1]}]}",
	};
	FILE *sink = fopen("/dev/null", "w");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		_cleanup_json_ cJSON *o = cJSON_Parse(odd[i]);

		assert_non_null(o);
		for (size_t j = 0; j < ARRAY_SIZE(formats); j++)
			assert_int_equal(cl_export_find(formats[j])->write(o, sink, NULL), 0);
	}
	fclose(sink);
}

/* ---- json ---- */

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

static void the_schema_knows_every_word(void **state)
{
	_cleanup_json_ cJSON *schema = cJSON_Parse(cl_export_schema("json"));
	const cJSON *kinds = cl_json_at(schema, "$defs.node.properties.kind.enum");

	(void)state;
	assert_non_null(schema);
	assert_null(cl_export_schema("dot"));
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

/* ---- opengraph ---- */

static bool defines(const char *list, const char *kind)
{
	_cleanup_json_ cJSON *schema = cJSON_Parse(cl_export_schema("opengraph"));
	const cJSON *item;

	cJSON_ArrayForEach (item, cl_json_at(schema, list))
		if (!strcmp(cl_json_get_str(item, "name"), kind))
			return true;
	return false;
}

static void the_extension_defines_every_kind(void **state)
{
	_cleanup_free_ char *text = converted("opengraph");
	_cleanup_json_ cJSON *o = cJSON_Parse(text);
	const cJSON *item;

	(void)state;
	cJSON_ArrayForEach (item, cl_json_at(o, "graph.nodes"))
		assert_true(defines("node_kinds", cl_json_get_str(item, "kinds.0")));
	cJSON_ArrayForEach (item, cl_json_at(o, "graph.edges"))
		assert_true(defines("relationship_kinds", cl_json_get_str(item, "kind")));
	assert_false(defines("node_kinds", "CredLineage_Other"));
}

/* What BloodHound makes of an id. */
static void upper(const char *id, char *out, size_t size)
{
	snprintf(out, size, "%s", id);
	for (; *out; out++)
		*out = (char)toupper((unsigned char)*out);
}

static void ids_differ_without_case(void **state)
{
	static const char *const pairs[][2] = {
		{"file:h:/Key", "file:h:/key"},	   {"file:h:/!key", "file:h:/Key"},
		{"file:h:/!!key", "file:h:/!key"}, {"file:h:/\xc3\x89", "file:h:/\xc3\xa9"},
		{"file:h:/!.c3", "file:h:/\xc3"},  {"file:h:/!Key", "file:h:/!!key"},
		{"file:h:/KEY", "file:h:/!k!e!y"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		_cleanup_json_ cJSON *from = cJSON_CreateObject(), *o = NULL;
		_cleanup_free_ char *text = NULL;
		char a[200], b[200];

		cl_json_arr(from, "nodes");
		add_node(cJSON_GetObjectItem(from, "nodes"), CL_NODE_FILE, pairs[i][0], "a");
		add_node(cJSON_GetObjectItem(from, "nodes"), CL_NODE_FILE, pairs[i][1], "b");
		text = converted_from(from, "opengraph");
		o = cJSON_Parse(text);
		upper(cl_json_get_str(o, "graph.nodes.0.id"), a, sizeof(a));
		upper(cl_json_get_str(o, "graph.nodes.1.id"), b, sizeof(b));
		assert_string_not_equal(a, b);
	}
}

/* No attribute takes the place of what the format or the element says. */
static void attributes_take_no_place(void **state)
{
	static const char *const reserved[] = {"id", "name", "objectid", "kind", "lastseen", "findings", "attr_id"};
	_cleanup_json_ cJSON *from = cJSON_CreateObject(), *o = NULL;
	_cleanup_free_ char *text = NULL;
	cJSON *attrs;

	(void)state;
	cl_json_arr(from, "nodes");
	add_node(cJSON_GetObjectItem(from, "nodes"), CL_NODE_FILE, "file:h:/f", "the label");
	attrs = cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(from, "nodes"), 0), "attrs");
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		cJSON_DeleteItemFromObject(attrs, reserved[i]), cl_json_str(attrs, reserved[i], reserved[i]);
	text = converted_from(from, "opengraph");
	o = cJSON_Parse(text);
	attrs = cJSON_GetObjectItem(
		cJSON_GetArrayItem(cJSON_GetObjectItem(cJSON_GetObjectItem(o, "graph"), "nodes"), 0), "properties");
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
		char name[64];

		snprintf(name, sizeof(name), "attr_%s", reserved[i]);
		assert_string_equal(cl_json_get_str(attrs, name), reserved[i]);
	}
	assert_string_equal(cl_json_get_str(attrs, "name"), "the label");
	assert_string_equal(cl_json_get_str(attrs, "kind"), "File");
	assert_null(cJSON_GetObjectItem(attrs, "objectid"));
}

/* ---- timesketch ---- */

static void timesketch_is_in_order_and_whole(void **state)
{
	_cleanup_free_ char *text = converted("timesketch");
	char *save = NULL, last[64] = "";
	size_t lines = 0;

	(void)state;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save), lines++) {
		_cleanup_json_ cJSON *o = cJSON_Parse(line);
		const char *when = cl_json_get_str(o, "datetime");

		assert_non_null(o);
		assert_true(*cl_json_get_str(o, "message"));
		assert_true(*cl_json_get_str(o, "timestamp_desc"));
		assert_int_equal(strlen(when), strlen("2026-01-02T03:04:05.000000+00:00"));
		assert_true(strcmp(last, when) <= 0);
		snprintf(last, sizeof(last), "%s", when);
		assert_non_null(strstr(line, "\"timestamp\":"));
		assert_null(strstr(line, "e+1"));
	}
	/* Nodes were seen twice, edges once, the finding has no time; and the export. */
	assert_int_equal(lines, 2 * cJSON_GetArraySize(nodes()) + cJSON_GetArraySize(edges()) + 2);
}

/* ---- prov ---- */

static void prov_has_the_relation_of_each_kind(void **state)
{
	static const struct {
		uint32_t kind, source, target;
		const char *relation, *from, *to;
	} cases[] = {
		{CL_EDGE_SPAWNED, CL_NODE_PROCESS, CL_NODE_PROCESS, "wasStartedBy", "prov:starter", "prov:activity"},
		{CL_EDGE_PART_OF, CL_NODE_PROCESS, CL_NODE_RUN, "wasAssociatedWith", "prov:activity", "prov:agent"},
		{CL_EDGE_PART_OF, CL_NODE_RUN, CL_NODE_WORKFLOW, "actedOnBehalfOf", "prov:delegate",
		 "prov:responsible"},
		{CL_EDGE_RAN_IN, CL_NODE_PROCESS, CL_NODE_HOST, "wasAssociatedWith", "prov:activity", "prov:agent"},
		{CL_EDGE_RAN_IN, CL_NODE_CONTAINER, CL_NODE_HOST, "wasInfluencedBy", "prov:influencer",
		 "prov:influencee"},
		{CL_EDGE_RAN_AS, CL_NODE_PROCESS, CL_NODE_USER, "wasAssociatedWith", "prov:activity", "prov:agent"},
		{CL_EDGE_READ, CL_NODE_PROCESS, CL_NODE_CREDENTIAL, "used", "prov:activity", "prov:entity"},
		{CL_EDGE_READ, CL_NODE_PROCESS, CL_NODE_FILE, "used", "prov:activity", "prov:entity"},
		{CL_EDGE_HELD_IN_ENVIRONMENT, CL_NODE_PROCESS, CL_NODE_CREDENTIAL, "used", "prov:activity",
		 "prov:entity"},
		{CL_EDGE_RECEIVED, CL_NODE_PROCESS, CL_NODE_CREDENTIAL, "used", "prov:activity", "prov:entity"},
		{CL_EDGE_CONNECTED_TO, CL_NODE_PROCESS, CL_NODE_DESTINATION, "used", "prov:activity", "prov:entity"},
		{CL_EDGE_USED_TOWARD, CL_NODE_CREDENTIAL, CL_NODE_DESTINATION, "wasInfluencedBy", "prov:influencer",
		 "prov:influencee"},
		{CL_EDGE_STORED_IN, CL_NODE_CREDENTIAL, CL_NODE_FILE, "wasInfluencedBy", "prov:influencer",
		 "prov:influencee"},
		{CL_EDGE_DELEGATED_TO, CL_NODE_RUN, CL_NODE_RUN, "actedOnBehalfOf", "prov:responsible",
		 "prov:delegate"},
		{CL_EDGE_READ, CL_NODE_RUN, CL_NODE_FILE, "wasInfluencedBy", "prov:influencer", "prov:influencee"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ cJSON *from = cJSON_CreateObject(), *o = NULL;
		_cleanup_free_ char *text = NULL;
		const cJSON *edge;

		cl_json_arr(from, "nodes");
		add_node(cJSON_GetObjectItem(from, "nodes"), cases[i].source, "a:a b", "a");
		add_node(cJSON_GetObjectItem(from, "nodes"), cases[i].target, "z:z", "z");
		add_edge(cl_json_arr(from, "edges"), "a:a b", cases[i].kind, "z:z", "x");
		text = converted_from(from, "prov");
		o = cJSON_Parse(text);
		edge = cl_json_at(o, cases[i].relation) ? cl_json_at(o, cases[i].relation)->child : NULL;
		assert_string_equal(cl_json_get_str(edge, cases[i].from), "lineage:a:a%20b");
		assert_string_equal(cl_json_get_str(edge, cases[i].to), "lineage:z:z");
		assert_string_equal(cl_json_get_str(edge, "ll:kind"), cl_edge_kind_name(cases[i].kind));
	}
}

/* ---- text ---- */

/* What stands between two words of the export of one node with the label. */
static char *as_label(const char *format, const char *label, const char *before, const char *after)
{
	_cleanup_json_ cJSON *from = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;
	char *begin, *end;
	cJSON *node;

	node = cl_json_push(cl_json_arr(from, "nodes"));
	cl_json_str(node, "id", "file:h:/f");
	cl_json_str(node, "kind", "File");
	cJSON_AddItemToObject(node, "label", cJSON_CreateString(label));
	text = converted_from(from, format);
	begin = strstr(text, before);
	assert_non_null(begin);
	begin += strlen(before);
	end = strstr(begin, after);
	assert_non_null(end);
	return strndup(begin, (size_t)(end - begin));
}

static void labels_are_escaped(void **state)
{
	static const struct {
		const char *format, *label, *text;
	} cases[] = {
		{"mermaid", "a b-c/d,e", "a b-c/d,e"},
		{"mermaid", "\"|]`%{<&#;:_*", "#34;#124;#93;#96;#37;#123;#60;#38;#35;#59;#58;#95;#42;"},
		{"mermaid", "\xe2\x80\xae\xc3\xa9\xff", "#92;u#123;202e#125;\xc3\xa9#92;xff"},
		{"dot", "a\"b\\c&lt;\n", "a\\\"b\\\\c\\\\x26lt;\\\\x0a"},
		{"dot", "a&b &#0;&;&#;", "a&b \\\\x26#0;&;&#;"},
		{"dot", "\\N\\", "\\\\N\\\\"},
		{"graphml", "<a b=\"'&amp;]]>", "&#60;a b=&#34;&#39;&#38;amp;]]&#62;"},
		{"graphml", "a\r\n\tb\x01\x1f\x7f", "a&#13;&#10;&#9;b\\x01\\x1f\x7f"},
		{"graphml", "\xef\xbf\xbd\xef\xbf\xbe\xef\xbf\xbf\xff", "\xef\xbf\xbd\\u{fffe}\\u{ffff}\\xff"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = NULL;

		if (!strcmp(cases[i].format, "mermaid"))
			got = as_label("mermaid", cases[i].label, "n1[/\"", "\"/]");
		else if (!strcmp(cases[i].format, "dot"))
			got = as_label("dot", cases[i].label, "f5f5f5\",label=\"", "\",id=");
		else
			got = as_label("graphml", cases[i].label, "<data key=\"n1\">", "</data>");
		assert_string_equal(got, cases[i].text);
	}
}

/* The text outside of double quotes; what a quoted string holds is left out. */
static char *skeleton(const char *dot)
{
	char *out = calloc(1, strlen(dot) + 1);
	size_t n = 0;
	bool quoted = false;

	assert_non_null(out);
	for (; *dot; dot++) {
		if (quoted && *dot == '\\' && (dot[1] == '"' || dot[1] == '\\')) {
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

static void dot_keeps_everything_and_quotes_it(void **state)
{
	_cleanup_free_ char *dot = converted("dot"), *bones = skeleton(dot);

	(void)state;
	assert_null(strstr(bones, "script"));
	assert_null(strstr(bones, "x["));
	assert_int_equal(count(bones, "shape="), cJSON_GetArraySize(nodes()));
	assert_int_equal(count(bones, "\"\" -> \"\""), cJSON_GetArraySize(edges()));
	assert_int_equal(count(bones, "{"), 2); /* the graph and the run's box */
	assert_int_equal(count(bones, "}"), 2);
	assert_int_equal(count(dot, "penwidth=2.4"), 2); /* the finding's credential and the process that read it */
}

/* What a thousand edges would take minutes to draw is drawn less neatly. */
static void a_busy_picture_is_drawn_fast(void **state)
{
	_cleanup_json_ cJSON *from = cJSON_CreateObject();
	_cleanup_free_ char *few = converted("dot"), *many = NULL;
	cJSON *list = cl_json_arr(from, "edges");

	(void)state;
	for (int i = 0; i < 501; i++)
		add_edge(list, "process:b:7:1", CL_EDGE_SPAWNED, "process:b:8:1", NULL);
	many = converted_from(from, "dot");
	assert_null(strstr(few, "nslimit="));
	assert_non_null(strstr(many, "\tnslimit=1;\n"));
}

/* ---- html ---- */

static void html_ends_with_the_lineage_as_data(void **state)
{
	static const char begin[] = "<script type=\"application/json\" id=\"lineage\">";
	_cleanup_free_ char *html = converted("html");
	_cleanup_json_ cJSON *back = NULL;
	char *data = strstr(html, begin), *end;

	(void)state;
	assert_non_null(data);
	data += strlen(begin);
	end = strchr(data, '<');
	assert_string_equal(end, "</script>\n</body>\n</html>\n");
	*end = '\0';
	for (const char *c = data; *c; c++)
		assert_true((unsigned char)*c >= 0x20 && (unsigned char)*c < 0x7f && !strchr("<>&", *c));
	back = cJSON_Parse(data);
	assert_true(cJSON_Compare(back, lineage, true));
}

/* What no lineage holds, but a page must survive: characters beyond the first plane, and bytes that are no UTF-8. */
static void html_spells_any_character(void **state)
{
	static const struct {
		const char *label, *written;
	} cases[] = {
		{"</script>", "\\u003c/script\\u003e"},
		{"a&b", "a\\u0026b"},
		{"\xe2\x80\xa8", "\\u2028"},
		{"\xf0\x9f\x94\x91", "\\ud83d\\udd11"},
		{"\x7f", "\\u007f"},
		{"\xc3", "\\ufffd"},
		{"\xed\xa0\x80x", "\\ufffd"},
		{"\xe2\x80", "\\ufffd\\ufffd"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_json_ cJSON *o = cJSON_CreateObject();
		_cleanup_free_ char *text = NULL;
		size_t len = 0;
		FILE *f = open_memstream(&text, &len);

		cJSON_AddStringToObject(o, "label", cases[i].label);
		assert_int_equal(cl_export_find("html")->write(o, f, NULL), 0);
		fclose(f);
		assert_non_null(strstr(text + len - 100, cases[i].written));
	}
}

static void mermaid_has_no_directive(void **state)
{
	_cleanup_free_ char *text = converted("mermaid");
	size_t comments = count(text, "\n%% ");

	(void)state;
	assert_null(strstr(text, "%%{"));
	assert_null(strstr(text, "<script"));
	assert_int_equal(comments, cJSON_GetArraySize(nodes()) + cJSON_GetArraySize(edges()));
	assert_int_equal(count(text, "\nsubgraph "), 1);
}

/* ---- svg: how the program that draws can fail ---- */

static int draw_with(const char *script, char said[512])
{
	char folder[] = "/tmp/credlineage-export.XXXXXX", path[64], *before = strdup(getenv("PATH"));
	FILE *sink = fopen("/dev/null", "w"), *f;
	struct cl_error err = {0};
	int r;

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/dot", folder);
	if (script) {
		f = fopen(path, "w");
		fprintf(f, "#!/bin/sh\n%s\n", script);
		fclose(f);
		chmod(path, 0700);
	}
	setenv("PATH", folder, 1);
	r = cl_export_find("svg")->write(lineage, sink, &err);
	setenv("PATH", before, 1);
	free(before);
	fclose(sink);
	remove(path);
	rmdir(folder);
	snprintf(said, 512, "%s", err.text);
	return r;
}

static void a_picture_that_fails_says_why(void **state)
{
	char said[512];

	(void)state;
	assert_int_equal(draw_with(NULL, said), -ENOENT);
	assert_non_null(strstr(said, "install graphviz"));
	assert_int_equal(draw_with("echo 'it is \033[31mred' >&2; exit 3", said), -EIO);
	assert_non_null(strstr(said, "dot failed: it is \\x1b[31mred"));
	assert_int_equal(draw_with("exit 1", said), -EIO);
	assert_int_equal(draw_with("kill -XCPU $$", said), -ETIMEDOUT);
	assert_non_null(strstr(said, "--depth 1"));
	assert_int_equal(
		draw_with("[ \"$(env -0 | tr '\\0' '\\n' | grep -vc -e ^PATH= -e ^PWD= -e ^_= -e ^SHLVL=)\" = x ]",
			  said),
		-EIO);
}

/* ---- for the real readers ---- */

static int record(const char *path)
{
	struct stage s = {0};
	struct cl_observation o;

	if (cl_recorder_new(&s.recorder, path, NULL))
		return 1;
	stage_open(&s);
	stage_play(&s, "run 10 ci:a a1; run 20 agent:b b1 agent; spawn 20 21; read 10 A/s; read 21 A/s; "
		       "connect 21 192.0.2.1 443; connect 21 2001:db8::1 443; spawn 21 22 env=A/s");
	for (uint32_t i = 0; i < MK_HOSTILE; i++) {
		struct cl_sighting t = mk_sighting('A', CL_SOURCE_FILE, CL_CLASS_STATIC);
		char path_of[256];

		snprintf(path_of, sizeof(path_of), "/srv/%s", mk_hostile[i]);
		stage_feed(&s, mk_obs_fork(0, stage_key(21), stage_key(100 + i)));
		o = mk_obs_exec(0, stage_key(100 + i), stage_key(21), path_of);
		o.command = mk_hostile[i];
		stage_feed(&s, o);
		t.name = mk_hostile[i];
		t.line = i + 1;
		o = mk_obs_read(0, stage_key(100 + i), path_of);
		o.ino = 1000 + i;
		mk_obs_sightings(&o, &t, 1);
		stage_feed(&s, o);
		o = mk_obs_connect(0, stage_key(100 + i), path_of, 0);
		o.family = AF_UNIX;
		stage_feed(&s, o);
		stage_feed(&s, mk_obs_run_begin(0, stage_key(100 + i), mk_hostile[i], mk_hostile[i]));
	}
	stage_play(&s, "wait 70; tick; flush");
	stage_close(&s);
	return cl_recorder_finish(s.recorder, NULL) ? 1 : (cl_recorder_free(&s.recorder), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_found_by_name),
		cmocka_unit_test(the_same_again),
		cmocka_unit_test(nothing_is_hidden),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(odd_objects_do_no_harm),
		cmocka_unit_test(json_is_what_went_in),
		cmocka_unit_test(the_schema_knows_every_word),
		cmocka_unit_test(the_extension_defines_every_kind),
		cmocka_unit_test(ids_differ_without_case),
		cmocka_unit_test(attributes_take_no_place),
		cmocka_unit_test(timesketch_is_in_order_and_whole),
		cmocka_unit_test(prov_has_the_relation_of_each_kind),
		cmocka_unit_test(labels_are_escaped),
		cmocka_unit_test(dot_keeps_everything_and_quotes_it),
		cmocka_unit_test(a_busy_picture_is_drawn_fast),
		cmocka_unit_test(html_ends_with_the_lineage_as_data),
		cmocka_unit_test(html_spells_any_character),
		cmocka_unit_test(mermaid_has_no_directive),
		cmocka_unit_test(a_picture_that_fails_says_why),
	};

	if (argc == 3 && !strcmp(argv[1], "record"))
		return record(argv[2]);
	if (argc == 2) {
		setup(NULL);
		cl_export_find(argv[1])->write(lineage, stdout, NULL);
		return teardown(NULL);
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
