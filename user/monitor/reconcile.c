/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/reconcile.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define SETTLE_US 2000 /* records younger than the capture's hold-back are handed over by then */
#define POLLS_MAX 64
#define INIT_PIDNS 0xeffffffcu

/* Living ones of the table that the kernel does not list. */
struct gone {
	const struct cl_task *tasks;
	size_t n_tasks;
	uint64_t listed;
	struct cl_process_key *keys;
	size_t n, cap;
	bool full; /* out of memory: the rest ends with the next look */
};

static bool is_listed(const struct gone *g, struct cl_process_key key)
{
	const struct cl_task probe = {.tgid = key.tgid, .start = key.start};

	return bsearch(&probe, g->tasks, g->n_tasks, sizeof(probe), cl_tasks_order);
}

/* There are hosts that keep a process out of the iterator's sight: it is gone when its number is free, or another's. */
static bool is_number_free(const struct gone *g, uint32_t tgid)
{
	for (size_t low = 0, high = g->n_tasks; low < high;) {
		size_t middle = (low + high) / 2;

		if (g->tasks[middle].tgid == tgid)
			return true;
		if (g->tasks[middle].tgid < tgid)
			low = middle + 1;
		else
			high = middle;
	}
	return kill((pid_t)tgid, 0) && errno == ESRCH;
}

/* In a pid namespace of its own the monitor is shown a part, and other numbers. */
static bool sees_all(void)
{
	struct stat st;

	return !stat("/proc/self/ns/pid", &st) && st.st_ino == INIT_PIDNS;
}

static void note_gone(void *ctx, const struct cl_process *p)
{
	struct gone *g = ctx;

	if (p->key.start >= g->listed || is_listed(g, p->key) || !is_number_free(g, p->key.tgid))
		return;
	if (g->n == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 64;
		struct cl_process_key *bigger = realloc(g->keys, cap * sizeof(*bigger));

		g->full |= !bigger;
		if (!bigger)
			return;
		g->keys = bigger;
		g->cap = cap;
	}
	g->keys[g->n++] = p->key;
}

static void end_gone(const struct cl_reconcile *r, const struct cl_task *tasks, size_t n, uint64_t listed)
{
	struct gone g = {.tasks = tasks, .n_tasks = n, .listed = listed};

	cl_identity_each_living(r->identity, note_gone, &g);
	for (size_t i = 0; i < g.n; i++) {
		const struct cl_observation obs = {
			.kind = CL_OBS_EXIT, .ts = listed, .process = g.keys[i], .unverified = 1};

		r->feed(r->ctx, &obs);
	}
	free(g.keys);
}

/* What was under way when the list was made is known before the list is looked at. */
static int catch_up(const struct cl_reconcile *r)
{
	int n = 1;

	usleep(SETTLE_US);
	for (int i = 0; n > 0 && i < POLLS_MAX; i++)
		n = cl_capture_poll(r->capture, r->on_record, r->ctx);
	return n < 0 ? n : 0;
}

/* Texts are read of those only about whom something may be wrong. */
static size_t pick(const struct cl_reconcile *r, struct cl_task *tasks, size_t n, bool execs)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct cl_process_key key = {.tgid = tasks[i].tgid, .start = tasks[i].start};
		const struct cl_process *p = cl_identity_process(r->identity, key);

		if (execs || !p || !p->known || (!p->parent && tasks[i].parent_tgid) ||
		    strncmp(p->comm ? p->comm : "", tasks[i].comm, sizeof(tasks[i].comm) - 1))
			tasks[kept++] = tasks[i];
	}
	return kept;
}

static int reconcile_processes(const struct cl_reconcile *r, bool execs)
{
	_cleanup_free_ struct cl_task *tasks = NULL;
	uint64_t listed = cl_boot_ns();
	size_t n = 0;
	int err = cl_tasks_list(r->capture, &tasks, &n);

	err = err ? err : catch_up(r);
	if (err)
		return err;
	if (sees_all())
		end_gone(r, tasks, n, listed);
	n = pick(r, tasks, n, execs);
	return cl_tasks_tell(tasks, n, r->on_process, r->ctx);
}

int cl_reconcile(const struct cl_reconcile *r, uint32_t lost_kinds)
{
	int err = lost_kinds & CL_LOST_PROCESSES ? reconcile_processes(r, lost_kinds & 1u << CL_EXEC) : 0;

	if (!err && lost_kinds & CL_LOST_FILES)
		err = cl_capture_held(r->capture, r->on_record, r->ctx);
	return err;
}
