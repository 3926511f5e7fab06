/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stored graph by the numbers of its nodes: what a walk over many edges needs, without a name for each of their ends.
 * A number means the same node as long as the store is held (cl_store_hold).
 */
#pragma once

#include "store/store.h"

struct cl_link {
	int64_t source, target; /* nodes */
	uint32_t kind, basis;
	uint64_t first, last, count;
	const char *evidence; /* NULL: none */
};

/* Kinds of edges, both included (enum cl_edge_kind). */
struct cl_kinds {
	uint32_t from, to;
};
#define CL_KINDS_ALL ((struct cl_kinds){CL_EDGE_SPAWNED, CL_EDGE_DELEGATED_TO})
#define CL_KINDS_BELONG ((struct cl_kinds){CL_EDGE_PART_OF, CL_EDGE_RAN_AS}) /* to a run, workflow, place, user */
#define CL_KINDS_HOLD ((struct cl_kinds){CL_EDGE_READ, CL_EDGE_RECEIVED})    /* process -> what it took */

int cl_store_number_of(struct cl_store_db *db, const char *id, int64_t *n); /* -ENOENT */
int cl_store_kind_of(struct cl_store_db *db, int64_t n, uint32_t *kind);    /* -ENOENT */
int cl_store_node_at(struct cl_store_db *db, int64_t n, int (*each)(void *ctx, const struct cl_node *node), void *ctx);
/* The ids that begin with `prefix`, in order; the callback is as of cl_store_links. */
int cl_store_ids(struct cl_store_db *db, const char *prefix, int (*each)(void *ctx, const char *id), void *ctx);
/* What they have next up to a colon ("process:" and the boots: "process:BOOT:"), each once, without reading them all. */
int cl_store_parts(struct cl_store_db *db, const char *prefix, int (*each)(void *ctx, const char *part), void *ctx);
/* The nodes of a kind in whose attributes the text stands somewhere: all of them are looked through. */
int cl_store_mentioning(struct cl_store_db *db, uint32_t kind, const char *text,
			int (*each)(void *ctx, const struct cl_node *n), void *ctx);
/* The edges of one direction (CL_OUT or CL_IN), at most `limit` (0: all). A callback may read on; not 0 from it ends the
 * walk and is returned. */
int cl_store_links(struct cl_store_db *db, int64_t node, enum cl_direction direction, struct cl_kinds kinds,
		   uint64_t limit, int (*each)(void *ctx, const struct cl_link *l), void *ctx);
/* How many there are, counted up to `limit`. */
int cl_store_count_links(struct cl_store_db *db, int64_t node, enum cl_direction direction, struct cl_kinds kinds,
			 uint64_t limit, uint64_t *out);
/* The runs whose processes held the credential, by the number of its node: how many, and the newest of them. */
int cl_store_count_runs(struct cl_store_db *db, int64_t credential, uint64_t *out);
int cl_store_count_findings(struct cl_store_db *db, const char *credential, uint64_t *out); /* by its node's id */
int cl_store_newest_runs(struct cl_store_db *db, int64_t credential, uint64_t limit,
			 int (*each)(void *ctx, int64_t run), void *ctx);
/* The credentials that were held in a run of the workflow. */
int cl_store_held_in_workflow(struct cl_store_db *db, int64_t workflow, int (*each)(void *ctx, int64_t credential),
			      void *ctx);
