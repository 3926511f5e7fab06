/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "top/loop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "query/query.h"
#include "top/layout.h"
#include "top/look.h"
#include "top/terminal.h"
#include "top/tree.h"

struct top {
	const struct cl_top_options *o;
	struct cl_top_view view;
	struct cl_store_db *db; /* for lineages */
	cJSON *snapshot;	/* that is shown */
	int signals, news;	/* signalfd; eventfd: `latest` is another one */
	pthread_t looker;
	bool looking;
	/* What both threads have: */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop, paused;
	cJSON *latest;
	struct cl_error err; /* why the looker ended */
	int result;
};

/* ---- the thread that looks ---- */

/* Until it is time for the next look; false: the end. */
static bool wait_for_time(struct top *t)
{
	struct timespec until;
	bool on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	pthread_mutex_lock(&t->lock);
	for (int r = 0; !t->stop && (t->paused || r != ETIMEDOUT);)
		r = t->paused ? pthread_cond_wait(&t->wake, &t->lock)
			      : pthread_cond_timedwait(&t->wake, &t->lock, &until);
	on = !t->stop;
	pthread_mutex_unlock(&t->lock);
	return on;
}

static void publish(struct top *t, cJSON *snapshot, int result)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&t->lock);
	cJSON_Delete(t->latest);
	t->latest = snapshot;
	t->result = result;
	pthread_mutex_unlock(&t->lock);
	if (write(t->news, &one, sizeof(one)) < 0)
		return; /* it counts so far already: it is readable */
}

static void *look_again_and_again(void *arg)
{
	struct top *t = arg;
	_cleanup_(cl_top_look_end) struct cl_top_look look = {0};
	int r = cl_top_look_begin(&look, t->o, &t->err);

	while (!r) {
		cJSON *snapshot = NULL;

		r = cl_top_look(&look, &snapshot, &t->err);
		publish(t, snapshot, r);
		if (r || !wait_for_time(t))
			return NULL;
	}
	publish(t, NULL, r);
	return NULL;
}

static void end_looker(struct top *t)
{
	if (!t->looking)
		return;
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->looker, NULL);
}

static int begin_looker(struct top *t)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;
	int r;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	sigfillset(&all); /* a change of size has to wake the thread that draws */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&t->looker, NULL, look_again_and_again, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	t->looking = !r;
	return r;
}

/* ---- the thread that draws ---- */

static int take_news(struct top *t, struct cl_error *err)
{
	uint64_t count;
	int r;

	if (read(t->news, &count, sizeof(count)) < 0)
		return 0;
	pthread_mutex_lock(&t->lock);
	if (t->latest && !t->view.paused) {
		cJSON_Delete(t->snapshot);
		t->snapshot = TAKE_PTR(t->latest);
	}
	r = t->result;
	pthread_mutex_unlock(&t->lock);
	return r ? cl_fail(err, r, "%s", *t->err.text ? t->err.text : strerror(-r)) : 0;
}

static int draw(struct top *t)
{
	_cleanup_(cl_frame_free) struct cl_frame *f = NULL;
	int rows, cols, r;

	cl_terminal_size(&rows, &cols);
	r = cl_frame_new(&f, rows, cols, cl_terminal_ascii());
	r = r ? r : cl_top_draw(t->snapshot, &t->view, f);
	if (!r)
		cl_terminal_show(f);
	return r;
}

/* What can't be shown is said on the last line: the row may have been forgotten meanwhile. */
static int open_lineage(struct top *t, const struct cl_top_answer *what)
{
	const struct cl_lineage_query q = {
		.finding = what->panel == CL_PANEL_FINDINGS ? what->id : NULL,
		.credential = what->panel == CL_PANEL_CREDENTIALS ? what->id : NULL,
		.run = what->panel == CL_PANEL_RUNS ? what->id : NULL,
	};
	_cleanup_(cl_store_close) struct cl_store_db *db = NULL;
	_cleanup_json_ cJSON *lineage = NULL;
	struct cl_error err = {0};
	int r;

	snprintf(t->view.said, sizeof(t->view.said), "reading the lineage ...");
	r = draw(t);
	*t->view.said = '\0';
	r = r ? r : cl_store_open(&db, t->o->store, CL_STORE_READ, &err);
	r = r ? r : cl_lineage(db, &q, &lineage, &err);
	if (r == -ENOMEM)
		return r;
	if (r) {
		snprintf(t->view.said, sizeof(t->view.said), "%.250s", *err.text ? err.text : strerror(-r));
		return 0;
	}
	cl_json_freep(&t->view.tree);
	t->view.tree_first = 0;
	return cl_tree_lines(lineage, &t->view.tree);
}

static void tell_paused(struct top *t)
{
	pthread_mutex_lock(&t->lock);
	t->paused = t->view.paused;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
}

/* 1: somebody quit. */
static int take_keys(struct top *t)
{
	uint32_t key;
	int rows, cols, r = 0;

	while (!r && (key = cl_terminal_key())) {
		struct cl_top_answer answer = {0};

		cl_terminal_size(&rows, &cols);
		r = cl_top_key(&t->view, key, t->snapshot, rows, cols, &answer);
		if (!r && answer.deed == CL_TOP_QUIT)
			return 1;
		if (!r && answer.deed == CL_TOP_OPEN)
			r = open_lineage(t, &answer);
	}
	tell_paused(t);
	return r;
}

static int watch(struct top *t, struct cl_error *err)
{
	struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {t->news, POLLIN, 0}, {t->signals, POLLIN, 0}};
	int r = draw(t);

	while (!r) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return cl_fail(err, -errno, "cannot wait for keys: %s", strerror(errno));
		if (fds[2].revents || fds[0].revents & (POLLHUP | POLLERR))
			return 0;
		r = take_news(t, err);
		r = r ? r : take_keys(t); /* after a change of size, too: it is how ncurses takes notice */
		r = r ? r : draw(t);
	}
	return r == 1 ? 0 : r;
}

/* Interrupt, hangup and end close the screen like the key does. */
static int open_signals(struct top *t)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return t->signals < 0 ? -errno : 0;
}

int cl_top_run(const struct cl_top_options *o, struct cl_error *err)
{
	struct top t = {.o = o, .signals = -1, .news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	int r = t.news < 0 ? -errno : open_signals(&t);

	cl_top_view_begin(&t.view);
	r = r ? r : cl_terminal_open(err);
	r = r ? r : begin_looker(&t);
	r = r ? r : watch(&t, err);
	cl_terminal_close();
	end_looker(&t);
	cl_top_view_end(&t.view);
	cJSON_Delete(t.snapshot);
	cJSON_Delete(t.latest);
	cl_closep(&t.signals);
	cl_closep(&t.news);
	return r;
}

int cl_top_once(const struct cl_top_options *o, cJSON **out, struct cl_error *err)
{
	_cleanup_(cl_top_look_end) struct cl_top_look look = {0};
	_cleanup_json_ cJSON *first = NULL;
	int r = cl_top_look_begin(&look, o, err);

	r = r ? r : cl_top_look(&look, &first, err);
	if (!r && cJSON_IsTrue(cl_json_at(first, "monitor.running")))
		sleep(1); /* rates are differences */
	for (int i = 0; !r && (!*out || cl_json_get_num(*out, "store.credentials_pending") > 0) && i < 50; i++) {
		cl_json_freep(out);
		r = cl_top_look(&look, out, err);
	}
	return r;
}
