/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graphviz: read from left (first process) to right (destinations). Every node and edge is in the file. A process
 * stands in the box of its run and has its user in its label, so those two edges are invisible; what else only tells
 * belonging is drawn faintly and does not pull the layout. A finding's credential and processes have a red border.
 *
 * Whatever comes from outside passes quote(): it is printable text inside double quotes, never markup.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "export/formats.h"

#define LABEL_MAX 44 /* characters; the whole text is the tooltip */

static const struct {
	const char *kind, *style;
} looks[] = {
	{"Host", "shape=house,fillcolor=\"#eceff1\",fontcolor=\"#546e7a\""},
	{"Container", "shape=box3d,fillcolor=\"#e0f2f1\""},
	{"Workflow", "shape=folder,fillcolor=\"#c5cae9\""},
	{"Run", "shape=tab,fillcolor=\"#e8eaf6\""},
	{"Process", "shape=box,fillcolor=\"#ffffff\""},
	{"User", "shape=ellipse,fillcolor=\"#eceff1\",fontcolor=\"#546e7a\""},
	{"Credential", "shape=hexagon,fillcolor=\"#ffe082\""},
	{"File", "shape=note,fillcolor=\"#f5f5f5\""},
	{"Destination", "shape=cds,fillcolor=\"#bbdefb\""},
};

static const struct stroke {
	const char *kind, *style;
	bool labelled;
} strokes[] = {
	{"SPAWNED", "color=\"#455a64\"", false},
	{"PART_OF", "color=\"#b0bec5\",arrowsize=0.6", false},
	{"RAN_IN", "color=\"#b0bec5\",arrowsize=0.6", false},
	{"RAN_AS", "style=invis,constraint=false", false},
	{"READ", "color=\"#ef6c00\",penwidth=1.4", true},
	{"HELD_IN_ENVIRONMENT", "color=\"#ef6c00\",penwidth=1.4", true},
	{"PASSED_IN_ARGUMENTS", "color=\"#ef6c00\",penwidth=1.4", true},
	{"RECEIVED", "color=\"#ef6c00\",penwidth=1.4", true},
	{"CONNECTED_TO", "color=\"#1565c0\",penwidth=1.2", true},
	{"USED_TOWARD", "color=\"#1565c0\"", true},
	{"STORED_IN", "color=\"#9e9e9e\"", true},
	{"DELEGATED_TO", "color=\"#6a1b9a\",penwidth=1.4,constraint=false", true},
};

/* Bytes of the first `limit` characters. */
static size_t head(const char *s, size_t limit)
{
	size_t n = 0, characters = 0;

	for (; s[n]; n++)
		if (((unsigned char)s[n] & 0xc0) != 0x80 && characters++ == limit)
			break;
	return n;
}

/* In double quotes, at most `limit` characters (0: all). Printable first, then escaped for the DOT language. */
static int quoted_part(struct cl_text *t, const char *s, size_t limit)
{
	_cleanup_text_ struct cl_text printable = {0};
	size_t len;
	int r = cl_text_escape(&printable, s, strlen(s));

	len = limit ? head(cl_text_str(&printable), limit) : printable.len;
	for (size_t i = 0; !r && i < len; i++) {
		const char c = cl_text_str(&printable)[i];

		if (c == '"' || c == '\\')
			r = cl_text_append(t, "\\", 1);
		if (!r)
			r = cl_text_append(t, &c, 1);
	}
	if (!r && len < printable.len)
		r = cl_text_puts(t, "\xe2\x80\xa6");
	return r;
}

static int quoted(struct cl_text *t, const char *s)
{
	int r = cl_text_append(t, "\"", 1);

	if (!r)
		r = quoted_part(t, s, 0);
	return r ? r : cl_text_append(t, "\"", 1);
}

static const char *style_of(const char *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		if (!strcmp(looks[i].kind, kind))
			return looks[i].style;
	return "shape=box,fillcolor=\"#ffffff\"";
}

static const struct stroke *stroke_of(const char *kind)
{
	static const struct stroke other = {.kind = "", .style = "color=\"#455a64\"", .labelled = true};

	for (size_t i = 0; i < ARRAY_SIZE(strokes); i++)
		if (!strcmp(strokes[i].kind, kind))
			return &strokes[i];
	return &other;
}

/* One picture being drawn. */
struct member {
	const cJSON *node;
	const char *id, *run, *since; /* run: id of the box that it stands in, "" none */
};

struct drawing {
	struct cl_text text;
	const cJSON *lineage;
	const char **red; /* ids of findings' credentials, nodes and edges, sorted */
	size_t n_red;
	struct member *members; /* every node, sorted by id */
	size_t n_members;
};

static void end_drawing(struct drawing *d)
{
	cl_text_free(&d->text);
	free(d->red);
	free(d->members);
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_red(const struct drawing *d, const char *id)
{
	return d->n_red && bsearch(&id, d->red, d->n_red, sizeof(id), compare_ids);
}

/* The ids in it are borrowed from the lineage. */
static size_t list_red(const cJSON *lineage, const char **out)
{
	static const char *const lists[] = {"nodes", "edges"};
	const cJSON *f, *item;
	size_t n = 0;

	cJSON_ArrayForEach (f, cl_json_at(lineage, "findings")) {
		if (out)
			out[n] = cl_json_get_str(f, "credential");
		n++;
		for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
			cJSON_ArrayForEach (item, cl_json_at(f, lists[i])) {
				if (out)
					out[n] = cJSON_IsString(item) ? item->valuestring : "";
				n++;
			}
		}
	}
	return n;
}

static int find_red(struct drawing *d)
{
	d->n_red = list_red(d->lineage, NULL);
	d->red = calloc(d->n_red + 1, sizeof(*d->red));
	if (!d->red)
		return -ENOMEM;
	list_red(d->lineage, d->red);
	qsort(d->red, d->n_red, sizeof(*d->red), compare_ids);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->id, ((const struct member *)b)->id);
}

static struct member *member(const struct drawing *d, const char *id)
{
	const struct member key = {.id = id};

	return bsearch(&key, d->members, d->n_members, sizeof(key), by_id);
}

/* Second line of a label: what tells one process or run from the next at a glance. */
static const char *detail_of(const cJSON *n)
{
	static const char *const members[] = {"attrs.command", "attrs.environment", "attrs.class", "attrs.store"};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(n, members[i]))
			return cl_json_get_str(n, members[i]);
	return "";
}

static int put_node(struct drawing *d, const cJSON *n)
{
	struct cl_text *t = &d->text;
	const char *id = cl_json_get_str(n, "id"), *kind = cl_json_get_str(n, "kind");
	const char *label = cl_json_get_str(n, "label"), *detail = detail_of(n);
	bool red = is_red(d, id) && (!strcmp(kind, "Credential") || !strcmp(kind, "Process"));
	bool unknown = cJSON_IsTrue(cl_json_at(n, "attrs.unknown"));
	int r = cl_text_puts(t, "\t");

	r = r ? r : quoted(t, id);
	r = r ? r : cl_text_printf(t, " [%s,label=\"", style_of(kind));
	r = r ? r : quoted_part(t, label, LABEL_MAX);
	if (!r && cl_json_get_num(n, "attrs.uid") > 0 && !strcmp(kind, "Process"))
		r = cl_text_printf(t, " uid %.0f", cl_json_get_num(n, "attrs.uid"));
	if (!r && *detail && strcmp(detail, label)) {
		r = cl_text_puts(t, "\\n");
		r = r ? r : quoted_part(t, detail, LABEL_MAX);
	}
	r = r ? r : cl_text_puts(t, "\",tooltip=");
	r = r ? r : quoted(t, id);
	if (!r && unknown)
		r = cl_text_puts(t, ",style=\"filled,dashed\"");
	if (!r && red)
		r = cl_text_puts(t, ",color=\"#c62828\",penwidth=2.4");
	return r ? r : cl_text_puts(t, "];\n");
}

static int put_edge(struct drawing *d, const cJSON *e)
{
	struct cl_text *t = &d->text;
	const char *kind = cl_json_get_str(e, "kind"), *evidence = cl_json_get_str(e, "evidence");
	const struct stroke *stroke = stroke_of(kind);
	bool observed = !strcmp(cl_json_get_str(e, "basis"), "observed");
	const struct member *m = member(d, cl_json_get_str(e, "source"));
	bool boxed = !strcmp(kind, "PART_OF") && m && !strcmp(m->run, cl_json_get_str(e, "target"));
	double count = cl_json_get_num(e, "count");
	int r = cl_text_puts(t, "\t");

	r = r ? r : quoted(t, cl_json_get_str(e, "source"));
	r = r ? r : cl_text_puts(t, " -> ");
	r = r ? r : quoted(t, cl_json_get_str(e, "target"));
	r = r ? r : cl_text_printf(t, " [%s,tooltip=\"", stroke->style);
	r = r ? r : quoted_part(t, kind, 0);
	r = r ? r : cl_text_puts(t, "\"");
	if (!r && stroke->labelled) {
		r = cl_text_puts(t, ",label=\"");
		r = r ? r : quoted_part(t, kind, 0);
		if (!r && *evidence)
			r = cl_text_puts(t, "\\n");
		r = r ? r : quoted_part(t, evidence, LABEL_MAX);
		if (!r && count > 1)
			r = cl_text_printf(t, " \xc3\x97%.0f", count);
		r = r ? r : cl_text_puts(t, "\"");
	}
	if (!r && (boxed || !observed) && strcmp(kind, "RAN_AS"))
		r = cl_text_puts(t, boxed ? ",style=invis,constraint=false" : ",style=dashed");
	if (!r && is_red(d, cl_json_get_str(e, "id")) && stroke->labelled)
		r = cl_text_puts(t, ",fontcolor=\"#c62828\"");
	return r ? r : cl_text_puts(t, "];\n");
}

/* ---- boxes ---- */

static int by_run(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int c = strcmp(x->run, y->run);

	return c ? c : strcmp(x->id, y->id);
}

/* A process stands in the run that it became part of last. */
static void find_boxes(struct drawing *d)
{
	const cJSON *e;

	cJSON_ArrayForEach (e, cl_json_at(d->lineage, "edges")) {
		const char *first = cl_json_get_str(e, "first");
		struct member *m;

		if (strcmp(cl_json_get_str(e, "kind"), "PART_OF"))
			continue;
		m = member(d, cl_json_get_str(e, "source"));
		if (!m || strcmp(cl_json_get_str(m->node, "kind"), "Process") || strcmp(first, m->since) < 0)
			continue;
		m->run = cl_json_get_str(e, "target");
		m->since = first;
	}
}

static int find_members(struct drawing *d)
{
	const cJSON *nodes = cl_json_at(d->lineage, "nodes"), *n;

	d->members = calloc((size_t)cJSON_GetArraySize(nodes) + 1, sizeof(*d->members));
	if (!d->members)
		return -ENOMEM;
	cJSON_ArrayForEach (n, nodes) {
		d->members[d->n_members++] =
			(struct member){.node = n, .id = cl_json_get_str(n, "id"), .run = "", .since = ""};
	}
	qsort(d->members, d->n_members, sizeof(*d->members), by_id);
	find_boxes(d);
	return 0;
}

static int open_box(struct drawing *d, const char *run, const struct member *m, size_t number)
{
	int r = cl_text_printf(&d->text, "\tsubgraph cluster_%zu {\n\t\tlabel=\"", number);

	r = r ? r : quoted_part(&d->text, m ? cl_json_get_str(m->node, "label") : run, LABEL_MAX);
	return r ? r : cl_text_puts(&d->text, "\";\n");
}

static int put_nodes(struct drawing *d)
{
	_cleanup_free_ struct member *boxed = calloc(d->n_members + 1, sizeof(*boxed));
	const char *open = "";
	int r = 0;

	if (!boxed)
		return -ENOMEM;
	memcpy(boxed, d->members, d->n_members * sizeof(*boxed));
	qsort(boxed, d->n_members, sizeof(*boxed), by_run);
	for (size_t i = 0; !r && i < d->n_members; i++) {
		if (strcmp(boxed[i].run, open)) {
			r = *open ? cl_text_puts(&d->text, "\t}\n") : 0;
			open = boxed[i].run;
			r = r ? r : open_box(d, open, member(d, open), i);
		}
		r = r ? r : cl_text_puts(&d->text, *open ? "\t" : "");
		r = r ? r : put_node(d, boxed[i].node);
	}
	return r || !*open ? r : cl_text_puts(&d->text, "\t}\n");
}

static int put_header(struct cl_text *t, const cJSON *lineage)
{
	int gaps = cJSON_GetArraySize(cl_json_at(lineage, "gaps"));
	int r = cl_text_puts(t, "digraph lineage {\n\trankdir=LR;\n\tnewrank=true;\n\tranksep=0.7;\n\tnodesep=0.3;\n"
				"\tfontname=\"Helvetica\";\n\tlabelloc=t;\n\tlabel=\"");

	r = r ? r : quoted_part(t, cl_json_get_str(lineage, "focus.kind"), 0);
	r = r ? r : cl_text_puts(t, " ");
	r = r ? r : quoted_part(t, cl_json_get_str(lineage, "focus.value"), 80);
	r = r ? r : cl_text_puts(t, " on ");
	r = r ? r : quoted_part(t, cl_json_get_str(lineage, "host.name"), 80);
	if (!r && gaps)
		r = cl_text_printf(t, " (incomplete: %d gap%s)", gaps, gaps == 1 ? "" : "s");
	return r ? r
		 : cl_text_puts(t,
				"\";\n\tnode [style=filled,fontname=\"Helvetica\",fontsize=11,color=\"#78909c\"];\n"
				"\tedge [fontname=\"Helvetica\",fontsize=9,color=\"#455a64\"];\n"
				"\tgraph [style=\"rounded\",color=\"#b0bec5\",fontsize=11,fontcolor=\"#37474f\"];\n");
}

static int draw(struct drawing *d)
{
	int r = find_red(d);
	const cJSON *e;

	r = r ? r : find_members(d);
	r = r ? r : put_header(&d->text, d->lineage);
	r = r ? r : put_nodes(d);
	cJSON_ArrayForEach (e, cl_json_at(d->lineage, "edges")) {
		r = r ? r : put_edge(d, e);
	}
	return r ? r : cl_text_puts(&d->text, "}\n");
}

static int write_dot(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	_cleanup_(end_drawing) struct drawing d = {.lineage = lineage};
	int r = draw(&d);

	if (r)
		return cl_fail(err, r, "cannot write the dot export: out of memory");
	errno = 0;
	fwrite(cl_text_str(&d.text), 1, d.text.len, out);
	return cl_export_check(out, "dot", err);
}

const struct cl_export_format cl_export_dot = {.name = "dot", .write = write_dot};
