/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graphviz: read from left (first process) to right (destinations). Every node and edge is in the file. A process
 * stands in the box of its run and has its user in its label, so those two edges are invisible; what else only tells
 * belonging is drawn faintly and does not pull the layout. A finding's credential and who had it have a red border.
 *
 * Whatever comes from outside is printable text inside double quotes, never markup.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "export/formats.h"
#include "export/view.h"

#define BUSY 500     /* edges; with more, dot takes the first layout that is good enough */
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

/* Graphviz would take it for a reference, decode it and write it into an SVG as it is, even where XML has no such. */
static bool is_reference(const char *s)
{
	size_t n = s[0] == '&' ? 1 + (s[1] == '#') : 0;
	size_t name = n ? strspn(s + n, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") : 0;

	return name && s[n + name] == ';';
}

/* One character between the double quotes of a label, a tooltip or an SVG id, in which Graphviz reads escapes. */
static int put_char(struct cl_text *t, char c)
{
	return cl_text_printf(t, c == '"' || c == '\\' ? "\\%c" : "%c", c);
}

/* At most `limit` characters of a text (0: all), made printable. */
static int quoted_part(struct cl_text *t, const char *s, size_t limit)
{
	_cleanup_text_ struct cl_text printable = {0};
	int r = cl_export_printable(&printable, s);
	size_t len = limit ? head(cl_text_str(&printable), limit) : printable.len;

	for (size_t i = 0; !r && i < len; i++)
		r = is_reference(cl_text_str(&printable) + i) ? cl_text_puts(t, "\\\\x26")
							      : put_char(t, cl_text_str(&printable)[i]);
	return r || len == printable.len ? r : cl_text_puts(t, "\xe2\x80\xa6");
}

/*
 * A node's name, of which Graphviz reads no escape but that of the quote: a backslash before one must not join it. It
 * is an SVG's title, too, so a reference is one to the '&' that it begins with.
 */
static int name(struct cl_text *t, const char *id)
{
	_cleanup_text_ struct cl_text printable = {0};
	int r = cl_export_printable(&printable, id);
	size_t backslashes = 0;

	r = r ? r : cl_text_puts(t, "\"");
	for (const char *c = cl_text_str(&printable); !r; c++) {
		if ((*c == '"' || !*c) && backslashes % 2)
			r = cl_text_puts(t, "\\");
		if (!*c)
			break;
		backslashes = *c == '\\' ? backslashes + 1 : 0;
		r = r		      ? r
		    : is_reference(c) ? cl_text_puts(t, "&amp;")
				      : cl_text_printf(t, *c == '"' ? "\\%c" : "%c", *c);
	}
	return r ? r : cl_text_puts(t, "\"");
}

/* "id" and "tooltip" of a node or edge, as they reach the SVG. */
static int identify(struct cl_text *t, const char *id, const char *tooltip)
{
	_cleanup_text_ struct cl_text printable = {0};
	int r = cl_export_printable(&printable, id);

	r = r ? r : cl_text_puts(t, ",id=\"");
	for (const char *c = cl_text_str(&printable); !r && *c; c++)
		r = *c == '&' ? cl_text_puts(t, "&amp;") : put_char(t, *c);
	r = r ? r : cl_text_puts(t, "\",tooltip=\"");
	r = r ? r : quoted_part(t, tooltip, 0);
	return r ? r : cl_text_puts(t, "\"");
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
struct drawing {
	struct cl_export_view view;
	const struct cl_export_node **nodes; /* by the run that they stand in */
	struct cl_text text;
};

static void end_drawing(struct drawing *d)
{
	cl_export_view_end(&d->view);
	free(d->nodes);
	cl_text_free(&d->text);
}

static int put_node(struct drawing *d, const struct cl_export_node *node)
{
	struct cl_text *t = &d->text;
	const cJSON *n = node->json;
	const char *kind = cl_json_get_str(n, "kind"), *label = cl_json_get_str(n, "label");
	const char *detail = cl_export_detail(n);
	int r = cl_text_puts(t, "\t");

	r = r ? r : name(t, node->id);
	r = r ? r : cl_text_printf(t, " [%s,label=\"", style_of(kind));
	r = r ? r : quoted_part(t, label, LABEL_MAX);
	if (!r && cl_json_get_num(n, "attrs.uid") > 0 && !strcmp(kind, "Process"))
		r = cl_text_printf(t, " uid %.0f", cl_json_get_num(n, "attrs.uid"));
	if (!r && *detail && strcmp(detail, label)) {
		r = cl_text_puts(t, "\\n");
		r = r ? r : quoted_part(t, detail, LABEL_MAX);
	}
	r = r ? r : cl_text_puts(t, "\"");
	r = r ? r : identify(t, node->id, *detail ? detail : node->id);
	if (!r && cJSON_IsTrue(cl_json_at(n, "attrs.unknown")))
		r = cl_text_puts(t, ",style=\"filled,dashed\"");
	if (!r && node->pivotal)
		r = cl_text_puts(t, ",color=\"#c62828\",penwidth=2.4");
	return r ? r : cl_text_puts(t, "];\n");
}

static int put_words(struct cl_text *t, const cJSON *e)
{
	const char *evidence = cl_json_get_str(e, "evidence");
	double count = cl_json_get_num(e, "count");
	int r = cl_text_puts(t, ",label=\"");

	r = r ? r : quoted_part(t, cl_json_get_str(e, "kind"), 0);
	if (!r && *evidence)
		r = cl_text_puts(t, "\\n");
	r = r ? r : quoted_part(t, evidence, LABEL_MAX);
	if (!r && count > 1)
		r = cl_text_printf(t, " \xc3\x97%.0f", count);
	return r ? r : cl_text_puts(t, "\"");
}

static int put_edge(struct drawing *d, const cJSON *e)
{
	struct cl_text *t = &d->text;
	const char *kind = cl_json_get_str(e, "kind");
	const struct stroke *stroke = stroke_of(kind);
	const struct cl_export_node *n = cl_export_node(&d->view, cl_json_get_str(e, "source"));
	bool boxed = !strcmp(kind, "PART_OF") && n && !strcmp(n->run, cl_json_get_str(e, "target"));
	bool observed = !strcmp(cl_json_get_str(e, "basis"), "observed");
	int r = cl_text_puts(t, "\t");

	r = r ? r : name(t, cl_json_get_str(e, "source"));
	r = r ? r : cl_text_puts(t, " -> ");
	r = r ? r : name(t, cl_json_get_str(e, "target"));
	r = r ? r : cl_text_printf(t, " [%s", stroke->style);
	r = r ? r : identify(t, cl_json_get_str(e, "id"), kind);
	if (!r && stroke->labelled)
		r = put_words(t, e);
	if (!r && (boxed || !observed) && strcmp(kind, "RAN_AS"))
		r = cl_text_puts(t, boxed ? ",style=invis,constraint=false" : ",style=dashed");
	return r ? r : cl_text_puts(t, "];\n");
}

static int open_box(struct drawing *d, const char *run, size_t number)
{
	int r = cl_text_printf(&d->text, "\tsubgraph cluster_%zu {\n\t\tlabel=\"", number);

	r = r ? r : quoted_part(&d->text, cl_export_label(&d->view, run), LABEL_MAX);
	return r ? r : cl_text_puts(&d->text, "\";\n");
}

static int put_nodes(struct drawing *d)
{
	const char *open = "";
	int r = 0;

	for (size_t i = 0; !r && i < d->view.n_nodes; i++) {
		const char *run = d->nodes[i]->run;

		if (strcmp(run, open)) {
			r = *open ? cl_text_puts(&d->text, "\t}\n") : 0;
			open = run;
			r = r ? r : open_box(d, run, i);
		}
		r = r ? r : cl_text_puts(&d->text, *open ? "\t" : "");
		r = r ? r : put_node(d, d->nodes[i]);
	}
	return r || !*open ? r : cl_text_puts(&d->text, "\t}\n");
}

static int put_header(struct cl_text *t, const cJSON *lineage)
{
	_cleanup_text_ struct cl_text title = {0};
	int r = cl_export_title(lineage, &title);

	r = r ? r
	      : cl_text_puts(t, "digraph lineage {\n\trankdir=LR;\n\tnewrank=true;\n\tranksep=0.7;\n\tnodesep=0.3;\n"
				"\tfontname=\"Helvetica\";\n\tlabelloc=t;\n\tlabel=\"");
	r = r ? r : quoted_part(t, cl_text_str(&title), 200);
	r = r ? r : cl_text_puts(t, "\";\n");
	if (!r && cJSON_GetArraySize(cl_json_at(lineage, "edges")) > BUSY)
		r = cl_text_puts(t, "\tnslimit=1;\n\tnslimit1=1;\n\tmclimit=0.05;\n\tsplines=line;\n");
	return r ? r
		 : cl_text_puts(t,
				"\tnode [style=filled,fontname=\"Helvetica\",fontsize=11,color=\"#78909c\"];\n"
				"\tedge [fontname=\"Helvetica\",fontsize=9,color=\"#455a64\"];\n"
				"\tgraph [style=\"rounded\",color=\"#b0bec5\",fontsize=11,fontcolor=\"#37474f\"];\n");
}

static int draw(struct drawing *d)
{
	const cJSON *e;
	int r = put_header(&d->text, d->view.lineage);

	r = r ? r : put_nodes(d);
	cJSON_ArrayForEach (e, cl_json_at(d->view.lineage, "edges")) {
		r = r ? r : put_edge(d, e);
	}
	return r ? r : cl_text_puts(&d->text, "}\n");
}

static int write_dot(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	_cleanup_(end_drawing) struct drawing d = {0};
	int r = cl_export_view(&d.view, lineage);

	r = r ? r : cl_export_by_run(&d.view, &d.nodes);
	r = r ? r : draw(&d);
	if (r)
		return cl_fail(err, r, "cannot write the dot export: out of memory");
	errno = 0;
	fwrite(cl_text_str(&d.text), 1, d.text.len, out);
	return cl_export_check(out, "dot", err);
}

const struct cl_export_format cl_export_dot = {.name = "dot", .write = write_dot};
