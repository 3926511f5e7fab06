/* SPDX-License-Identifier: Apache-2.0 */
#include "top/keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "top/layout.h"
#include "top/tree.h"

void cl_top_view_begin(struct cl_top_view *v)
{
	*v = (struct cl_top_view){0};
	for (enum cl_panel i = 0; i < CL_PANELS; i++)
		v->places[i].sorted = cl_tables[i].sorted;
}

void cl_top_view_end(struct cl_top_view *v)
{
	cl_json_freep(&v->tree);
}

struct press {
	struct cl_top_view *v;
	const cJSON *snapshot;
	int rows, cols;
	struct cl_top_answer *out;
};

/* ---- moving ---- */

/* Where a key leads from `at` of n, with `page` of them on the screen; false: it does not move. */
static bool move(uint32_t key, size_t at, size_t n, size_t page, size_t *out)
{
	size_t last = n ? n - 1 : 0;

	switch (key) {
	case CL_KEY_UP:
	case 'k':
		*out = at ? at - 1 : 0;
		return true;
	case CL_KEY_DOWN:
	case 'j':
		*out = at < last ? at + 1 : last;
		return true;
	case CL_KEY_PAGE_UP:
		*out = at > page ? at - page : 0;
		return true;
	case CL_KEY_PAGE_DOWN:
		*out = last - at > page ? at + page : last;
		return true;
	case CL_KEY_HOME:
	case 'g':
		*out = 0;
		return true;
	case CL_KEY_END:
	case 'G':
		*out = last;
		return true;
	default:
		return false;
	}
}

static void select_row(struct cl_top_place *place, size_t index, const cJSON *row)
{
	const char *id = cl_json_get_str(row, "id");

	place->index = index;
	snprintf(place->selected, sizeof(place->selected), "%s", *id ? id : cl_json_get_str(row, "kind"));
	if (!index) /* the top is where one looks at what comes next */
		*place->selected = '\0';
}

/* Moves within the panel in focus, or opens what is selected there. */
static int press_in_table(const struct press *p, uint32_t key)
{
	struct cl_top_place *place = &p->v->places[p->v->focus];
	_cleanup_free_ const cJSON **rows = NULL;
	size_t n = 0, at, to;
	int room = cl_top_room(p->v, p->v->focus, p->rows), r;

	r = cl_table_rows(p->v, p->v->focus, p->snapshot, &rows, &n);
	if (r || !n)
		return r;
	at = cl_table_selected(place, rows, n);
	if (move(key, at, n, room > 0 ? (size_t)room : 1, &to)) {
		select_row(place, to, rows[to]);
	} else if (key == CL_KEY_ENTER && p->v->focus != CL_PANEL_EVENTS) {
		p->out->deed = CL_TOP_OPEN;
		p->out->panel = p->v->focus;
		snprintf(p->out->id, sizeof(p->out->id), "%s", cl_json_get_str(rows[at], "id"));
	}
	return 0;
}

/* ---- sorting ---- */

/* The next column that is shown, around the end. */
static void sort_by(const struct press *p, bool forward)
{
	const struct cl_table *t = &cl_tables[p->v->focus];
	struct cl_top_place *place = &p->v->places[p->v->focus];

	do
		place->sorted = (place->sorted + (forward ? 1 : t->n_columns - 1)) % t->n_columns;
	while (t->columns[place->sorted].from > p->cols);
	place->reversed = false;
}

/* ---- modes ---- */

/* One line of text is being typed: ASCII is enough for names of ours, and a terminal may have nothing else. */
static void press_typing(struct cl_top_view *v, uint32_t key)
{
	size_t len = strlen(v->typed);

	if (key == CL_KEY_ENTER) {
		memcpy(v->filter, v->typed, sizeof(v->filter));
		v->typing = false;
	} else if (key == CL_KEY_ESCAPE) {
		v->typing = false;
	} else if (key == CL_KEY_BACKSPACE && len) {
		v->typed[len - 1] = '\0';
	} else if (key >= ' ' && key < 127 && len + 1 < sizeof(v->typed)) {
		v->typed[len] = (char)key;
		v->typed[len + 1] = '\0';
	}
}

static void press_in_tree(const struct press *p, uint32_t key)
{
	size_t n = (size_t)cJSON_GetArraySize(p->v->tree), page = (size_t)cl_top_room_below(p->rows);
	size_t at = cl_tree_first(p->v->tree_first, n, (int)page);

	if (key == CL_KEY_ESCAPE || key == CL_KEY_BACKSPACE || key == CL_KEY_ENTER)
		cl_json_freep(&p->v->tree);
	else if (move(key, at, n, page, &at))
		p->v->tree_first = cl_tree_first(at, n, (int)page);
}

static void begin_typing(struct cl_top_view *v)
{
	memcpy(v->typed, v->filter, sizeof(v->typed));
	v->typing = true;
}

static int press_in_panels(const struct press *p, uint32_t key)
{
	struct cl_top_view *v = p->v;

	switch (key) {
	case CL_KEY_TAB:
		v->focus = (v->focus + 1) % CL_PANELS;
		return 0;
	case CL_KEY_BACK_TAB:
		v->focus = (v->focus + CL_PANELS - 1) % CL_PANELS;
		return 0;
	case '1':
	case '2':
	case '3':
	case '4':
		v->focus = key - '1';
		return 0;
	case '/':
		begin_typing(v);
		return 0;
	case 's':
	case 'S':
		sort_by(p, key == 's');
		return 0;
	case 'r':
		v->places[v->focus].reversed = !v->places[v->focus].reversed;
		return 0;
	case 'z':
		v->zoomed = !v->zoomed;
		return 0;
	case CL_KEY_ESCAPE:
		*v->filter = '\0';
		return 0;
	default:
		return press_in_table(p, key);
	}
}

int cl_top_key(struct cl_top_view *v, uint32_t key, const cJSON *snapshot, int rows, int cols,
	       struct cl_top_answer *out)
{
	const struct press p = {v, snapshot, rows, cols, out};

	*out = (struct cl_top_answer){0};
	*v->said = '\0';
	if (v->typing) {
		press_typing(v, key);
	} else if (key == 'q') {
		out->deed = CL_TOP_QUIT;
	} else if (v->help) {
		v->help = false;
	} else if (key == '?' || key == 'h') {
		v->help = true;
	} else if (key == 'p' || key == ' ') {
		v->paused = !v->paused;
	} else if (v->tree) {
		press_in_tree(&p, key);
	} else {
		return press_in_panels(&p, key);
	}
	return 0;
}
