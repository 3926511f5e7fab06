/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/retention.h"

#include "base/clock.h"

#define LOOK_NS (60 * CL_NS_PER_S)
#define MORE_NS (CL_NS_PER_S / 5) /* between two steps while there is something to forget */
#define REPORTS_KEPT 1000	  /* for `findings follow`, which reads behind the outputs */
#define AGE_MIN_NS (3600 * CL_NS_PER_S)

void cl_retention_init(struct cl_retention *r, uint64_t max_age, uint64_t max_bytes)
{
	*r = (struct cl_retention){.max_age = max_age, .max_bytes = max_bytes, .age = max_age};
}

/* Too large: a tenth younger at each look, never younger than an hour; small enough again: the full age. */
static int adapt_age(struct cl_retention *r, struct cl_store_db *db)
{
	uint64_t used;
	int e = cl_store_size(db, &used, NULL);

	if (e)
		return e;
	if (used <= r->max_bytes)
		r->age = r->max_age;
	else if (r->age > AGE_MIN_NS)
		r->age -= r->age / 10;
	return 0;
}

int cl_retention_step(struct cl_retention *r, struct cl_store_db *db, uint64_t sent, uint64_t boot_ns, uint64_t wall_ns)
{
	uint64_t removed = 0, last;
	int e;

	if (!r->max_age || boot_ns < r->due)
		return 0;
	r->due = boot_ns + LOOK_NS;
	e = adapt_age(r, db);
	e = e ? e : cl_store_forget(db, wall_ns > r->age ? wall_ns - r->age : 0, &removed, NULL);
	if (e)
		return e;
	r->removed += removed;
	if (removed)
		r->due = boot_ns + MORE_NS;
	e = cl_store_last_report(db, &last, NULL);
	if (!e && last > REPORTS_KEPT)
		e = cl_store_forget_reports(db, sent < last - REPORTS_KEPT ? sent : last - REPORTS_KEPT, NULL);
	return e;
}
