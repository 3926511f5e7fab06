/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/delivery_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "delivery/courier.h"
#include "output/output.h"

#define AGED_NS (60 * CL_NS_PER_S)
#define STOP_NS CL_NS_PER_S

void cl_couriers_free(struct cl_couriers *l)
{
	for (size_t i = 0; i < l->n; i++)
		cl_courier_free(&l->couriers[i]);
	l->n = 0;
}

/* ---- opening ---- */

static int begin_counting(void *ctx, const struct cl_outbox *o)
{
	struct cl_courier *c = ctx;

	if (cl_courier_outbox(c) == o->id)
		cl_courier_begin(c, o);
	return 0;
}

/* A known output goes on where it stopped; stdout never looks back. */
static int open_courier(struct cl_delivery *d, struct cl_output **output, struct cl_couriers *into,
			struct cl_error *err)
{
	_cleanup_(cl_courier_free) struct cl_courier *c = NULL;
	uint64_t outbox = 0;
	int r = cl_outbox_open(d->o.db, cl_output_name(*output), &outbox, err);

	if (!r && cl_output_is_stdout(*output))
		r = cl_outbox_clear(d->o.db, outbox, err);
	r = r ? r : cl_courier_new(&c, output, &d->o, outbox, err);
	r = r ? r : cl_outbox_list(d->o.db, begin_counting, c, err);
	if (!r)
		into->couriers[into->n++] = TAKE_PTR(c);
	return r;
}

struct cl_courier *cl_couriers_named(const struct cl_couriers *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(cl_output_name(cl_courier_output(l->couriers[i])), name))
			return l->couriers[i];
	return NULL;
}

struct cl_courier *cl_couriers_with_spec(const struct cl_couriers *l, const char *spec)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(cl_output_spec_text(cl_courier_output(l->couriers[i])), spec))
			return l->couriers[i];
	return NULL;
}

int cl_delivery_open(struct cl_delivery *d, const char *spec, struct cl_couriers *into, struct cl_error *err)
{
	_cleanup_(cl_output_free) struct cl_output *output = NULL;
	int r = cl_output_new(&output, spec, err);

	if (r)
		return r;
	if (cl_couriers_named(into, cl_output_name(output)))
		return cl_fail(err, -EEXIST,
			       "cannot use output \"%s\": another one is called \"%s\"; give one of them name=", spec,
			       cl_output_name(output));
	return open_courier(d, &output, into, err);
}

int cl_delivery_check_count(size_t n, struct cl_error *err)
{
	return n > CL_DELIVERY_OUTPUTS ? cl_fail(err, -E2BIG, "cannot open outputs: more than %d", CL_DELIVERY_OUTPUTS)
				       : 0;
}

/* What nobody has any more is kept as long as an outbox keeps anything by default: it may come back. */
static int tidy(struct cl_delivery *d, struct cl_error *err)
{
	uint64_t ids[CL_DELIVERY_OUTPUTS], wall = cl_wall_ns();

	for (size_t i = 0; i < d->now.n; i++)
		ids[i] = cl_courier_outbox(d->now.couriers[i]);
	return cl_outbox_tidy(d->o.db, ids, d->now.n, wall > CL_OUTBOX_AGE_NS ? wall - CL_OUTBOX_AGE_NS : 0, err);
}

int cl_delivery_new(struct cl_delivery **out, const struct cl_delivery_options *o, char *const *specs, size_t n,
		    struct cl_error *err)
{
	_cleanup_(cl_delivery_free) struct cl_delivery *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return cl_fail(err, -ENOMEM, "cannot open outputs: out of memory");
	d->o = *o;
	pthread_mutex_init(&d->lock, NULL);
	r = cl_delivery_check_count(n, err);
	for (size_t i = 0; !r && i < n; i++)
		r = cl_delivery_open(d, specs[i], &d->now, err);
	r = r ? r : tidy(d, err);
	r = r ? r : cl_outbox_posted(o->db, &d->posted, err);
	if (r)
		return r;
	*out = TAKE_PTR(d);
	return 0;
}

/* One that changed waits until the one before it is gone. */
int cl_delivery_start_couriers(struct cl_delivery *d)
{
	int r = 0;

	for (size_t i = 0; !r && i < d->now.n; i++) {
		struct cl_courier *c = d->now.couriers[i];

		if (cl_courier_is_started(c) || cl_couriers_named(&d->leaving, cl_output_name(cl_courier_output(c))))
			continue;
		r = cl_outbox_list(d->o.db, begin_counting, c, NULL);
		r = r ? r : cl_courier_start(c);
	}
	return r;
}

int cl_delivery_start(struct cl_delivery *d)
{
	d->started = true;
	return cl_delivery_start_couriers(d);
}

/* ---- what became of it ---- */

static int settle_list(struct cl_delivery *d, const struct cl_couriers *l, struct cl_error *err)
{
	struct cl_settlement settlements[CL_COURIERS_MAX];
	struct cl_courier *of[CL_COURIERS_MAX];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < l->n; i++)
		if (cl_courier_collect(l->couriers[i], &settlements[n], cl_wall_ns()))
			of[n++] = l->couriers[i];
	r = n ? cl_outbox_settle(d->o.db, settlements, n, err) : 0;
	for (size_t i = 0; i < n; i++) {
		cl_courier_entered(of[i], &settlements[i], !r);
		if (r)
			continue;
		pthread_mutex_lock(&d->lock);
		d->totals.sent += settlements[i].sent;
		d->totals.refused += settlements[i].refused;
		pthread_mutex_unlock(&d->lock);
	}
	return r;
}

/* Those that have ended and of which all is entered. */
static void bury(struct cl_delivery *d)
{
	struct cl_couriers gone = {0}, left = {0};

	for (size_t i = 0; i < d->leaving.n; i++) {
		struct cl_courier *c = d->leaving.couriers[i];
		struct cl_couriers *to = cl_courier_ended(c) && cl_courier_is_settled(c) ? &gone : &left;

		to->couriers[to->n++] = c;
	}
	d->leaving = left;
	cl_couriers_free(&gone);
}

static int drop_old(struct cl_delivery *d, struct cl_error *err)
{
	uint64_t now = cl_boot_ns();
	int r = 0;

	if (d->aged && now - d->aged < AGED_NS)
		return 0;
	for (size_t i = 0; !r && i < d->now.n; i++)
		r = cl_delivery_trim(d, d->now.couriers[i], err);
	d->aged = r ? d->aged : now;
	return r;
}

int cl_delivery_settle(struct cl_delivery *d, struct cl_error *err)
{
	int r = cl_delivery_post_new(d, err);

	cl_delivery_mail(d);
	r = r ? r : settle_list(d, &d->now, err);
	if (d->leaving.n) {
		r = r ? r : settle_list(d, &d->leaving, err);
		bury(d);
		if (d->started && cl_delivery_start_couriers(d))
			cl_err("cannot start a thread for an output; trying again");
	}
	return r ? r : drop_old(d, err);
}

bool cl_delivery_is_quiet(struct cl_delivery *d)
{
	bool quiet = true;

	for (size_t i = 0; quiet && i < d->now.n; i++)
		quiet = cl_courier_is_quiet(d->now.couriers[i]);
	return quiet;
}

static void add_waiting(void *ctx, const struct cl_delivery_stats *s)
{
	*(uint64_t *)ctx += s->waiting;
}

bool cl_delivery_is_empty(struct cl_delivery *d)
{
	uint64_t waiting = 0;

	cl_delivery_stats(d, add_waiting, &waiting);
	return !waiting;
}

/* ---- the end ---- */

void cl_delivery_leave(struct cl_delivery *d, struct cl_courier *c)
{
	cl_courier_stop(c);
	d->leaving.couriers[d->leaving.n++] = c;
}

static bool have_ended(const struct cl_couriers *l)
{
	for (size_t i = 0; i < l->n; i++)
		if (!cl_courier_ended(l->couriers[i]))
			return false;
	return true;
}

void cl_delivery_stop(struct cl_delivery *d)
{
	uint64_t until = cl_boot_ns() + STOP_NS;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->now.n; i++)
		cl_delivery_leave(d, d->now.couriers[i]);
	d->now.n = 0;
	pthread_mutex_unlock(&d->lock);
	while (!have_ended(&d->leaving) && cl_boot_ns() < until)
		usleep(5000);
	settle_list(d, &d->leaving, NULL);
}

void cl_delivery_free(struct cl_delivery **p)
{
	struct cl_delivery *d = TAKE_PTR(*p);

	if (!d)
		return;
	cl_delivery_stop(d);
	for (size_t i = 0; i < d->leaving.n; i++) {
		struct cl_courier *c = d->leaving.couriers[i];

		if (cl_courier_ended(c))
			cl_courier_free(&c);
		else /* its memory stays: its thread may yet look at it */
			cl_warn("output %s does not end, it is left behind; what it had not taken is sent next time",
				cl_output_name(cl_courier_output(c)));
	}
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* ---- how it goes ---- */

void cl_delivery_stats(struct cl_delivery *d, void (*each)(void *ctx, const struct cl_delivery_stats *s), void *ctx)
{
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->now.n; i++)
		cl_courier_stats(d->now.couriers[i], each, ctx);
	pthread_mutex_unlock(&d->lock);
}

struct cl_delivery_totals cl_delivery_totals(struct cl_delivery *d)
{
	struct cl_delivery_totals totals;

	pthread_mutex_lock(&d->lock);
	totals = d->totals;
	pthread_mutex_unlock(&d->lock);
	return totals;
}

const char *cl_delivery_state_name(enum cl_delivery_state state)
{
	static const char *const names[] = {"idle", "sending", "backoff", "paced"};

	return names[state];
}
