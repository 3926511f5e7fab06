/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/events.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "format/format.h"
#include "output/transport.h"

struct cl_events {
	int fd;
	char *path;
	pthread_t thread;
	bool started;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	cJSON *waiting[CL_EVENTS_WAITING]; /* a ring */
	size_t head, n;
	bool stopping;
	struct cl_events_stats stats;
};

/* ---- the writing thread ---- */

/* The next act; NULL: it is over. */
static cJSON *take(struct cl_events *e)
{
	cJSON *act = NULL;

	pthread_mutex_lock(&e->lock);
	while (!e->n && !e->stopping)
		pthread_cond_wait(&e->wake, &e->lock);
	if (e->n) {
		act = e->waiting[e->head];
		e->head = (e->head + 1) % CL_EVENTS_WAITING;
		e->n--;
	}
	pthread_mutex_unlock(&e->lock);
	return act;
}

/* 1: there is no class for it. */
static int write_act(struct cl_events *e, const cJSON *act)
{
	_cleanup_text_ struct cl_text line = {0};
	size_t written;
	int r = cl_format_act(act, cl_wall_ns(), &line);

	if (r || !line.len)
		return r ? r : 1;
	r = cl_text_puts(&line, "\n");
	return r ? r : cl_write_whole(e->fd, cl_text_str(&line), line.len, &written);
}

static void count(struct cl_events *e, int r)
{
	bool first;

	pthread_mutex_lock(&e->lock);
	first = r < 0 && !e->stats.failed;
	e->stats.failed += r < 0;
	e->stats.written += !r;
	pthread_mutex_unlock(&e->lock);
	if (first)
		cl_err("cannot write events to \"%s\": %s; findings are not concerned, lost events are counted",
		       e->path, strerror(-r));
}

static void *work(void *arg)
{
	struct cl_events *e = arg;
	cJSON *act;

	while ((act = take(e))) {
		count(e, write_act(e, act));
		cJSON_Delete(act);
	}
	return NULL;
}

/* ---- the others ---- */

void cl_events_put(void *ctx, const cJSON *act)
{
	struct cl_events *e = ctx;
	cJSON *copy = cJSON_Duplicate(act, true);

	pthread_mutex_lock(&e->lock);
	if (copy && e->n < CL_EVENTS_WAITING) {
		e->waiting[(e->head + e->n++) % CL_EVENTS_WAITING] = copy;
		copy = NULL;
		pthread_cond_signal(&e->wake);
	} else {
		e->stats.dropped++;
	}
	pthread_mutex_unlock(&e->lock);
	cJSON_Delete(copy);
}

struct cl_events_stats cl_events_stats(struct cl_events *e)
{
	struct cl_events_stats stats = {0};

	if (!e)
		return stats;
	pthread_mutex_lock(&e->lock);
	stats = e->stats;
	pthread_mutex_unlock(&e->lock);
	return stats;
}

/* A pipe or a terminal could stop the thread for good. */
static int open_file(struct cl_events *e, const char *path, struct cl_error *err)
{
	struct stat st;

	e->path = strdup(path);
	if (!e->path)
		return -ENOMEM;
	e->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (e->fd < 0 || fstat(e->fd, &st))
		return cl_fail(err, -errno, "cannot write events to \"%s\": %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return cl_fail(err, -EINVAL, "cannot write events to \"%s\": not a regular file", path);
	return 0;
}

int cl_events_new(struct cl_events **out, const char *path, struct cl_error *err)
{
	_cleanup_(cl_events_free) struct cl_events *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->fd = -1;
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->wake, NULL);
	r = open_file(e, path, err);
	if (r)
		return r;
	*out = TAKE_PTR(e);
	return 0;
}

int cl_events_start(struct cl_events *e)
{
	int r = e ? -pthread_create(&e->thread, NULL, work, e) : 0;

	if (e)
		e->started = !r;
	return r;
}

void cl_events_free(struct cl_events **p)
{
	struct cl_events *e = TAKE_PTR(*p);

	if (!e)
		return;
	while (!e->started && e->n)
		cJSON_Delete(e->waiting[(e->head + --e->n) % CL_EVENTS_WAITING]);
	if (e->started) {
		pthread_mutex_lock(&e->lock);
		e->stopping = true;
		pthread_cond_signal(&e->wake);
		pthread_mutex_unlock(&e->lock);
		pthread_join(e->thread, NULL);
	}
	cl_closep(&e->fd);
	pthread_cond_destroy(&e->wake);
	pthread_mutex_destroy(&e->lock);
	free(e->path);
	free(e);
}
