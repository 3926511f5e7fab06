/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the focus outwards, level by level:
 *  - what belongs to a focused run or workflow (its runs and processes) is focus too,
 *  - an act (held, read, connected, spawned a child) is one step,
 *  - runs, workflows, containers, users, hosts and destinations are reached but not gone through,
 *  - of a node with very many edges of one sort (a shell's children) those are left out and counted.
 * In one direction time goes one way: what happened before a node was reached is no consequence, what happened after it
 * mattered is no origin.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "query/query_internal.h"

#define KINDS(first, last)                                                                                             \
	{                                                                                                              \
		CL_EDGE_##first, CL_EDGE_##last                                                                        \
	}

struct queue {
	struct cl_qnode **at;
	size_t n, cap;
};

struct rule {
	struct cl_kinds kinds;
	enum cl_direction way;
	bool origins, consequences; /* each rule holds in both directions together */
};

/* Of every kind of edge that is gone along, in the order of kinds for each way. */
static const struct rule rules[] = {
	{KINDS(SPAWNED, SPAWNED), CL_OUT, false, true},
	{KINDS(READ, RECEIVED), CL_OUT, true, true},
	{KINDS(CONNECTED_TO, USED_TOWARD), CL_OUT, false, true},
	{KINDS(STORED_IN, STORED_IN), CL_OUT, true, true},
	{KINDS(DELEGATED_TO, DELEGATED_TO), CL_OUT, false, true},
	{KINDS(PART_OF, PART_OF), CL_IN, true, true},
	{KINDS(READ, RECEIVED), CL_IN, false, true},
	{KINDS(CONNECTED_TO, USED_TOWARD), CL_IN, true, false},
	{KINDS(STORED_IN, STORED_IN), CL_IN, false, false},
	{KINDS(DELEGATED_TO, DELEGATED_TO), CL_IN, true, false},
};

struct level {
	struct cl_lineage_walk *w;
	struct cl_qnode *from;
	enum cl_direction way;
	unsigned int cost;	 /* of the nodes that are expanded now */
	struct cl_link earliest; /* origins of a credential: who had it first */
	struct queue now, later; /* to be expanded at this cost, and one step on */
};

static int push(struct queue *q, struct cl_qnode *n)
{
	struct cl_qnode **more;

	if (q->n == q->cap) {
		more = realloc(q->at, (q->cap * 2 + 64) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		q->at = more;
		q->cap = q->cap * 2 + 64;
	}
	q->at[q->n++] = n;
	return 0;
}

static const struct rule *rule_of(const struct level *l, uint32_t kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].way == l->way && kind >= rules[i].kinds.from && kind <= rules[i].kinds.to)
			return &rules[i];
	return NULL;
}

static bool holds(const struct cl_link *l)
{
	return l->kind >= CL_EDGE_READ && l->kind <= CL_EDGE_RECEIVED;
}

/* Is it the way of the query, at the right time? */
static bool goes(const struct level *l, const struct cl_link *link)
{
	enum cl_lineage_direction direction = l->w->q->direction;
	const struct rule *rule = rule_of(l, link->kind);

	if (!rule || !cl_lineage_in_window(l->w, link->kind, link->first, link->last))
		return false;
	if (link->kind == CL_EDGE_PART_OF) /* the focus' own members */
		return l->from->seed && (l->from->kind == CL_NODE_RUN || l->from->kind == CL_NODE_WORKFLOW);
	if (direction == CL_LINEAGE_CONSEQUENCES)
		return rule->consequences && link->last >= l->from->when;
	return direction == CL_LINEAGE_BOTH || (rule->origins && link->first <= l->from->when);
}

/* When the node at the far end was reached, or from when on it does not matter. */
static uint64_t when_of(const struct level *l, const struct cl_link *link)
{
	uint64_t from = l->from->when;

	if (link->kind == CL_EDGE_PART_OF)
		return from;
	if (l->w->q->direction == CL_LINEAGE_CONSEQUENCES)
		return link->first > from ? link->first : from;
	return l->w->q->direction == CL_LINEAGE_ORIGINS && link->last < from ? link->last : from;
}

static bool sooner(const struct level *l, uint64_t when, const struct cl_qnode *n)
{
	if (l->w->q->direction == CL_LINEAGE_CONSEQUENCES)
		return when < n->when;
	return l->w->q->direction == CL_LINEAGE_ORIGINS && when > n->when;
}

/* The credentials that a process took it may have used elsewhere: they are told, but who else had them is no consequence. */
static int take(struct level *l, const struct cl_link *link)
{
	struct cl_qnode *n;
	uint32_t kind = 0;
	int r = cl_store_kind_of(l->w->db, link->target, &kind);

	if (!r && kind == CL_NODE_CREDENTIAL)
		r = cl_lineage_enter(l->w, link->target, CL_LINEAGE_NODES, &n);
	return r < 0 && r != -ENOENT ? r : 0;
}

/* 1: there is no room for more. */
static int reach(struct level *l, const struct cl_link *link)
{
	bool member = link->kind == CL_EDGE_PART_OF;
	/* members of the focus leave room for what they did */
	size_t limit = member ? CL_LINEAGE_NODES / 2 : CL_LINEAGE_NODES;
	unsigned int cost = l->cost + !member;
	uint64_t when = when_of(l, link);
	struct cl_qnode *n;
	int r = cl_lineage_enter(l->w, l->way == CL_OUT ? link->target : link->source, limit, &n);

	if (r <= 0)
		return r ? r : l->w->n >= limit;
	if (cost >= n->cost && !sooner(l, when, n))
		return 0;
	if (n->cost == UINT32_MAX || sooner(l, when, n))
		n->when = when;
	n->seed |= member;
	n->cost = cost;
	n->expanded = false;
	return push(member ? &l->now : &l->later, n);
}

static int follow(void *ctx, const struct cl_link *link)
{
	struct level *l = ctx;

	if (l->cost + (link->kind != CL_EDGE_PART_OF) > l->w->q->depth || !goes(l, link))
		return 0;
	if (l->w->q->direction == CL_LINEAGE_CONSEQUENCES && holds(link) && l->way == CL_OUT)
		return take(l, link);
	return reach(l, link);
}

/* ---- one node ---- */

static bool asked_for(const struct level *l, const struct rule *rule)
{
	if (rule->way != l->way || rule->kinds.from == CL_EDGE_PART_OF)
		return false;
	return l->w->q->direction == CL_LINEAGE_BOTH ||
	       (l->w->q->direction == CL_LINEAGE_ORIGINS ? rule->origins : rule->consequences);
}

static int follow_all(struct level *l, struct cl_kinds kinds)
{
	int r = cl_store_links(l->w->db, l->from->n, l->way, kinds, 0, follow, l);

	return r < 0 ? r : 0;
}

/* 1: more than are gone through. */
static int is_hub(const struct level *l, struct cl_kinds kinds)
{
	uint64_t edges = 0;
	int r = cl_store_count_links(l->w->db, l->from->n, l->way, kinds, CL_LINEAGE_HUB + 1, &edges);

	return r ? r : edges > CL_LINEAGE_HUB;
}

/* Sort by sort: those that are not too many are followed. */
static int expand_hub(struct level *l)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rules) && r >= 0; i++) {
		uint64_t edges = 0;

		if (!asked_for(l, &rules[i]))
			continue;
		r = is_hub(l, rules[i].kinds);
		if (!r)
			r = follow_all(l, rules[i].kinds);
		else if (r > 0)
			r = cl_store_count_links(l->w->db, l->from->n, l->way, rules[i].kinds, CL_LINEAGE_COUNTED,
						 &edges);
		l->from->left_out += edges;
	}
	return r < 0 ? r : 0;
}

static int expand_way(struct level *l, enum cl_direction way)
{
	int r;

	l->way = way;
	r = l->from->seed ? 0 : is_hub(l, CL_KINDS_ALL);
	if (r)
		return r < 0 ? r : expand_hub(l);
	return follow_all(l, CL_KINDS_ALL);
}

static int find_earliest(void *ctx, const struct cl_link *link)
{
	struct level *l = ctx;

	if (cl_lineage_in_window(l->w, link->kind, link->first, link->last) &&
	    (!l->earliest.kind || link->first < l->earliest.first))
		l->earliest = *link;
	return 0;
}

/* Who took a credential does not explain it, but who had it first does. */
static int expand_earliest(struct level *l)
{
	int r;

	l->earliest.kind = 0;
	l->way = CL_IN;
	r = cl_store_links(l->w->db, l->from->n, CL_IN, CL_KINDS_HOLD, CL_LINEAGE_COUNTED, find_earliest, l);
	return r || !l->earliest.kind || l->earliest.first > l->from->when ? r : reach(l, &l->earliest);
}

static bool goes_through(const struct cl_qnode *n)
{
	return n->seed || n->kind == CL_NODE_PROCESS || n->kind == CL_NODE_CREDENTIAL || n->kind == CL_NODE_FILE;
}

static int expand(struct level *l, struct cl_qnode *n)
{
	bool has_members = n->seed && (n->kind == CL_NODE_RUN || n->kind == CL_NODE_WORKFLOW);
	int r = 0;

	if (n->expanded || n->cost != l->cost || !goes_through(n) || (n->cost == l->w->q->depth && !has_members))
		return 0;
	n->expanded = true;
	n->left_out = 0;
	l->from = n;
	if (l->w->q->direction == CL_LINEAGE_ORIGINS && n->kind == CL_NODE_CREDENTIAL)
		r = expand_earliest(l);
	r = r < 0 ? r : expand_way(l, CL_OUT);
	r = r < 0 ? r : expand_way(l, CL_IN);
	return r < 0 ? r : 0;
}

/* ---- all of it ---- */

static int begin(struct level *l, const struct cl_ids *focus)
{
	struct cl_lineage_walk *w = l->w;
	int r = 0;

	for (size_t i = 0; i < focus->n && r >= 0; i++) {
		struct cl_qnode *n = NULL;
		int64_t number;

		r = cl_store_number_of(w->db, focus->ids[i], &number);
		r = r ? r : cl_lineage_enter(w, number, CL_LINEAGE_NODES, &n);
		if (r == 1 && n) {
			n->seed = true;
			n->cost = 0;
			n->when = w->q->direction == CL_LINEAGE_ORIGINS ? UINT64_MAX : 0;
			r = push(&l->now, n);
		}
		r = r == -ENOENT ? 0 : r;
	}
	return r < 0 ? r : 0;
}

static void swap(struct level *l)
{
	struct queue done = l->now;

	done.n = 0;
	l->now = l->later;
	l->later = done;
	l->cost++;
}

static void say_left_out(struct cl_lineage_walk *w)
{
	for (const struct cl_qnode *n = w->first; n; n = n->next)
		if (n->left_out)
			cl_lineage_say_hub(w, n->id, n->left_out);
}

int cl_lineage_outwards(struct cl_lineage_walk *w, const struct cl_ids *focus)
{
	struct level l = {.w = w};
	int r = begin(&l, focus);

	for (; !r && l.now.n; swap(&l))
		for (size_t i = 0; !r && i < l.now.n; i++)
			r = expand(&l, l.now.at[i]);
	say_left_out(w);
	free(l.now.at);
	free(l.later.at);
	return r;
}
