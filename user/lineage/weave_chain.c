/* SPDX-License-Identifier: Apache-2.0 */
/* A process and all that it came from, as nodes. */
#include <stdio.h>

#include "lineage/weave_nodes.h"

/* Where the chain ends: pid 1 and the kernel's first thread have no parent, everybody else's is unknown. */
static int cut_chain(struct cl_weave *w, const struct cl_process *last, const char *last_id)
{
	struct cl_process_key parent = last->parent_key;
	char id[CL_ID_SIZE];
	int r;

	if (!last->parent && !parent.tgid && last->key.tgid <= 2)
		return 0;
	if (!parent.tgid)
		parent.start = last->key.start; /* one unknown for each child, not one for all */
	cl_id_process(id, sizeof(id), w->host->boot_id, parent);
	r = 0;
	if (!parent.tgid || !cl_graph_touch(w->g, id)) { /* the graph may remember what the process table forgot */
		cl_id_unknown(id, sizeof(id), w->host->boot_id, parent);
		r = cl_weave_unknown(w, id, parent);
	}
	if (!r)
		r = cl_weave_edge(w, CL_EDGE_SPAWNED, id, last_id, cl_host_wall(w->host, last->key.start),
				  CL_BASIS_INFERRED, NULL);
	return r;
}

int cl_weave_chain(struct cl_weave *w, struct cl_process *p, bool fresh)
{
	char child[CL_ID_SIZE], id[CL_ID_SIZE];
	const struct cl_process *younger = NULL;
	bool link = false;
	int depth, r = 0;

	for (depth = 0; p && depth < CL_CHAIN_MAX; depth++, p = p->parent) {
		bool there;

		cl_id_process(id, sizeof(id), w->host->boot_id, p->key);
		there = cl_graph_touch(w->g, id) && !(fresh && !depth);
		if (!there)
			r = cl_weave_process(w, p, id);
		p->woven = true;
		if (!r && link)
			r = cl_weave_edge(w, CL_EDGE_SPAWNED, id, child, cl_host_wall(w->host, younger->key.start),
					  p->known ? CL_BASIS_OBSERVED : CL_BASIS_INFERRED, NULL);
		if (r)
			return r;
		link = !there;
		younger = p;
		snprintf(child, sizeof(child), "%s", id);
	}
	return younger && link ? cut_chain(w, younger, child) : 0;
}

int cl_weave_actor(struct cl_weave *w, struct cl_process *p, bool fresh)
{
	int r = cl_weave_chain(w, p, fresh || p->changed);

	p->changed = false;
	cl_id_process(w->actor, sizeof(w->actor), w->host->boot_id, p->key);
	if (!r)
		r = cl_graph_node(w->g, CL_NODE_PROCESS, w->actor, NULL, w->when, NULL);
	if (!r)
		r = cl_weave_run(w, p->run);
	return r;
}
