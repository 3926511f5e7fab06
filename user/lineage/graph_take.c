/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves the graph: batches for the store, sub-graphs for findings. */
#include "lineage/graph_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "lineage/shape.h"

static void free_const(const char *s)
{
	free((void *)(uintptr_t)s);
}

void cl_batch_free(struct cl_batch **p)
{
	struct cl_batch *b = *p;

	if (!b)
		return;
	for (size_t i = 0; i < b->n_nodes; i++) {
		free_const(b->nodes[i].id);
		free_const(b->nodes[i].label);
		free_const(b->nodes[i].text);
	}
	for (size_t i = 0; i < b->n_edges; i++) {
		free_const(b->edges[i].source);
		free_const(b->edges[i].target);
		free_const(b->edges[i].evidence);
	}
	free(b->nodes);
	free(b->edges);
	free(b);
	*p = NULL;
}

/* strdup that lets NULL be NULL; false when out of memory. */
static bool copy(const char **to, const char *s)
{
	*to = s ? strdup(s) : NULL;
	return !s || *to;
}

static int copy_node(struct cl_batch *b, const struct cl_gnode *n)
{
	struct cl_node *to = &b->nodes[b->n_nodes++];

	*to = (struct cl_node){.kind = n->kind, .first = n->first, .last = n->last};
	return copy(&to->id, n->id) && copy(&to->label, n->label) && copy(&to->text, n->attrs) ? 0 : -ENOMEM;
}

static int copy_edge(struct cl_batch *b, const struct cl_gedge *e)
{
	struct cl_edge *to = &b->edges[b->n_edges++];

	*to = (struct cl_edge){
		.kind = (uint32_t)e->key.kind,
		.basis = e->basis,
		.first = e->first,
		.last = e->last,
		.count = cl_edge_kind_is_fact((uint32_t)e->key.kind) ? 1 : e->count - e->taken,
	};
	return copy(&to->source, e->key.source->id) && copy(&to->target, e->key.target->id) &&
			       copy(&to->evidence, e->evidence)
		       ? 0
		       : -ENOMEM;
}

static int batch_new(struct cl_batch **out, size_t nodes, size_t edges)
{
	struct cl_batch *b = calloc(1, sizeof(*b));

	if (b) {
		b->nodes = calloc(nodes + 1, sizeof(*b->nodes));
		b->edges = calloc(edges + 1, sizeof(*b->edges));
	}
	if (!b || !b->nodes || !b->edges) {
		cl_batch_free(&b);
		return -ENOMEM;
	}
	*out = b;
	return 0;
}

static int fill(const struct cl_graph *g, struct cl_batch *b, size_t nodes, size_t edges)
{
	const struct cl_gnode *n = g->dirty;
	const struct cl_gedge *e = g->dirty_edges;
	int r = 0;

	for (; !r && n && b->n_nodes < nodes; n = n->next)
		r = copy_node(b, n);
	for (; !r && e && b->n_edges < edges; e = e->next)
		r = copy_edge(b, e);
	return r;
}

/* The marks go only when the whole batch could be copied: nothing is lost to a lack of memory. */
static void clear_marks(struct cl_graph *g, size_t nodes, size_t edges)
{
	for (; nodes; nodes--) {
		g->dirty->dirty = false;
		g->n_dirty_nodes--;
		cl_gnode_place(g, g->dirty);
	}
	for (; edges; edges--) {
		g->dirty_edges->taken = g->dirty_edges->count;
		cl_gedge_set_dirty(g, g->dirty_edges, false);
	}
}

int cl_graph_take(struct cl_graph *g, size_t max, struct cl_batch **out)
{
	_cleanup_(cl_batch_free) struct cl_batch *b = NULL;
	size_t nodes = g->n_dirty_nodes < max ? g->n_dirty_nodes : max;
	size_t edges = g->n_dirty_edges < max - nodes ? g->n_dirty_edges : max - nodes;
	int r;

	if (!nodes && !edges) {
		*out = NULL;
		return 0;
	}
	r = batch_new(&b, nodes, edges);
	if (!r)
		r = fill(g, b, nodes, edges);
	if (r)
		return r;
	clear_marks(g, nodes, edges);
	*out = TAKE_PTR(b);
	return 0;
}

/* ---- sub-graphs ---- */

static int by_id(const void *a, const void *b)
{
	const struct cl_gnode *const *x = a, *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

static size_t resolve(const struct cl_graph *g, const char *const *ids, size_t n, struct cl_gnode **out)
{
	size_t found = 0, unique = 0;

	for (size_t i = 0; i < n; i++) {
		HASH_FIND_STR(g->nodes, ids[i], out[found]);
		found += out[found] != NULL;
	}
	if (found)
		qsort(out, found, sizeof(*out), by_id);
	for (size_t i = 0; i < found; i++)
		if (!unique || out[unique - 1] != out[i])
			out[unique++] = out[i];
	return unique;
}

static int add_item(cJSON *array, cJSON *item)
{
	if (!item)
		return -ENOMEM;
	if (!cJSON_AddItemToArray(array, item)) {
		cJSON_Delete(item);
		return -ENOMEM;
	}
	return 0;
}

static int add_subset_node(cJSON *nodes, const struct cl_gnode *n)
{
	_cleanup_json_ cJSON *attrs = n->attrs ? cJSON_Parse(n->attrs) : NULL;
	const struct cl_node view = {
		.id = n->id,
		.label = n->label,
		.kind = n->kind,
		.first = n->first,
		.last = n->last,
		.attrs = attrs,
	};

	return add_item(nodes, cl_lineage_node_json(&view));
}

static int add_subset_edge(cJSON *edges, const struct cl_gedge *e)
{
	const struct cl_edge view = {
		.source = e->key.source->id,
		.target = e->key.target->id,
		.kind = (uint32_t)e->key.kind,
		.basis = e->basis,
		.first = e->first,
		.last = e->last,
		.count = e->count,
		.evidence = e->evidence,
	};

	return add_item(edges, cl_lineage_edge_json(&view));
}

int cl_graph_subset(const struct cl_graph *g, const char *const *ids, size_t n, cJSON *nodes, cJSON *edges)
{
	_cleanup_free_ struct cl_gnode **set = calloc(n + 1, sizeof(*set));
	size_t count;
	int r = 0;

	if (!set)
		return -ENOMEM;
	count = resolve(g, ids, n, set);
	for (size_t i = 0; !r && i < count; i++) {
		r = add_subset_node(nodes, set[i]);
		for (struct cl_gedge *e = set[i]->out; !r && e; e = e->out_next)
			if (bsearch(&e->key.target, set, count, sizeof(*set), by_id))
				r = add_subset_edge(edges, e);
	}
	if (!r)
		cl_lineage_sort(edges);
	return r;
}
