/* SPDX-License-Identifier: Apache-2.0 */
#include "export/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

void cl_export_view_end(struct cl_export_view *v)
{
	free(v->nodes);
	free(v->marks);
	free(v->focus);
	*v = (struct cl_export_view){0};
}

/* ---- nodes ---- */

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct cl_export_node *)a)->id, ((const struct cl_export_node *)b)->id);
}

static struct cl_export_node *find_node(const struct cl_export_view *v, const char *id)
{
	const struct cl_export_node key = {.id = id};

	return v->n_nodes ? bsearch(&key, v->nodes, v->n_nodes, sizeof(key), by_id) : NULL;
}

const struct cl_export_node *cl_export_node(const struct cl_export_view *v, const char *id)
{
	return find_node(v, id);
}

const char *cl_export_label(const struct cl_export_view *v, const char *id)
{
	const struct cl_export_node *n = find_node(v, id);
	const char *label = n ? cl_json_get_str(n->json, "label") : "";

	return *label ? label : id;
}

/* A process stands in the run that it became part of last. */
static void find_runs(struct cl_export_view *v)
{
	const cJSON *e;

	cJSON_ArrayForEach (e, cl_json_at(v->lineage, "edges")) {
		const char *first = cl_json_get_str(e, "first");
		struct cl_export_node *n;

		if (strcmp(cl_json_get_str(e, "kind"), "PART_OF"))
			continue;
		n = find_node(v, cl_json_get_str(e, "source"));
		if (!n || strcmp(cl_json_get_str(n->json, "kind"), "Process") || strcmp(first, n->since) < 0)
			continue;
		n->run = cl_json_get_str(e, "target");
		n->since = first;
	}
}

static int find_nodes(struct cl_export_view *v)
{
	const cJSON *nodes = cl_json_at(v->lineage, "nodes"), *n;

	v->nodes = calloc((size_t)cJSON_GetArraySize(nodes) + 1, sizeof(*v->nodes));
	if (!v->nodes)
		return -ENOMEM;
	cJSON_ArrayForEach (n, nodes) {
		v->nodes[v->n_nodes++] =
			(struct cl_export_node){.json = n, .id = cl_json_get_str(n, "id"), .run = "", .since = ""};
	}
	qsort(v->nodes, v->n_nodes, sizeof(*v->nodes), by_id);
	find_runs(v);
	return 0;
}

static int by_run(const void *a, const void *b)
{
	const struct cl_export_node *x = *(const struct cl_export_node *const *)a;
	const struct cl_export_node *y = *(const struct cl_export_node *const *)b;
	int c = strcmp(x->run, y->run);

	return c ? c : strcmp(x->id, y->id);
}

int cl_export_by_run(const struct cl_export_view *v, const struct cl_export_node ***out)
{
	*out = calloc(v->n_nodes + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < v->n_nodes; i++)
		(*out)[i] = &v->nodes[i];
	qsort(*out, v->n_nodes, sizeof(**out), by_run);
	return 0;
}

/* ---- marks ---- */

static int by_mark(const void *a, const void *b)
{
	const struct cl_export_mark *x = a, *y = b;
	int c = strcmp(x->id, y->id);

	return c ? c : strcmp(x->finding, y->finding);
}

static int by_marked(const void *a, const void *b)
{
	return strcmp(((const struct cl_export_mark *)a)->id, ((const struct cl_export_mark *)b)->id);
}

static void mark(struct cl_export_mark *out, size_t *n, const char *id, const char *finding)
{
	if (out && *id)
		out[*n] = (struct cl_export_mark){.id = id, .finding = finding};
	*n += *id != '\0';
}

/* How many there are; `out` may be NULL. */
static size_t list_marks(const cJSON *lineage, struct cl_export_mark *out)
{
	static const char *const lists[] = {"nodes", "edges"};
	const cJSON *f, *item;
	size_t n = 0;

	cJSON_ArrayForEach (f, cl_json_at(lineage, "findings")) {
		const char *id = cl_json_get_str(f, "id");

		mark(out, &n, cl_json_get_str(f, "credential"), id);
		for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
			cJSON_ArrayForEach (item, cl_json_at(f, lists[i]))
				mark(out, &n, cJSON_IsString(item) ? item->valuestring : "", id);
	}
	return n;
}

static int find_marks(struct cl_export_view *v)
{
	size_t n = list_marks(v->lineage, NULL), kept = 0;

	v->marks = calloc(n + 1, sizeof(*v->marks));
	if (!v->marks)
		return -ENOMEM;
	list_marks(v->lineage, v->marks);
	qsort(v->marks, n, sizeof(*v->marks), by_mark);
	for (size_t i = 0; i < n; i++)
		if (!kept || by_mark(&v->marks[kept - 1], &v->marks[i]))
			v->marks[kept++] = v->marks[i];
	v->n_marks = kept;
	return 0;
}

const struct cl_export_mark *cl_export_marks(const struct cl_export_view *v, const char *id)
{
	const struct cl_export_mark key = {.id = id}, *m;

	m = v->n_marks ? bsearch(&key, v->marks, v->n_marks, sizeof(key), by_marked) : NULL;
	while (m && m > v->marks && !strcmp(m[-1].id, id))
		m--;
	return m;
}

/* ---- focus ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int find_focus(struct cl_export_view *v)
{
	const cJSON *ids = cl_json_at(v->lineage, "focus.nodes"), *item;

	v->focus = calloc((size_t)cJSON_GetArraySize(ids) + 1, sizeof(*v->focus));
	if (!v->focus)
		return -ENOMEM;
	cJSON_ArrayForEach (item, ids)
		if (cJSON_IsString(item))
			v->focus[v->n_focus++] = item->valuestring;
	qsort(v->focus, v->n_focus, sizeof(*v->focus), by_text);
	return 0;
}

bool cl_export_in_focus(const struct cl_export_view *v, const char *id)
{
	return v->n_focus && bsearch(&id, v->focus, v->n_focus, sizeof(id), by_text);
}

/* A finding names the whole chain of parents; what it is about are its credential and who had that. */
static void find_pivots(struct cl_export_view *v)
{
	const cJSON *e;

	cJSON_ArrayForEach (e, cl_json_at(v->lineage, "edges")) {
		struct cl_export_node *source = find_node(v, cl_json_get_str(e, "source"));
		struct cl_export_node *target = find_node(v, cl_json_get_str(e, "target"));

		if (!source || !target || !cl_export_marks(v, cl_json_get_str(e, "id")) ||
		    !cl_export_marks(v, target->id) || strcmp(cl_json_get_str(target->json, "kind"), "Credential"))
			continue;
		target->pivotal = true;
		source->pivotal = source->pivotal || !strcmp(cl_json_get_str(source->json, "kind"), "Process");
	}
}

int cl_export_view(struct cl_export_view *v, const cJSON *lineage)
{
	int r;

	*v = (struct cl_export_view){.lineage = lineage};
	r = find_nodes(v);
	r = r ? r : find_marks(v);
	r = r ? r : find_focus(v);
	if (!r)
		find_pivots(v);
	return r;
}

/* ---- words ---- */

const char *cl_export_detail(const cJSON *node)
{
	static const char *const members[] = {"attrs.command", "attrs.environment", "attrs.class", "attrs.store"};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(node, members[i]))
			return cl_json_get_str(node, members[i]);
	return "";
}

int cl_export_title(const cJSON *lineage, struct cl_text *t)
{
	int gaps = cJSON_GetArraySize(cl_json_at(lineage, "gaps"));
	int r = cl_text_printf(t, "%s %s on %s", cl_json_get_str(lineage, "focus.kind"),
			       cl_json_get_str(lineage, "focus.value"), cl_json_get_str(lineage, "host.name"));

	if (!r && gaps)
		r = cl_text_printf(t, " (incomplete: %d gap%s)", gaps, gaps == 1 ? "" : "s");
	return r;
}

int cl_export_gap(const cJSON *gap, struct cl_text *t)
{
	static const char *const names[] = {"what", "node", "act", "stage", "detail"};
	static const char *const numbers[] = {"limit", "edges", "count"};
	const char *between = ": ";
	int r = cl_text_puts(t, cl_json_get_str(gap, "kind"));

	for (size_t i = 0; !r && i < ARRAY_SIZE(names); i++)
		if (*cl_json_get_str(gap, names[i])) {
			r = cl_text_printf(t, "%s%s", between, cl_json_get_str(gap, names[i]));
			between = ", ";
		}
	for (size_t i = 0; !r && i < ARRAY_SIZE(numbers); i++)
		if (cJSON_IsNumber(cl_json_at(gap, numbers[i]))) {
			r = cl_text_printf(t, "%s%s %.0f", between, numbers[i], cl_json_get_num(gap, numbers[i]));
			between = ", ";
		}
	return r;
}

int cl_export_printable(struct cl_text *t, const char *s)
{
	size_t n = strcspn(s, "\\");
	int r = cl_text_escape(t, s, n);

	while (!r && s[n]) {
		s += n + 1;
		n = strcspn(s, "\\");
		r = cl_text_puts(t, "\\");
		r = r ? r : cl_text_escape(t, s, n);
	}
	return r;
}

char *cl_export_kind(const cJSON *element, char buf[CL_EXPORT_KIND_SIZE])
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
	const char *kind = cl_json_get_str(element, "kind");
	size_t n = 0;

	for (; kind[n] && n < CL_EXPORT_KIND_SIZE - 1; n++)
		buf[n] = strchr(plain, kind[n]) ? kind[n] : '_';
	if (!n)
		buf[n++] = '_';
	buf[n] = '\0';
	return buf;
}
