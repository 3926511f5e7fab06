/* SPDX-License-Identifier: Apache-2.0 */
/* The edges between the nodes of a lineage, as objects or, for who only writes them out, as finished text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "query/query_internal.h"

static int write_edge(const struct cl_edge *e, const char *id, const struct cl_qnode *source,
		      const struct cl_qnode *target, cJSON **out)
{
	_cleanup_text_ struct cl_text t = {0};
	int r = cl_text_reserve(&t, strlen(source->quoted) + strlen(target->quoted) + 320);
	r = r ? r : cl_lineage_edge_text(&t, e, id, source->quoted, target->quoted);
	if (r)
		return r;
	*out = cJSON_CreateRaw(cl_text_str(&t));
	return *out ? 0 : -ENOMEM;
}

static int add(struct cl_lineage_walk *w, const struct cl_edge *e, const struct cl_qnode *source,
	       const struct cl_qnode *target)
{
	struct cl_qedge edge = {.json = NULL}, *more;
	int r;

	if (w->n_edges == w->cap_edges) {
		more = realloc(w->edges, (w->cap_edges * 2 + 256) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		w->edges = more;
		w->cap_edges = w->cap_edges * 2 + 256;
	}
	r = cl_lineage_edge_id(edge.id, e);
	if (r)
		return r;
	if (w->q->written)
		r = write_edge(e, edge.id, source, target, &edge.json);
	else
		edge.json = cl_lineage_edge_json(e);
	r = r || edge.json ? r : -ENOMEM;
	if (!r)
		w->edges[w->n_edges++] = edge;
	return r;
}

static int keep_edge(void *ctx, const struct cl_link *l)
{
	struct cl_lineage_walk *w = ctx;
	const struct cl_qnode *source = cl_lineage_find_number(w, l->source),
			      *target = source ? cl_lineage_find_number(w, l->target) : NULL;
	struct cl_edge e = {.kind = l->kind,
			    .basis = l->basis,
			    .first = l->first,
			    .last = l->last,
			    .count = l->count,
			    .evidence = l->evidence};
	int r;

	if (!target || !cl_lineage_in_window(w, l->kind, l->first, l->last))
		return 0;
	e.source = source->id;
	e.target = target->id;
	r = add(w, &e, source, target);
	cl_lineage_tell(w);
	return r;
}

static int keep_act(void *ctx, const struct cl_link *l)
{
	const struct cl_lineage_walk *w = ctx;

	if (w->n_edges < CL_LINEAGE_EDGES)
		return keep_edge(ctx, l);
	cl_lineage_say_limit(ctx, "edges", CL_LINEAGE_EDGES);
	return 1;
}

int cl_lineage_gather_acts(struct cl_lineage_walk *w, const struct cl_qnode *of)
{
	static const struct cl_kinds acts = {CL_EDGE_READ, CL_EDGE_DELEGATED_TO};
	int r = cl_store_links(w->db, of->n, CL_OUT, acts, 0, keep_act, w);

	return r < 0 ? r : 0;
}

/* Acts make room: without what belongs and descends they explain nothing. */
static void cut_acts(struct cl_lineage_walk *w, size_t n_acts)
{
	size_t over = w->n_edges > CL_LINEAGE_EDGES ? w->n_edges - CL_LINEAGE_EDGES : 0;

	if (!over)
		return;
	cl_lineage_say_limit(w, "edges", CL_LINEAGE_EDGES);
	over = over < n_acts ? over : n_acts;
	for (size_t i = n_acts - over; i < n_acts; i++)
		cJSON_Delete(w->edges[i].json);
	memmove(w->edges + n_acts - over, w->edges + n_acts, (w->n_edges - n_acts) * sizeof(*w->edges));
	w->n_edges -= over;
}

static int by_id(const void *a, const void *b)
{
	const struct cl_qedge *x = a, *y = b;

	return strcmp(x->id, y->id);
}

/* The acts of processes are there; what belongs and descends was read on the way up, too: from the child's side, a parent
 * may have started a million. */
int cl_lineage_gather_edges(struct cl_lineage_walk *w)
{
	size_t n_acts;
	int r = 0;

	for (struct cl_qnode *n = w->first; !r && n; n = n->next)
		if (n->kind == CL_NODE_CREDENTIAL || n->kind == CL_NODE_RUN)
			r = cl_lineage_gather_acts(w, n);
	n_acts = w->n_edges;
	for (size_t i = 0; !r && i < w->n_facts; i++)
		r = keep_edge(w, &w->facts[i]);
	cut_acts(w, n_acts);
	if (w->n_edges)
		qsort(w->edges, w->n_edges, sizeof(*w->edges), by_id);
	return r;
}

void cl_lineage_drop_edges(struct cl_lineage_walk *w)
{
	for (size_t i = 0; i < w->n_edges; i++)
		cJSON_Delete(w->edges[i].json);
	free(w->edges);
}
