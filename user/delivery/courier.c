/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of a courier: reads, sends, notes what became of it, waits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "delivery/courier_internal.h"
#include "delivery/sleep.h"

#define BATCH_BYTES (1024 * 1024ul) /* of stored text; the first of a batch may be larger */

struct batch {
	struct cl_parcel *parcels;
	uint64_t *reports;
	size_t n, bytes, limit;
};

static void batch_free(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		cJSON_Delete((cJSON *)(uintptr_t)b->parcels[i].finding);
	free(b->parcels);
	free(b->reports);
}

/* ---- the thread ---- */

static void reopen_output(struct cl_courier *c)
{
	c->reopen = false;
	pthread_mutex_unlock(&c->lock);
	cl_output_reopen(c->output);
	pthread_mutex_lock(&c->lock);
}

/* Waits until something may be sent, *limit reports at most; false: it is to end. */
static bool wait_for_work(struct cl_courier *c, size_t *limit)
{
	bool go_on;

	pthread_mutex_lock(&c->lock);
	for (*limit = 0; !c->stop && !*limit;) {
		uint64_t now = cl_boot_ns(), room = cl_pace_room(&c->pace, now);

		if (c->rewind && !c->n_settled && !c->n_handed) {
			c->rewind = false;
			c->work = true;
			c->taken = 0;
		}
		if (c->reopen) {
			reopen_output(c);
		} else if (c->next_try > now) {
			c->state = CL_DELIVERY_BACKOFF;
			cl_cond_wait_until(&c->changed, &c->lock, c->next_try);
		} else if (!c->work || c->rewind || c->n_settled + c->n_handed >= CL_COURIER_SETTLED) {
			c->state = CL_DELIVERY_IDLE;
			pthread_cond_wait(&c->changed, &c->lock);
		} else if (!room) {
			c->state = CL_DELIVERY_PACED;
			cl_cond_wait_until(&c->changed, &c->lock, cl_pace_next(&c->pace));
		} else {
			size_t batch = cl_output_batch(c->output);

			batch = batch < CL_COURIER_BATCH ? batch : CL_COURIER_BATCH;
			*limit = room < batch ? (size_t)room : batch;
			c->state = CL_DELIVERY_SENDING;
			c->next_try = 0;
			c->work = false; /* until there is some */
		}
	}
	go_on = !c->stop;
	pthread_mutex_unlock(&c->lock);
	return go_on;
}

/* A damaged one goes alone. */
static int take_one(void *ctx, uint64_t report, cJSON *finding, size_t bytes)
{
	struct batch *b = ctx;

	b->parcels[b->n] = (struct cl_parcel){.finding = finding};
	b->reports[b->n++] = report;
	b->bytes += bytes;
	return b->n == b->limit || b->bytes >= BATCH_BYTES || !finding;
}

static int send_batch(struct cl_courier *c, struct batch *b, uint64_t *retry, struct cl_error *err)
{
	struct cl_parcel *last = &b->parcels[b->n - 1];
	size_t sound = last->finding ? b->n : b->n - 1;
	int r = sound ? cl_output_send(c->output, b->parcels, sound, retry, err) : 0;

	if (!last->finding)
		last->result =
			r ? -EAGAIN : cl_fail(&last->why, -EPROTO, "what the store has of this report is damaged");
	return r;
}

static void say_refused(struct cl_courier *c, const struct cl_parcel *p)
{
	if (c->refusal_said && cl_boot_ns() - c->refusal_said < CL_COURIER_SAY_NS)
		return;
	c->refusal_said = cl_boot_ns();
	cl_err("output %s: finding %s refused: %s; it is kept (credlineage outputs drain --dead), others like it are only "
	       "counted for a minute",
	       cl_output_name(c->output), p->finding ? cl_json_get_str(p->finding, "id") : "?", p->why.text);
}

/* What became of the first ones, up to one that has to be sent again. How many. */
static size_t note_results(struct cl_courier *c, const struct batch *b)
{
	size_t i;

	for (i = 0; i < b->n && b->parcels[i].result != -EAGAIN; i++) {
		const struct cl_parcel *p = &b->parcels[i];
		struct cl_settled *s = &c->settled[c->n_settled];

		*s = (struct cl_settled){.report = b->reports[i]};
		if (p->result) {
			s->reason = strdup(*p->why.text ? p->why.text : strerror(-p->result));
			if (!s->reason) /* once more, then */
				break;
			say_refused(c, p);
		} else {
			c->stats.last_success = cl_wall_ns();
		}
		c->n_settled++;
	}
	c->news |= i > 0;
	return i;
}

static void note_trouble(struct cl_courier *c, const struct cl_error *err, uint64_t asked)
{
	uint64_t now = cl_boot_ns();

	c->next_try = now + cl_backoff_next(&c->backoff, cl_backoff_chance());
	if (asked > c->next_try)
		c->next_try = cl_backoff_asked(now, asked);
	if (!*c->trouble.text)
		cl_warn("output %s: %s; trying again", cl_output_name(c->output), err->text);
	c->trouble = *err;
	memcpy(c->error, err->text, sizeof(c->error));
	c->stats.error_time = cl_wall_ns();
	c->stats.failures++;
	c->news = true;
}

static void note_success(struct cl_courier *c)
{
	if (*c->trouble.text)
		cl_info("output %s: works again", cl_output_name(c->output));
	c->trouble = (struct cl_error){0};
	c->backoff.delay = 0;
}

/* What was read is on its way: nobody puts it out. */
static bool read_batch(struct cl_courier *c, struct batch *b, size_t limit, struct cl_error *err)
{
	uint64_t after;
	int r;

	pthread_mutex_lock(&c->lock);
	after = c->taken;
	pthread_mutex_unlock(&c->lock);
	b->limit = limit;
	b->parcels = calloc(limit, sizeof(*b->parcels));
	b->reports = calloc(limit, sizeof(*b->reports));
	r = b->parcels && b->reports ? cl_outbox_next(c->db, c->outbox, after, limit, take_one, b, err)
				     : cl_fail(err, -ENOMEM, "out of memory");
	pthread_mutex_lock(&c->lock);
	if (b->n)
		c->taken = b->reports[b->n - 1];
	c->work |= r || b->n;
	if (r)
		note_trouble(c, err, 0);
	pthread_mutex_unlock(&c->lock);
	return !r && b->n;
}

static void deliver(struct cl_courier *c, size_t limit)
{
	_cleanup_(batch_free) struct batch b = {0};
	struct cl_error err = {0};
	uint64_t retry = 0;
	size_t done;
	int r;

	if (!read_batch(c, &b, limit, &err))
		return;
	r = send_batch(c, &b, &retry, &err);
	if (r && !*err.text)
		cl_fail(&err, r, "it does not take findings now: %s", strerror(-r));
	pthread_mutex_lock(&c->lock);
	done = note_results(c, &b);
	cl_pace_take(&c->pace, cl_boot_ns(), done);
	if (done)
		note_success(c);
	if (done < b.n) {
		c->taken = b.reports[done] - 1;
		if (!c->stop)
			note_trouble(c, &err, retry);
	}
	pthread_mutex_unlock(&c->lock);
	c->wake(c->ctx);
}

void *cl_courier_work(void *arg)
{
	struct cl_courier *c = arg;
	size_t limit;

	while (wait_for_work(c, &limit))
		deliver(c, limit);
	pthread_mutex_lock(&c->lock);
	c->ended = true;
	pthread_mutex_unlock(&c->lock);
	c->wake(c->ctx);
	return NULL;
}
