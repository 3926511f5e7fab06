/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which nodes and edges belong to a lineage. From the focus outwards, level by level:
 *  - what belongs to a focused run or workflow (its runs and processes) is focus too,
 *  - an act (held, read, connected, spawned a child) is one step,
 *  - runs, workflows, containers, users, hosts and destinations are reached but not gone through,
 *  - belonging and ancestry cost nothing: at the end every process gets its run, workflow, user, container and all its
 *    ancestors up to the first process.
 */
#include "lineage/query_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

static struct cl_qnode *find(const struct cl_lineage_walk *w, const char *id)
{
	struct cl_qnode *n;

	HASH_FIND_STR(w->nodes, id, n);
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
	for (n = w->first; n; n = next) {
		next = n->next;
		free_qnode(n);
	}
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

/* The node in the set, entered when it is not there yet. 1 and *out; 0: not in the store, or no room. */
static int enter(struct cl_lineage_walk *w, const char *id, size_t limit, struct cl_qnode **out)
{
	struct cl_qnode *n = find(w, id);
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
	n->cost = UINT32_MAX;
	r = cl_store_node(w->db, id, load, n);
	if (r) {
		free_qnode(n);
		return r == -ENOENT ? 0 : r;
	}
	HASH_ADD_KEYPTR(hh, w->nodes, n->id, strlen(n->id), n);
	if (!n->hh.tbl) {
		free_qnode(n);
		return -ENOMEM;
	}
	if (w->last)
		w->last->next = n;
	else
		w->first = n;
	w->last = n;
	w->n++;
	*out = n;
	return 1;
}

int cl_lineage_say_hub(struct cl_lineage_walk *w, const char *id, int64_t n, enum cl_direction direction,
		       struct cl_kinds kinds)
{
	uint64_t edges = 0;
	const cJSON *gap;
	cJSON *o;
	int r;

	cJSON_ArrayForEach (gap, w->gaps) {
		if (!strcmp(cl_json_get_str(gap, "kind"), "summarised") && !strcmp(cl_json_get_str(gap, "node"), id))
			return 0;
	}
	r = cl_store_count_links(w->db, n, direction, kinds, CL_LINEAGE_COUNTED, &edges);
	o = cl_json_push(w->gaps);
	cl_json_str(o, "kind", "summarised");
	cl_json_str(o, "node", id);
	cl_json_num(o, "edges", (double)edges);
	return r;
}

bool cl_lineage_in_window(const struct cl_lineage_walk *w, uint32_t edge_kind, uint64_t first, uint64_t last)
{
	if (edge_kind <= CL_EDGE_RAN_AS) /* belonging and ancestry */
		return true;
	return !(w->q->since && last && last < w->q->since) && !(w->q->until && first && first > w->q->until);
}

static bool in_window(const struct cl_lineage_walk *w, const struct cl_edge *e)
{
	return cl_lineage_in_window(w, e->kind, e->first, e->last);
}

/* ---- outwards ---- */

struct level {
	struct cl_lineage_walk *w;
	struct cl_qnode *from;
	struct cl_qnode *now, *later; /* to be expanded at this cost, and one step on */
};

/* Steps that following the edge from `n` costs; -1: not followed. */
static int step(const struct cl_qnode *n, const struct cl_edge *e, bool outwards)
{
	switch (e->kind) {
	case CL_EDGE_PART_OF: /* the focus' own members */
		return !outwards && n->seed && (n->kind == CL_NODE_RUN || n->kind == CL_NODE_WORKFLOW) ? 0 : -1;
	case CL_EDGE_RAN_IN:
	case CL_EDGE_RAN_AS:
		return -1;
	case CL_EDGE_SPAWNED:
		return outwards ? 1 : -1;
	default:
		return 1;
	}
}

static void queue(struct cl_qnode **q, struct cl_qnode *n)
{
	n->queued = *q;
	*q = n;
}

static int follow(void *ctx, const struct cl_edge *e)
{
	struct level *l = ctx;
	bool outwards = !strcmp(e->source, l->from->id);
	int cost = step(l->from, e, outwards);
	struct cl_qnode *n;
	int r;

	if (cost < 0 || l->from->cost + (unsigned int)cost > l->w->q->depth || !in_window(l->w, e))
		return 0;
	r = enter(l->w, outwards ? e->target : e->source, CL_LINEAGE_NODES, &n);
	if (r <= 0)
		return r;
	if (!cost)
		n->seed = true;
	if (l->from->cost + (unsigned int)cost >= n->cost)
		return 0;
	n->cost = l->from->cost + (unsigned int)cost;
	queue(cost ? &l->later : &l->now, n);
	return 0;
}

static bool goes_through(const struct cl_qnode *n)
{
	return n->seed || n->kind == CL_NODE_PROCESS || n->kind == CL_NODE_CREDENTIAL || n->kind == CL_NODE_FILE;
}

static int expand(struct level *l, struct cl_qnode *n)
{
	struct cl_lineage_walk *w = l->w;
	uint64_t degree = 0;

	if (n->expanded || n->cost > w->q->depth || !goes_through(n))
		return 0;
	n->expanded = true;
	if (!n->seed && n->cost < w->q->depth) {
		int r = cl_store_degree(w->db, n->id, 1000000, &degree);

		if (r)
			return r;
	}
	if (degree > CL_LINEAGE_HUB) {
		cJSON *gap = cl_json_push(w->gaps);

		cl_json_str(gap, "kind", "summarised");
		cl_json_str(gap, "node", n->id);
		cl_json_num(gap, "edges", (double)degree);
		return 0;
	}
	l->from = n;
	return cl_store_edges(w->db, n->id, CL_BOTH, follow, l);
}

static int outwards(struct cl_lineage_walk *w, const struct cl_ids *focus)
{
	struct level l = {.w = w};
	struct cl_qnode *n;
	int r = 0;

	for (size_t i = 0; i < focus->n; i++) {
		r = enter(w, focus->ids[i], CL_LINEAGE_NODES, &n);
		if (r < 0)
			return r;
		if (!r)
			continue;
		n->seed = true;
		n->cost = 0;
		queue(&l.now, n);
	}
	r = 0;
	while (!r && l.now) {
		n = l.now;
		l.now = n->queued;
		r = expand(&l, n);
		if (!l.now) {
			l.now = l.later;
			l.later = NULL;
		}
	}
	return r;
}

/* ---- upwards ---- */

struct upwards {
	struct cl_lineage_walk *w;
	struct cl_qnode *from;
	bool parent; /* a known one was found */
};

static int enter_above(struct upwards *u, const char *id)
{
	struct cl_qnode *n;
	int r = enter(u->w, id, 2 * CL_LINEAGE_NODES, &n);

	return r < 0 ? r : 0;
}

static int belong(void *ctx, const struct cl_edge *e)
{
	struct upwards *u = ctx;

	if (e->kind != CL_EDGE_PART_OF && e->kind != CL_EDGE_RAN_IN && e->kind != CL_EDGE_RAN_AS)
		return 0;
	return enter_above(u, e->target);
}

static int known_parent(void *ctx, const struct cl_edge *e)
{
	struct upwards *u = ctx;

	if (e->kind != CL_EDGE_SPAWNED || cl_starts_with(e->source, "unknown:"))
		return 0;
	u->parent = true;
	return enter_above(u, e->source);
}

static int unknown_parent(void *ctx, const struct cl_edge *e)
{
	struct upwards *u = ctx;

	if (e->kind != CL_EDGE_SPAWNED)
		return 0;
	if (!find(u->w, e->source)) {
		cJSON *gap = cl_json_push(u->w->gaps);

		cl_json_str(gap, "kind", "unknown_parent");
		cl_json_str(gap, "node", e->source);
	}
	return enter_above(u, e->source);
}

/* The list grows while it is walked: what is entered gets its own belongings in turn. */
static int upwards(struct cl_lineage_walk *w)
{
	struct upwards u = {.w = w};
	int r = 0;

	for (u.from = w->first; !r && u.from; u.from = u.from->next) {
		if (u.from->kind != CL_NODE_PROCESS && u.from->kind != CL_NODE_RUN && u.from->kind != CL_NODE_CONTAINER)
			continue;
		r = cl_store_edges(w->db, u.from->id, CL_OUT, belong, &u);
		if (r || u.from->kind != CL_NODE_PROCESS)
			continue;
		u.parent = false;
		r = cl_store_edges(w->db, u.from->id, CL_IN, known_parent, &u);
		if (!r && !u.parent)
			r = cl_store_edges(w->db, u.from->id, CL_IN, unknown_parent, &u);
	}
	return r;
}

/* ---- edges between what is there ---- */

static int keep_edge(void *ctx, const struct cl_edge *e)
{
	struct cl_lineage_walk *w = ctx;
	cJSON *json;

	if (!find(w, e->target) || !in_window(w, e))
		return 0;
	if (w->n_edges >= CL_LINEAGE_EDGES) {
		cl_lineage_say_limit(w, "edges", CL_LINEAGE_EDGES);
		return 1;
	}
	json = cl_lineage_edge_json(e);
	if (!json)
		return -ENOMEM;
	if (!cJSON_AddItemToArray(w->edges, json)) {
		cJSON_Delete(json);
		return -ENOMEM;
	}
	w->n_edges++;
	return 0;
}

static int gather_edges(struct cl_lineage_walk *w)
{
	int r = 0;

	for (struct cl_qnode *n = w->first; !r && n; n = n->next)
		r = cl_store_edges(w->db, n->id, CL_OUT, keep_edge, w);
	return r < 0 ? r : 0;
}

static int walk(struct cl_lineage_walk *w, cJSON **out)
{
	_cleanup_(cl_ids_free) struct cl_ids focus = {0};
	int r = cl_lineage_focus(w, &focus);

	r = r ? r : outwards(w, &focus);
	r = r ? r : upwards(w);
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
