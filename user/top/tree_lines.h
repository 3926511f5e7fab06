/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the tree: its lines as they are added, and the words for an edge. Without memory lines are left out. */
#pragma once

#include <stdbool.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/json.h"
#include "base/text.h"
#include "top/tree.h"
#include "top/tree_index.h"

struct cl_tree {
	struct cl_tree_index index;
	const cJSON *lineage;
	cJSON *lines;
	size_t n;
	char day[11]; /* "2026-11-26": of such a time only the clock is written */
};

/* NULL: there is no room for it. */
__attribute__((format(printf, 3, 4))) cJSON *cl_tree_add(struct cl_tree *t, int depth, const char *fmt, ...);
void cl_tree_heading(struct cl_tree *t, int depth, const char *text);
void cl_tree_more(struct cl_tree *t, int depth, size_t left_out);

/* "06:07:20" of the day of the lineage, "11-25 06:07" else. */
const char *cl_tree_clock(const struct cl_tree *t, const cJSON *from, const char *key, char buf[16]);
const char *cl_tree_label(const struct cl_tree *t, const char *id);
/* "06:07:20 ", "06:07:20 to 06:09:01, 3 times: " */
void cl_tree_when(const struct cl_tree *t, const cJSON *edge, struct cl_text *out);
/* " (inferred)"; nothing for what was seen. */
const char *cl_tree_basis(const cJSON *edge);

static inline bool cl_tree_is_kind(const cJSON *edge, const char *kind)
{
	return !strcmp(cl_json_get_str(edge, "kind"), kind);
}

/* How a process got hold of a credential, in words; NULL: the edge is another one. */
const char *cl_tree_holding(const cJSON *edge);
/* The credential with its origins, its holders by run, and where they went. */
void cl_tree_credential(struct cl_tree *t, int depth, const cJSON *credential);
void cl_tree_run_line(struct cl_tree *t, int depth, const char *run);
/* Who started the first process of the run. */
void cl_tree_chain(struct cl_tree *t, int depth, const char *process, const char *run);
