/* SPDX-License-Identifier: Apache-2.0 */
/* What comes: reports into the store and into outboxes, and couriers on their way when both are on the disk. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "delivery/courier.h"
#include "delivery/delivery_internal.h"
#include "output/output.h"
#include "store/outbox.h"

int cl_delivery_trim(struct cl_delivery *d, struct cl_courier *c, struct cl_error *err)
{
	const struct cl_outbox_bound bound = cl_courier_bound(c, cl_wall_ns());
	uint64_t dropped = 0;
	int r = cl_outbox_trim(d->o.db, &bound, &dropped, err);

	cl_courier_dropped(c, dropped);
	pthread_mutex_lock(&d->lock);
	d->totals.dropped += dropped;
	pthread_mutex_unlock(&d->lock);
	return r;
}

/* Into the outbox of each output that wants it. */
static int post(struct cl_delivery *d, uint64_t report, const cJSON *finding, struct cl_error *err)
{
	size_t wanting[CL_DELIVERY_OUTPUTS];
	uint64_t ids[CL_DELIVERY_OUTPUTS];
	struct cl_posting p = {.report = report,
			       .time = cl_wall_ns(),
			       .severity = cl_store_severity(cl_json_get_str(finding, "severity")),
			       .outputs = ids};
	int r;

	for (size_t i = 0; i < d->now.n; i++) {
		struct cl_courier *c = d->now.couriers[i];

		if (!cl_terms_want(cl_output_terms(cl_courier_output(c)), finding))
			continue;
		ids[p.n] = cl_courier_outbox(c);
		wanting[p.n++] = i;
	}
	r = cl_outbox_post(d->o.db, &p, err);
	if (r)
		return r;
	d->posted = report;
	for (size_t i = 0; i < p.n; i++)
		d->mail[wanting[i]]++;
	return 0;
}

void cl_delivery_mail(struct cl_delivery *d)
{
	for (size_t i = 0; i < d->now.n; i++) {
		struct cl_courier *c = d->now.couriers[i];

		if (!d->mail[i])
			continue;
		cl_courier_mail(c, d->mail[i]);
		d->mail[i] = 0;
		if (cl_courier_is_full(c))
			cl_delivery_trim(d, c, NULL); /* the next one tries again */
	}
}

static int post_next(struct cl_delivery *d, struct cl_error *err)
{
	_cleanup_json_ cJSON *finding = NULL;
	uint64_t report, last;
	int r = cl_store_next_report(d->o.db, d->posted, &report, &finding, err);

	if (r == 1) {
		r = post(d, report, finding, err);
		return r ? r : 1;
	}
	/* A damaged one is passed over. */
	if (r != -EPROTO || cl_store_last_report(d->o.db, &last, NULL) || d->posted >= last)
		return r;
	d->posted++;
	return 1;
}

int cl_delivery_post_new(struct cl_delivery *d, struct cl_error *err)
{
	int r;

	do {
		r = post_next(d, err);
	} while (r == 1);
	return r;
}

struct reports {
	struct cl_delivery *d;
	const cJSON *const *list;
	size_t n;
};

static int put_reports(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	const struct reports *all = arg;
	int r = 0;

	for (size_t i = 0; !r && i < all->n; i++)
		r = cl_store_report(db, all->list[i], NULL, err);
	return r ? r : cl_delivery_post_new(all->d, err);
}

int cl_delivery_report(struct cl_delivery *d, const cJSON *const *findings, size_t n, struct cl_error *err)
{
	struct reports all = {d, findings, n};
	uint64_t posted = d->posted;
	int r = cl_store_durably(d->o.db, put_reports, &all, err);

	if (r) {
		d->posted = posted;
		memset(d->mail, 0, sizeof(d->mail));
		return r;
	}
	cl_delivery_mail(d);
	return 0;
}
