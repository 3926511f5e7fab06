/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the graph, for graph.c (entering, evicting) and graph_take.c (batches, sub-graphs).
 *
 * Invariants: a node is on exactly one list: dirty when it changed since its last take; else pinned when a dirty edge
 * needs it; else clean. An edge is on the dirty or the clean list. Lists run from the longest unused to the last used.
 * Every edge hangs in its source's `out` and its target's `in`, so that a node never goes without its edges.
 */
#pragma once

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "lineage/graph.h"

struct cl_gedge;

struct cl_gnode {
	char *id, *label, *attrs; /* attrs: JSON text, a fifth of the tree's size */
	uint32_t kind, pins;
	uint64_t first, last;
	bool dirty;
	struct cl_gnode **list; /* head of the list that it is on */
	struct cl_gnode *prev, *next;
	struct cl_gedge *out, *in;
	UT_hash_handle hh;
};

struct cl_gkey {
	struct cl_gnode *source, *target;
	uint64_t kind;
};

struct cl_gedge {
	struct cl_gkey key;
	char *evidence;
	uint64_t first, last, count, taken;
	uint32_t basis;
	bool dirty;
	struct cl_gedge *prev, *next;
	struct cl_gedge *out_prev, *out_next, *in_prev, *in_next;
	UT_hash_handle hh;
};

struct cl_graph {
	struct cl_gnode *nodes; /* by id */
	struct cl_gedge *edges; /* by source, target and kind */
	struct cl_gnode *dirty, *pinned, *clean;
	struct cl_gedge *dirty_edges, *clean_edges;
	size_t max_nodes, max_edges, n_dirty_nodes, n_dirty_edges;
	struct cl_graph_stats stats;
};

/* Moves the node to the end of the list where it belongs now. */
void cl_gnode_place(struct cl_graph *g, struct cl_gnode *n);
void cl_gedge_set_dirty(struct cl_graph *g, struct cl_gedge *e, bool dirty);
