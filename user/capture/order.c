/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "capture/baseline.h"

struct node {
	const struct cl_task *task;
	uint32_t index;
	uint32_t told;
};

static int by_key(const void *a, const void *b)
{
	const struct cl_task *x = ((const struct node *)a)->task, *y = ((const struct node *)b)->task;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->tgid < y->tgid ? -1 : x->tgid > y->tgid;
}

static struct node *find(struct node *nodes, size_t n, uint64_t start, uint32_t tgid)
{
	struct cl_task key = {.start = start, .tgid = tgid};
	struct node probe = {.task = &key};

	return bsearch(&probe, nodes, n, sizeof(*nodes), by_key);
}

/* Up to the topmost ancestor that was not told yet. A reparented process may be older than its parent, so the start
 * times alone do not give the order; marks keep a loop (which only a torn snapshot could show) from going round. */
static size_t climb(struct node *nodes, size_t n, struct node *at, struct node **chain)
{
	size_t depth = 0;

	while (at && !at->told) {
		at->told = 1;
		chain[depth++] = at;
		at = find(nodes, n, at->task->parent_start, at->task->parent_tgid);
	}
	return depth;
}

int cl_baseline_order(const struct cl_task *tasks, size_t n, uint32_t *order)
{
	_cleanup_free_ struct node *nodes = calloc(n + 1, sizeof(*nodes));
	_cleanup_free_ struct node **chain = calloc(n + 1, sizeof(struct node *));
	size_t told = 0;

	if (!nodes || !chain)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		nodes[i] = (struct node){.task = &tasks[i], .index = (uint32_t)i};
	qsort(nodes, n, sizeof(*nodes), by_key);
	for (size_t i = 0; i < n; i++) {
		size_t depth = climb(nodes, n, &nodes[i], chain);

		while (depth)
			order[told++] = chain[--depth]->index;
	}
	return 0;
}
