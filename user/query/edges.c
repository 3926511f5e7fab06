/* SPDX-License-Identifier: Apache-2.0 */
/* The edges between the nodes of a lineage, as objects or, for who only writes them out, as finished text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "query/query_internal.h"

static int quote(struct cl_qnode *n)
{
	_cleanup_text_ struct cl_text t = {0};
	int r;

	if (n->quoted)
		return 0;
	r = cl_json_quote(&t, n->id);
	if (!r)
		n->quoted = cl_text_take(&t);
	return r;
}

static int written(const struct cl_edge *e, const char *id, struct cl_qnode *source, struct cl_qnode *target,
		   cJSON **out)
{
	_cleanup_text_ struct cl_text t = {0};
	int r = quote(source);

	r = r ? r : quote(target);
	r = r ? r : cl_text_reserve(&t, strlen(source->quoted) + strlen(target->quoted) + 320);
	r = r ? r : cl_lineage_edge_text(&t, e, id, source->quoted, target->quoted);
	if (r)
		return r;
	*out = cJSON_CreateRaw(cl_text_str(&t));
	return *out ? 0 : -ENOMEM;
}

static int add(struct cl_lineage_walk *w, const struct cl_edge *e, struct cl_qnode *source, struct cl_qnode *target)
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
	if (w->q->edges_written)
		r = written(e, edge.id, source, target, &edge.json);
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
	struct cl_qnode *source = cl_lineage_find_number(w, l->source),
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
	if (w->n_edges >= CL_LINEAGE_EDGES) {
		cl_lineage_say_limit(w, "edges", CL_LINEAGE_EDGES);
		return 1;
	}
	e.source = source->id;
	e.target = target->id;
	r = add(w, &e, source, target);
	cl_lineage_tell(w);
	return r;
}

static int by_id(const void *a, const void *b)
{
	const struct cl_qedge *x = a, *y = b;

	return strcmp(x->id, y->id);
}

/* What belongs and descends was read on the way up: from the child's side, a parent may have started a million. */
int cl_lineage_gather_edges(struct cl_lineage_walk *w)
{
	static const struct cl_kinds acts = {CL_EDGE_READ, CL_EDGE_DELEGATED_TO};
	int r = 0;

	for (size_t i = 0; !r && i < w->n_facts; i++)
		r = keep_edge(w, &w->facts[i]);
	for (struct cl_qnode *n = w->first; !r && n; n = n->next)
		if (n->kind == CL_NODE_PROCESS || n->kind == CL_NODE_CREDENTIAL || n->kind == CL_NODE_RUN)
			r = cl_store_links(w->db, n->n, CL_OUT, acts, 0, keep_edge, w);
	if (w->n_edges)
		qsort(w->edges, w->n_edges, sizeof(*w->edges), by_id);
	return r < 0 ? r : 0;
}

void cl_lineage_drop_edges(struct cl_lineage_walk *w)
{
	for (size_t i = 0; i < w->n_edges; i++)
		cJSON_Delete(w->edges[i].json);
	free(w->edges);
}
