/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lineage (query/query.h) as lines of an indented tree, for people: what was asked for, then of each credential where
 * it came from, who holds it (runs, their processes, how), where it was used; then findings, and what was left out.
 *
 *   [{"depth":0,"text":...,"severity" (a finding),"heading":true (a word of ours)},...]
 *
 * Bounded: CL_TREE_LINES lines, CL_TREE_CHILDREN below one; "... and N more" says so.
 */
#pragma once

#include <stddef.h>

#include <cjson/cJSON.h>

#define CL_TREE_LINES 2000
#define CL_TREE_CHILDREN 100

int cl_tree_lines(const cJSON *lineage, cJSON **out); /* 0 or -ENOMEM */
/* Where to begin of n lines when `room` are shown: never beyond the last screenful. */
size_t cl_tree_first(size_t wanted, size_t n, int room);
