/* SPDX-License-Identifier: Apache-2.0 */
/* A lineage: the set of nodes that belong to it, and the edges between them. */
#include "query/query_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

struct cl_qnode *cl_lineage_find(const struct cl_lineage_walk *w, const char *id)
{
	struct cl_qnode *n;

	HASH_FIND(by_id, w->named, id, strlen(id), n);
	return n;
}

struct cl_qnode *cl_lineage_find_number(const struct cl_lineage_walk *w, int64_t number)
{
	struct cl_qnode *n;

	HASH_FIND(hh, w->nodes, &number, sizeof(number), n);
	return n;
}

static void free_qnode(struct cl_qnode *n)
{
	cJSON_Delete(n->json);
	free(n->id);
	free(n);
}

static void end_walk(struct cl_lineage_walk *w)
{
	struct cl_qnode *n, *next;

	HASH_CLEAR(hh, w->nodes);
	HASH_CLEAR(by_id, w->named);
	for (n = w->first; n; n = next) {
		next = n->next;
		free_qnode(n);
	}
	free(w->facts);
	cJSON_Delete(w->gaps);
	cJSON_Delete(w->edges);
	cJSON_Delete(w->finding);
}

static int load(void *ctx, const struct cl_node *from)
{
	struct cl_qnode *n = ctx;

	n->kind = from->kind;
	n->id = strdup(from->id);
	n->json = cl_lineage_node_json(from);
	return n->id && n->json ? 0 : -ENOMEM;
}

void cl_lineage_say_limit(struct cl_lineage_walk *w, const char *what, double limit)
{
	const cJSON *gap;
	cJSON *o;

	cJSON_ArrayForEach (gap, w->gaps) {
		if (!strcmp(cl_json_get_str(gap, "kind"), "limit") && !strcmp(cl_json_get_str(gap, "what"), what))
			return;
	}
	o = cl_json_push(w->gaps);
	cl_json_str(o, "kind", "limit");
	cl_json_str(o, "what", what);
	cl_json_num(o, "limit", limit);
}

void cl_lineage_tell(const struct cl_lineage_walk *w)
{
	if (w->q->progress)
		w->q->progress(w->q->progress_ctx, w->n, w->n_edges);
}

static int add(struct cl_lineage_walk *w, struct cl_qnode *n)
{
	HASH_ADD(hh, w->nodes, n, sizeof(n->n), n);
	if (!n->hh.tbl)
		return -ENOMEM;
	HASH_ADD_KEYPTR(by_id, w->named, n->id, strlen(n->id), n);
	if (!n->by_id.tbl) {
		HASH_DELETE(hh, w->nodes, n);
		return -ENOMEM;
	}
	if (w->last)
		w->last->next = n;
	else
		w->first = n;
	w->last = n;
	w->n++;
	return 0;
}

int cl_lineage_enter(struct cl_lineage_walk *w, int64_t number, size_t limit, struct cl_qnode **out)
{
	struct cl_qnode *n = cl_lineage_find_number(w, number);
	int r;

	if (n) {
		*out = n;
		return 1;
	}
	if (w->n >= limit) {
		cl_lineage_say_limit(w, "nodes", CL_LINEAGE_NODES);
		return 0;
	}
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->n = number;
	n->cost = UINT32_MAX;
	r = cl_store_node_at(w->db, number, load, n);
	r = r ? r : add(w, n);
	if (r) {
		free_qnode(n);
		return r == -ENOENT ? 0 : r;
	}
	cl_lineage_tell(w);
	*out = n;
	return 1;
}

void cl_lineage_say_hub(struct cl_lineage_walk *w, const char *id, uint64_t edges)
{
	const cJSON *gap;
	cJSON *o;

	cJSON_ArrayForEach (gap, w->gaps) {
		if (!strcmp(cl_json_get_str(gap, "kind"), "summarised") && !strcmp(cl_json_get_str(gap, "node"), id))
			return;
	}
	o = cl_json_push(w->gaps);
	cl_json_str(o, "kind", "summarised");
	cl_json_str(o, "node", id);
	cl_json_num(o, "edges", (double)edges);
}

bool cl_lineage_in_window(const struct cl_lineage_walk *w, uint32_t edge_kind, uint64_t first, uint64_t last)
{
	if (edge_kind <= CL_EDGE_RAN_AS) /* belonging and ancestry */
		return true;
	return !(w->q->since && last && last < w->q->since) && !(w->q->until && first && first > w->q->until);
}

/* ---- edges between what is there ---- */

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
	cJSON *json;

	if (!target || !cl_lineage_in_window(w, l->kind, l->first, l->last))
		return 0;
	if (w->n_edges >= CL_LINEAGE_EDGES) {
		cl_lineage_say_limit(w, "edges", CL_LINEAGE_EDGES);
		return 1;
	}
	e.source = source->id;
	e.target = target->id;
	json = cl_lineage_edge_json(&e);
	if (!json)
		return -ENOMEM;
	if (!cJSON_AddItemToArray(w->edges, json)) {
		cJSON_Delete(json);
		return -ENOMEM;
	}
	w->n_edges++;
	cl_lineage_tell(w);
	return 0;
}

/* What belongs and descends was read on the way up: from the child's side, a parent may have started a million. */
static int gather_edges(struct cl_lineage_walk *w)
{
	static const struct cl_kinds acts = {CL_EDGE_READ, CL_EDGE_DELEGATED_TO};
	int r = 0;

	for (size_t i = 0; !r && i < w->n_facts; i++)
		r = keep_edge(w, &w->facts[i]);
	for (struct cl_qnode *n = w->first; !r && n; n = n->next)
		if (n->kind == CL_NODE_PROCESS || n->kind == CL_NODE_CREDENTIAL || n->kind == CL_NODE_RUN)
			r = cl_store_links(w->db, n->n, CL_OUT, acts, 0, keep_edge, w);
	return r < 0 ? r : 0;
}

static int walk(struct cl_lineage_walk *w, cJSON **out)
{
	_cleanup_(cl_ids_free) struct cl_ids focus = {0};
	int r = cl_lineage_focus(w, &focus);

	r = r ? r : cl_lineage_outwards(w, &focus);
	r = r ? r : cl_lineage_upwards(w);
	r = r ? r : gather_edges(w);
	return r ? r : cl_lineage_build(w, &focus, out);
}

int cl_lineage(struct cl_store_db *db, const struct cl_lineage_query *q, cJSON **out, struct cl_error *err)
{
	struct cl_lineage_query query = *q;
	struct cl_lineage_walk w = {.db = db, .q = &query, .err = err};
	int r;

	if (!query.depth)
		query.depth = CL_LINEAGE_DEPTH;
	if (query.since && query.until && query.since > query.until)
		return cl_fail(err, -EINVAL, "--since is later than --until");
	w.gaps = cJSON_CreateArray();
	w.edges = cJSON_CreateArray();
	r = w.gaps && w.edges ? cl_store_hold(db, err) : -ENOMEM;
	if (!r) {
		r = walk(&w, out);
		cl_store_release(db);
	}
	end_walk(&w);
	return r;
}
