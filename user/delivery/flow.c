/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/flow.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "delivery/pace.h"
#include "delivery/sleep.h"

#define BATCH 100
#define SAY_NS (60 * CL_NS_PER_S) /* between two lines of the same kind in the log */

struct event {
	struct event *next;
	size_t len;
	char text[];
};

struct cl_flow {
	struct cl_output *to;
	struct cl_output *own; /* NULL: it is the one of findings */
	pthread_t thread;
	bool started;
	/* of the thread */
	struct cl_backoff backoff;
	struct cl_pace pace;
	bool troubled;
	uint64_t refusal_said, loss_said, losses_said; /* boot ns; how many were told of */

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	bool stop, ended, reopen;
	struct event *head, **tail; /* the thread takes off the head what is done with, others add at the tail */
	size_t bytes;
	struct cl_flow_stats stats;
};

struct batch {
	const struct event *events[BATCH];
	struct cl_parcel parcels[BATCH];
	size_t n;
};

static void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		cJSON_Delete((cJSON *)(uintptr_t)b->parcels[i].finding);
}

/* ---- what comes ---- */

bool cl_flow_has_room(struct cl_flow *f)
{
	bool room;

	pthread_mutex_lock(&f->lock);
	room = f->bytes < CL_FLOW_BYTES;
	pthread_mutex_unlock(&f->lock);
	return room;
}

void cl_flow_drop(struct cl_flow *f)
{
	pthread_mutex_lock(&f->lock);
	if (!f->stats.events.dropped++)
		pthread_cond_signal(&f->changed); /* the first is said at once */
	pthread_mutex_unlock(&f->lock);
}

void cl_flow_put(struct cl_flow *f, const char *text, size_t len)
{
	struct event *e = malloc(sizeof(*e) + len + 1);

	if (!e) {
		cl_flow_drop(f);
		return;
	}
	e->next = NULL;
	e->len = len;
	memcpy(e->text, text, len);
	e->text[len] = '\0';
	pthread_mutex_lock(&f->lock);
	*f->tail = e;
	f->tail = &e->next;
	f->bytes += sizeof(*e) + len;
	f->stats.events.waiting++;
	pthread_cond_signal(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

/* ---- the thread ---- */

/* Called with the lock, which it lets go meanwhile. */
static void say_losses(struct cl_flow *f)
{
	uint64_t now = cl_boot_ns(), lost = f->stats.events.dropped - f->losses_said;

	if (!lost || (f->loss_said && now - f->loss_said < SAY_NS))
		return;
	f->losses_said += lost;
	f->loss_said = now;
	pthread_mutex_unlock(&f->lock);
	cl_err("output %s: %llu events dropped: more come than it takes, and no more than %lu MiB wait; findings are not "
	       "concerned",
	       cl_output_name(f->to), (unsigned long long)lost, CL_FLOW_BYTES >> 20);
	pthread_mutex_lock(&f->lock);
}

static void reopen_output(struct cl_flow *f)
{
	f->reopen = false;
	pthread_mutex_unlock(&f->lock);
	if (f->own)
		cl_output_reopen(f->own);
	pthread_mutex_lock(&f->lock);
}

static void wait_idle(struct cl_flow *f)
{
	if (f->stats.events.dropped > f->losses_said)
		cl_cond_wait_until(&f->changed, &f->lock, f->loss_said + SAY_NS);
	else
		pthread_cond_wait(&f->changed, &f->lock);
}

/* Waits until something may be sent, *limit events at most; false: it is to end. */
static bool wait_for_work(struct cl_flow *f, size_t *limit)
{
	bool go_on;

	pthread_mutex_lock(&f->lock);
	for (*limit = 0; !f->stop && !*limit;) {
		uint64_t now = cl_boot_ns(), room = cl_pace_room(&f->pace, now);

		say_losses(f);
		if (f->reopen) {
			reopen_output(f);
		} else if (f->stats.next_try > now) {
			f->stats.state = CL_DELIVERY_BACKOFF;
			cl_cond_wait_until(&f->changed, &f->lock, f->stats.next_try);
		} else if (!f->head) {
			f->stats.state = CL_DELIVERY_IDLE;
			wait_idle(f);
		} else if (!room) {
			f->stats.state = CL_DELIVERY_PACED;
			cl_cond_wait_until(&f->changed, &f->lock, cl_pace_next(&f->pace));
		} else {
			size_t batch = cl_output_batch(f->to);

			batch = batch < BATCH ? batch : BATCH;
			*limit = room < batch ? (size_t)room : batch;
			f->stats.state = CL_DELIVERY_SENDING;
			f->stats.next_try = 0;
		}
	}
	go_on = !f->stop;
	pthread_mutex_unlock(&f->lock);
	return go_on;
}

/* They stay in the queue until they are done with. */
static void take_batch(struct cl_flow *f, struct batch *b, size_t limit)
{
	const struct event *e;
	size_t n = 0;

	pthread_mutex_lock(&f->lock);
	for (e = f->head; e && n < limit; e = e->next)
		b->events[n++] = e;
	pthread_mutex_unlock(&f->lock);
	for (b->n = 0; b->n < n; b->n++) {
		e = b->events[b->n];
		b->parcels[b->n] = (struct cl_parcel){.finding = cJSON_ParseWithLength(e->text, e->len)};
		if (!b->parcels[b->n].finding)
			break; /* out of memory: the rest later */
	}
}

static void say_refused(struct cl_flow *f, const struct cl_parcel *p)
{
	uint64_t now = cl_boot_ns();

	if (f->refusal_said && now - f->refusal_said < SAY_NS)
		return;
	f->refusal_said = now;
	cl_err("output %s: event %s refused: %s; it is lost, others like it are only counted for a minute",
	       cl_output_name(f->to), cl_json_get_str(p->finding, "id"), p->why.text);
}

static void pop(struct cl_flow *f)
{
	struct event *e = f->head;

	f->head = e->next;
	if (!f->head)
		f->tail = &f->head;
	f->bytes -= sizeof(*e) + e->len;
	f->stats.events.waiting--;
	free(e);
}

/* Those that are done with, up to one that has to be sent again. How many. */
static size_t note_results(struct cl_flow *f, const struct batch *b)
{
	struct cl_event_stats *events = &f->stats.events;
	size_t i;

	for (i = 0; i < b->n && b->parcels[i].result != -EAGAIN; i++) {
		if (b->parcels[i].result) {
			events->refused++;
		} else {
			events->sent++;
			f->stats.last_success = cl_wall_ns();
		}
		pop(f);
	}
	if (i)
		f->backoff.delay = 0;
	return i;
}

/* True: it is news. */
static bool note_trouble(struct cl_flow *f, const struct cl_error *err, uint64_t asked)
{
	struct cl_flow_stats *s = &f->stats;
	bool news = !f->troubled;
	uint64_t now = cl_boot_ns();

	s->next_try = now + cl_backoff_next(&f->backoff, cl_backoff_chance());
	if (asked > s->next_try)
		s->next_try = cl_backoff_asked(now, asked);
	s->failures++;
	s->error_time = cl_wall_ns();
	memcpy(s->error, err->text, sizeof(s->error));
	f->troubled = true;
	return news;
}

static void deliver(struct cl_flow *f, size_t limit)
{
	_cleanup_(batch_free) struct batch b = {0};
	struct cl_error err = {0};
	bool news = false, was_troubled = f->troubled;
	uint64_t retry = 0;
	size_t done;
	int r;

	take_batch(f, &b, limit);
	r = b.n ? cl_output_send(f->to, b.parcels, b.n, &retry, &err) : -ENOMEM;
	if (r && !*err.text)
		cl_fail(&err, r, "it does not take events now: %s", strerror(-r));
	for (size_t i = 0; i < b.n && b.parcels[i].result != -EAGAIN; i++)
		if (b.parcels[i].result)
			say_refused(f, &b.parcels[i]);
	pthread_mutex_lock(&f->lock);
	done = note_results(f, &b);
	cl_pace_take(&f->pace, cl_boot_ns(), done);
	if (done < b.n || !b.n)
		news = !f->stop && note_trouble(f, &err, retry);
	else
		f->troubled = false;
	pthread_mutex_unlock(&f->lock);
	if (news)
		cl_warn("output %s: events: %s; trying again", cl_output_name(f->to), err.text);
	else if (was_troubled && !f->troubled)
		cl_info("output %s: events: works again", cl_output_name(f->to));
}

static void *work(void *arg)
{
	struct cl_flow *f = arg;
	size_t limit;

	while (wait_for_work(f, &limit))
		deliver(f, limit);
	pthread_mutex_lock(&f->lock);
	f->ended = true;
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

/* ---- begin and end ---- */

int cl_flow_new(struct cl_flow **out, struct cl_output *beside, const struct cl_delivery_options *o,
		struct cl_error *err)
{
	const struct cl_output_terms *terms = cl_output_terms(beside);
	_cleanup_(cl_flow_free) struct cl_flow *f = calloc(1, sizeof(*f));
	int r = 0;

	if (!f)
		return cl_fail(err, -ENOMEM, "out of memory");
	pthread_mutex_init(&f->lock, NULL);
	cl_cond_init(&f->changed);
	f->tail = &f->head;
	f->backoff.min = o->backoff_min ? o->backoff_min : CL_BACKOFF_MIN_NS;
	f->backoff.max = o->backoff_max ? o->backoff_max : CL_BACKOFF_MAX_NS;
	f->pace = (struct cl_pace){.n = terms->rate, .ns = terms->rate_ns};
	if (!cl_output_is_one(beside))
		r = cl_output_new(&f->own, cl_output_spec_text(beside), err);
	if (r)
		return r;
	f->to = f->own ? f->own : beside;
	*out = TAKE_PTR(f);
	return 0;
}

int cl_flow_start(struct cl_flow *f)
{
	int r = pthread_create(&f->thread, NULL, work, f);

	f->started = !r;
	return -r;
}

void cl_flow_stop(struct cl_flow *f)
{
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	f->ended |= !f->started;
	pthread_cond_signal(&f->changed);
	pthread_mutex_unlock(&f->lock);
	if (f->own)
		cl_output_stop(f->own);
}

bool cl_flow_ended(struct cl_flow *f)
{
	bool ended;

	pthread_mutex_lock(&f->lock);
	ended = f->ended;
	pthread_mutex_unlock(&f->lock);
	return ended;
}

void cl_flow_free(struct cl_flow **p)
{
	struct cl_flow *f = TAKE_PTR(*p);

	if (!f)
		return;
	if (f->started)
		pthread_join(f->thread, NULL);
	if (f->head)
		cl_warn("output %s: it ends, %llu events that still waited are lost", cl_output_name(f->to),
			(unsigned long long)f->stats.events.waiting);
	while (f->head)
		pop(f);
	cl_output_free(&f->own);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

void cl_flow_reopen(struct cl_flow *f)
{
	pthread_mutex_lock(&f->lock);
	f->reopen = true;
	pthread_cond_signal(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

/* ---- how it goes ---- */

bool cl_flow_is_quiet(struct cl_flow *f)
{
	bool quiet;

	pthread_mutex_lock(&f->lock);
	quiet = f->ended || !f->head || f->stats.state == CL_DELIVERY_BACKOFF || f->stats.state == CL_DELIVERY_PACED;
	pthread_mutex_unlock(&f->lock);
	return quiet;
}

struct cl_flow_stats cl_flow_stats(struct cl_flow *f)
{
	struct cl_flow_stats s;

	pthread_mutex_lock(&f->lock);
	s = f->stats;
	pthread_mutex_unlock(&f->lock);
	if (s.state != CL_DELIVERY_BACKOFF)
		s.next_try = 0;
	return s;
}
