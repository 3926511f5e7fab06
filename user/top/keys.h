/* SPDX-License-Identifier: Apache-2.0 */
/* What a key does to the view. A pure function of view, snapshot and the size of the screen. */
#pragma once

#include <stdint.h>

#include <cjson/cJSON.h>

#include "top/view.h"

/* Characters are themselves. */
enum cl_key {
	CL_KEY_TAB = '\t',
	CL_KEY_ENTER = '\n',
	CL_KEY_ESCAPE = 27,
	CL_KEY_UP = 0x110000,
	CL_KEY_DOWN,
	CL_KEY_PAGE_UP,
	CL_KEY_PAGE_DOWN,
	CL_KEY_HOME,
	CL_KEY_END,
	CL_KEY_BACK_TAB,
	CL_KEY_BACKSPACE,
};

enum cl_top_deed {
	CL_TOP_NOTHING = 0,
	CL_TOP_QUIT,
	CL_TOP_OPEN, /* the lineage of what stands in `panel` and `id` */
};

struct cl_top_answer {
	enum cl_top_deed deed;
	enum cl_panel panel;
	char id[512];
};

int cl_top_key(struct cl_top_view *v, uint32_t key, const cJSON *snapshot, int rows, int cols,
	       struct cl_top_answer *out); /* 0 or -ENOMEM */
