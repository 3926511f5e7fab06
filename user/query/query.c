/* SPDX-License-Identifier: Apache-2.0 */
/* A lineage: the set of nodes that belong to it, and how it is walked. */
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
	free(n->quoted);
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
	cl_lineage_drop_edges(w);
	cJSON_Delete(w->finding);
}

struct loading {
	struct cl_qnode *to;
	bool written;
};

/* A credential gets what policy says of it: it stays an object. */
static int write_node(struct cl_qnode *n, const struct cl_node *from)
{
	_cleanup_text_ struct cl_text quoted = {0}, text = {0};
	int r = cl_json_quote(&quoted, from->id);

	if (!r && from->kind != CL_NODE_CREDENTIAL) {
		r = cl_text_reserve(&text, 2 * quoted.len + (from->text ? strlen(from->text) : 0) + 160);
		r = r ? r : cl_lineage_node_text(&text, from, cl_text_str(&quoted));
	}
	if (r)
		return r;
	n->quoted = cl_text_take(&quoted);
	n->json = text.len ? cJSON_CreateRaw(cl_text_str(&text)) : cl_lineage_node_move(from);
	return n->json ? 0 : -ENOMEM;
}

static int load(void *ctx, const struct cl_node *from)
{
	const struct loading *l = ctx;
	struct cl_qnode *n = l->to;

	n->kind = from->kind;
	n->id = strdup(from->id);
	if (!n->id)
		return -ENOMEM;
	if (l->written)
		return write_node(n, from);
	n->json = cl_lineage_node_move(from);
	return n->json ? 0 : -ENOMEM;
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
	r = cl_store_node_at(w->db, number, load, &(struct loading){n, w->q->written});
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

static int walk(struct cl_lineage_walk *w, cJSON **out)
{
	_cleanup_(cl_ids_free) struct cl_ids focus = {0};
	int r = cl_lineage_focus(w, &focus);

	r = r ? r : cl_lineage_outwards(w, &focus);
	r = r ? r : cl_lineage_upwards(w);
	r = r ? r : cl_lineage_gather_edges(w);
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
	r = w.gaps ? cl_store_hold(db, err) : -ENOMEM;
	if (!r) {
		r = walk(&w, out);
		cl_store_release(db);
	}
	end_walk(&w);
	return r;
}
