/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's side of a courier: what waits, what became of it, how it is doing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "delivery/courier_internal.h"
#include "delivery/sleep.h"

#define DEAD_MAX 1000 /* letters that are kept of one output */

int cl_courier_new(struct cl_courier **out, struct cl_output **output, const struct cl_delivery_options *o,
		   uint64_t outbox, struct cl_error *err)
{
	const struct cl_output_terms *terms = cl_output_terms(*output);
	_cleanup_(cl_courier_free) struct cl_courier *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	pthread_mutex_init(&c->lock, NULL);
	cl_cond_init(&c->changed);
	c->outbox = outbox;
	c->wake = o->wake;
	c->ctx = o->ctx;
	c->backoff.min = o->backoff_min ? o->backoff_min : CL_BACKOFF_MIN_NS;
	c->backoff.max = o->backoff_max ? o->backoff_max : CL_BACKOFF_MAX_NS;
	c->pace = (struct cl_pace){.n = terms->rate, .ns = terms->rate_ns};
	c->settled = calloc(CL_COURIER_SETTLED + CL_COURIER_BATCH, sizeof(*c->settled));
	r = c->settled ? cl_store_open(&c->db, o->store, CL_STORE_FOLLOW, err) : -ENOMEM;
	if (!r && terms->events)
		r = cl_flow_new(&c->flow, *output, o, err);
	if (r)
		return r;
	c->output = TAKE_PTR(*output);
	*out = TAKE_PTR(c);
	return 0;
}

int cl_courier_start(struct cl_courier *c)
{
	int r;

	c->work = true;
	r = pthread_create(&c->thread, NULL, cl_courier_work, c);
	c->started = !r;
	return r || !c->flow ? -r : cl_flow_start(c->flow);
}

void cl_courier_stop(struct cl_courier *c)
{
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	c->ended |= !c->started;
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->lock);
	cl_output_stop(c->output);
	if (c->flow)
		cl_flow_stop(c->flow);
}

bool cl_courier_ended(struct cl_courier *c)
{
	bool ended;

	pthread_mutex_lock(&c->lock);
	ended = c->ended;
	pthread_mutex_unlock(&c->lock);
	return ended && (!c->flow || cl_flow_ended(c->flow));
}

static void free_settled(struct cl_settled *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].reason);
}

void cl_courier_free(struct cl_courier **p)
{
	struct cl_courier *c = TAKE_PTR(*p);

	if (!c)
		return;
	if (c->started)
		pthread_join(c->thread, NULL);
	cl_flow_free(&c->flow);
	cl_output_free(&c->output);
	cl_store_close(&c->db);
	if (c->settled)
		free_settled(c->settled, c->n_settled);
	free(c->settled);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

const struct cl_output *cl_courier_output(const struct cl_courier *c)
{
	return c->output;
}

uint64_t cl_courier_outbox(const struct cl_courier *c)
{
	return c->outbox;
}

bool cl_courier_is_started(const struct cl_courier *c)
{
	return c->started;
}

void cl_courier_reopen(struct cl_courier *c)
{
	pthread_mutex_lock(&c->lock);
	c->reopen = true;
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->lock);
	if (c->flow)
		cl_flow_reopen(c->flow);
}

void cl_courier_begin(struct cl_courier *c, const struct cl_outbox *o)
{
	struct cl_delivery_stats *s = &c->stats;

	pthread_mutex_lock(&c->lock);
	s->waiting = o->waiting;
	s->sent = o->sent;
	s->refused = o->refused;
	s->dropped = o->dropped;
	s->dead = o->dead;
	s->dead_dropped = o->dead_dropped;
	s->last_success = o->last_success;
	s->error_time = o->error_time;
	strncpy(c->error, o->error, sizeof(c->error) - 1);
	pthread_mutex_unlock(&c->lock);
}

void cl_courier_mail(struct cl_courier *c, uint64_t n)
{
	pthread_mutex_lock(&c->lock);
	c->stats.waiting += n;
	c->work = true;
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

void cl_courier_count_again(struct cl_courier *c, const struct cl_outbox *o)
{
	pthread_mutex_lock(&c->lock);
	c->stats.waiting = o->waiting;
	c->stats.dead = o->dead;
	c->stats.dead_dropped = o->dead_dropped;
	pthread_mutex_unlock(&c->lock);
}

void cl_courier_look_again(struct cl_courier *c)
{
	pthread_mutex_lock(&c->lock);
	c->rewind = true;
	c->next_try = 0;
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->lock);
}

struct cl_outbox_bound cl_courier_bound(struct cl_courier *c, uint64_t wall_ns)
{
	const struct cl_output_terms *terms = cl_output_terms(c->output);
	struct cl_outbox_bound b = {
		.output = c->outbox,
		.keep = terms->outbox_size,
		.before = wall_ns > terms->outbox_age ? wall_ns - terms->outbox_age : 0,
	};

	pthread_mutex_lock(&c->lock);
	b.taken = c->taken;
	pthread_mutex_unlock(&c->lock);
	return b;
}

bool cl_courier_is_full(struct cl_courier *c)
{
	bool full;

	pthread_mutex_lock(&c->lock);
	full = c->stats.waiting > cl_output_terms(c->output)->outbox_size;
	pthread_mutex_unlock(&c->lock);
	return full;
}

void cl_courier_dropped(struct cl_courier *c, uint64_t dropped)
{
	uint64_t now = cl_boot_ns();

	pthread_mutex_lock(&c->lock);
	c->stats.dropped += dropped;
	c->stats.waiting -= dropped < c->stats.waiting ? dropped : c->stats.waiting;
	pthread_mutex_unlock(&c->lock);
	c->drop_unsaid += dropped;
	if (!c->drop_unsaid || (c->drop_said && now - c->drop_said < CL_COURIER_SAY_NS))
		return;
	cl_err("output %s: %llu findings dropped: more wait for it than outbox-size= or longer than outbox-age= allows; "
	       "the least severe go first",
	       cl_output_name(c->output), (unsigned long long)c->drop_unsaid);
	c->drop_said = now;
	c->drop_unsaid = 0;
}

/* ---- what became of it ---- */

bool cl_courier_collect(struct cl_courier *c, struct cl_settlement *out, uint64_t wall_ns)
{
	struct cl_settled *items = NULL;
	bool any;

	pthread_mutex_lock(&c->lock);
	any = c->news;
	if (c->n_settled) {
		items = calloc(c->n_settled, sizeof(*items));
		any = items; /* else later */
	}
	if (any) {
		*out = (struct cl_settlement){.output = c->outbox,
					      .time = wall_ns,
					      .items = items,
					      .n = c->n_settled,
					      .dead_max = DEAD_MAX,
					      .last_success = c->stats.last_success,
					      .error = strdup(c->error)};
		out->error_time = out->error ? c->stats.error_time : 0;
		if (items)
			memcpy(items, c->settled, c->n_settled * sizeof(*items));
		c->n_handed = c->n_settled;
		c->n_settled = 0;
		c->news = false;
	}
	pthread_mutex_unlock(&c->lock);
	return any;
}

/* Not entered: they stand before what came since. */
static void take_back(struct cl_courier *c, struct cl_settlement *s)
{
	if (s->n) {
		memmove(c->settled + s->n, c->settled, c->n_settled * sizeof(*c->settled));
		memcpy(c->settled, s->items, s->n * sizeof(*c->settled));
	}
	c->n_settled += s->n;
	c->news = true;
}

static void count(struct cl_courier *c, const struct cl_settlement *s)
{
	struct cl_delivery_stats *stats = &c->stats;
	uint64_t done = s->sent + s->refused;

	stats->sent += s->sent;
	stats->refused += s->refused;
	stats->dead += s->refused;
	stats->dead -= s->dead_dropped < stats->dead ? s->dead_dropped : stats->dead;
	stats->dead_dropped += s->dead_dropped;
	stats->waiting -= done < stats->waiting ? done : stats->waiting;
}

void cl_courier_entered(struct cl_courier *c, struct cl_settlement *s, bool is_entered)
{
	pthread_mutex_lock(&c->lock);
	c->n_handed = 0;
	if (is_entered) {
		count(c, s);
		free_settled((struct cl_settled *)(uintptr_t)s->items, s->n);
	} else {
		take_back(c, s);
	}
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->lock);
	free((void *)(uintptr_t)s->items);
	free(s->error);
	s->items = NULL;
	s->error = NULL;
}

bool cl_courier_is_settled(struct cl_courier *c)
{
	bool settled;

	pthread_mutex_lock(&c->lock);
	settled = !c->n_settled && !c->n_handed;
	pthread_mutex_unlock(&c->lock);
	return settled;
}

bool cl_courier_is_quiet(struct cl_courier *c)
{
	bool quiet;

	pthread_mutex_lock(&c->lock);
	quiet = c->ended || (!c->n_settled && !c->n_handed &&
			     (!c->stats.waiting || c->state == CL_DELIVERY_BACKOFF || c->state == CL_DELIVERY_PACED));
	pthread_mutex_unlock(&c->lock);
	return quiet && (!c->flow || cl_flow_is_quiet(c->flow));
}

struct cl_flow *cl_courier_flow(struct cl_courier *c)
{
	return c->flow;
}

/* How an output is doing is how the worse of its two ways is. */
static void add_flow(struct cl_delivery_stats *s, const struct cl_flow_stats *f)
{
	s->has_events = true;
	s->events = f->events;
	s->failures += f->failures;
	s->last_success = f->last_success > s->last_success ? f->last_success : s->last_success;
	if (f->error_time > s->error_time) {
		s->error_time = f->error_time;
		s->error = f->error;
	}
	if (s->state != CL_DELIVERY_BACKOFF && f->state == CL_DELIVERY_BACKOFF) {
		s->state = f->state;
		s->next_try = f->next_try;
	}
}

void cl_courier_stats(struct cl_courier *c, void (*each)(void *ctx, const struct cl_delivery_stats *s), void *ctx)
{
	struct cl_delivery_stats s;
	struct cl_flow_stats flow;
	char error[sizeof(c->error)];

	pthread_mutex_lock(&c->lock);
	s = c->stats;
	s.state = c->state;
	s.next_try = c->state == CL_DELIVERY_BACKOFF ? c->next_try : 0;
	memcpy(error, c->error, sizeof(error));
	pthread_mutex_unlock(&c->lock);
	s.name = cl_output_name(c->output);
	s.error = error;
	if (c->flow) {
		flow = cl_flow_stats(c->flow);
		add_flow(&s, &flow);
	}
	each(ctx, &s);
}
