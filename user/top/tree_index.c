/* SPDX-License-Identifier: Apache-2.0 */
#include "top/tree_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static int compare(const cJSON *x, const cJSON *y, const char *by)
{
	static const char *const then[] = {"first", "id"};
	int order = strcmp(cl_json_get_str(x, by), cl_json_get_str(y, by));

	for (size_t i = 0; !order && i < sizeof(then) / sizeof(then[0]); i++)
		order = strcmp(cl_json_get_str(x, then[i]), cl_json_get_str(y, then[i]));
	return order;
}

static int by_id(const void *a, const void *b)
{
	return compare(*(const cJSON *const *)a, *(const cJSON *const *)b, "id");
}

static int by_source(const void *a, const void *b)
{
	return compare(*(const cJSON *const *)a, *(const cJSON *const *)b, "source");
}

static int by_target(const void *a, const void *b)
{
	return compare(*(const cJSON *const *)a, *(const cJSON *const *)b, "target");
}

static int sort(const cJSON *list, int (*order)(const void *, const void *), const cJSON ***out, size_t *n)
{
	size_t i = 0;
	const cJSON *item;

	*n = (size_t)cJSON_GetArraySize(list);
	*out = calloc(*n + 1, sizeof(const cJSON *));
	if (!*out)
		return -ENOMEM;
	cJSON_ArrayForEach (item, list) {
		(*out)[i++] = item;
	}
	qsort(*out, *n, sizeof(const cJSON *), order);
	return 0;
}

int cl_tree_index(struct cl_tree_index *x, const cJSON *lineage)
{
	const cJSON *nodes = cl_json_at(lineage, "nodes"), *edges = cl_json_at(lineage, "edges");
	int r = sort(nodes, by_id, &x->nodes, &x->n_nodes);

	r = r ? r : sort(edges, by_source, &x->by_source, &x->n_edges);
	return r ? r : sort(edges, by_target, &x->by_target, &x->n_edges);
}

void cl_tree_index_free(struct cl_tree_index *x)
{
	free(x->nodes);
	free(x->by_source);
	free(x->by_target);
	*x = (struct cl_tree_index){0};
}

/* The first place whose `key` is not below the value. */
static size_t place(const cJSON *const *all, size_t n, const char *key, const char *value)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(cl_json_get_str(all[middle], key), value) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const cJSON *cl_tree_node(const struct cl_tree_index *x, const char *id)
{
	size_t i = place(x->nodes, x->n_nodes, "id", id);

	return i < x->n_nodes && !strcmp(cl_json_get_str(x->nodes[i], "id"), id) ? x->nodes[i] : NULL;
}

bool cl_tree_is(const struct cl_tree_index *x, const char *id, const char *kind)
{
	return !strcmp(cl_json_get_str(cl_tree_node(x, id), "kind"), kind);
}

size_t cl_tree_edges(const struct cl_tree_index *x, const char *id, bool out, const cJSON *const **first)
{
	const cJSON *const *all = out ? x->by_source : x->by_target;
	const char *key = out ? "source" : "target";
	size_t begin = place(all, x->n_edges, key, id), end = begin;

	while (end < x->n_edges && !strcmp(cl_json_get_str(all[end], key), id))
		end++;
	*first = all + begin;
	return end - begin;
}

const char *cl_tree_other(const struct cl_tree_index *x, const char *id, bool out, const char *kind,
			  const char *node_kind)
{
	const cJSON *const *edges;
	size_t n = cl_tree_edges(x, id, out, &edges);

	for (size_t i = 0; i < n; i++) {
		const char *other = cl_json_get_str(edges[i], out ? "target" : "source");

		if (!strcmp(cl_json_get_str(edges[i], "kind"), kind) && (!node_kind || cl_tree_is(x, other, node_kind)))
			return other;
	}
	return "";
}
