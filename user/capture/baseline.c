/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that were there before the probes. Who they are comes from the kernel's task iterator through the same
 * fill_task as every event, so keys are equal to the nanosecond; /proc only adds what is text.
 */
#define _GNU_SOURCE
#include "capture/baseline.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/secure.h"
#include "capture/internal.h"
#include "capture/procfs.h"
#include "credlineage.skel.h"

#define TASKS_MAX (1u << 20)
#define DELETED " (deleted)"
#define GROUPS 64

/* Texts of one process at a time, all in secure memory. */
struct reader {
	char *args, *env;
	char exe[CL_PATH_MAX], comm[17];
	/* Most processes share a few control groups: the path of each is read once. */
	struct group {
		uint64_t id;
		char path[CL_CGROUP_MAX];
	} groups[GROUPS], unnamed;
};

/* The iterator gives each process for itself and again as the parent of others. */
static size_t drop_repeats(struct cl_task *tasks, size_t n)
{
	size_t kept = 0;

	qsort(tasks, n, sizeof(*tasks), cl_tasks_order);
	for (size_t i = 0; i < n; i++) {
		if (!kept || cl_tasks_order(&tasks[kept - 1], &tasks[i]))
			tasks[kept++] = tasks[i];
	}
	return kept;
}

int cl_tasks_list(struct cl_capture *c, struct cl_task **out, size_t *n_out)
{
	_cleanup_free_ struct cl_task *tasks = NULL;
	_cleanup_close_ int fd = -1;
	struct bpf_link *link = bpf_program__attach_iter(c->skel->progs.list_tasks, NULL);
	size_t used = 0, cap = 0;
	ssize_t n;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	bpf_link__destroy(link);
	if (fd < 0)
		return -errno;
	for (;; used += (size_t)n) {
		if (cap - used < sizeof(*tasks) * 64) {
			struct cl_task *bigger = realloc(tasks, cap * 2 + sizeof(*tasks) * 1024);

			if (!bigger || cap / sizeof(*tasks) > TASKS_MAX)
				return -ENOMEM;
			tasks = bigger;
			cap = cap * 2 + sizeof(*tasks) * 1024;
		}
		n = read(fd, (char *)tasks + used, cap - used);
		if (n < 0 && errno == EAGAIN)
			n = 0; /* the iterator's buffer was between two tasks: read on */
		else if (n < 0)
			return -errno;
		else if (!n)
			break;
	}
	*n_out = drop_repeats(tasks, used / sizeof(*tasks));
	*out = TAKE_PTR(tasks);
	return 0;
}

/* The directory of that very process: the number may be another's by now. */
static int open_process(const struct cl_task *t)
{
	_cleanup_close_ int dir = -1;
	uint64_t ticks, hz = (uint64_t)sysconf(_SC_CLK_TCK);
	char path[32], stat[1024];

	snprintf(path, sizeof(path), "/proc/%u", t->tgid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (cl_procfs_read(dir, "stat", stat, sizeof(stat)) < 0 || cl_procfs_start_ticks(stat, &ticks))
		return -ESRCH;
	return ticks == t->start / (CL_NS_PER_S / hz) ? TAKE_FD(dir) : -ESRCH;
}

static void read_exe(struct reader *r, int dir, struct cl_observation *obs)
{
	ssize_t n = readlinkat(dir, "exe", r->exe, sizeof(r->exe) - 1);
	struct stat st;

	if (n <= 0)
		return;
	r->exe[n] = '\0';
	if (!fstatat(dir, "exe", &st, 0)) {
		obs->exe_ino = st.st_ino;
		obs->exe_dev = major(st.st_dev) << 20 | minor(st.st_dev);
		if (!st.st_nlink)
			obs->flags |= CL_F_DELETED;
	}
	if ((obs->flags & CL_F_DELETED) && (size_t)n > strlen(DELETED) &&
	    !strcmp(r->exe + n - strlen(DELETED), DELETED))
		r->exe[(size_t)n - strlen(DELETED)] = '\0';
	obs->exe = r->exe;
}

static const char *read_cgroup(struct reader *r, int dir, uint64_t id)
{
	struct group *g = id ? &r->groups[id % GROUPS] : &r->unnamed;
	char text[4096];

	if (id && g->id == id)
		return g->path;
	g->id = 0;
	if (cl_procfs_read(dir, "cgroup", text, sizeof(text)) <= 0)
		return NULL;
	snprintf(g->path, sizeof(g->path), "%s", cl_procfs_cgroup(text));
	g->id = id;
	return g->path;
}

static void fill_observation(struct reader *r, const struct cl_task *t, struct cl_observation *obs)
{
	*obs = (struct cl_observation){
		.kind = CL_OBS_PROCESS,
		.ts = cl_boot_ns(),
		.process = {.start = t->start, .tgid = t->tgid},
		.parent = {.start = t->parent_start, .tgid = t->parent_tgid},
		.cgroup_id = t->cgroup,
		.tid = t->tid,
		.ns_tgid = t->ns_tgid,
		.uid = t->uid,
		.euid = t->euid,
		.gid = t->gid,
		.loginuid = t->loginuid,
		.session = t->session,
		.mntns = t->mntns,
		.pidns = t->pidns,
		.userns = t->userns,
		.ns_uid = t->ns_uid,
	};
	memcpy(r->comm, t->comm, sizeof(t->comm));
	r->comm[sizeof(t->comm)] = '\0';
	obs->comm = r->comm;
}

static int tell(struct reader *r, const struct cl_task *t, cl_baseline_fn each, void *ctx)
{
	_cleanup_close_ int dir = open_process(t);
	struct cl_observation obs;
	int args = 0, env = 0, err;

	fill_observation(r, t, &obs);
	if (dir >= 0) {
		read_exe(r, dir, &obs);
		obs.cgroup = read_cgroup(r, dir, t->cgroup);
		args = cl_procfs_read(dir, "cmdline", r->args, CL_ARGS_MAX);
		env = cl_procfs_read(dir, "environ", r->env, CL_ENV_MAX);
	}
	err = each(ctx, &obs, r->args, args > 0 ? (size_t)args : 0, r->env, env > 0 ? (size_t)env : 0);
	if (args > 0)
		explicit_bzero(r->args, (size_t)args);
	if (env > 0)
		explicit_bzero(r->env, (size_t)env);
	return err;
}

int cl_tasks_tell(const struct cl_task *tasks, size_t n, cl_baseline_fn each, void *ctx)
{
	_cleanup_free_ uint32_t *order = calloc(n + 1, sizeof(*order));
	void *args = NULL, *env = NULL, *memory = NULL;
	int err = order ? cl_baseline_order(tasks, n, order) : -ENOMEM;

	if (!err)
		err = cl_secure_alloc(&args, CL_ARGS_MAX);
	if (!err)
		err = cl_secure_alloc(&env, CL_ENV_MAX);
	if (!err)
		err = cl_secure_alloc(&memory, sizeof(struct reader));
	for (size_t i = 0; !err && i < n; i++) {
		struct reader *r = memory;

		r->args = args;
		r->env = env;
		err = tell(r, &tasks[order[i]], each, ctx);
	}
	cl_secure_free(&args, CL_ARGS_MAX);
	cl_secure_free(&env, CL_ENV_MAX);
	cl_secure_free(&memory, sizeof(struct reader));
	return err;
}

int cl_baseline(struct cl_capture *c, cl_baseline_fn each, void *ctx)
{
	_cleanup_free_ struct cl_task *tasks = NULL;
	size_t n = 0;
	int err = cl_tasks_list(c, &tasks, &n);

	return err ? err : cl_tasks_tell(tasks, n, each, ctx);
}
