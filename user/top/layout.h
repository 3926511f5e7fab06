/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot as somebody looks at it, drawn into a frame of any size. A pure function of the three; the time that ages
 * are counted from is the snapshot's own.
 */
#pragma once

#include <cjson/cJSON.h>

#include "top/table.h"

/* 0 or -ENOMEM. The snapshot may be NULL: nothing was gathered yet. */
int cl_top_draw(const cJSON *snapshot, const struct cl_top_view *v, struct cl_frame *f);

/* Rows that the panel has for its table on a screen of so many; 0: it is not shown. */
int cl_top_room(const struct cl_top_view *v, enum cl_panel panel, int screen_rows);
/* Rows for the lines of a tree or of the help. */
int cl_top_room_below(int screen_rows);
