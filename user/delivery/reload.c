/* SPDX-License-Identifier: Apache-2.0 */
/* Another configuration: outputs that stay keep their couriers, the others begin or end. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include "delivery/delivery_internal.h"

struct changes {
	unsigned int added, changed, removed;
};

/* `next` holds new couriers where an output is new or has changed, nothing where it stays. */
static void take_over(struct cl_delivery *d, struct cl_couriers *next, char *const *specs, struct changes *did)
{
	struct cl_couriers before = d->now;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < next->n; i++) {
		if (!next->couriers[i]) {
			next->couriers[i] = cl_couriers_with_spec(&before, specs[i]);
			cl_courier_reopen(next->couriers[i]);
		} else if (cl_couriers_named(&before, cl_output_name(cl_courier_output(next->couriers[i])))) {
			did->changed++;
		} else {
			did->added++;
		}
	}
	d->now = *next;
	for (size_t i = 0; i < before.n; i++) {
		const struct cl_output *o = cl_courier_output(before.couriers[i]);

		if (cl_couriers_with_spec(next, cl_output_spec_text(o)) == before.couriers[i])
			continue;
		did->removed += !cl_couriers_named(next, cl_output_name(o));
		cl_delivery_leave(d, before.couriers[i]);
	}
	pthread_mutex_unlock(&d->lock);
	*next = (struct cl_couriers){0};
}

/* Each new one beside those that stay and those before it. */
static int open_next(struct cl_delivery *d, char *const *specs, size_t n, struct cl_couriers *next,
		     struct cl_couriers *opened, struct cl_error *err)
{
	struct cl_couriers all = {0};
	int r = cl_delivery_check_count(n, err);

	if (!r && d->leaving.n + d->now.n > CL_LEAVING_MAX)
		r = cl_fail(err, -EBUSY, "the outputs of before are still ending: try again");
	for (size_t i = 0; !r && i < n; i++) {
		struct cl_courier *same = cl_couriers_with_spec(&d->now, specs[i]);

		if (same && cl_couriers_named(&all, cl_output_name(cl_courier_output(same))))
			r = cl_fail(err, -EEXIST, "cannot use output \"%s\" twice; give one of them name=", specs[i]);
		else if (same)
			all.couriers[all.n++] = same;
		else
			r = cl_delivery_open(d, specs[i], &all, err);
		if (!r && !same)
			opened->couriers[opened->n++] = all.couriers[i];
		next->couriers[i] = same ? NULL : all.couriers[i];
	}
	next->n = n;
	return r;
}

int cl_delivery_reload(struct cl_delivery *d, char *const *specs, size_t n, char *said, size_t size,
		       struct cl_error *err)
{
	struct cl_couriers next = {0}, opened = {0};
	struct changes did = {0};
	int r = open_next(d, specs, n, &next, &opened, err);

	if (r) {
		cl_couriers_free(&opened);
		return r;
	}
	take_over(d, &next, specs, &did);
	snprintf(said, size, "%u outputs are new, %u have changed, %u are gone, %zu stay", did.added, did.changed,
		 did.removed, n - did.added - did.changed);
	if (d->started)
		cl_delivery_start_couriers(d);
	return 0;
}
