/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "monitor/shelves.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "catalogue/glob.h"

#define STORES_MAX 128
#define ROOTS_MAX 64	  /* mount namespaces in one look */
#define HOMES_MAX 256	  /* of one root */
#define FILES_MAX 4096	  /* in one look */
#define DEPTH_MORE 3	  /* directories that "**" stands for */
#define ENTRIES_MAX 65536 /* of directories, in one look */
#define PATH_SIZE 1024
#define PERIOD_MS 3000
#define PATIENCE_MS 300 /* the start waits so long for the first look */

struct cl_shelves {
	struct cl_capture *capture;
	const struct cl_store *stores[STORES_MAX];
	size_t n_stores;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t turn; /* a look is over, or it is to end */
	bool looked, stop;
	size_t files, entries; /* of this look */
};

/* As the kernel has it in its inode: by the ioctl, else from the handle (tmpfs: generation first, then the number). */
static uint32_t generation_of(int fd)
{
	struct {
		struct file_handle h;
		uint32_t words[32];
	} handle = {.h.handle_bytes = sizeof(handle.words)};
	int mount;

	if (name_to_handle_at(fd, "", &handle.h, &mount, AT_EMPTY_PATH) || handle.h.handle_type != 1)
		return 0;
	return handle.h.handle_bytes == 12 ? handle.words[0] : handle.words[1];
}

/* A place that is being looked at: its directory, and its path as who lives below the root sees it. */
struct place {
	const struct cl_store *store;
	const char *glob; /* the store's, "~" filled in */
	int depth;	  /* of directories that it can reach */
	char path[PATH_SIZE];
};

static void enter(struct cl_shelves *s, const struct place *p, int dir, const char *name)
{
	_cleanup_close_ int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || !cl_glob_match(p->glob, p->path))
		return;
	s->files++;
	pthread_mutex_lock(&s->lock);
	if (!s->stop) /* else the capture may be gone */
		cl_capture_watch(s->capture, major(st.st_dev) << 20 | minor(st.st_dev), st.st_ino, generation_of(fd),
				 CL_WATCH_CONFIRMED);
	pthread_mutex_unlock(&s->lock);
}

static void walk(struct cl_shelves *s, struct place *p, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	size_t len = strlen(p->path);
	struct dirent *d;

	if (!dir) {
		close(fd);
		return;
	}
	while (s->files < FILES_MAX && s->entries++ < ENTRIES_MAX && (d = readdir(dir))) {
		int below;

		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		if ((size_t)snprintf(p->path + len, sizeof(p->path) - len, "/%s", d->d_name) >= sizeof(p->path) - len)
			continue;
		if (d->d_type == DT_REG)
			enter(s, p, dirfd(dir), d->d_name);
		else if (d->d_type == DT_DIR && depth < p->depth &&
			 (below = openat(dirfd(dir), d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) >= 0)
			walk(s, p, below, depth + 1);
	}
	p->path[len] = '\0';
	closedir(dir);
}

/* How far below its literal part a glob reaches. */
static int depth_of(const char *rest)
{
	int n = strstr(rest, "**") ? DEPTH_MORE : 0;

	for (const char *c = rest + 1; *c; c++)
		n += *c == '/';
	return n;
}

/* What the store's path says before its first wildcard is opened below the root, whatever links are in the way. */
static void look_at(struct cl_shelves *s, const struct cl_store *store, const char *glob, int root)
{
	const struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				     .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	struct place p = {.store = store, .glob = glob};
	const char *wild = strchr(glob, '*'), *end = wild;
	int fd;

	while (end && end > glob && *end != '/')
		end--;
	if (!end || end == glob || (size_t)(end - glob) >= sizeof(p.path))
		return;
	memcpy(p.path, glob, (size_t)(end - glob));
	p.depth = depth_of(end);
	fd = (int)syscall(SYS_openat2, root, p.path, &how, sizeof(how));
	if (fd >= 0)
		walk(s, &p, fd, 0);
}

static void look_at_homes(struct cl_shelves *s, const struct cl_store *store, int root)
{
	const struct open_how how = {.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
				     .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	int fd = (int)syscall(SYS_openat2, root, "/etc/passwd", &how, sizeof(how));
	_cleanup_fclose_ FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	char line[4096], glob[PATH_SIZE];
	struct passwd entry, *found;

	for (int i = 0; f && i < HOMES_MAX && !fgetpwent_r(f, &entry, line, sizeof(line), &found); i++) {
		int n = snprintf(glob, sizeof(glob), "%s%s", entry.pw_dir, store->path + 1);

		if (entry.pw_dir[0] == '/' && entry.pw_dir[1] && n > 0 && (size_t)n < sizeof(glob))
			look_at(s, store, glob, root);
	}
}

static void look_below(struct cl_shelves *s, const char *path)
{
	_cleanup_close_ int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; root >= 0 && i < s->n_stores; i++) {
		if (*s->stores[i]->path == '~')
			look_at_homes(s, s->stores[i], root);
		else
			look_at(s, s->stores[i], s->stores[i]->path, root);
	}
}

static bool is_new(uint64_t *known, size_t *n, uint64_t id)
{
	for (size_t i = 0; i < *n; i++)
		if (known[i] == id)
			return false;
	if (*n == ROOTS_MAX)
		return false;
	known[(*n)++] = id;
	return true;
}

/* Through one process of every mount namespace. */
static void look(struct cl_shelves *s)
{
	uint64_t known[ROOTS_MAX] = {0}, pid;
	DIR *proc = opendir("/proc");
	struct dirent *d;
	struct stat st;
	size_t n = 0;
	char path[64];

	s->files = s->entries = 0;
	if (!stat("/proc/self/ns/mnt", &st))
		is_new(known, &n, st.st_ino);
	look_below(s, "/");
	while (proc && (d = readdir(proc))) {
		if (cl_parse_u64(d->d_name, INT32_MAX, &pid))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
		if (stat(path, &st) || !is_new(known, &n, st.st_ino))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
		look_below(s, path);
	}
	if (proc)
		closedir(proc);
}

static void in_ms(struct timespec *t, long ms)
{
	clock_gettime(CLOCK_REALTIME, t);
	t->tv_nsec += ms % 1000 * 1000000;
	t->tv_sec += ms / 1000 + t->tv_nsec / 1000000000;
	t->tv_nsec %= 1000000000;
}

static void *run(void *ctx)
{
	struct cl_shelves *s = ctx;
	struct timespec until;
	bool stop = false;

	while (!stop) {
		look(s);
		in_ms(&until, PERIOD_MS);
		pthread_mutex_lock(&s->lock);
		s->looked = true;
		pthread_cond_broadcast(&s->turn);
		while (!s->stop && pthread_cond_timedwait(&s->turn, &s->lock, &until) != ETIMEDOUT)
			;
		stop = s->stop;
		pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

int cl_shelves_start(struct cl_shelves **out, const struct cl_catalogue *catalogue, struct cl_capture *capture)
{
	struct cl_shelves *s = calloc(1, sizeof(*s));
	const struct cl_store *all[STORES_MAX];
	struct timespec until;
	size_t n;
	int r;

	if (!s)
		return -ENOMEM;
	s->capture = capture;
	n = cl_catalogue_unruled(catalogue, all, STORES_MAX);
	/* What everybody may read by design (trust stores) is nothing to look at. */
	for (size_t i = 0; i < n && i < STORES_MAX; i++)
		if (!all[i]->shared || all[i]->readers)
			s->stores[s->n_stores++] = all[i];
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->turn, NULL);
	r = pthread_create(&s->thread, NULL, run, s);
	if (r) {
		free(s);
		return -r;
	}
	in_ms(&until, PATIENCE_MS);
	pthread_mutex_lock(&s->lock);
	while (!s->looked && pthread_cond_timedwait(&s->turn, &s->lock, &until) != ETIMEDOUT)
		;
	pthread_mutex_unlock(&s->lock);
	*out = s;
	return 0;
}

void cl_shelves_stop(struct cl_shelves **p)
{
	struct cl_shelves *s = *p;
	struct timespec until;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->turn);
	pthread_mutex_unlock(&s->lock);
	*p = NULL;
	in_ms(&until, PATIENCE_MS);
	if (pthread_timedjoin_np(s->thread, NULL, &until))
		return; /* some file system keeps it: what it holds is left to it */
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->turn);
	free(s);
}
