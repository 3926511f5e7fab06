/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Belonging and ancestry cost nothing: every process that was reached gets its run, workflow, user, container and all its
 * ancestors up to the first process. The set grows while it is walked: what is entered gets its own belongings in turn.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"
#include "query/query_internal.h"

#define LIMIT (2 * CL_LINEAGE_NODES)
#define PARENTS_MAX 8 /* one, and those that stood in for it while it was not known */

struct upwards {
	struct cl_lineage_walk *w;
	int64_t parents[PARENTS_MAX];
	size_t n;
};

/* For gathering the edges: these need not be read twice. Belonging and descent have no evidence. */
static int keep_fact(struct cl_lineage_walk *w, const struct cl_link *l)
{
	struct cl_link *more;

	if (w->n_facts == w->cap_facts) {
		more = realloc(w->facts, (w->cap_facts * 2 + 256) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		w->facts = more;
		w->cap_facts = w->cap_facts * 2 + 256;
	}
	w->facts[w->n_facts] = *l;
	w->facts[w->n_facts++].evidence = NULL;
	return 0;
}

static int belong(void *ctx, const struct cl_link *l)
{
	struct upwards *u = ctx;
	struct cl_qnode *n;
	int r = cl_lineage_enter(u->w, l->target, LIMIT, &n);

	return r < 0 ? r : keep_fact(u->w, l);
}

static int keep_parent(void *ctx, const struct cl_link *l)
{
	struct upwards *u = ctx;

	u->parents[u->n++] = l->source;
	return keep_fact(u->w, l);
}

static int is_unknown(void *ctx, const struct cl_node *n)
{
	bool *unknown = ctx;

	*unknown = cl_starts_with(n->id, "unknown:");
	return 0;
}

/* Whether nothing but that it was there is known of it. */
static int look(const struct cl_lineage_walk *w, int64_t number, bool *unknown)
{
	const struct cl_qnode *n = cl_lineage_find_number(w, number);

	if (!n)
		return cl_store_node_at(w->db, number, is_unknown, unknown);
	*unknown = cl_starts_with(n->id, "unknown:");
	return 0;
}

static int enter_parent(struct upwards *u, int64_t number, bool unknown)
{
	struct cl_qnode *n;
	size_t before = u->w->n;
	int r = cl_lineage_enter(u->w, number, LIMIT, &n);

	if (r == 1 && unknown && u->w->n > before) {
		cJSON *gap = cl_json_push(u->w->gaps);

		cl_json_str(gap, "kind", "unknown_parent");
		cl_json_str(gap, "node", n->id);
	}
	return r < 0 ? r : 0;
}

/* An unknown parent is told of only where none became known. */
static int enter_parents(struct upwards *u, const struct cl_qnode *of)
{
	static const struct cl_kinds spawned = {CL_EDGE_SPAWNED, CL_EDGE_SPAWNED};
	bool unknown[PARENTS_MAX] = {false}, known = false;
	int r;

	u->n = 0;
	r = cl_store_links(u->w->db, of->n, CL_IN, spawned, PARENTS_MAX, keep_parent, u);
	for (size_t i = 0; i < u->n && !r; i++) {
		r = look(u->w, u->parents[i], &unknown[i]);
		known |= !unknown[i];
	}
	for (size_t i = 0; i < u->n && !r; i++)
		if (!unknown[i] || !known)
			r = enter_parent(u, u->parents[i], unknown[i]);
	return r;
}

int cl_lineage_upwards(struct cl_lineage_walk *w)
{
	struct upwards u = {.w = w};
	int r = 0;

	for (const struct cl_qnode *n = w->first; !r && n; n = n->next) {
		if (n->kind != CL_NODE_PROCESS && n->kind != CL_NODE_RUN && n->kind != CL_NODE_CONTAINER)
			continue;
		r = cl_store_links(w->db, n->n, CL_OUT, CL_KINDS_BELONG, 0, belong, &u);
		if (!r && n->kind == CL_NODE_PROCESS)
			r = cl_lineage_gather_acts(w, n);
		if (!r && n->kind == CL_NODE_PROCESS)
			r = enter_parents(&u, n);
	}
	return r;
}
