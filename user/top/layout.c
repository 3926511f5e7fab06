/* SPDX-License-Identifier: Apache-2.0 */
#include "top/layout.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "top/layout_parts.h"
#include "top/model.h"

#define HEADER 4
#define FOOTER 1
#define FRAME 2	      /* title and names of columns of a panel */
#define STACKED 3     /* panels that are shown together */
#define LEAST_STACK 3 /* rows of each for that */

static bool is_stacked(const struct cl_top_view *v, int body)
{
	return !v->zoomed && v->focus != CL_PANEL_EVENTS && body >= STACKED * (FRAME + LEAST_STACK);
}

/* The one in focus gets half of the room, the others share the rest. */
int cl_top_room(const struct cl_top_view *v, enum cl_panel panel, int screen_rows)
{
	int body = screen_rows - HEADER - FOOTER, each;

	if (!is_stacked(v, body))
		return panel == v->focus ? body - FRAME : 0;
	if (panel == CL_PANEL_EVENTS)
		return 0;
	body -= STACKED * FRAME;
	each = body / 4 < LEAST_STACK ? LEAST_STACK : body / 4;
	return panel == v->focus ? body - (STACKED - 1) * each : each;
}

int cl_top_room_below(int screen_rows)
{
	return screen_rows - HEADER - FOOTER - 1;
}

/* ---- a panel ---- */

struct panel {
	const cJSON *snapshot;
	const struct cl_top_view *v;
	struct cl_frame *f;
	enum cl_panel which;
	const cJSON **rows;
	size_t n;
	uint64_t now;
};

static bool is_shown(const struct cl_column *c, int cols)
{
	return cols >= c->from;
}

static bool is_number(const struct cl_column *c)
{
	return c->kind == CL_COLUMN_NUMBER || c->kind == CL_COLUMN_RATE || c->kind == CL_COLUMN_AGE;
}

/* What is left of the screen goes to those that can use it. */
static void share_out(const struct cl_table *t, int cols, int *widths)
{
	int left = cols - 2, shares = 0, spent = 0, given = 0;

	for (unsigned int i = 0; i < t->n_columns; i++) {
		widths[i] = is_shown(&t->columns[i], cols) ? t->columns[i].width : 0;
		spent += widths[i] ? widths[i] + 1 : 0;
		shares += widths[i] ? t->columns[i].shares : 0;
	}
	left -= spent - 1;
	for (unsigned int i = 0; i < t->n_columns && left > 0; i++) {
		int more = widths[i] && shares ? left * t->columns[i].shares / shares : 0;

		widths[i] += more;
		given += more;
	}
	for (unsigned int i = 0; i < t->n_columns && left > given; i++) {
		if (widths[i] && t->columns[i].shares) {
			widths[i] += left - given;
			break;
		}
	}
}

static void put_cell(struct cl_frame *f, int row, int col, int width, bool number, enum cl_style style,
		     const char *text)
{
	if (number)
		cl_frame_put(f, row, col + width, -width, style, text);
	else
		cl_frame_put(f, row, col, width, style, text);
}

static void put_columns(const struct panel *p, int row, const int *widths)
{
	const struct cl_table *t = &cl_tables[p->which];
	const struct cl_top_place *place = &p->v->places[p->which];
	int col = 2;

	cl_frame_fill(p->f, row, 0, CL_STYLE_COLUMNS, ' ');
	for (unsigned int i = 0; i < t->n_columns; i++) {
		const struct cl_column *c = &t->columns[i];
		int len = (int)strlen(c->title);
		char title[32];

		if (!widths[i])
			continue;
		snprintf(title, sizeof(title), "%.*s", widths[i], c->title);
		put_cell(p->f, row, col, widths[i], is_number(c),
			 i == place->sorted ? CL_STYLE_SORTED : CL_STYLE_COLUMNS, title);
		if (i == place->sorted)
			cl_frame_put(p->f, row, is_number(c) ? col + widths[i] - len - 1 : col - 1, 1, CL_STYLE_SORTED,
				     p->f->ascii       ? (place->reversed ? "^" : "*")
				     : place->reversed ? "▲"
						       : "▼");
		col += widths[i] + 1;
	}
}

static void put_row(const struct panel *p, int row, const int *widths, const cJSON *from)
{
	const struct cl_table *t = &cl_tables[p->which];
	int col = 2;

	for (unsigned int i = 0; i < t->n_columns; i++) {
		const struct cl_column *c = &t->columns[i];
		_cleanup_text_ struct cl_text text = {0};

		if (!widths[i])
			continue;
		cl_table_cell(c, from, p->now, &text);
		put_cell(p->f, row, col, widths[i], is_number(c), cl_style_of(c, from), cl_text_str(&text));
		col += widths[i] + 1;
	}
}

/* "── FINDINGS 3 of 26 ──────" */
static void put_title(const struct panel *p, int row)
{
	const cJSON *list = cl_json_at(p->snapshot, cl_tables[p->which].list);
	bool focus = p->which == p->v->focus;
	enum cl_style style = focus ? CL_STYLE_TITLE : CL_STYLE_RULE;
	size_t all = (size_t)cJSON_GetArraySize(list);
	_cleanup_text_ struct cl_text text = {0};

	cl_frame_fill(p->f, row, 0, CL_STYLE_RULE, p->f->ascii ? '-' : 0x2500);
	cl_text_printf(&text, " %s ", cl_tables[p->which].title);
	if (p->n < all)
		cl_text_printf(&text, "%zu of %zu", p->n, all);
	else
		cl_text_printf(&text, "%s%zu", p->which == CL_PANEL_FINDINGS && all >= CL_TOP_FINDINGS ? "latest " : "",
			       all);
	cl_title_more(p->snapshot, p->which, &text);
	cl_text_puts(&text, " ");
	cl_frame_put(p->f, row, 2, p->f->cols - 4, style, cl_text_str(&text));
}

static int put_panel(struct panel *p, int row, int room)
{
	const struct cl_table *t = &cl_tables[p->which];
	const struct cl_top_place *place = &p->v->places[p->which];
	int widths[16] = {0};
	size_t selected, first;
	int r = cl_table_rows(p->v, p->which, p->snapshot, &p->rows, &p->n);

	if (r)
		return r;
	share_out(t, p->f->cols, widths);
	put_title(p, row);
	put_columns(p, row + 1, widths);
	selected = cl_table_selected(place, p->rows, p->n);
	first = p->which == p->v->focus && room > 0 ? selected / (size_t)room * (size_t)room : 0;
	for (int i = 0; i < room && first + (size_t)i < p->n; i++) {
		put_row(p, row + FRAME + i, widths, p->rows[first + (size_t)i]);
		if (p->which == p->v->focus && first + (size_t)i == selected) {
			cl_frame_put(p->f, row + FRAME + i, 0, 1, CL_STYLE_PLAIN, ">");
			cl_frame_select(p->f, row + FRAME + i);
		}
	}
	if (!p->n)
		cl_frame_put(p->f, row + FRAME, 2, p->f->cols - 2, CL_STYLE_FAINT, cl_nothing(p->snapshot, p->v));
	free(p->rows);
	return 0;
}

static int put_panels(const cJSON *snapshot, const struct cl_top_view *v, struct cl_frame *f)
{
	struct panel p = {.snapshot = snapshot, .v = v, .f = f, .now = cl_json_get_time(snapshot, "generated")};
	int row = HEADER, r = 0;

	for (p.which = 0; !r && p.which < CL_PANELS; p.which++) {
		int room = cl_top_room(v, p.which, f->rows);

		if (!room)
			continue;
		r = put_panel(&p, row, room);
		row += FRAME + room;
	}
	return r;
}

/* ---- the rest ---- */

static void put_too_small(struct cl_frame *f)
{
	cl_frame_put(f, 0, 0, f->cols, CL_STYLE_ALERT, "terminal too small");
	cl_frame_printf(f, 1, 0, f->cols, CL_STYLE_PLAIN, "%dx%d, needs %dx%d", f->cols, f->rows, CL_TOP_LEAST_COLS,
			CL_TOP_LEAST_ROWS);
}

int cl_top_draw(const cJSON *snapshot, const struct cl_top_view *v, struct cl_frame *f)
{
	if (f->rows < CL_TOP_LEAST_ROWS || f->cols < CL_TOP_LEAST_COLS) {
		put_too_small(f);
		return 0;
	}
	cl_put_header(snapshot, v, f);
	cl_put_footer(v, f, f->rows - 1);
	if (v->help)
		cl_put_help(f, HEADER);
	else if (v->tree)
		cl_put_tree(v, f, HEADER, cl_top_room_below(f->rows));
	else
		return put_panels(snapshot, v, f);
	return 0;
}
