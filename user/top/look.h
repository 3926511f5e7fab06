/* SPDX-License-Identifier: Apache-2.0 */
/* Where a snapshot's parts come from: the store, opened again when another file takes its place, and the control socket. */
#pragma once

#include "top/loop.h"
#include "top/model.h"

struct cl_top_look {
	const struct cl_top_options *o;
	struct cl_store_db *db;
	uint64_t file; /* inode of what is open */
	struct cl_top_model *model;
	struct cl_error store_why, monitor_why;
	bool monitor_gone;
};

void cl_top_look_end(struct cl_top_look *l);
/* The store is there and ours; else why not. */
int cl_top_look_begin(struct cl_top_look *l, const struct cl_top_options *o, struct cl_error *err);
int cl_top_look(struct cl_top_look *l, cJSON **out, struct cl_error *err);
