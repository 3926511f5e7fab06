/* SPDX-License-Identifier: Apache-2.0 */
/* What stands around the tables: for layout.c. */
#pragma once

#include "top/table.h"

/* layout_header.c */
void cl_put_header(const cJSON *snapshot, const struct cl_top_view *v, struct cl_frame *f);
void cl_put_footer(const struct cl_top_view *v, struct cl_frame *f, int row);
void cl_title_more(const cJSON *snapshot, enum cl_panel panel, struct cl_text *out); /* what a panel's title adds */
const char *cl_nothing(const cJSON *snapshot, const struct cl_top_view *v);	     /* why a panel is empty */

/* layout_text.c: what takes the whole screen below the header */
void cl_put_help(struct cl_frame *f, int row);
void cl_put_tree(const struct cl_top_view *v, struct cl_frame *f, int row, int room);

enum cl_style cl_style_of(const struct cl_column *c, const cJSON *row);
enum cl_style cl_style_of_severity(const char *name);
