/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/parse.h"
#include "output/output.h"

#define OUTPUTS_MAX 32

struct destination {
	struct cl_output *output;
	char position_name[300]; /* in the store's meta */
	uint64_t sent;		 /* last report that went out */
	uint64_t saved;		 /* position as the store has it */
	uint64_t retry;		 /* boot ns; 0: now */
	bool complained;
	uint64_t taken, refused;
};

struct cl_delivery {
	struct cl_store_db *db;
	struct destination outputs[OUTPUTS_MAX];
	size_t n;
};

static void save_position(struct cl_delivery *a, struct destination *d)
{
	char text[24];

	if (d->sent == d->saved)
		return;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)d->sent);
	if (!cl_store_set(a->db, d->position_name, text))
		d->saved = d->sent;
}

/* Sends what the output has not had yet, until it is up to date or says not now. */
static void pump(struct cl_delivery *a, struct destination *d, uint64_t *sent, uint64_t *errors)
{
	if (d->retry > cl_boot_ns())
		return;
	d->retry = 0;
	for (;;) {
		_cleanup_json_ cJSON *report = NULL;
		struct cl_parcel parcel;
		struct cl_error err = {0};
		uint64_t seq;
		int r = cl_store_next_report(a->db, d->sent, &seq, &report, &err);

		if (r <= 0)
			break;
		parcel = (struct cl_parcel){.finding = report};
		r = cl_output_send(d->output, &parcel, 1, &d->retry, &err);
		if (r == -EAGAIN) {
			if (!d->complained)
				cl_warn("output %s: %s; trying again", cl_output_name(d->output), err.text);
			d->complained = true;
			if (!d->retry)
				d->retry = cl_boot_ns() + CL_NS_PER_S;
			break;
		}
		if (parcel.result)
			cl_err("output %s: finding refused: %s", cl_output_name(d->output), parcel.why.text);
		else if (d->complained)
			cl_info("output %s: works again", cl_output_name(d->output));
		d->complained = false;
		++*(parcel.result ? errors : sent);
		++*(parcel.result ? &d->refused : &d->taken);
		d->sent = seq;
	}
	save_position(a, d);
}

/* A new output starts with what comes next; a known one where it stopped. stdout never looks back. */
static void find_position(struct cl_delivery *a, struct destination *d)
{
	_cleanup_free_ char *text = NULL;
	uint64_t last = 0;

	snprintf(d->position_name, sizeof(d->position_name), "output:%s", cl_output_name(d->output));
	if (strncmp(cl_output_name(d->output), "stdout", 6) && !cl_store_get(a->db, d->position_name, &text) &&
	    !cl_parse_u64(text, UINT64_MAX, &d->sent)) {
		d->saved = d->sent;
		return;
	}
	if (cl_store_last_report(a->db, &last, NULL))
		last = 0;
	d->sent = last;
	d->saved = UINT64_MAX;
	save_position(a, d);
}

static int open_outputs(struct cl_delivery *a, char *const *specs, size_t n, struct cl_error *err)
{
	if (n > OUTPUTS_MAX)
		return cl_fail(err, -E2BIG, "cannot open outputs: more than %d", OUTPUTS_MAX);
	for (size_t i = 0; i < n; i++) {
		int r = cl_output_new(&a->outputs[i].output, specs[i], err);

		if (r)
			return r;
		a->n++;
		find_position(a, &a->outputs[i]);
	}
	return 0;
}

int cl_delivery_new(struct cl_delivery **out, struct cl_store_db *db, char *const *specs, size_t n,
		    struct cl_error *err)
{
	_cleanup_(cl_delivery_free) struct cl_delivery *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return cl_fail(err, -ENOMEM, "cannot open outputs: out of memory");
	a->db = db;
	r = open_outputs(a, specs, n, err);
	if (r)
		return r;
	*out = TAKE_PTR(a);
	return 0;
}

void cl_delivery_free(struct cl_delivery **p)
{
	if (!*p)
		return;
	for (size_t i = 0; i < (*p)->n; i++)
		cl_output_free(&(*p)->outputs[i].output);
	free(TAKE_PTR(*p));
}

void cl_delivery_pump(struct cl_delivery *a, uint64_t *sent, uint64_t *errors)
{
	for (size_t i = 0; i < a->n; i++)
		pump(a, &a->outputs[i], sent, errors);
}

uint64_t cl_delivery_due(const struct cl_delivery *a)
{
	uint64_t due = 0;

	for (size_t i = 0; i < a->n; i++) {
		uint64_t retry = a->outputs[i].retry;

		if (retry && (!due || retry < due))
			due = retry;
	}
	return due;
}

void cl_delivery_stats(struct cl_delivery *a, void (*each)(void *ctx, const struct cl_delivery_stats *s), void *ctx)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct destination *d = &a->outputs[i];

		each(ctx, &(struct cl_delivery_stats){.name = cl_output_name(d->output),
						      .state = d->retry ? CL_DELIVERY_BACKOFF : CL_DELIVERY_IDLE,
						      .sent = d->taken,
						      .refused = d->refused,
						      .error = "",
						      .next_try = d->retry});
	}
}

uint64_t cl_delivery_done(const struct cl_delivery *a)
{
	uint64_t done = UINT64_MAX;

	for (size_t i = 0; i < a->n; i++)
		done = a->outputs[i].sent < done ? a->outputs[i].sent : done;
	return done;
}
