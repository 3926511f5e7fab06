/* SPDX-License-Identifier: Apache-2.0 */
#include "top/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/wrap.h"
#include "top/tree_lines.h"

#define MESSAGE_WIDTH 74 /* of a finding's message, for the narrowest of usual screens */

size_t cl_tree_first(size_t wanted, size_t n, int room)
{
	size_t last = room > 0 && n > (size_t)room ? n - (size_t)room : 0;

	return wanted < last ? wanted : last;
}

/* ---- what was asked for ---- */

static const cJSON *focus_finding(const struct cl_tree *t)
{
	const cJSON *f;

	cJSON_ArrayForEach (f, cl_json_at(t->lineage, "findings")) {
		if (!strcmp(cl_json_get_str(f, "id"), cl_json_get_str(t->lineage, "focus.value")))
			return f;
	}
	return NULL;
}

static void add_finding(struct cl_tree *t, const cJSON *f)
{
	_cleanup_text_ struct cl_text message = {0};
	char *line, *rest = NULL;

	cl_json_str(cl_tree_add(t, 0, "%s: %s", cl_json_get_str(f, "severity"), cl_json_get_str(f, "title")),
		    "severity", cl_json_get_str(f, "severity"));
	cl_tree_add(t, 0, "%s %s", cl_json_get_str(f, "detector"), cl_json_get_str(f, "id"));
	if (cl_wrap(cl_json_get_str(f, "message"), MESSAGE_WIDTH, &message) || !message.len)
		return;
	for (line = strtok_r(message.s, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		cl_tree_add(t, 0, "%s", line);
}

/* Everything that its processes hold, each once. */
static void add_held_in(struct cl_tree *t, const char *run)
{
	const cJSON *const *members, *const *edges;
	size_t n = cl_tree_edges(&t->index, run, false, &members);
	_cleanup_json_ cJSON *seen = cJSON_CreateObject();

	for (size_t i = 0; i < n; i++) {
		size_t held = cl_tree_edges(&t->index, cl_json_get_str(members[i], "source"), true, &edges);

		for (size_t k = 0; cl_tree_is_kind(members[i], "PART_OF") && k < held; k++) {
			const char *id = cl_json_get_str(edges[k], "target");

			if (!cl_tree_holding(edges[k]) || !cl_tree_is(&t->index, id, "Credential") ||
			    cJSON_GetObjectItemCaseSensitive(seen, id))
				continue;
			cl_json_bool(seen, id, true);
			cl_tree_credential(t, 1, cl_tree_node(&t->index, id));
		}
	}
	if (!cJSON_GetArraySize(seen))
		cl_tree_add(t, 1, "holds no credential that was seen");
}

static void add_connections(struct cl_tree *t, const char *run)
{
	const cJSON *const *members, *const *edges;
	size_t n = cl_tree_edges(&t->index, run, false, &members), found = 0;

	for (size_t i = 0; i < n; i++) {
		const char *process = cl_json_get_str(members[i], "source");
		size_t acts = cl_tree_edges(&t->index, process, true, &edges);

		for (size_t k = 0; k < acts; k++) {
			_cleanup_text_ struct cl_text when = {0};

			if (!cl_tree_is_kind(edges[k], "CONNECTED_TO") || ++found > CL_TREE_CHILDREN)
				continue;
			if (found == 1)
				cl_tree_heading(t, 1, "connected to");
			cl_tree_when(t, edges[k], &when);
			cl_tree_add(t, 2, "%s%s by %s%s", cl_text_str(&when),
				    cl_tree_label(t, cl_json_get_str(edges[k], "target")), cl_tree_label(t, process),
				    cl_tree_basis(edges[k]));
		}
	}
	cl_tree_more(t, 2, found > CL_TREE_CHILDREN ? found - CL_TREE_CHILDREN : 0);
}

static void add_focus_run(struct cl_tree *t, const char *run)
{
	const char *parent = cl_tree_other(&t->index, run, true, "PART_OF", "Run");
	const char *first = cl_tree_other(&t->index, run, false, "PART_OF", "Process");

	cl_tree_run_line(t, 0, run);
	if (*parent)
		cl_tree_add(t, 1, "part of %s", cl_tree_label(t, parent));
	if (*first)
		cl_tree_chain(t, 1, first, run);
	add_held_in(t, run);
	add_connections(t, run);
}

static void add_focus(struct cl_tree *t)
{
	const cJSON *id, *finding = focus_finding(t);
	int depth = finding ? 1 : 0;

	if (finding)
		add_finding(t, finding);
	cJSON_ArrayForEach (id, cl_json_at(t->lineage, "focus.nodes")) {
		const cJSON *node = cl_tree_node(&t->index, id->valuestring);

		if (!strcmp(cl_json_get_str(node, "kind"), "Credential"))
			cl_tree_credential(t, depth, node);
		else if (!strcmp(cl_json_get_str(node, "kind"), "Run"))
			add_focus_run(t, id->valuestring);
	}
}

/* ---- the end ---- */

static void add_findings(struct cl_tree *t)
{
	const cJSON *f, *focus = focus_finding(t);
	size_t n = 0;
	char last[16];

	cJSON_ArrayForEach (f, cl_json_at(t->lineage, "findings")) {
		if (f == focus || ++n > CL_TREE_CHILDREN)
			continue;
		if (n == 1)
			cl_tree_heading(t, 1, "findings");
		cl_json_str(cl_tree_add(t, 2, "%s %-8s %s (%s)", cl_tree_clock(t, f, "last", last),
					cl_json_get_str(f, "severity"), cl_json_get_str(f, "detector"),
					cl_json_get_str(f, "id")),
			    "severity", cl_json_get_str(f, "severity"));
	}
	cl_tree_more(t, 2, n > CL_TREE_CHILDREN ? n - CL_TREE_CHILDREN : 0);
}

static void add_gap(struct cl_tree *t, const cJSON *gap)
{
	const char *kind = cl_json_get_str(gap, "kind");

	if (!strcmp(kind, "limit"))
		cl_tree_add(t, 2, "more than %.0f %s: the rest", cl_json_get_num(gap, "limit"),
			    cl_json_get_str(gap, "what"));
	else if (!strcmp(kind, "summarised"))
		cl_tree_add(t, 2, "what lies beyond %s, which has %.0f edges",
			    cl_tree_label(t, cl_json_get_str(gap, "node")), cl_json_get_num(gap, "edges"));
	else if (!strcmp(kind, "loss"))
		cl_tree_add(t, 2, "%.0f acts: %s %s", cl_json_get_num(gap, "count"), cl_json_get_str(gap, "act"),
			    cl_json_get_str(gap, "stage"));
	else if (!strcmp(kind, "unknown_parent"))
		cl_tree_add(t, 2, "who started %s", cl_tree_label(t, cl_json_get_str(gap, "node")));
	else
		cl_tree_add(t, 2, "%s", *cl_json_get_str(gap, "detail") ? cl_json_get_str(gap, "detail") : kind);
}

static void add_gaps(struct cl_tree *t)
{
	const cJSON *gap, *gaps = cl_json_at(t->lineage, "gaps");
	size_t n = 0;

	cJSON_ArrayForEach (gap, gaps) {
		if (!n++)
			cl_tree_heading(t, 1, "not seen, or left out");
		if (n <= CL_TREE_CHILDREN)
			add_gap(t, gap);
	}
	cl_tree_more(t, 2, n > CL_TREE_CHILDREN ? n - CL_TREE_CHILDREN : 0);
}

int cl_tree_lines(const cJSON *lineage, cJSON **out)
{
	struct cl_tree t = {.lineage = lineage, .lines = cJSON_CreateArray()};
	int r = t.lines ? cl_tree_index(&t.index, lineage) : -ENOMEM;

	snprintf(t.day, sizeof(t.day), "%.10s", cl_json_get_str(lineage, "generated"));
	if (!r) {
		add_focus(&t);
		add_findings(&t);
		add_gaps(&t);
		*out = TAKE_PTR(t.lines);
	}
	cl_tree_index_free(&t.index);
	cJSON_Delete(t.lines);
	return r;
}
