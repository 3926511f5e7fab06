/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "top/tree_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"

cJSON *cl_tree_add(struct cl_tree *t, int depth, const char *fmt, ...)
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

void cl_tree_heading(struct cl_tree *t, int depth, const char *text)
{
	cl_json_bool(cl_tree_add(t, depth, "%s", text), "heading", true);
}

void cl_tree_more(struct cl_tree *t, int depth, size_t left_out)
{
	if (left_out)
		cl_tree_add(t, depth, "... and %zu more", left_out);
}

/* "06:07:20" of the day of the lineage, "11-25 06:07" else. */
const char *cl_tree_clock(const struct cl_tree *t, const cJSON *from, const char *key, char buf[16])
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

const char *cl_tree_label(const struct cl_tree *t, const char *id)
{
	const char *label = cl_json_get_str(cl_tree_node(&t->index, id), "label");

	return *label ? label : id;
}

/* "06:07:20 ", "06:07:20 to 06:09:01, 3 times: ": first what a narrow screen must not cut off. */
void cl_tree_when(const struct cl_tree *t, const cJSON *edge, struct cl_text *out)
{
	char first[16], last[16];
	double count = cl_json_get_num(edge, "count");

	cl_tree_clock(t, edge, "first", first);
	cl_tree_clock(t, edge, "last", last);
	cl_text_printf(out, "%s", first);
	if (count > 1 && strcmp(first, last) != 0)
		cl_text_printf(out, " to %s", last);
	if (count > 1)
		cl_text_printf(out, ", %.0f times:", count);
	cl_text_puts(out, " ");
}

/* Nothing for what was seen. */
const char *cl_tree_basis(const cJSON *edge)
{
	const char *basis = cl_json_get_str(edge, "basis");

	return !strcmp(basis, "inferred") ? " (inferred)" : !strcmp(basis, "declared") ? " (declared)" : "";
}
