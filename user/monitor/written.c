/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "monitor/written.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/secure.h"
#include "base/table.h"

#define SETTLE_NS (100 * 1000000ull) /* after a close; longer than the filter's distrust of a young change time */
#define DOUBT_NS (2 * CL_NS_PER_S)   /* its writer may come to a credential yet: nothing is told of its files before */
#define GROWING_NS (1 * CL_NS_PER_S) /* what is written to all the time is read that often */
#define BATCH 16		     /* files read at one look */
#define PAUSE_NS (50 * 1000000ull)   /* between looks that read: at most 320 files, 80 MiB, a second */
#define EVENTS (IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE_SELF)

struct file_id {
	uint64_t ino, dev;
};

struct file {
	struct file_id id;
	uint32_t generation, parent;
	struct cl_process_key writer; /* the latest to open it */
	char *path;		      /* where it was when it was opened */
	struct cl_file_handle handle;
	int watch; /* inotify's; -1: none */
	bool found;
	uint64_t due, touched; /* boot ns; due 0: nothing to look at */
	uint64_t ctime, size;  /* the version that was looked at last */
	UT_hash_handle hh;     /* by id, the longest untouched first */
	UT_hash_handle by_watch;
};

struct cl_looker {
	struct file *files, *watched;
	struct cl_capture *capture;
	struct cl_observer *observer;
	const struct cl_pipeline *pipeline;
	void (*feed)(void *ctx, const struct cl_observation *obs);
	void *ctx;
	int inotify;
	void *buf; /* secure: CL_WRITTEN_SCAN bytes */
	uint64_t next;
	struct cl_looker_stats stats;
};

int cl_looker_new(struct cl_looker **out, struct cl_capture *capture, struct cl_observer *observer,
		  const struct cl_pipeline *pipeline, void (*feed)(void *ctx, const struct cl_observation *obs),
		  void *ctx)
{
	struct cl_looker *l = calloc(1, sizeof(*l));
	int r = l ? cl_secure_alloc(&l->buf, CL_WRITTEN_SCAN) : -ENOMEM;

	if (r) {
		free(l);
		return r;
	}
	l->capture = capture;
	l->observer = observer;
	l->pipeline = pipeline;
	l->feed = feed;
	l->ctx = ctx;
	l->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	*out = l;
	return 0;
}

/* The table only: inotify has let the inode go already, or is told to. */
static void forget(struct cl_looker *l, struct file *f)
{
	cl_capture_unwatch(l->capture, (uint32_t)f->id.dev, f->id.ino);
	if (f->watch >= 0) {
		HASH_DELETE(by_watch, l->watched, f);
		inotify_rm_watch(l->inotify, f->watch);
	}
	HASH_DEL(l->files, f);
	l->stats.files--;
	free(f->path);
	free(f);
}

void cl_looker_free(struct cl_looker **p)
{
	struct cl_looker *l = *p;
	struct file *f, *next;

	if (!l)
		return;
	HASH_ITER (hh, l->files, f, next)
		forget(l, f);
	cl_secure_free(&l->buf, CL_WRITTEN_SCAN);
	cl_closep(&l->inotify);
	free(TAKE_PTR(*p));
}

static struct file *find(const struct cl_looker *l, uint64_t ino, uint32_t dev)
{
	const struct file_id id = {.ino = ino, .dev = dev};
	struct file *f = NULL;

	/* The analyzer does not follow the members into the key's bytes. NOLINTNEXTLINE(clang-analyzer-core.*) */
	HASH_FIND(hh, l->files, &id, sizeof(id), f);
	return f;
}

static void make_room(struct cl_looker *l, struct cl_process_key writer)
{
	struct file *own = NULL, *empty = NULL, *victim = NULL;
	size_t n = 0;

	for (struct file *f = l->files; f; f = f->hh.next) {
		bool of_writer = cl_key_equal(f->writer, writer);

		n += of_writer;
		if (of_writer && (!own || (own->found && !f->found)))
			own = f;
		if (!empty && !f->found)
			empty = f;
	}
	if (n >= CL_WRITTEN_EACH)
		victim = own;
	else if (l->stats.files >= CL_WRITTEN_MAX)
		victim = empty ? empty : l->files;
	if (!victim)
		return;
	forget(l, victim);
	l->stats.evicted++;
}

static struct file *enter(struct cl_looker *l, const struct cl_observation *obs)
{
	struct file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->id = (struct file_id){.ino = obs->ino, .dev = obs->dev};
	f->generation = obs->generation;
	f->watch = -1;
	f->path = strdup(obs->path);
	if (f->path)
		HASH_ADD(hh, l->files, id, sizeof(f->id), f);
	if (!f->path || !cl_table_added(f)) {
		free(f->path);
		free(f);
		return NULL;
	}
	l->stats.files++;
	return f;
}

/*
 * The writer may be gone by now, and so may its parent, which mostly sees the same files; most of the others' are ours.
 * Whoever leads there, only the very inode counts.
 */
static int open_file(const struct file *f)
{
	const uint32_t through[] = {f->writer.tgid, f->parent, (uint32_t)getpid()};
	int fd = -ENOENT;

	for (size_t i = 0; fd < 0 && i < ARRAY_SIZE(through); i++)
		if (through[i])
			fd = cl_capture_open(through[i], f->path, (uint32_t)f->id.dev, f->id.ino);
	for (size_t i = 0; fd < 0 && f->handle.bytes && i < ARRAY_SIZE(through); i++)
		if (through[i])
			fd = cl_capture_open_renamed(through[i], f->path, (uint32_t)f->id.dev, &f->handle);
	return fd;
}

static bool is_held(const struct cl_looker *l, const struct file *f, struct cl_process_key *writer)
{
	return cl_pipeline_is_held(l->pipeline, f->id.ino, (uint32_t)f->id.dev, writer);
}

/* While its name leads to it: what is written to another name is renamed in a moment. */
static void add_watch(struct cl_looker *l, struct file *f)
{
	_cleanup_close_ int fd = open_file(f);
	struct file *other = NULL;
	char path[40];
	int watch;

	if (fd < 0)
		return;
	cl_capture_handle(fd, &f->handle);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	watch = inotify_add_watch(l->inotify, path, EVENTS);
	if (watch < 0)
		return;
	HASH_FIND(by_watch, l->watched, &watch, sizeof(watch), other);
	if (other) /* one inode by two devices' names: the first has it */
		return;
	f->watch = watch;
	HASH_ADD(by_watch, l->watched, watch, sizeof(f->watch), f);
	if (!f->by_watch.tbl) {
		inotify_rm_watch(l->inotify, watch);
		f->watch = -1;
	}
}

static void schedule(struct cl_looker *l, struct file *f, uint64_t due)
{
	f->due = due;
	l->next = !l->next || due < l->next ? due : l->next;
}

/* The table keeps the order of entry: taking out and putting back makes it the order of use. */
static bool touch(struct cl_looker *l, struct file *f, uint64_t now)
{
	f->touched = now;
	if (!f->hh.next)
		return true;
	HASH_DEL(l->files, f);
	HASH_ADD(hh, l->files, id, sizeof(f->id), f);
	return cl_table_added(f);
}

void cl_looker_add(struct cl_looker *l, const struct cl_observation *obs)
{
	struct file *f = find(l, obs->ino, obs->dev);
	struct cl_process_key writer;
	uint64_t now = cl_boot_ns();

	if (!obs->path)
		return;
	if (f && f->generation != obs->generation) {
		forget(l, f);
		f = NULL;
	}
	if (!f) {
		make_room(l, obs->process);
		f = enter(l, obs);
	}
	if (!f || !touch(l, f, now))
		return;
	f->writer = obs->process;
	f->parent = obs->parent.tgid;
	if (f->watch < 0 && is_held(l, f, &writer))
		add_watch(l, f);
	schedule(l, f, now + SETTLE_NS);
}

/* What lies in it now. The caller has the descriptor. */
static void scan(struct cl_looker *l, struct file *f, int fd, struct cl_process_key writer, uint64_t now)
{
	struct cl_written w = {.process = writer, .path = f->path, .ts = now};
	struct cl_observation obs;
	int n;

	w.file.dev = (uint32_t)f->id.dev;
	w.file.generation = f->generation;
	if (cl_capture_version(fd, &w.file) || (w.file.ctime == f->ctime && w.file.size == f->size) || !w.file.size)
		return;
	f->ctime = w.file.ctime;
	f->size = w.file.size;
	n = w.file.size <= CL_WRITTEN_SCAN ? cl_capture_read(fd, &w.file, l->buf, CL_WRITTEN_SCAN) : -EFBIG;
	if (n <= 0) {
		l->stats.unread++;
		if (n == -ESTALE)
			schedule(l, f, now + GROWING_NS);
		return;
	}
	l->stats.scanned++;
	if (cl_observe_written(l->observer, &w, l->buf, (size_t)n, &obs) > 0) {
		l->stats.found++;
		f->found = true;
		cl_capture_watch(l->capture, obs.dev, obs.ino, obs.generation, CL_WATCH_CONFIRMED);
		cl_capture_content_known(l->capture, obs.dev, obs.ino, obs.generation, obs.ctime, obs.size);
		l->feed(l->ctx, &obs);
	}
	explicit_bzero(l->buf, (size_t)n);
}

/* False: it is let go. */
static bool look_at(struct cl_looker *l, struct file *f, uint64_t now)
{
	struct cl_process_key writer;
	_cleanup_close_ int fd = -1;

	f->due = 0;
	if (!is_held(l, f, &writer)) {
		if (now - f->touched >= DOUBT_NS) {
			forget(l, f);
			return false;
		}
		schedule(l, f, now + SETTLE_NS);
		return true;
	}
	if (f->watch < 0)
		add_watch(l, f);
	fd = open_file(f);
	if (fd < 0) { /* it is known when it is read */
		l->stats.unread++;
		return true;
	}
	scan(l, f, fd, writer, now);
	return true;
}

static void on_event(struct cl_looker *l, const struct inotify_event *e, uint64_t now)
{
	struct file *f = NULL;

	HASH_FIND(by_watch, l->watched, &e->wd, sizeof(e->wd), f);
	if (!f)
		return;
	if (e->mask & (IN_DELETE_SELF | IN_IGNORED | IN_UNMOUNT)) {
		forget(l, f);
		l->stats.deleted++;
		return;
	}
	if (!touch(l, f, now))
		return;
	if (e->mask & IN_CLOSE_WRITE)
		schedule(l, f, now + SETTLE_NS);
	else if (e->mask & IN_MODIFY && !f->due)
		schedule(l, f, now + GROWING_NS);
}

static void take_events(struct cl_looker *l, uint64_t now)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n = read(l->inotify, buf, sizeof(buf));

	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *e = (const void *)(buf + at);

		on_event(l, e, now);
		at += (ssize_t)(sizeof(*e) + e->len);
	}
}

static void look_at_due(struct cl_looker *l, uint64_t now)
{
	struct file *f, *next;
	size_t n = 0;

	l->next = 0;
	HASH_ITER (hh, l->files, f, next) {
		if (f->due && f->due <= now && n < BATCH) {
			n++;
			if (!look_at(l, f, now))
				continue;
		}
		if (f->due)
			schedule(l, f, f->due);
	}
	if (n && l->next && l->next < now + PAUSE_NS)
		l->next = now + PAUSE_NS;
}

void cl_looker_look(struct cl_looker *l, uint64_t now)
{
	if (!l->files)
		return;
	take_events(l, now);
	if (l->next && l->next <= now)
		look_at_due(l, now);
	if (l->files && now - l->files->touched > CL_WRITTEN_AGE_NS) {
		forget(l, l->files);
		l->stats.aged++;
	}
}

const struct cl_looker_stats *cl_looker_stats(const struct cl_looker *l)
{
	return &l->stats;
}
