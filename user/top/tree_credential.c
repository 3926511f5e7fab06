/* SPDX-License-Identifier: Apache-2.0 */
/* A credential in the tree: where it came from, who held it by run, where they went with it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "top/tree_lines.h"

#define ANCESTORS 8 /* of a run's first process, by name */

/* How a process got hold of it, in words; NULL: the edge is another one. */
const char *cl_tree_holding(const cJSON *edge)
{
	static const char *const words[][2] = {{"READ", "read"},
					       {"HELD_IN_ENVIRONMENT", "environment"},
					       {"PASSED_IN_ARGUMENTS", "command line"},
					       {"RECEIVED", "received"}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (cl_tree_is_kind(edge, words[i][0]))
			return words[i][1];
	return NULL;
}

/* The ends of a credential's edges of one kind: where it lies, where it was used. True: there was one. */
static bool add_ends(struct cl_tree *t, int depth, const char *heading, const char *id, const char *kind)
{
	const cJSON *const *edges;
	size_t n = cl_tree_edges(&t->index, id, true, &edges), found = 0;

	for (size_t i = 0; i < n; i++) {
		_cleanup_text_ struct cl_text when = {0};
		const char *evidence = cl_json_get_str(edges[i], "evidence");

		if (!cl_tree_is_kind(edges[i], kind) || ++found > CL_TREE_CHILDREN)
			continue;
		if (found == 1)
			cl_tree_heading(t, depth, heading);
		cl_tree_when(t, edges[i], &when);
		cl_tree_add(t, depth + 1, "%s%s%s%s%s", cl_text_str(&when),
			    cl_tree_label(t, cl_json_get_str(edges[i], "target")), *evidence ? ", " : "", evidence,
			    cl_tree_basis(edges[i]));
	}
	cl_tree_more(t, depth + 1, found > CL_TREE_CHILDREN ? found - CL_TREE_CHILDREN : 0);
	return found;
}

static void add_origins(struct cl_tree *t, int depth, const cJSON *credential)
{
	const cJSON *attrs = cl_json_at(credential, "attrs");
	bool any = add_ends(t, depth, "origins", cl_json_get_str(credential, "id"), "STORED_IN");

	if (!any)
		cl_tree_heading(t, depth, "origins");
	if (*cl_json_get_str(attrs, "rotated_from"))
		cl_tree_add(t, depth + 1, "took the place of %.13s in %s (inferred)",
			    cl_json_get_str(attrs, "rotated_from"), cl_json_get_str(attrs, "rotated_in"));
	else if (!any)
		cl_tree_add(t, depth + 1, "in no file that was seen: what held it first is its origin");
}

/* Who started the process, from outside of its run: "bash [28387] < sshd [80]". */
void cl_tree_chain(struct cl_tree *t, int depth, const char *process, const char *run)
{
	_cleanup_text_ struct cl_text chain = {0};
	const char *parent = cl_tree_other(&t->index, process, false, "SPAWNED", NULL);
	int named = 0;

	for (int guard = 0; *parent && guard < 1000; guard++) {
		bool same = !strcmp(cl_tree_other(&t->index, parent, true, "PART_OF", "Run"), run);

		if (!same && named++ < ANCESTORS)
			cl_text_printf(&chain, "%s%s", chain.len ? " < " : "", cl_tree_label(t, parent));
		parent = cl_tree_other(&t->index, parent, false, "SPAWNED", NULL);
	}
	if (named > ANCESTORS)
		cl_text_printf(&chain, " < %d more", named - ANCESTORS);
	if (chain.len)
		cl_tree_add(t, depth, "started by %s", cl_text_str(&chain));
}

/* Without the number that tells it from others like it: "cat", of "cat [24764]". */
static size_t name_length(const char *label)
{
	const char *number = strrchr(label, '[');

	return number && number > label + 1 ? (size_t)(number - label - 1) : strlen(label);
}

/* The same program that took it in the same way: a shell's thousand children are one line. */
static bool is_alike(const struct cl_tree *t, const cJSON *a, const cJSON *b)
{
	const char *x = cl_tree_label(t, cl_json_get_str(a, "source")),
		   *y = cl_tree_label(t, cl_json_get_str(b, "source"));
	size_t len = name_length(x);

	return a == b || (len == name_length(y) && !strncmp(x, y, len) &&
			  !strcmp(cl_json_get_str(a, "kind"), cl_json_get_str(b, "kind")) &&
			  !strcmp(cl_json_get_str(a, "evidence"), cl_json_get_str(b, "evidence")));
}

/* `last`, `alike`: the last one of those that are like it, and their number. */
static void add_holder(struct cl_tree *t, int depth, const cJSON *edge, const cJSON *last, size_t alike)
{
	const char *process = cl_json_get_str(edge, "source"), *evidence = cl_json_get_str(edge, "evidence");
	const cJSON *uid = cl_json_at(cl_tree_node(&t->index, process), "attrs.uid");
	const char *label = cl_tree_label(t, process);
	_cleanup_text_ struct cl_text when = {0};
	char user[32] = "", first[16], end[16];

	if (cJSON_IsNumber(uid))
		snprintf(user, sizeof(user), " uid %.0f", uid->valuedouble);
	if (alike == 1)
		cl_tree_when(t, edge, &when);
	else
		cl_text_printf(&when, "%s to %s, %zu processes: ", cl_tree_clock(t, edge, "first", first),
			       cl_tree_clock(t, last, "last", end), alike);
	cl_tree_add(t, depth, "%s%.*s%s: %s%s%s%s", cl_text_str(&when),
		    (int)(alike == 1 ? strlen(label) : name_length(label)), label, user, cl_tree_holding(edge),
		    *evidence ? " " : "", evidence, cl_tree_basis(edge));
}

void cl_tree_run_line(struct cl_tree *t, int depth, const char *run)
{
	const cJSON *node = cl_tree_node(&t->index, run);
	const char *state = cl_json_get_str(node, "attrs.state");
	char begin[16], end[16];

	if (!node) {
		cl_tree_add(t, depth, "in no run that is known");
		return;
	}
	if (*cl_json_get_str(node, "attrs.end"))
		cl_tree_add(t, depth, "%s: %s to %s", cl_tree_label(t, run),
			    cl_tree_clock(t, node, "attrs.begin", begin), cl_tree_clock(t, node, "attrs.end", end));
	else
		cl_tree_add(t, depth, "%s: %s since %s", cl_tree_label(t, run), *state ? state : "seen",
			    cl_tree_clock(t, node, "attrs.begin", begin));
}

/* The holders in one run, `edges` from its first one on. */
static void add_run(struct cl_tree *t, int depth, const cJSON *const *edges, size_t n, const char *run)
{
	const cJSON *shown[CL_TREE_CHILDREN], *last[CL_TREE_CHILDREN];
	size_t alike[CL_TREE_CHILDREN], kinds = 0, more = 0;

	cl_tree_run_line(t, depth, run);
	cl_tree_chain(t, depth + 1, cl_json_get_str(edges[0], "source"), run);
	for (size_t i = 0, k; i < n; i++) {
		if (!cl_tree_holding(edges[i]) ||
		    strcmp(cl_tree_other(&t->index, cl_json_get_str(edges[i], "source"), true, "PART_OF", "Run"), run))
			continue;
		for (k = 0; k < kinds && !is_alike(t, shown[k], edges[i]);)
			k++;
		if (k == CL_TREE_CHILDREN) {
			more++;
			continue;
		}
		if (k == kinds) {
			shown[kinds] = edges[i];
			alike[kinds++] = 0;
		}
		last[k] = edges[i];
		alike[k]++;
	}
	for (size_t k = 0; k < kinds; k++)
		add_holder(t, depth + 1, shown[k], last[k], alike[k]);
	cl_tree_more(t, depth + 1, more);
}

/* By run, in the order in which these got it. */
static void add_holders(struct cl_tree *t, int depth, const char *credential)
{
	const cJSON *const *edges;
	size_t n = cl_tree_edges(&t->index, credential, false, &edges), runs = 0, more = 0;
	const char *seen[CL_TREE_CHILDREN];

	for (size_t i = 0; i < n; i++) {
		const char *run = cl_tree_other(&t->index, cl_json_get_str(edges[i], "source"), true, "PART_OF", "Run");
		bool known = false;

		for (size_t k = 0; k < runs; k++)
			known |= !strcmp(seen[k], run);
		if (known || !cl_tree_holding(edges[i]))
			continue;
		if (runs == CL_TREE_CHILDREN) {
			more++;
			continue;
		}
		if (!runs)
			cl_tree_heading(t, depth, "holders");
		seen[runs++] = run;
		add_run(t, depth + 1, edges + i, n - i, run);
	}
	cl_tree_more(t, depth + 1, more);
}

void cl_tree_credential(struct cl_tree *t, int depth, const cJSON *credential)
{
	const cJSON *attrs = cl_json_at(credential, "attrs");
	const char *name = cl_json_get_str(attrs, "label");
	char first[16], last[16];

	cl_tree_add(t, depth, "%s%s%s", cl_json_get_str(credential, "id"), *name ? " " : "", name);
	cl_tree_add(t, depth + 1, "%s %s, %s, seen %s to %s", cl_json_get_str(attrs, "provider"),
		    cl_json_get_str(attrs, "format"), cl_json_get_str(attrs, "class"),
		    cl_tree_clock(t, credential, "first", first), cl_tree_clock(t, credential, "last", last));
	add_origins(t, depth + 1, credential);
	add_holders(t, depth + 1, cl_json_get_str(credential, "id"));
	if (!add_ends(t, depth + 1, "destinations", cl_json_get_str(credential, "id"), "USED_TOWARD")) {
		cl_tree_heading(t, depth + 1, "destinations");
		cl_tree_add(t, depth + 2, "none that was seen");
	}
}
