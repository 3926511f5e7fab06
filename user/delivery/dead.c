/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters of the outputs that there are: sent once more, thrown away. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "delivery/delivery_internal.h"

static int count_again(void *ctx, const struct cl_outbox *o)
{
	const struct cl_delivery *d = ctx;

	for (size_t i = 0; i < d->now.n; i++)
		if (cl_courier_outbox(d->now.couriers[i]) == o->id)
			cl_courier_count_again(d->now.couriers[i], o);
	return 0;
}

/* What nobody would send stays a dead letter. */
static int retry(struct cl_delivery *d, const char *output, const char *finding, uint64_t *n, struct cl_error *err)
{
	int r = 0;

	if (output && !cl_couriers_named(&d->now, output))
		return cl_fail(err, -ENOENT, "no output \"%s\" runs (credlineage outputs status lists them)", output);
	for (size_t i = 0; !r && i < d->now.n; i++) {
		struct cl_courier *c = d->now.couriers[i];
		const char *name = cl_output_name(cl_courier_output(c));
		uint64_t of_it = 0;

		if (output && strcmp(name, output))
			continue;
		r = cl_dead_settle(d->o.db, name, finding, true, cl_wall_ns(), &of_it, err);
		if (of_it)
			cl_courier_look_again(c);
		*n += of_it;
	}
	return r;
}

int cl_delivery_dead(struct cl_delivery *d, const char *output, const char *finding, bool is_retry, uint64_t *n,
		     struct cl_error *err)
{
	int counted, r = cl_delivery_settle(d, err);

	*n = 0;
	if (r)
		return r;
	r = is_retry ? retry(d, output, finding, n, err)
		     : cl_dead_settle(d->o.db, output, finding, false, cl_wall_ns(), n, err);
	counted = *n ? cl_outbox_list(d->o.db, count_again, d, r ? NULL : err) : 0;
	return r ? r : counted;
}
