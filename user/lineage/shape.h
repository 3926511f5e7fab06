/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and edges in the shape of the lineage JSON; exports and the graphs of findings have the same. */
#pragma once

#include <cjson/cJSON.h>

#include "lineage/graph.h"

#define CL_EDGE_ID 35 /* "e:", 32 hex digits of SHA-256 over its kind and ends, NUL */

struct cl_text;

/* NULL when out of memory; the caller owns it. */
cJSON *cl_lineage_node_json(const struct cl_node *n);
cJSON *cl_lineage_node_move(const struct cl_node *n); /* the members of n->attrs move over */
cJSON *cl_lineage_edge_json(const struct cl_edge *e);
int cl_lineage_edge_id(char id[CL_EDGE_ID], const struct cl_edge *e); /* 0, -ENOMEM */
/* The same objects as text on one line, for a tenth of the time; ids and ends as JSON strings (cl_json_quote). Attributes
 * are taken as n->text where that is as cJSON would write it. 0, -ENOMEM. */
int cl_lineage_node_text(struct cl_text *out, const struct cl_node *n, const char *id);
int cl_lineage_edge_text(struct cl_text *out, const struct cl_edge *e, const char *id, const char *source,
			 const char *target);
void cl_lineage_sort(cJSON *array);	 /* of objects, by their "id" */
void cl_lineage_sort_gaps(cJSON *array); /* by their "kind" and "node" */
