/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and edges in the shape of the lineage JSON; exports and the graphs of findings have the same. */
#pragma once

#include <cjson/cJSON.h>

#include "lineage/graph.h"

/* NULL when out of memory; the caller owns it. An edge's id is "e:" and a hash of its kind and ends. */
cJSON *cl_lineage_node_json(const struct cl_node *n);
cJSON *cl_lineage_edge_json(const struct cl_edge *e);
void cl_lineage_sort(cJSON *array);	 /* of objects, by their "id" */
void cl_lineage_sort_gaps(cJSON *array); /* by their "kind" and "node" */
