/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the query: the set of nodes being gathered, for focus.c, query.c and query_json.c. */
#pragma once

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "lineage/query.h"
#include "lineage/store_walk.h"

/* How much one lineage may hold; what is beyond is said in `gaps`. */
#define CL_LINEAGE_NODES 4000
#define CL_LINEAGE_EDGES 20000
#define CL_LINEAGE_FINDINGS 500
#define CL_LINEAGE_HUB 500	  /* edges; a node with more is not gone through unless it is the focus */
#define CL_LINEAGE_COUNTED 100000 /* of a hub's edges, at most so many are counted */
#define CL_LINEAGE_DEPTH 2

struct cl_qnode {
	char *id;
	cJSON *json; /* as in the lineage */
	uint32_t kind;
	unsigned int cost; /* steps from the focus */
	bool seed;	   /* the focus, or belongs to it (a run's processes) */
	bool expanded;
	struct cl_qnode *queued; /* next in the same queue */
	struct cl_qnode *next;	 /* in the order of entering */
	UT_hash_handle hh;
};

struct cl_lineage_walk {
	struct cl_store_db *db;
	const struct cl_lineage_query *q;
	struct cl_qnode *nodes; /* by id */
	struct cl_qnode *first, *last;
	size_t n, n_edges;
	cJSON *gaps, *edges;
	const char *kind, *value; /* of the focus, as typed */
	char number[24];	  /* the pid as text */
	cJSON *finding;		  /* when that is the focus */
	struct cl_error *err;
};

bool cl_lineage_in_window(const struct cl_lineage_walk *w, uint32_t edge_kind, uint64_t first, uint64_t last);
/* Gaps, each said once: a limit was reached; of a node not every edge was gone through. */
void cl_lineage_say_limit(struct cl_lineage_walk *w, const char *what, double limit);
int cl_lineage_say_hub(struct cl_lineage_walk *w, const char *id, int64_t n, enum cl_direction direction,
		       struct cl_kinds kinds);

struct cl_ids {
	char **ids;
	size_t n, cap;
};
void cl_ids_free(struct cl_ids *ids);
int cl_ids_add(struct cl_ids *ids, const char *id);

/* The node ids that the query's focus means; sets kind, value and finding of the walk. */
int cl_lineage_focus(struct cl_lineage_walk *w, struct cl_ids *out);
/* The member "blast_radius" (radius.h). */
int cl_lineage_radius(struct cl_lineage_walk *w, cJSON *lineage);
/* The whole object; nodes' JSON moves over. */
int cl_lineage_build(struct cl_lineage_walk *w, const struct cl_ids *focus, cJSON **out);
