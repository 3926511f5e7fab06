/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes and edges of a lineage by what one asks for. Borrows the lineage. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

struct cl_tree_index {
	const cJSON **nodes;		      /* by id */
	const cJSON **by_source, **by_target; /* edges; of one end by their first time */
	size_t n_nodes, n_edges;
};

int cl_tree_index(struct cl_tree_index *x, const cJSON *lineage); /* 0 or -ENOMEM */
void cl_tree_index_free(struct cl_tree_index *x);

const cJSON *cl_tree_node(const struct cl_tree_index *x, const char *id); /* NULL: not in it */
bool cl_tree_is(const struct cl_tree_index *x, const char *id, const char *kind);
/* Edges that leave a node (or come to it), in the order of time: their number, *out the first one's place. */
size_t cl_tree_edges(const struct cl_tree_index *x, const char *id, bool out, const cJSON *const **first);
/* The other end of the node's first edge of a kind, if that is of `node_kind` (NULL: any); "": none. */
const char *cl_tree_other(const struct cl_tree_index *x, const char *id, bool out, const char *kind,
			  const char *node_kind);
