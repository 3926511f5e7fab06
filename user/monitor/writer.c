/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "monitor/writer_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "store/retention.h"

#define STORE_RETRY_NS (1 * CL_NS_PER_S)
#define STOP_PATIENCE_NS (3 * CL_NS_PER_S) /* for the store */
#define LAST_MAIL_NS CL_NS_PER_S	   /* for the outputs: what is not there by then is sent after the next start */
#define LOOK_NS (CL_NS_PER_S / 10)
#define TOGETHER_MAX 64 /* findings of one commit */

static size_t hold(struct cl_writer *w, struct cl_queue *q, struct cl_item **out, size_t max)
{
	size_t n;

	pthread_mutex_lock(&w->lock);
	n = cl_queue_hold(q, out, max);
	pthread_mutex_unlock(&w->lock);
	return n;
}

/* Only the thread pops: what it holds is still at the head. */
static void pop(struct cl_writer *w, struct cl_queue *q)
{
	struct cl_item *item;

	pthread_mutex_lock(&w->lock);
	item = cl_queue_take(q);
	pthread_mutex_unlock(&w->lock);
	cl_item_free(item);
}

uint64_t cl_writer_turned(struct cl_writer *w)
{
	return atomic_load(&w->turned);
}

struct cl_writer_stats cl_writer_stats(struct cl_writer *w)
{
	struct cl_writer_stats stats;

	pthread_mutex_lock(&w->lock);
	stats = w->stats;
	stats.findings_waiting = w->findings.n;
	pthread_mutex_unlock(&w->lock);
	stats.outputs = cl_delivery_totals(w->delivery);
	return stats;
}

void cl_writer_outputs(struct cl_writer *w, void (*each)(void *ctx, const struct cl_delivery_stats *s), void *ctx)
{
	cl_delivery_stats(w->delivery, each, ctx);
}

static void measure(struct cl_writer *w, uint64_t acted)
{
	uint64_t now = cl_boot_ns();

	if (!acted)
		return;
	pthread_mutex_lock(&w->lock);
	cl_latency_take(&w->stats.latency, now > acted ? now - acted : 0);
	pthread_mutex_unlock(&w->lock);
}

static void count(struct cl_writer *w, uint64_t *counter)
{
	pthread_mutex_lock(&w->lock);
	(*counter)++;
	pthread_mutex_unlock(&w->lock);
}

/* Said when it begins and when it is over. */
static void note_failure(struct cl_writer *w, int r, const char *text)
{
	bool first;

	pthread_mutex_lock(&w->lock);
	first = !w->stats.store_error;
	w->stats.store_error = r;
	w->stats.store_errors++;
	pthread_mutex_unlock(&w->lock);
	if (first)
		cl_err("cannot write the store: %s; watching goes on, findings wait in memory and are reported when it "
		       "can be written again",
		       *text ? text : strerror(-r));
}

static void note_success(struct cl_writer *w)
{
	bool over;

	pthread_mutex_lock(&w->lock);
	over = w->stats.store_error;
	w->stats.store_error = 0;
	pthread_mutex_unlock(&w->lock);
	if (over)
		cl_info("the store can be written again: what waited is in it");
}

/* Once, however often the store has to be tried. */
static bool is_wanted(struct cl_writer *w, struct cl_item *item)
{
	if (w->judge && !item->judged)
		item->unwanted = !w->judge(w->judge_ctx, item->finding);
	item->judged = true;
	return !item->unwanted;
}

/*
 * What waits goes to the disk together: that costs nearly the same for one as for many. Where somebody is asked about
 * each, none waits for the answer about the next. False: the store cannot take them now; they stay queued.
 */
static bool store_findings(struct cl_writer *w)
{
	struct cl_item *items[TOGETHER_MAX];
	const cJSON *wanted[TOGETHER_MAX];
	size_t n;

	while ((n = hold(w, &w->findings, items, w->judge ? 1 : TOGETHER_MAX))) {
		struct cl_error err = {0};
		size_t n_wanted = 0;
		int r;

		for (size_t i = 0; i < n; i++)
			if (is_wanted(w, items[i]))
				wanted[n_wanted++] = items[i]->finding;
		r = n_wanted ? cl_delivery_report(w->delivery, wanted, n_wanted, &err) : 0;
		if (r) {
			note_failure(w, r, err.text);
			return false;
		}
		for (size_t i = 0; i < n; i++) {
			measure(w, items[i]->acted);
			pop(w, &w->findings);
		}
	}
	return true;
}

/* The first of another queue; findings that came meanwhile go before the next. False: as above. */
static bool store_first(struct cl_writer *w, struct cl_queue *q)
{
	struct cl_error err = {0};
	struct cl_item *item;
	int r;

	if (!hold(w, q, &item, 1))
		return true;
	r = item->batch ? cl_store_write(w->db, item->batch, &err) : cl_store_set(w->db, item->name, item->value);
	if (r) {
		note_failure(w, r, err.text);
		return false;
	}
	if (item->batch)
		count(w, &w->stats.batches);
	pop(w, q);
	return true;
}

static bool is_busy(const struct cl_writer *w)
{
	return w->findings.n || w->batches.n || w->meta.n || w->asks.n;
}

static void wait_for(struct cl_writer *w, uint64_t ns)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(((uint64_t)until.tv_nsec + ns) / CL_NS_PER_S);
	until.tv_nsec = (long)(((uint64_t)until.tv_nsec + ns) % CL_NS_PER_S);
	pthread_cond_timedwait(&w->wake, &w->lock, &until);
}

/* Waits for work; false when told to stop and everything is stored or the patience is over. */
static bool wait_for_work(struct cl_writer *w, bool store_failed, uint64_t *stop_at)
{
	bool go_on = true;

	pthread_mutex_lock(&w->lock);
	if (w->stopping) {
		*stop_at = *stop_at ? *stop_at : cl_boot_ns() + STOP_PATIENCE_NS;
		go_on = is_busy(w) && cl_boot_ns() < *stop_at;
	}
	if (go_on && (store_failed || (!is_busy(w) && !w->mail)))
		wait_for(w, w->stopping ? LOOK_NS : STORE_RETRY_NS);
	w->mail = false;
	pthread_mutex_unlock(&w->lock);
	return go_on;
}

static void on_mail(void *ctx)
{
	struct cl_writer *w = ctx;

	pthread_mutex_lock(&w->lock);
	w->mail = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

static bool settle(struct cl_writer *w)
{
	struct cl_error err = {0};
	int r = cl_delivery_settle(w->delivery, &err);

	if (r)
		note_failure(w, r, err.text);
	return !r;
}

/* What was stored last goes out, where nothing is in the way. */
static void deliver_last(struct cl_writer *w)
{
	uint64_t until = cl_boot_ns() + LAST_MAIL_NS;

	while (settle(w) && !cl_delivery_is_quiet(w->delivery) && cl_boot_ns() < until) {
		pthread_mutex_lock(&w->lock);
		if (!w->mail)
			wait_for(w, LOOK_NS);
		w->mail = false;
		pthread_mutex_unlock(&w->lock);
	}
	cl_delivery_stop(w->delivery);
}

static void forget(struct cl_writer *w)
{
	if (cl_retention_step(&w->retention, w->db, cl_boot_ns(), cl_wall_ns()))
		count(w, &w->stats.store_errors);
}

/* Before all else: somebody waits for the answer. */
static void answer(struct cl_writer *w)
{
	struct cl_item *item;

	while (hold(w, &w->asks, &item, 1)) {
		item->run(item->ctx, w->db);
		pop(w, &w->asks);
	}
}

static void *work(void *arg)
{
	struct cl_writer *w = arg;
	uint64_t stop_at = 0;
	bool ok = true;

	while (wait_for_work(w, !ok, &stop_at)) {
		atomic_store(&w->turned, cl_boot_ns());
		answer(w);
		ok = store_findings(w) && settle(w) && store_first(w, &w->batches) && store_first(w, &w->meta);
		if (!ok)
			continue;
		note_success(w);
		forget(w);
	}
	deliver_last(w);
	return NULL;
}

static int open_delivery(struct cl_writer *w, char *const *specs, size_t n, struct cl_error *err)
{
	const struct cl_delivery_options o = {.db = w->db, .store = w->path, .wake = on_mail, .ctx = w};

	return cl_delivery_new(&w->delivery, &o, specs, n, err);
}

int cl_writer_new(struct cl_writer **out, const char *directory, char *const *specs, size_t n_specs,
		  struct cl_error *err)
{
	_cleanup_(cl_writer_free) struct cl_writer *w = calloc(1, sizeof(*w));
	pthread_condattr_t attr;
	int r;

	if (!w)
		return -ENOMEM;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	cl_queue_init(&w->findings);
	cl_queue_init(&w->batches);
	cl_queue_init(&w->meta);
	cl_queue_init(&w->asks);
	snprintf(w->path, sizeof(w->path), "%s/credlineage.db", directory);
	r = cl_store_open(&w->db, w->path, CL_STORE_WRITE, err);
	r = r ? r : cl_store_check(w->db, err);
	r = r ? r : open_delivery(w, specs, n_specs, err);
	if (r)
		return r;
	*out = TAKE_PTR(w);
	return 0;
}

struct cl_store_db *cl_writer_db(struct cl_writer *w)
{
	return w->db;
}

void cl_writer_retention(struct cl_writer *w, uint64_t max_age, uint64_t max_bytes)
{
	cl_retention_init(&w->retention, max_age, max_bytes);
}

void cl_writer_judge_with(struct cl_writer *w, bool (*judge)(void *ctx, cJSON *finding), void *ctx)
{
	w->judge = judge;
	w->judge_ctx = ctx;
}

int cl_writer_start(struct cl_writer *w)
{
	int r = cl_delivery_start(w->delivery);

	atomic_store(&w->turned, cl_boot_ns());
	r = r ? r : -pthread_create(&w->thread, NULL, work, w);
	w->started = !r;
	return r;
}

void cl_writer_free(struct cl_writer **p)
{
	struct cl_writer *w = *p;

	if (!w)
		return;
	if (w->started) {
		pthread_mutex_lock(&w->lock);
		w->stopping = true;
		pthread_cond_signal(&w->wake);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
	}
	if (w->findings.n)
		cl_err("the store could not be written until the end: %zu findings are lost", w->findings.n);
	cl_queue_clear(&w->findings);
	cl_queue_clear(&w->batches);
	cl_queue_clear(&w->meta);
	cl_queue_clear(&w->asks);
	cl_delivery_free(&w->delivery);
	cl_store_close(&w->db);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
	*p = NULL;
}
