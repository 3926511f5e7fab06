/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lineage graph in memory: nodes and edges as of the contract's lineage JSON. It is bounded: the oldest clean
 * entries go first (they are in the store already) and are counted. What changed since the last take is dirty;
 * the owner moves it to the store in batches, so that a busy edge costs one row, not one per event.
 *
 * Times are wall clock ns (0: not known). Ids are made by ids.h: deterministic and globally unique.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

enum cl_node_kind { /* stored: append only */
		    CL_NODE_HOST = 1,
		    CL_NODE_CONTAINER = 2,
		    CL_NODE_WORKFLOW = 3,
		    CL_NODE_RUN = 4,
		    CL_NODE_PROCESS = 5,
		    CL_NODE_USER = 6,
		    CL_NODE_CREDENTIAL = 7,
		    CL_NODE_FILE = 8,
		    CL_NODE_DESTINATION = 9,
};

enum cl_edge_kind { /* stored: append only */
		    CL_EDGE_SPAWNED = 1,
		    CL_EDGE_PART_OF = 2,
		    CL_EDGE_RAN_IN = 3,
		    CL_EDGE_RAN_AS = 4,
		    CL_EDGE_READ = 5,
		    CL_EDGE_HELD_IN_ENVIRONMENT = 6,
		    CL_EDGE_PASSED_IN_ARGUMENTS = 7,
		    CL_EDGE_RECEIVED = 8,
		    CL_EDGE_CONNECTED_TO = 9,
		    CL_EDGE_USED_TOWARD = 10,
		    CL_EDGE_STORED_IN = 11,
		    CL_EDGE_DELEGATED_TO = 12,
};

enum cl_basis { /* stored: append only */
		CL_BASIS_OBSERVED = 1,
		CL_BASIS_INFERRED = 2,
		CL_BASIS_DECLARED = 3,
};

const char *cl_node_kind_name(uint32_t kind); /* "Host", "Container", ... */
const char *cl_edge_kind_name(uint32_t kind); /* "SPAWNED", ... */
const char *cl_basis_name(uint32_t basis);    /* "observed", ... */
uint32_t cl_node_kind_parse(const char *name);
uint32_t cl_edge_kind_parse(const char *name);
uint32_t cl_basis_parse(const char *name);
/* A fact (SPAWNED, PART_OF, ...) holds or does not: its count stays 1. Acts (READ, CONNECTED_TO, ...) are counted. */
bool cl_edge_kind_is_fact(uint32_t kind);
/* The acts by which a process comes to have a credential. */
bool cl_edge_kind_is_holding(uint32_t kind);

/* Of a credential's string attributes, those that event/facts.h gave. */
bool cl_credential_attr_is_fact(const char *name);

struct cl_node {
	const char *id, *label;
	uint32_t kind;
	uint64_t first, last;
	cJSON *attrs;	  /* flat object; may be NULL */
	const char *text; /* the same as JSON text: in a batch alone, from the store with attrs; may be NULL */
};

struct cl_edge {
	const char *source, *target; /* node ids */
	uint32_t kind, basis;
	uint64_t first, last, count;
	const char *evidence; /* short: "GH_TOKEN", "/root/.netrc:3", "10.0.0.1:443"; NULL: none */
};

struct cl_graph;
struct cl_graph_stats {
	uint64_t nodes, edges;		       /* now */
	uint64_t nodes_evicted, edges_evicted; /* clean ones: they are in the store */
	uint64_t nodes_lost, edges_lost;       /* evicted before anybody took them */
};

int cl_graph_new(struct cl_graph **out, size_t max_nodes, size_t max_edges);
void cl_graph_free(struct cl_graph **p);
/* Enters or updates: first = earliest, last = latest, non-NULL label replaces, attrs (taken over, may be NULL) merge. */
int cl_graph_node(struct cl_graph *g, uint32_t kind, const char *id, const char *label, uint64_t when, cJSON *attrs);
/* Both nodes must exist (-ENOENT). Counts a repeat; evidence is kept from the first, basis upgraded to observed. */
int cl_graph_edge(struct cl_graph *g, uint32_t kind, const char *source, const char *target, uint64_t when,
		  uint32_t basis, const char *evidence);
/* `more` acts like the last one of that edge, which nobody was told of one by one. No edge, or a fact: nothing. */
void cl_graph_edge_more(struct cl_graph *g, uint32_t kind, const char *source, const char *target, uint64_t more);
/* What became of an act comes later: new evidence, unless the old ends in `final`. -ENOENT when there is no such edge. */
int cl_graph_edge_tell(struct cl_graph *g, uint32_t kind, const char *source, const char *target, const char *evidence,
		       const char *final);
/* True when the node is in memory with a label, so that it need not be described again; it counts as just used. */
bool cl_graph_touch(struct cl_graph *g, const char *id);
bool cl_graph_has_edge(const struct cl_graph *g, uint32_t kind, const char *source, const char *target);
const struct cl_graph_stats *cl_graph_stats(const struct cl_graph *g);

/*
 * Copies of what is dirty, at most `max` nodes and edges together; clears the marks. Every edge's nodes are in this
 * batch or in an earlier one. An edge's count is what came since its last take: the store adds it up. A node whose
 * label was not given since it came into memory has a NULL label: the store keeps the one that it has.
 */
struct cl_batch {
	struct cl_node *nodes; /* strings owned by the batch */
	struct cl_edge *edges;
	size_t n_nodes, n_edges;
};
int cl_graph_take(struct cl_graph *g, size_t max, struct cl_batch **out); /* *out NULL when nothing is dirty */
void cl_batch_free(struct cl_batch **p);

/*
 * The induced sub-graph of the given node ids, as the lineage JSON's nodes and edges (query.h), appended to the two
 * arrays sorted by id. Ids that are not in the graph (any more) are skipped.
 */
int cl_graph_subset(const struct cl_graph *g, const char *const *ids, size_t n, cJSON *nodes, cJSON *edges);
