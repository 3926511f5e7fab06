/* SPDX-License-Identifier: Apache-2.0 */
/* The panels as tables: their columns, which rows are shown in which order. */
#pragma once

#include <cjson/cJSON.h>

#include "top/view.h"

enum cl_column_kind {
	CL_COLUMN_TEXT = 0,
	CL_COLUMN_NUMBER,
	CL_COLUMN_RATE,
	CL_COLUMN_AGE, /* since a time */
	CL_COLUMN_SEVERITY,
	CL_COLUMN_STATE,
	CL_COLUMN_FINGERPRINT,
	CL_COLUMN_WORDS, /* a list of strings */
	CL_COLUMN_HOLDS, /* a list of providers with counts */
};

struct cl_column {
	const char *title, *key;
	enum cl_column_kind kind;
	int width;  /* the least */
	int shares; /* of the room that is left */
	int from;   /* columns that the screen needs to have for it to be shown */
};

struct cl_table {
	const char *title, *list; /* member of the snapshot */
	const struct cl_column *columns;
	unsigned int n_columns;
	unsigned int sorted; /* at first */
};
extern const struct cl_table cl_tables[CL_PANELS];

/* What stands in a cell, unescaped. */
void cl_table_cell(const struct cl_column *c, const cJSON *row, uint64_t now, struct cl_text *out);

/* The panel's rows as they are shown: *out is the caller's, the rows the snapshot's. */
int cl_table_rows(const struct cl_top_view *v, enum cl_panel panel, const cJSON *snapshot, const cJSON ***out,
		  size_t *n);
/* Where the selected row is among them. */
size_t cl_table_selected(const struct cl_top_place *place, const cJSON *const *rows, size_t n);
