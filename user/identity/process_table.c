/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process table. An entry stays after exit as long as another entry has it as its parent, so that a chain is whole
 * when its middle is gone; then it waits in a heap for the table to be full, the oldest exit first.
 *
 * Invariants: a parent is older than its child, (start, tgid) in that order, so chains have no loops whatever the input
 * says; at most one entry per tgid is alive, the newest; `run` is never NULL.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "identity/tables.h"

/* Numbers that are given out in turn are spread by their low bits; each event asks several times. */
static unsigned int hash_of(uint32_t tgid)
{
	return tgid * 2654435761u;
}

struct cl_process *cl_processes_newest(struct cl_identity *id, uint32_t tgid)
{
	struct cl_process *p = NULL;

	HASH_FIND_BYHASHVALUE(hh, id->processes, &tgid, sizeof(tgid), hash_of(tgid), p);
	return p;
}

static void table_add(struct cl_identity *id, struct cl_process *p)
{
	HASH_ADD_BYHASHVALUE(hh, id->processes, key.tgid, sizeof(p->key.tgid), hash_of(p->key.tgid), p);
}

struct cl_process *cl_processes_find(struct cl_identity *id, struct cl_process_key key)
{
	struct cl_process *p = cl_processes_newest(id, key.tgid);

	while (p && p->key.start != key.start)
		p = p->older;
	return p;
}

struct cl_process *cl_processes_next(struct cl_identity *id, struct cl_process *p)
{
	if (!p)
		return id->processes;
	return p->older ? p->older : cl_processes_newest(id, p->key.tgid)->hh.next;
}

/* ---- what waits for eviction ---- */

static void sift_down(struct cl_exited *heap, size_t n, size_t i)
{
	for (;;) {
		size_t least = i, left = 2 * i + 1, right = left + 1;
		struct cl_exited swap = heap[i];

		if (left < n && heap[left].ts < heap[least].ts)
			least = left;
		if (right < n && heap[right].ts < heap[least].ts)
			least = right;
		if (least == i)
			return;
		heap[i] = heap[least];
		heap[least] = swap;
		i = least;
	}
}

/* Without memory for the heap the entry is found by the forced eviction. */
void cl_processes_enqueue(struct cl_identity *id, struct cl_process *p)
{
	size_t i = id->n_exited;

	if (p->queued || p->children || !p->exit_ts)
		return;
	if (i == id->exited_cap) {
		size_t cap = id->exited_cap ? id->exited_cap * 2 : 64;
		struct cl_exited *grown = realloc(id->exited, cap * sizeof(*grown));

		if (!grown)
			return;
		id->exited = grown;
		id->exited_cap = cap;
	}
	for (; i && id->exited[(i - 1) / 2].ts > p->exit_ts; i = (i - 1) / 2)
		id->exited[i] = id->exited[(i - 1) / 2];
	id->exited[i] = (struct cl_exited){.ts = p->exit_ts, .p = p};
	id->n_exited++;
	p->queued = true;
}

static struct cl_process *dequeue(struct cl_identity *id)
{
	struct cl_process *p = id->exited[0].p;

	id->exited[0] = id->exited[--id->n_exited];
	sift_down(id->exited, id->n_exited, 0);
	p->queued = false;
	return p;
}

/* ---- entering and leaving the table ---- */

static void table_remove(struct cl_identity *id, struct cl_process *p)
{
	struct cl_process *head = cl_processes_newest(id, p->key.tgid);

	if (!head || !id->processes)
		return;
	if (head != p) {
		while (head->older != p)
			head = head->older;
		head->older = p->older;
		return;
	}
	if (p->older) {
		/* cannot fail: the table exists and must not grow */
		unsigned int noexpand = p->hh.tbl->noexpand;

		p->hh.tbl->noexpand = 1;
		table_add(id, p->older);
		p->hh.tbl->noexpand = noexpand;
	}
	HASH_DELETE(hh, id->processes, p);
}

int cl_processes_add(struct cl_identity *id, struct cl_process *p)
{
	struct cl_process *head = cl_processes_newest(id, p->key.tgid);

	if (head && head->key.start > p->key.start) {
		p->older = head->older;
		head->older = p;
		id->n_processes++;
		return 0;
	}
	table_add(id, p);
	if (!cl_table_added(p))
		return -ENOMEM;
	if (head)
		HASH_DELETE(hh, id->processes, head);
	p->older = head;
	id->n_processes++;
	return 0;
}

void cl_processes_release(struct cl_identity *id, struct cl_process *p)
{
	cl_images_free(id, p);
	cl_spaces_leave(id, p);
	cl_shared_put(&id->strings, &p->exe);
	cl_shared_put(&id->strings, &p->script);
	cl_shared_put(&id->strings, &p->program);
	cl_shared_put(&id->strings, &p->preload);
	cl_shared_put(&id->strings, &p->command);
	cl_shared_put(&id->strings, &p->comm);
	cl_shared_put(&id->strings, &p->cgroup);
	cl_shared_put(&id->strings, &p->container);
	free(p);
}

static void drop(struct cl_identity *id, struct cl_process *p)
{
	struct cl_process *parent = p->parent;

	table_remove(id, p);
	id->n_processes--;
	id->stats.processes_evicted++;
	if (!p->exit_ts)
		cl_runs_leave(id, p->run, 0);
	cl_processes_release(id, p);
	if (parent && !--parent->children)
		cl_processes_enqueue(id, parent);
}

/*
 * Nothing that has exited is without children: chains of the dead are cut (the children keep the parent's key), then
 * the processes that have lived longest without children go, they come back as unknown when they act. A whole batch
 * at once, because it takes two walks over the table.
 */
static void mark(struct cl_identity *id, size_t want, bool dead, struct cl_process **victims, size_t *n)
{
	for (struct cl_process *p = cl_processes_next(id, NULL); p && *n < want; p = cl_processes_next(id, p)) {
		if (p->queued || (dead ? !p->exit_ts : p->exit_ts || p->children))
			continue;
		p->queued = true;
		victims[(*n)++] = p;
	}
}

static int evict_forced(struct cl_identity *id, size_t want)
{
	_cleanup_free_ struct cl_process **victims = calloc(want, sizeof(struct cl_process *));
	size_t n = 0;

	if (!victims)
		return -ENOMEM;
	mark(id, want, true, victims, &n);
	mark(id, want, false, victims, &n);
	for (struct cl_process *p = cl_processes_next(id, NULL); p; p = cl_processes_next(id, p)) {
		if (p->parent && p->parent->queued)
			p->parent = NULL;
	}
	id->stats.processes_forced += n;
	for (size_t i = 0; i < n; i++)
		drop(id, victims[i]);
	return 0;
}

int cl_processes_reserve(struct cl_identity *id, size_t n)
{
	while (id->n_processes + n > id->max_processes) {
		struct cl_process *p;
		int r;

		if (!id->n_exited) {
			r = evict_forced(id, id->max_processes / 16 + n);
			if (r)
				return r;
			continue;
		}
		p = dequeue(id);
		if (!p->children)
			drop(id, p);
	}
	return 0;
}

void cl_processes_free(struct cl_identity *id)
{
	while (id->processes) {
		struct cl_process *p = id->processes, *older;

		HASH_DELETE(hh, id->processes, p);
		for (; p; p = older) {
			older = p->older;
			cl_processes_release(id, p);
		}
	}
	free(id->exited);
}
