/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Mermaid flowchart, for a ticket or a wiki. Nodes are called n1, n2, ... in the order of the lineage; a comment
 * before each node and edge has its id. A viewer with Mermaid's own limits shows up to 500 edges and 50,000 characters:
 * for more, ask for fewer steps (--depth) or one finding.
 *
 * A label is printable text inside double quotes, of which all that could mean anything to Mermaid, Markdown or HTML
 * stands as a character reference (#NN;); in a comment it stands as %XX, so that no directive can be there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "export/formats.h"
#include "export/view.h"

#define LABEL_MAX 60 /* characters */

/* How a kind of node is framed and filled. */
static const struct look {
	const char *kind, *open, *close, *style;
} looks[] = {
	{"Host", "[", "]", "fill:#eceff1,color:#546e7a"},	{"Container", "[", "]", "fill:#e0f2f1,color:#000"},
	{"Workflow", "[[", "]]", "fill:#c5cae9,color:#000"},	{"Run", "[[", "]]", "fill:#e8eaf6,color:#000"},
	{"Process", "[", "]", "fill:#fff,color:#000"},		{"User", "([", "])", "fill:#eceff1,color:#546e7a"},
	{"Credential", "{{", "}}", "fill:#ffe082,color:#000"},	{"File", "[/", "/]", "fill:#f5f5f5,color:#000"},
	{"Destination", "([", "])", "fill:#bbdefb,color:#000"},
};

enum ink { HIDDEN, PLAIN, FAINT, SECRET, NETWORK, HANDED };
static const char *const inks[] = {
	"", "stroke:#455a64", "stroke:#b0bec5", "stroke:#ef6c00", "stroke:#1565c0", "stroke:#6a1b9a"};

/* How a kind of edge is drawn; any other is PLAIN. */
static const struct {
	const char *kind;
	enum ink ink;
} strokes[] = {
	{"PART_OF", FAINT},
	{"RAN_IN", FAINT},
	{"RAN_AS", FAINT},
	{"STORED_IN", FAINT},
	{"READ", SECRET},
	{"RECEIVED", SECRET},
	{"USED_TOWARD", NETWORK},
	{"CONNECTED_TO", NETWORK},
	{"HELD_IN_ENVIRONMENT", SECRET},
	{"PASSED_IN_ARGUMENTS", SECRET},
	{"DELEGATED_TO", HANDED},
};

struct flowchart {
	struct cl_export_view view;
	const struct cl_export_node **nodes;	      /* by the run that they stand in */
	struct cl_text text, lines[ARRAY_SIZE(inks)]; /* numbers of the edges of each ink */
	size_t n_edges;
};

static void end_flowchart(struct flowchart *f)
{
	cl_export_view_end(&f->view);
	free(f->nodes);
	cl_text_free(&f->text);
	for (size_t i = 0; i < ARRAY_SIZE(inks); i++)
		cl_text_free(&f->lines[i]);
}

static const struct look *look_of(const cJSON *node)
{
	static const struct look other = {"", "[", "]", ""};

	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		if (!strcmp(looks[i].kind, cl_json_get_str(node, "kind")))
			return &looks[i];
	return &other;
}

/* ---- escaping ---- */

/* At most `limit` characters of it, printable first. */
static int label(struct cl_text *t, const char *s, size_t limit)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 /,-";
	_cleanup_text_ struct cl_text printable = {0};
	int r = cl_export_printable(&printable, s);
	size_t n = 0;

	for (const char *c = cl_text_str(&printable); !r && *c; c++) {
		unsigned char byte = (unsigned char)*c;

		if ((byte & 0xc0) != 0x80 && n++ == limit)
			return cl_text_puts(t, "\xe2\x80\xa6");
		if (byte >= 0x80 || strchr(plain, *c))
			r = cl_text_append(t, c, 1);
		else
			r = cl_text_printf(t, "#%u;", byte);
	}
	return r;
}

static int comment(struct cl_text *t, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/@[]";
	int r = 0;

	for (; !r && *s; s++)
		r = strchr(plain, *s) ? cl_text_append(t, s, 1) : cl_text_printf(t, "%%%02X", (unsigned char)*s);
	return r;
}

/* ---- nodes ---- */

static size_t number(const struct cl_export_view *v, const struct cl_export_node *n)
{
	return (size_t)(n - v->nodes) + 1;
}

static int put_label(struct cl_text *t, const cJSON *n)
{
	const char *first = cl_json_get_str(n, "label"), *second = cl_export_detail(n);
	int r = label(t, first, LABEL_MAX);

	if (!r && *second && strcmp(first, second)) {
		r = cl_text_puts(t, "<br/>");
		r = r ? r : label(t, second, LABEL_MAX);
	}
	return r ? r : cl_text_puts(t, *first || *second ? "" : " ");
}

static int put_node(struct flowchart *f, const struct cl_export_node *n)
{
	const struct look *look = look_of(n->json);
	struct cl_text *t = &f->text;
	size_t name = number(&f->view, n);
	int r = cl_text_printf(t, "%%%% n%zu ", name);

	r = r ? r : comment(t, n->id);
	r = r ? r : cl_text_printf(t, "\nn%zu%s\"", name, look->open);
	r = r ? r : put_label(t, n->json);
	r = r ? r : cl_text_printf(t, "\"%s%s%s\n", look->close, *look->kind ? ":::" : "", look->kind);
	if (!r && n->pivotal)
		r = cl_text_printf(t, "class n%zu finding\n", name);
	return r;
}

static int open_box(struct flowchart *f, const char *run, size_t box)
{
	int r = cl_text_printf(&f->text, "subgraph run%zu[\"", box);

	r = r ? r : label(&f->text, cl_export_label(&f->view, run), LABEL_MAX);
	return r ? r : cl_text_puts(&f->text, "\"]\n");
}

static int put_nodes(struct flowchart *f)
{
	const char *open = "";
	int r = 0;

	for (size_t i = 0; !r && i < f->view.n_nodes; i++) {
		const char *run = f->nodes[i]->run;

		if (strcmp(run, open)) {
			r = *open ? cl_text_puts(&f->text, "end\n") : 0;
			open = run;
			r = r ? r : open_box(f, run, i);
		}
		r = r ? r : put_node(f, f->nodes[i]);
	}
	return r || !*open ? r : cl_text_puts(&f->text, "end\n");
}

/* ---- edges ---- */

static enum ink ink_of(const cJSON *e, const struct cl_export_node *source)
{
	const char *kind = cl_json_get_str(e, "kind");

	/* It stands in the box. */
	if (!strcmp(kind, "PART_OF") && !strcmp(source->run, cl_json_get_str(e, "target")))
		return HIDDEN;
	for (size_t i = 0; i < ARRAY_SIZE(strokes); i++)
		if (!strcmp(strokes[i].kind, kind))
			return strokes[i].ink;
	return PLAIN;
}

/* What the reader of a ticket asks for; whom something belongs to is said by the line alone. */
static int put_words(struct cl_text *t, const cJSON *e)
{
	const char *evidence = cl_json_get_str(e, "evidence");
	double count = cl_json_get_num(e, "count");
	int r = cl_text_puts(t, "|\"");

	r = r ? r : label(t, cl_json_get_str(e, "kind"), LABEL_MAX);
	r = r || !*evidence ? r : cl_text_puts(t, "<br/>");
	r = r ? r : label(t, evidence, LABEL_MAX);
	if (!r && count > 1)
		r = cl_text_printf(t, " \xc3\x97%.0f", count);
	return r ? r : cl_text_puts(t, "\"|");
}

/* An edge between nodes that are not in the lineage has nowhere to go; a sound lineage has none. */
static int put_edge(struct flowchart *f, const cJSON *e)
{
	const struct cl_export_node *source = cl_export_node(&f->view, cl_json_get_str(e, "source"));
	const struct cl_export_node *target = cl_export_node(&f->view, cl_json_get_str(e, "target"));
	bool observed = !strcmp(cl_json_get_str(e, "basis"), "observed");
	struct cl_text *t = &f->text;
	enum ink ink;
	int r;

	if (!source || !target)
		return 0;
	ink = ink_of(e, source);
	r = cl_text_puts(t, "%% ");
	r = r ? r : comment(t, cl_json_get_str(e, "id"));
	r = r ? r
	      : cl_text_printf(t, "\nn%zu %s", number(&f->view, source),
			       ink == HIDDEN ? "~~~"
			       : observed    ? "-->"
					     : "-.->");
	if (!r && ink > FAINT)
		r = put_words(t, e);
	r = r ? r : cl_text_printf(t, " n%zu\n", number(&f->view, target));
	if (!r && *inks[ink])
		r = cl_text_printf(&f->lines[ink], "%s%zu", f->lines[ink].len ? "," : "", f->n_edges);
	f->n_edges++;
	return r;
}

/* ---- the whole ---- */

/* In JSON's double quotes, which YAML reads as well. */
static int put_title(struct flowchart *f)
{
	_cleanup_text_ struct cl_text title = {0};
	int r = cl_export_title(f->view.lineage, &title);

	r = r ? r : cl_text_puts(&f->text, "---\ntitle: \"");
	r = r ? r : label(&f->text, cl_text_str(&title), 200);
	return r ? r : cl_text_puts(&f->text, "\"\n---\nflowchart LR\n");
}

static int put_styles(struct flowchart *f)
{
	int r = cl_text_puts(&f->text, "classDef finding stroke:#c62828,stroke-width:3px\n");

	for (size_t i = 0; !r && i < ARRAY_SIZE(looks); i++)
		r = cl_text_printf(&f->text, "classDef %s %s,stroke:#78909c\n", looks[i].kind, looks[i].style);
	for (size_t i = 0; !r && i < ARRAY_SIZE(inks); i++)
		if (f->lines[i].len)
			r = cl_text_printf(&f->text, "linkStyle %s %s\n", cl_text_str(&f->lines[i]), inks[i]);
	return r;
}

static int draw(struct flowchart *f)
{
	const cJSON *e;
	int r = put_title(f);

	r = r ? r : put_nodes(f);
	cJSON_ArrayForEach (e, cl_json_at(f->view.lineage, "edges"))
		r = r ? r : put_edge(f, e);
	return r ? r : put_styles(f);
}

static int write_mermaid(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	_cleanup_(end_flowchart) struct flowchart f = {0};
	int r = cl_export_view(&f.view, lineage);

	r = r ? r : cl_export_by_run(&f.view, &f.nodes);
	r = r ? r : draw(&f);
	if (r)
		return cl_fail(err, r, "cannot write the mermaid export: out of memory");
	errno = 0;
	fwrite(cl_text_str(&f.text), 1, f.text.len, out);
	return cl_export_check(out, "mermaid", err);
}

const struct cl_export_format cl_export_mermaid = {.name = "mermaid", .write = write_mermaid};
