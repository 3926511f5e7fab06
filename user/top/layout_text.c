/* SPDX-License-Identifier: Apache-2.0 */
/* The help, and a lineage as an indented tree. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "top/layout_parts.h"
#include "top/tree.h"

static const char *const help[] = {
	"Up Down j k    select a row            Home End g G   first, last row",
	"PgUp PgDn      a screenful on          Tab  1 2 3 4   another panel: findings,",
	"Enter          lineage of the row        credentials, runs, events",
	"/              filter: each word stands somewhere in the row",
	"Esc            back; clears the filter",
	"s S            sort by the next, the previous column (marked)",
	"r              reverse the order",
	"z              this panel alone, and back",
	"p Space        pause; what is shown stays until it is pressed again",
	"q              quit",
	"",
	"SEVERITY is the worst finding's. WORKFLOWS, RUNS, DESTS: where a",
	"credential was held and used. TOLD are records of the probes, REPEATED",
	"was suppressed as the same again, LOST found no room, FAILED could not",
	"be made, SKIPPED did not run, CAPPED is more than is told in a second.",
};

void cl_put_help(struct cl_frame *f, int row)
{
	cl_frame_fill(f, row, 0, CL_STYLE_RULE, f->ascii ? '-' : 0x2500);
	cl_frame_put(f, row, 2, f->cols - 4, CL_STYLE_TITLE, " KEYS ");
	for (size_t i = 0; i < ARRAY_SIZE(help) && row + 1 + (int)i < f->rows - 1; i++)
		cl_frame_put(f, row + 1 + (int)i, 2, f->cols - 2, CL_STYLE_PLAIN, help[i]);
}

/* ---- tree ---- */

/* Whether another line on level `depth` follows before its parent ends. */
static bool goes_on(const cJSON *line, int depth)
{
	for (line = line->next; line; line = line->next) {
		int other = (int)cl_json_get_num(line, "depth");

		if (other <= depth)
			return other == depth;
	}
	return false;
}

/* The branches before a line; returns the column behind them. */
static int put_branches(struct cl_frame *f, int row, const cJSON *line)
{
	int depth = (int)cl_json_get_num(line, "depth"), col = 1;

	for (int level = 1; level < depth; level++, col += 3)
		if (goes_on(line, level))
			cl_frame_put(f, row, col, 3, CL_STYLE_FAINT, f->ascii ? "|" : "│");
	if (depth) {
		bool more = goes_on(line, depth);

		cl_frame_put(f, row, col, 3, CL_STYLE_FAINT, f->ascii ? (more ? "|-" : "`-") : more ? "├─" : "└─");
		col += 3;
	}
	return col;
}

static void put_line(struct cl_frame *f, int row, const cJSON *line)
{
	const char *severity = cl_json_get_str(line, "severity");
	enum cl_style style = *severity			    ? cl_style_of_severity(severity)
			      : cl_json_at(line, "heading") ? CL_STYLE_COLUMNS
							    : CL_STYLE_PLAIN;
	int col = put_branches(f, row, line);

	cl_frame_put(f, row, col, f->cols - col, style, cl_json_get_str(line, "text"));
}

void cl_put_tree(const struct cl_top_view *v, struct cl_frame *f, int row, int room)
{
	size_t n = (size_t)cJSON_GetArraySize(v->tree), first = cl_tree_first(v->tree_first, n, room);
	const cJSON *line = cJSON_GetArrayItem(v->tree, (int)first);
	int at = row + 1;

	cl_frame_fill(f, row, 0, CL_STYLE_RULE, f->ascii ? '-' : 0x2500);
	cl_frame_put(f, row, 2, f->cols - 4, CL_STYLE_TITLE, " LINEAGE ");
	if (n > (size_t)room)
		cl_frame_printf(f, row, f->cols - 2, -30, CL_STYLE_RULE, " lines %zu to %zu of %zu ", first + 1,
				first + (size_t)room < n ? first + (size_t)room : n, n);
	for (int i = 0; line && i < room; i++, line = line->next)
		put_line(f, at + i, line);
}
