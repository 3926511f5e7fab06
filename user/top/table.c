/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "top/table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"

#define SHOWN_FINGERPRINT 13 /* cred: and eight digits */

static const struct cl_column findings[] = {
	{"SEVERITY", "severity", CL_COLUMN_SEVERITY, 8, 0, 0},
	{"FINDING", "detector", CL_COLUMN_TEXT, 20, 1, 0},
	{"CREDENTIAL", "credential", CL_COLUMN_FINGERPRINT, SHOWN_FINGERPRINT, 0, 0},
	{"PROVIDER", "provider", CL_COLUMN_TEXT, 12, 0, 100},
	{"WORKFLOWS", "workflows", CL_COLUMN_WORDS, 8, 3, 0},
	{"ID", "id", CL_COLUMN_TEXT, 20, 0, 140},
	{"COUNT", "count", CL_COLUMN_NUMBER, 5, 0, 70},
	{"FIRST", "first", CL_COLUMN_AGE, 5, 0, 110},
	{"LAST", "last", CL_COLUMN_AGE, 5, 0, 0},
};

static const struct cl_column credentials[] = {
	{"SEVERITY", "severity", CL_COLUMN_SEVERITY, 8, 0, 0},
	{"CREDENTIAL", "fingerprint", CL_COLUMN_FINGERPRINT, SHOWN_FINGERPRINT, 0, 0},
	{"PROVIDER", "provider", CL_COLUMN_TEXT, 7, 1, 0},
	{"FORMAT", "format", CL_COLUMN_TEXT, 20, 2, 110},
	{"CLASS", "class", CL_COLUMN_TEXT, 9, 0, 70},
	{"WORKFLOWS", "workflows", CL_COLUMN_NUMBER, 9, 0, 0},
	{"RUNS", "runs", CL_COLUMN_NUMBER, 5, 0, 0},
	{"DESTS", "destinations", CL_COLUMN_NUMBER, 5, 0, 0},
	{"FINDINGS", "findings", CL_COLUMN_NUMBER, 8, 0, 90},
	{"FIRST", "first", CL_COLUMN_AGE, 5, 0, 110},
	{"LAST", "last", CL_COLUMN_AGE, 5, 0, 0},
};

static const struct cl_column runs[] = {
	{"SEVERITY", "severity", CL_COLUMN_SEVERITY, 8, 0, 0},
	{"WORKFLOW", "workflow", CL_COLUMN_TEXT, 14, 3, 0},
	{"RUN", "run_id", CL_COLUMN_TEXT, 24, 1, 110},
	{"ENVIRONMENT", "environment", CL_COLUMN_TEXT, 11, 0, 130},
	{"KIND", "kind", CL_COLUMN_TEXT, 9, 0, 80},
	{"STATE", "state", CL_COLUMN_STATE, 9, 0, 0},
	{"HOLDS", "holds", CL_COLUMN_HOLDS, 12, 2, 0},
	{"CREDS", "credentials", CL_COLUMN_NUMBER, 5, 0, 0},
	{"BEGAN", "begin", CL_COLUMN_AGE, 5, 0, 110},
	{"LAST", "last", CL_COLUMN_AGE, 5, 0, 0},
};

static const struct cl_column events[] = {
	{"KIND", "kind", CL_COLUMN_TEXT, 11, 1, 0},	   {"PER SECOND", "per_second", CL_COLUMN_RATE, 10, 0, 0},
	{"TOLD", "sent", CL_COLUMN_NUMBER, 10, 0, 0},	   {"REPEATED", "repeated", CL_COLUMN_NUMBER, 10, 0, 70},
	{"LOST", "lost", CL_COLUMN_NUMBER, 8, 0, 0},	   {"FAILED", "failed", CL_COLUMN_NUMBER, 7, 0, 0},
	{"SKIPPED", "skipped", CL_COLUMN_NUMBER, 7, 0, 0}, {"CAPPED", "capped", CL_COLUMN_NUMBER, 6, 0, 80},
};

#define TABLE(title, list, sorted)                                                                                     \
	{                                                                                                              \
		title, #list, list, ARRAY_SIZE(list), sorted                                                           \
	}
const struct cl_table cl_tables[CL_PANELS] = {
	[CL_PANEL_FINDINGS] = TABLE("FINDINGS", findings, 8),
	[CL_PANEL_CREDENTIALS] = TABLE("CREDENTIALS", credentials, 5),
	[CL_PANEL_RUNS] = TABLE("RUNS", runs, 5),
	[CL_PANEL_EVENTS] = TABLE("EVENTS", events, 1),
};

/* ---- cells ---- */

static void put_age(uint64_t when, uint64_t now, struct cl_text *out)
{
	uint64_t s = now > when ? (now - when) / CL_NS_PER_S : 0;

	if (!when)
		cl_text_puts(out, "-");
	else if (s < 120)
		cl_text_printf(out, "%" PRIu64 "s", s);
	else if (s < 7200)
		cl_text_printf(out, "%" PRIu64 "m", s / 60);
	else if (s < 172800)
		cl_text_printf(out, "%" PRIu64 "h", s / 3600);
	else
		cl_text_printf(out, "%" PRIu64 "d", s / 86400);
}

static void put_words(const cJSON *list, struct cl_text *out)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		cl_text_puts(out, item == list->child ? "" : ", ");
		cl_text_puts(out, cJSON_IsString(item) ? item->valuestring : "");
	}
}

/* "GitHub 2, AWS" */
static void put_holds(const cJSON *list, struct cl_text *out)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		cl_text_puts(out, item == list->child ? "" : ", ");
		cl_text_puts(out, cl_json_get_str(item, "provider"));
		if (cl_json_get_num(item, "count") > 1)
			cl_text_printf(out, " %.0f", cl_json_get_num(item, "count"));
	}
}

static void put_rate(const cJSON *value, struct cl_text *out)
{
	if (!value)
		cl_text_puts(out, "-");
	else
		cl_text_printf(out, value->valuedouble > 0 && value->valuedouble < 9.95 ? "%.1f" : "%.0f",
			       value->valuedouble);
}

void cl_table_cell(const struct cl_column *c, const cJSON *row, uint64_t now, struct cl_text *out)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(row, c->key);

	switch (c->kind) {
	case CL_COLUMN_NUMBER:
		cl_text_printf(out, "%.0f", cl_json_get_num(row, c->key));
		break;
	case CL_COLUMN_RATE:
		put_rate(value, out);
		break;
	case CL_COLUMN_AGE:
		put_age(cl_json_get_time(row, c->key), now, out);
		break;
	case CL_COLUMN_FINGERPRINT:
		cl_text_printf(out, "%.*s", SHOWN_FINGERPRINT, cl_json_get_str(row, c->key));
		break;
	case CL_COLUMN_WORDS:
		put_words(value, out);
		break;
	case CL_COLUMN_HOLDS:
		put_holds(value, out);
		break;
	default:
		cl_text_puts(out, cl_json_get_str(row, c->key));
	}
	if (!out->len)
		cl_text_puts(out, "-");
}

/* ---- filter ---- */

static bool holds(const cJSON *item, const char *word)
{
	const cJSON *member;

	if (cJSON_IsString(item))
		return strcasestr(item->valuestring, word) != NULL;
	cJSON_ArrayForEach (member, item) {
		if (holds(member, word))
			return true;
	}
	return false;
}

/* Every word stands somewhere in the row, be it in a column that is not shown. */
static bool passes(const cJSON *row, const char *filter)
{
	char words[sizeof(((struct cl_top_view *)0)->filter)], *word, *rest = NULL;

	snprintf(words, sizeof(words), "%s", filter);
	for (word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (!holds(row, word))
			return false;
	return true;
}

/* ---- order ---- */

struct entry {
	const cJSON *row;
	size_t n; /* as it came, which decides among equals */
};

struct order {
	const struct cl_column *column;
	bool reversed;
};

static uint32_t severity_of(const cJSON *row)
{
	const char *name = cl_json_get_str(row, "severity");
	static const char *const names[] = {"Low", "Medium", "High", "Critical"};

	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return i + 1;
	return 0;
}

/* Those first that still do something. */
static int rank_of(const cJSON *row)
{
	const char *state = cl_json_get_str(row, "state");

	return !strcmp(state, "active") ? 0 : !strcmp(state, "survivors") ? 1 : 2;
}

/* The first of two is the one that matters more: the larger number, the later time, the worse severity; names by the
 * alphabet. */
static int compare_cells(const struct cl_column *c, const cJSON *x, const cJSON *y)
{
	_cleanup_text_ struct cl_text a = {0}, b = {0};
	double p, q;

	if (c->kind == CL_COLUMN_NUMBER || c->kind == CL_COLUMN_RATE) {
		p = cl_json_get_num(x, c->key);
		q = cl_json_get_num(y, c->key);
		return p > q ? -1 : p < q;
	}
	if (c->kind == CL_COLUMN_AGE) /* RFC 3339 of one form: order of text is order of time */
		return strcmp(cl_json_get_str(y, c->key), cl_json_get_str(x, c->key));
	if (c->kind == CL_COLUMN_SEVERITY)
		return (int)severity_of(y) - (int)severity_of(x);
	if (c->kind == CL_COLUMN_STATE)
		return rank_of(x) - rank_of(y);
	cl_table_cell(c, x, 0, &a);
	cl_table_cell(c, y, 0, &b);
	return strcasecmp(cl_text_str(&a), cl_text_str(&b));
}

static int compare(const void *a, const void *b, void *ctx)
{
	const struct entry *x = a, *y = b;
	const struct order *o = ctx;
	int order = compare_cells(o->column, x->row, y->row);

	if (!order)
		order = x->n < y->n ? -1 : x->n > y->n;
	return o->reversed ? -order : order;
}

int cl_table_rows(const struct cl_top_view *v, enum cl_panel panel, const cJSON *snapshot, const cJSON ***out,
		  size_t *n)
{
	const struct cl_table *t = &cl_tables[panel];
	struct order order = {&t->columns[v->places[panel].sorted], v->places[panel].reversed};
	const cJSON *list = cl_json_at(snapshot, t->list), *item;
	size_t room = (size_t)cJSON_GetArraySize(list) + 1, found = 0;
	_cleanup_free_ struct entry *all = calloc(room, sizeof(*all));
	const cJSON **rows = calloc(room, sizeof(*rows));
	const char *filter = panel == CL_PANEL_EVENTS ? "" : v->typing ? v->typed : v->filter;

	if (!all || !rows) {
		free(rows);
		return -ENOMEM;
	}
	cJSON_ArrayForEach (item, list) {
		if (passes(item, filter)) {
			all[found] = (struct entry){item, found};
			found++;
		}
	}
	qsort_r(all, found, sizeof(*all), compare, &order);
	for (size_t i = 0; i < found; i++)
		rows[i] = all[i].row;
	*out = rows;
	*n = found;
	return 0;
}

static const char *id_of(const cJSON *row)
{
	const char *id = cl_json_get_str(row, "id");

	return *id ? id : cl_json_get_str(row, "kind");
}

size_t cl_table_selected(const struct cl_top_place *place, const cJSON *const *rows, size_t n)
{
	for (size_t i = 0; *place->selected && i < n; i++)
		if (!strcmp(id_of(rows[i]), place->selected))
			return i;
	return place->index < n ? place->index : n ? n - 1 : 0;
}
