/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "top/tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "base/wrap.h"
#include "top/tree_index.h"

#define MESSAGE_WIDTH 74 /* of a finding's message, for the narrowest of usual screens */
#define ANCESTORS 8

struct tree {
	struct cl_tree_index index;
	const cJSON *lineage;
	cJSON *lines;
	size_t n;
	char day[11]; /* "2026-11-26": of such a time only the clock is written */
};

size_t cl_tree_first(size_t wanted, size_t n, int room)
{
	size_t last = room > 0 && n > (size_t)room ? n - (size_t)room : 0;

	return wanted < last ? wanted : last;
}

/* ---- lines ---- */

__attribute__((format(printf, 3, 4))) static cJSON *add(struct tree *t, int depth, const char *fmt, ...)
{
	_cleanup_text_ struct cl_text text = {0};
	char *s = NULL;
	cJSON *line;
	va_list ap;
	int n;

	if (t->n >= CL_TREE_LINES)
		return NULL;
	if (++t->n == CL_TREE_LINES) {
		line = cl_json_push(t->lines);
		cl_json_num(line, "depth", 1);
		cl_json_str(line, "text", "... and more");
		return NULL;
	}
	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		return NULL;
	line = cl_json_push(t->lines);
	cl_json_num(line, "depth", depth);
	cl_json_str(line, "text", s);
	free(s);
	return line;
}

static void add_heading(struct tree *t, int depth, const char *text)
{
	cl_json_bool(add(t, depth, "%s", text), "heading", true);
}

static void add_more(struct tree *t, int depth, size_t left_out)
{
	if (left_out)
		add(t, depth, "... and %zu more", left_out);
}

/* "06:07:20" of the day of the lineage, "11-25 06:07" else. */
static const char *clock_of(const struct tree *t, const cJSON *from, const char *key, char buf[16])
{
	const char *time = cl_json_get_str(from, key);

	if (strlen(time) < 19)
		return "-";
	if (!strncmp(time, t->day, 10))
		snprintf(buf, 16, "%.8s", time + 11);
	else
		snprintf(buf, 16, "%.5s %.5s", time + 5, time + 11);
	return buf;
}

static const char *label_of(const struct tree *t, const char *id)
{
	const char *label = cl_json_get_str(cl_tree_node(&t->index, id), "label");

	return *label ? label : id;
}

/* "06:07:20 ", "06:07:20 to 06:09:01, 3 times: ": first what a narrow screen must not cut off. */
static void put_when(const struct tree *t, const cJSON *edge, struct cl_text *out)
{
	char first[16], last[16];
	double count = cl_json_get_num(edge, "count");

	clock_of(t, edge, "first", first);
	clock_of(t, edge, "last", last);
	cl_text_printf(out, "%s", first);
	if (count > 1 && strcmp(first, last) != 0)
		cl_text_printf(out, " to %s", last);
	if (count > 1)
		cl_text_printf(out, ", %.0f times:", count);
	cl_text_puts(out, " ");
}

/* Nothing for what was seen. */
static const char *basis_of(const cJSON *edge)
{
	const char *basis = cl_json_get_str(edge, "basis");

	return !strcmp(basis, "inferred") ? " (inferred)" : !strcmp(basis, "declared") ? " (declared)" : "";
}

/* ---- a credential ---- */

static bool is_kind(const cJSON *edge, const char *kind)
{
	return !strcmp(cl_json_get_str(edge, "kind"), kind);
}

/* How a process got hold of it, in words; NULL: the edge is another one. */
static const char *holding(const cJSON *edge)
{
	static const char *const words[][2] = {{"READ", "read"},
					       {"HELD_IN_ENVIRONMENT", "environment"},
					       {"PASSED_IN_ARGUMENTS", "command line"},
					       {"RECEIVED", "received"}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (is_kind(edge, words[i][0]))
			return words[i][1];
	return NULL;
}

/* The ends of a credential's edges of one kind: where it lies, where it was used. True: there was one. */
static bool add_ends(struct tree *t, int depth, const char *heading, const char *id, const char *kind)
{
	const cJSON *const *edges;
	size_t n = cl_tree_edges(&t->index, id, true, &edges), found = 0;

	for (size_t i = 0; i < n; i++) {
		_cleanup_text_ struct cl_text when = {0};
		const char *evidence = cl_json_get_str(edges[i], "evidence");

		if (!is_kind(edges[i], kind) || ++found > CL_TREE_CHILDREN)
			continue;
		if (found == 1)
			add_heading(t, depth, heading);
		put_when(t, edges[i], &when);
		add(t, depth + 1, "%s%s%s%s%s", cl_text_str(&when), label_of(t, cl_json_get_str(edges[i], "target")),
		    *evidence ? ", " : "", evidence, basis_of(edges[i]));
	}
	add_more(t, depth + 1, found > CL_TREE_CHILDREN ? found - CL_TREE_CHILDREN : 0);
	return found;
}

static void add_origins(struct tree *t, int depth, const cJSON *credential)
{
	const cJSON *attrs = cl_json_at(credential, "attrs");
	bool any = add_ends(t, depth, "origins", cl_json_get_str(credential, "id"), "STORED_IN");

	if (!any)
		add_heading(t, depth, "origins");
	if (*cl_json_get_str(attrs, "rotated_from"))
		add(t, depth + 1, "took the place of %.13s in %s (inferred)", cl_json_get_str(attrs, "rotated_from"),
		    cl_json_get_str(attrs, "rotated_in"));
	else if (!any)
		add(t, depth + 1, "in no file that was seen: what held it first is its origin");
}

/* Who started the process, from outside of its run: "bash [28387] < sshd [80]". */
static void add_chain(struct tree *t, int depth, const char *process, const char *run)
{
	_cleanup_text_ struct cl_text chain = {0};
	const char *parent = cl_tree_other(&t->index, process, false, "SPAWNED", NULL);
	int named = 0;

	for (int guard = 0; *parent && guard < 1000; guard++) {
		bool same = !strcmp(cl_tree_other(&t->index, parent, true, "PART_OF", "Run"), run);

		if (!same && named++ < ANCESTORS)
			cl_text_printf(&chain, "%s%s", chain.len ? " < " : "", label_of(t, parent));
		parent = cl_tree_other(&t->index, parent, false, "SPAWNED", NULL);
	}
	if (named > ANCESTORS)
		cl_text_printf(&chain, " < %d more", named - ANCESTORS);
	if (chain.len)
		add(t, depth, "started by %s", cl_text_str(&chain));
}

/* Without the number that tells it from others like it: "cat", of "cat [24764]". */
static size_t name_length(const char *label)
{
	const char *number = strrchr(label, '[');

	return number && number > label + 1 ? (size_t)(number - label - 1) : strlen(label);
}

/* The same program that took it in the same way: a shell's thousand children are one line. */
static bool is_alike(const struct tree *t, const cJSON *a, const cJSON *b)
{
	const char *x = label_of(t, cl_json_get_str(a, "source")), *y = label_of(t, cl_json_get_str(b, "source"));
	size_t len = name_length(x);

	return a == b || (len == name_length(y) && !strncmp(x, y, len) &&
			  !strcmp(cl_json_get_str(a, "kind"), cl_json_get_str(b, "kind")) &&
			  !strcmp(cl_json_get_str(a, "evidence"), cl_json_get_str(b, "evidence")));
}

/* `last`, `alike`: the last one of those that are like it, and their number. */
static void add_holder(struct tree *t, int depth, const cJSON *edge, const cJSON *last, size_t alike)
{
	const char *process = cl_json_get_str(edge, "source"), *evidence = cl_json_get_str(edge, "evidence");
	const cJSON *uid = cl_json_at(cl_tree_node(&t->index, process), "attrs.uid");
	const char *label = label_of(t, process);
	_cleanup_text_ struct cl_text when = {0};
	char user[32] = "", first[16], end[16];

	if (cJSON_IsNumber(uid))
		snprintf(user, sizeof(user), " uid %.0f", uid->valuedouble);
	if (alike == 1)
		put_when(t, edge, &when);
	else
		cl_text_printf(&when, "%s to %s, %zu processes: ", clock_of(t, edge, "first", first),
			       clock_of(t, last, "last", end), alike);
	add(t, depth, "%s%.*s%s: %s%s%s%s", cl_text_str(&when), (int)(alike == 1 ? strlen(label) : name_length(label)),
	    label, user, holding(edge), *evidence ? " " : "", evidence, basis_of(edge));
}

static void add_run_line(struct tree *t, int depth, const char *run)
{
	const cJSON *node = cl_tree_node(&t->index, run);
	const char *state = cl_json_get_str(node, "attrs.state");
	char begin[16], end[16];

	if (!node) {
		add(t, depth, "in no run that is known");
		return;
	}
	if (*cl_json_get_str(node, "attrs.end"))
		add(t, depth, "%s: %s to %s", label_of(t, run), clock_of(t, node, "attrs.begin", begin),
		    clock_of(t, node, "attrs.end", end));
	else
		add(t, depth, "%s: %s since %s", label_of(t, run), *state ? state : "seen",
		    clock_of(t, node, "attrs.begin", begin));
}

/* The holders in one run, `edges` from its first one on. */
static void add_run(struct tree *t, int depth, const cJSON *const *edges, size_t n, const char *run)
{
	const cJSON *shown[CL_TREE_CHILDREN], *last[CL_TREE_CHILDREN];
	size_t alike[CL_TREE_CHILDREN], kinds = 0, more = 0;

	add_run_line(t, depth, run);
	add_chain(t, depth + 1, cl_json_get_str(edges[0], "source"), run);
	for (size_t i = 0, k; i < n; i++) {
		if (!holding(edges[i]) ||
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
	add_more(t, depth + 1, more);
}

/* By run, in the order in which these got it. */
static void add_holders(struct tree *t, int depth, const char *credential)
{
	const cJSON *const *edges;
	size_t n = cl_tree_edges(&t->index, credential, false, &edges), runs = 0, more = 0;
	const char *seen[CL_TREE_CHILDREN];

	for (size_t i = 0; i < n; i++) {
		const char *run = cl_tree_other(&t->index, cl_json_get_str(edges[i], "source"), true, "PART_OF", "Run");
		bool known = false;

		for (size_t k = 0; k < runs; k++)
			known |= !strcmp(seen[k], run);
		if (known || !holding(edges[i]))
			continue;
		if (runs == CL_TREE_CHILDREN) {
			more++;
			continue;
		}
		if (!runs)
			add_heading(t, depth, "holders");
		seen[runs++] = run;
		add_run(t, depth + 1, edges + i, n - i, run);
	}
	add_more(t, depth + 1, more);
}

static void add_credential(struct tree *t, int depth, const cJSON *credential)
{
	const cJSON *attrs = cl_json_at(credential, "attrs");
	const char *name = cl_json_get_str(attrs, "label");
	char first[16], last[16];

	add(t, depth, "%s%s%s", cl_json_get_str(credential, "id"), *name ? " " : "", name);
	add(t, depth + 1, "%s %s, %s, seen %s to %s", cl_json_get_str(attrs, "provider"),
	    cl_json_get_str(attrs, "format"), cl_json_get_str(attrs, "class"), clock_of(t, credential, "first", first),
	    clock_of(t, credential, "last", last));
	add_origins(t, depth + 1, credential);
	add_holders(t, depth + 1, cl_json_get_str(credential, "id"));
	if (!add_ends(t, depth + 1, "destinations", cl_json_get_str(credential, "id"), "USED_TOWARD")) {
		add_heading(t, depth + 1, "destinations");
		add(t, depth + 2, "none that was seen");
	}
}

/* ---- what was asked for ---- */

static const cJSON *focus_finding(const struct tree *t)
{
	const cJSON *f;

	cJSON_ArrayForEach (f, cl_json_at(t->lineage, "findings")) {
		if (!strcmp(cl_json_get_str(f, "id"), cl_json_get_str(t->lineage, "focus.value")))
			return f;
	}
	return NULL;
}

static void add_finding(struct tree *t, const cJSON *f)
{
	_cleanup_text_ struct cl_text message = {0};
	char *line, *rest = NULL;

	cl_json_str(add(t, 0, "%s: %s", cl_json_get_str(f, "severity"), cl_json_get_str(f, "title")), "severity",
		    cl_json_get_str(f, "severity"));
	add(t, 0, "%s %s", cl_json_get_str(f, "detector"), cl_json_get_str(f, "id"));
	if (cl_wrap(cl_json_get_str(f, "message"), MESSAGE_WIDTH, &message) || !message.len)
		return;
	for (line = strtok_r(message.s, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		add(t, 0, "%s", line);
}

/* Everything that its processes hold, each once. */
static void add_held_in(struct tree *t, const char *run)
{
	const cJSON *const *members, *const *edges;
	size_t n = cl_tree_edges(&t->index, run, false, &members);
	_cleanup_json_ cJSON *seen = cJSON_CreateObject();

	for (size_t i = 0; i < n; i++) {
		size_t held = cl_tree_edges(&t->index, cl_json_get_str(members[i], "source"), true, &edges);

		for (size_t k = 0; is_kind(members[i], "PART_OF") && k < held; k++) {
			const char *id = cl_json_get_str(edges[k], "target");

			if (!holding(edges[k]) || !cl_tree_is(&t->index, id, "Credential") ||
			    cJSON_GetObjectItemCaseSensitive(seen, id))
				continue;
			cl_json_bool(seen, id, true);
			add_credential(t, 1, cl_tree_node(&t->index, id));
		}
	}
	if (!cJSON_GetArraySize(seen))
		add(t, 1, "holds no credential that was seen");
}

static void add_connections(struct tree *t, const char *run)
{
	const cJSON *const *members, *const *edges;
	size_t n = cl_tree_edges(&t->index, run, false, &members), found = 0;

	for (size_t i = 0; i < n; i++) {
		const char *process = cl_json_get_str(members[i], "source");
		size_t acts = cl_tree_edges(&t->index, process, true, &edges);

		for (size_t k = 0; k < acts; k++) {
			_cleanup_text_ struct cl_text when = {0};

			if (!is_kind(edges[k], "CONNECTED_TO") || ++found > CL_TREE_CHILDREN)
				continue;
			if (found == 1)
				add_heading(t, 1, "connected to");
			put_when(t, edges[k], &when);
			add(t, 2, "%s%s by %s%s", cl_text_str(&when), label_of(t, cl_json_get_str(edges[k], "target")),
			    label_of(t, process), basis_of(edges[k]));
		}
	}
	add_more(t, 2, found > CL_TREE_CHILDREN ? found - CL_TREE_CHILDREN : 0);
}

static void add_focus_run(struct tree *t, const char *run)
{
	const char *parent = cl_tree_other(&t->index, run, true, "PART_OF", "Run");
	const char *first = cl_tree_other(&t->index, run, false, "PART_OF", "Process");

	add_run_line(t, 0, run);
	if (*parent)
		add(t, 1, "part of %s", label_of(t, parent));
	if (*first)
		add_chain(t, 1, first, run);
	add_held_in(t, run);
	add_connections(t, run);
}

static void add_focus(struct tree *t)
{
	const cJSON *id, *finding = focus_finding(t);
	int depth = finding ? 1 : 0;

	if (finding)
		add_finding(t, finding);
	cJSON_ArrayForEach (id, cl_json_at(t->lineage, "focus.nodes")) {
		const cJSON *node = cl_tree_node(&t->index, id->valuestring);

		if (!strcmp(cl_json_get_str(node, "kind"), "Credential"))
			add_credential(t, depth, node);
		else if (!strcmp(cl_json_get_str(node, "kind"), "Run"))
			add_focus_run(t, id->valuestring);
	}
}

/* ---- the end ---- */

static void add_findings(struct tree *t)
{
	const cJSON *f, *focus = focus_finding(t);
	size_t n = 0;
	char last[16];

	cJSON_ArrayForEach (f, cl_json_at(t->lineage, "findings")) {
		if (f == focus || ++n > CL_TREE_CHILDREN)
			continue;
		if (n == 1)
			add_heading(t, 1, "findings");
		cl_json_str(add(t, 2, "%s %-8s %s (%s)", clock_of(t, f, "last", last), cl_json_get_str(f, "severity"),
				cl_json_get_str(f, "detector"), cl_json_get_str(f, "id")),
			    "severity", cl_json_get_str(f, "severity"));
	}
	add_more(t, 2, n > CL_TREE_CHILDREN ? n - CL_TREE_CHILDREN : 0);
}

static void add_gap(struct tree *t, const cJSON *gap)
{
	const char *kind = cl_json_get_str(gap, "kind");

	if (!strcmp(kind, "limit"))
		add(t, 2, "more than %.0f %s: the rest", cl_json_get_num(gap, "limit"), cl_json_get_str(gap, "what"));
	else if (!strcmp(kind, "summarised"))
		add(t, 2, "what lies beyond %s, which has %.0f edges", label_of(t, cl_json_get_str(gap, "node")),
		    cl_json_get_num(gap, "edges"));
	else if (!strcmp(kind, "loss"))
		add(t, 2, "%.0f acts: %s %s", cl_json_get_num(gap, "count"), cl_json_get_str(gap, "act"),
		    cl_json_get_str(gap, "stage"));
	else if (!strcmp(kind, "unknown_parent"))
		add(t, 2, "who started %s", label_of(t, cl_json_get_str(gap, "node")));
	else
		add(t, 2, "%s", *cl_json_get_str(gap, "detail") ? cl_json_get_str(gap, "detail") : kind);
}

static void add_gaps(struct tree *t)
{
	const cJSON *gap, *gaps = cl_json_at(t->lineage, "gaps");
	size_t n = 0;

	cJSON_ArrayForEach (gap, gaps) {
		if (!n++)
			add_heading(t, 1, "not seen, or left out");
		if (n <= CL_TREE_CHILDREN)
			add_gap(t, gap);
	}
	add_more(t, 2, n > CL_TREE_CHILDREN ? n - CL_TREE_CHILDREN : 0);
}

int cl_tree_lines(const cJSON *lineage, cJSON **out)
{
	struct tree t = {.lineage = lineage, .lines = cJSON_CreateArray()};
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
