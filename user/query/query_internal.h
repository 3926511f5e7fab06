/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the query: the set of nodes being gathered, for the files of this folder. */
#pragma once

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "query/query.h"
#include "store/walk.h"

/* How much one lineage may hold; what is beyond is said in `gaps`. */
#define CL_LINEAGE_NODES 4000
#define CL_LINEAGE_EDGES 20000
#define CL_LINEAGE_FINDINGS 500
#define CL_LINEAGE_HUB 500	  /* edges of one sort: more of a node that is not the focus are not gone through */
#define CL_LINEAGE_COUNTED 100000 /* of a hub's edges, at most so many are counted */
#define CL_LINEAGE_DEPTH 2

struct cl_qnode {
	int64_t n; /* in the store */
	char *id;
	char *quoted; /* the id as a JSON string, when edges are wanted as text */
	cJSON *json;  /* as in the lineage */
	uint32_t kind;
	unsigned int cost; /* steps from the focus; UINT_MAX: not reached by steps */
	uint64_t when;	   /* consequences: it was reached then; origins: what is later does not matter */
	uint64_t left_out; /* edges that were not gone through */
	bool seed;	   /* the focus, or belongs to it (a run's processes) */
	bool expanded;
	struct cl_qnode *next; /* in the order of entering */
	UT_hash_handle hh, by_id;
};

struct cl_qedge {
	char id[CL_EDGE_ID];
	cJSON *json;
};

struct cl_lineage_walk {
	struct cl_store_db *db;
	const struct cl_lineage_query *q;
	struct cl_qnode *nodes, *named; /* by number, by id */
	struct cl_qnode *first, *last;
	size_t n;
	struct cl_qedge *edges;
	size_t n_edges, cap_edges;
	struct cl_link *facts; /* what belongs and descends, read on the way up */
	size_t n_facts, cap_facts;
	cJSON *gaps;
	const char *kind, *value; /* of the focus, as typed */
	char number[24];	  /* the pid as text */
	cJSON *finding;		  /* when that is the focus */
	struct cl_error *err;
};

struct cl_qnode *cl_lineage_find_number(const struct cl_lineage_walk *w, int64_t number);
struct cl_qnode *cl_lineage_find(const struct cl_lineage_walk *w, const char *id);
/* The node in the set of at most `limit`, entered when it is not there yet. 1 and *out; 0: not in the store, or no room. */
int cl_lineage_enter(struct cl_lineage_walk *w, int64_t n, size_t limit, struct cl_qnode **out);
bool cl_lineage_in_window(const struct cl_lineage_walk *w, uint32_t edge_kind, uint64_t first, uint64_t last);
void cl_lineage_tell(const struct cl_lineage_walk *w); /* progress */
/* Gaps, each said once: a limit was reached; so many edges of a node were not gone through. */
void cl_lineage_say_limit(struct cl_lineage_walk *w, const char *what, double limit);
void cl_lineage_say_hub(struct cl_lineage_walk *w, const char *id, uint64_t edges);

/* What a node did to what is there (edges.c); of processes while the pages that tell it are at hand: who acted on a
 * credential, a file or a destination has it in the set before the way up begins. */
int cl_lineage_gather_acts(struct cl_lineage_walk *w, const struct cl_qnode *of);
/* The other edges between what is there; then all of them by id. */
int cl_lineage_gather_edges(struct cl_lineage_walk *w);
void cl_lineage_drop_edges(struct cl_lineage_walk *w);

struct cl_ids {
	char **ids;
	size_t n, cap;
};
void cl_ids_free(struct cl_ids *ids);
int cl_ids_add(struct cl_ids *ids, const char *id);

/* From the focus as far as the query goes (outwards.c), then what each node belongs to and descends from (upwards.c). */
int cl_lineage_outwards(struct cl_lineage_walk *w, const struct cl_ids *focus);
int cl_lineage_upwards(struct cl_lineage_walk *w);
/* The node ids that the query's focus means; sets kind, value and finding of the walk. */
int cl_lineage_focus(struct cl_lineage_walk *w, struct cl_ids *out);
/* The member "blast_radius" (radius.h). */
int cl_lineage_radius(struct cl_lineage_walk *w, cJSON *lineage);
/* The whole object; nodes' JSON moves over. */
int cl_lineage_build(struct cl_lineage_walk *w, const struct cl_ids *focus, cJSON **out);
