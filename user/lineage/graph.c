/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/graph_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"

/* Below this an act's own nodes could push each other out. */
#define LEAST_CAP 64

int cl_graph_new(struct cl_graph **out, size_t max_nodes, size_t max_edges)
{
	struct cl_graph *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->max_nodes = max_nodes > LEAST_CAP ? max_nodes : LEAST_CAP;
	g->max_edges = max_edges > LEAST_CAP ? max_edges : LEAST_CAP;
	*out = g;
	return 0;
}

const struct cl_graph_stats *cl_graph_stats(const struct cl_graph *g)
{
	return &g->stats;
}

static struct cl_gnode *find_node(const struct cl_graph *g, const char *id)
{
	struct cl_gnode *n;

	HASH_FIND_STR(g->nodes, id, n);
	return n;
}

static struct cl_gedge *find_edge(const struct cl_graph *g, struct cl_gnode *source, uint32_t kind,
				  struct cl_gnode *target)
{
	struct cl_gkey key = {.source = source, .target = target, .kind = kind};
	struct cl_gedge *e;

	/* The analyser loses sight of a key that is read byte by byte. */
	HASH_FIND(hh, g->edges, &key, sizeof(key), e); /* NOLINT(clang-analyzer-core.UndefinedBinaryOperatorResult) */
	return e;
}

static struct cl_gnode **list_for(struct cl_graph *g, const struct cl_gnode *n)
{
	return n->dirty ? &g->dirty : n->pins ? &g->pinned : &g->clean;
}

void cl_gnode_place(struct cl_graph *g, struct cl_gnode *n)
{
	if (n->list)
		DL_DELETE(*n->list, n);
	n->list = list_for(g, n);
	DL_APPEND(*n->list, n);
}

static void pin(struct cl_graph *g, struct cl_gnode *n, bool on)
{
	n->pins += on ? 1 : (uint32_t)-1;
	if (n->list != list_for(g, n))
		cl_gnode_place(g, n);
}

static void set_dirty(struct cl_graph *g, struct cl_gnode *n)
{
	g->n_dirty_nodes += !n->dirty;
	n->dirty = true;
	cl_gnode_place(g, n);
}

void cl_gedge_set_dirty(struct cl_graph *g, struct cl_gedge *e, bool dirty)
{
	if (e->dirty)
		DL_DELETE(g->dirty_edges, e);
	else
		DL_DELETE(g->clean_edges, e);
	if (dirty)
		DL_APPEND(g->dirty_edges, e);
	else
		DL_APPEND(g->clean_edges, e);
	if (dirty == e->dirty)
		return;
	e->dirty = dirty;
	g->n_dirty_edges += dirty ? 1 : (size_t)-1;
	pin(g, e->key.source, dirty);
	pin(g, e->key.target, dirty);
}

static void drop_edge(struct cl_graph *g, struct cl_gedge *e)
{
	if (e->dirty)
		g->stats.edges_lost++;
	else
		g->stats.edges_evicted++;
	cl_gedge_set_dirty(g, e, false);
	DL_DELETE(g->clean_edges, e); // NOLINT(clang-analyzer-core.NullDereference): it is in the list
	DL_DELETE2(e->key.source->out, e, out_prev, out_next);
	DL_DELETE2(e->key.target->in, e, in_prev, in_next);
	HASH_DELETE(hh, g->edges, e);
	g->stats.edges--;
	free(e->evidence);
	free(e);
}

static void free_node(struct cl_gnode *n)
{
	free(n->id);
	free(n->label);
	free(n->attrs);
	free(n);
}

static void drop_node(struct cl_graph *g, struct cl_gnode *n)
{
	while (n->out)
		drop_edge(g, n->out);
	while (n->in)
		drop_edge(g, n->in);
	if (n->dirty) {
		g->stats.nodes_lost++;
		g->n_dirty_nodes--;
	} else {
		g->stats.nodes_evicted++;
	}
	DL_DELETE(*n->list, n);
	HASH_DELETE(hh, g->nodes, n);
	g->stats.nodes--;
	free_node(n);
}

/* The longest unused clean one; when nobody takes what is dirty, the longest unused of those, counted as lost. */
static void make_room_for_node(struct cl_graph *g)
{
	while (g->stats.nodes >= g->max_nodes)
		drop_node(g, g->clean ? g->clean : g->pinned ? g->pinned : g->dirty);
}

static void make_room_for_edge(struct cl_graph *g)
{
	while (g->stats.edges >= g->max_edges)
		drop_edge(g, g->clean_edges ? g->clean_edges : g->dirty_edges);
}

void cl_graph_free(struct cl_graph **p)
{
	struct cl_gnode *n, *next;
	struct cl_gedge *e, *next_edge;

	if (!*p)
		return;
	HASH_ITER (hh, (*p)->edges, e, next_edge) {
		HASH_DELETE(hh, (*p)->edges, e);
		free(e->evidence);
		free(e);
	}
	HASH_ITER (hh, (*p)->nodes, n, next) {
		HASH_DELETE(hh, (*p)->nodes, n);
		free_node(n);
	}
	free(TAKE_PTR(*p));
}

static bool widen(uint64_t *first, uint64_t *last, uint64_t when)
{
	bool changed = false;

	if (when && (!*first || when < *first)) {
		*first = when;
		changed = true;
	}
	if (when > *last) {
		*last = when;
		changed = true;
	}
	return changed;
}

static int add_node(struct cl_graph *g, const char *id, uint32_t kind, struct cl_gnode **out)
{
	struct cl_gnode *n;

	make_room_for_node(g);
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->kind = kind;
	n->id = strdup(id);
	if (!n->id) {
		free_node(n);
		return -ENOMEM;
	}
	HASH_ADD_KEYPTR(hh, g->nodes, n->id, strlen(n->id), n);
	if (!n->hh.tbl) {
		free_node(n);
		return -ENOMEM;
	}
	g->stats.nodes++;
	set_dirty(g, n);
	*out = n;
	return 0;
}

/* Adds the new members to the old ones; *text stays when memory is short. */
static int merge_attrs(char **text, const cJSON *attrs, bool *changed)
{
	_cleanup_json_ cJSON *all = cJSON_Parse(*text);
	const cJSON *item;
	char *merged;

	if (!all)
		return -ENOMEM;
	cJSON_ArrayForEach (item, attrs) {
		cJSON *copy = cJSON_Duplicate(item, true);
		bool there = cJSON_GetObjectItemCaseSensitive(all, item->string);

		if (!copy)
			return -ENOMEM;
		if (there ? !cJSON_ReplaceItemInObjectCaseSensitive(all, item->string, copy)
			  : !cJSON_AddItemToObject(all, item->string, copy)) {
			cJSON_Delete(copy);
			return -ENOMEM;
		}
	}
	merged = cJSON_PrintUnformatted(all);
	if (!merged)
		return -ENOMEM;
	*changed = strcmp(merged, *text) != 0;
	free(*text);
	*text = merged;
	return 0;
}

static int set_attrs(struct cl_gnode *n, const cJSON *attrs, bool *changed)
{
	_cleanup_free_ char *text = NULL;

	if (!attrs || !attrs->child)
		return 0;
	text = cJSON_PrintUnformatted(attrs);
	if (!text)
		return -ENOMEM;
	if (!n->attrs) {
		n->attrs = TAKE_PTR(text);
		*changed = true;
		return 0;
	}
	return strcmp(n->attrs, text) ? merge_attrs(&n->attrs, attrs, changed) : 0;
}

static int set_string(char **to, const char *s, bool *changed)
{
	char *copy;

	if (!s || (*to && !strcmp(*to, s)))
		return 0;
	copy = strdup(s);
	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	*changed = true;
	return 0;
}

int cl_graph_node(struct cl_graph *g, uint32_t kind, const char *id, const char *label, uint64_t when, cJSON *attrs)
{
	_cleanup_json_ cJSON *owned = attrs;
	struct cl_gnode *n = find_node(g, id);
	bool changed = false;
	int r;

	if (!n) {
		r = add_node(g, id, kind, &n);
		if (r)
			return r;
	}
	changed = widen(&n->first, &n->last, when);
	r = set_string(&n->label, label, &changed);
	if (!r)
		r = set_attrs(n, owned, &changed);
	if (changed)
		set_dirty(g, n);
	else
		cl_gnode_place(g, n);
	return r;
}

bool cl_graph_touch(struct cl_graph *g, const char *id)
{
	struct cl_gnode *n = find_node(g, id);

	if (n)
		cl_gnode_place(g, n);
	return n && n->label;
}

bool cl_graph_has_edge(const struct cl_graph *g, uint32_t kind, const char *source, const char *target)
{
	struct cl_gnode *s = find_node(g, source), *t = find_node(g, target);

	return s && t && find_edge(g, s, kind, t);
}

static int add_edge(struct cl_graph *g, struct cl_gnode *source, uint32_t kind, struct cl_gnode *target,
		    struct cl_gedge **out)
{
	struct cl_gedge *e;

	make_room_for_edge(g);
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->key = (struct cl_gkey){.source = source, .target = target, .kind = kind};
	HASH_ADD(hh, g->edges, key, sizeof(e->key), e);
	if (!e->hh.tbl) {
		free(e);
		return -ENOMEM;
	}
	DL_APPEND(g->clean_edges, e);
	DL_APPEND2(source->out, e, out_prev, out_next);
	DL_APPEND2(target->in, e, in_prev, in_next);
	g->stats.edges++;
	*out = e;
	return 0;
}

int cl_graph_edge(struct cl_graph *g, uint32_t kind, const char *source, const char *target, uint64_t when,
		  uint32_t basis, const char *evidence)
{
	struct cl_gnode *s = find_node(g, source), *t = find_node(g, target);
	bool changed = false;
	struct cl_gedge *e;
	int r = 0;

	if (!s || !t)
		return -ENOENT;
	e = find_edge(g, s, kind, t);
	if (!e) {
		r = add_edge(g, s, kind, t, &e);
		if (r)
			return r;
		e->basis = basis;
		e->count = 1;
		changed = true;
	} else if (!cl_edge_kind_is_fact(kind)) {
		e->count++;
		changed = true;
	}
	changed |= widen(&e->first, &e->last, when);
	if (basis == CL_BASIS_OBSERVED && e->basis == CL_BASIS_INFERRED) {
		e->basis = basis;
		changed = true;
	}
	if (!e->evidence)
		r = set_string(&e->evidence, evidence, &changed);
	cl_gedge_set_dirty(g, e, changed || e->dirty);
	return r;
}

void cl_graph_edge_more(struct cl_graph *g, uint32_t kind, const char *source, const char *target, uint64_t more)
{
	struct cl_gnode *s = find_node(g, source), *t = find_node(g, target);
	struct cl_gedge *e = s && t && more && !cl_edge_kind_is_fact(kind) ? find_edge(g, s, kind, t) : NULL;

	if (!e)
		return;
	e->count += more;
	cl_gedge_set_dirty(g, e, true);
}

int cl_graph_edge_tell(struct cl_graph *g, uint32_t kind, const char *source, const char *target, const char *evidence,
		       const char *final)
{
	struct cl_gnode *s = find_node(g, source), *t = find_node(g, target);
	struct cl_gedge *e = s && t ? find_edge(g, s, kind, t) : NULL;
	bool changed = false;
	int r;

	if (!e)
		return -ENOENT;
	if (e->evidence && cl_ends_with(e->evidence, final))
		return 0;
	r = set_string(&e->evidence, evidence, &changed);
	cl_gedge_set_dirty(g, e, changed || e->dirty);
	return r;
}
