/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blast radius of credentials: radius.c finds the nodes that they reached, radius_list.c keeps and writes them.
 * Bounded; what is beyond is said in the lineage's gaps.
 */
#pragma once

#include "query/query_internal.h"
#include "store/walk.h"

enum cl_radius_list { /* in the order of the JSON; holders are not in it */
		      CL_RADIUS_NONE = 0,
		      CL_RADIUS_HOLDER,
		      CL_RADIUS_CREDENTIAL,
		      CL_RADIUS_RUN,
		      CL_RADIUS_HOST,
		      CL_RADIUS_FILE,
		      CL_RADIUS_DESTINATION,
		      CL_RADIUS_ALSO_HELD,
		      CL_RADIUS_LISTS,
};

/* A node that was looked at; it is told of when it is on a list. */
struct cl_reached {
	int64_t n; /* of the node */
	uint32_t kind, basis;
	enum cl_radius_list list;
	uint64_t first, last; /* when it was reached, 0: not known */
	char *id, *label;
	char *what, *whose; /* a run's workflow and host's id; a credential's provider and class; NULL: none */
	char *via;	    /* a holder that was not seen to take it: what is known instead */
	struct cl_ids runs; /* of what was held too: where */
	UT_hash_handle hh;
};

struct cl_radius {
	struct cl_lineage_walk *w;
	struct cl_reached *nodes; /* by number, in the order of being looked at */
	size_t n_nodes, n[CL_RADIUS_LISTS];
};

void cl_radius_free(struct cl_radius *r);
/* The node of that number. 1 and *out; 0: there is no room for it, or it is not in the store. */
int cl_radius_look(struct cl_radius *r, int64_t n, struct cl_reached **out);
/* Puts it on the list with what the link says, or adds that to what is known. False: that list is full. */
bool cl_radius_reach(struct cl_radius *r, struct cl_reached *node, enum cl_radius_list list, const struct cl_link *by);
/* What was held too was so in this run. */
int cl_radius_held_in(struct cl_radius *r, struct cl_reached *node, const char *run);
/* The member "blast_radius". */
int cl_radius_write(const struct cl_radius *r, cJSON *o);
