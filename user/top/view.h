/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How somebody looks at a snapshot (model.h): which panel is in focus, how each is sorted, what is selected. Keys change
 * it (keys.h), the layout reads it. It owns nothing but the tree's lines.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "top/frame.h"

#define CL_TOP_LEAST_ROWS 15
#define CL_TOP_LEAST_COLS 60

enum cl_panel {
	CL_PANEL_FINDINGS = 0,
	CL_PANEL_CREDENTIALS,
	CL_PANEL_RUNS,
	CL_PANEL_EVENTS,
	CL_PANELS,
};

struct cl_top_place {
	unsigned int sorted; /* column */
	bool reversed;
	size_t index;	    /* of the selected row */
	char selected[512]; /* its id: it stays selected wherever it goes; "": whatever is at `index` */
};

struct cl_top_view {
	enum cl_panel focus;
	struct cl_top_place places[CL_PANELS];
	bool zoomed; /* the panel in focus alone */
	bool paused, help;
	char filter[64];
	char typed[64]; /* the filter while it is being typed */
	bool typing;
	cJSON *tree; /* lines of a lineage (tree.h); NULL: the panels are shown */
	size_t tree_first;
	char said[256]; /* one line for the person, until the next key */
};

void cl_top_view_begin(struct cl_top_view *v);
void cl_top_view_end(struct cl_top_view *v);
