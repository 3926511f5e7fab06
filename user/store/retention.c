/* SPDX-License-Identifier: Apache-2.0 */
#include "store/retention.h"

#include "base/clock.h"

#define LOOK_NS (60 * CL_NS_PER_S)
#define MORE_NS (CL_NS_PER_S / 5) /* between two steps of a sweep */
#define REPORTS_KEPT 1000	  /* for `findings follow`, which reads behind the outputs */
#define AGE_MIN_NS (3600 * CL_NS_PER_S)

void cl_retention_init(struct cl_retention *r, uint64_t max_age, uint64_t max_bytes)
{
	*r = (struct cl_retention){.max_age = max_age, .max_bytes = max_bytes, .age = max_age, .finding_age = max_age};
}

/* Too large: a tenth younger at each sweep, never younger than an hour; small enough again: the full age. */
static int adapt_age(struct cl_retention *r, struct cl_store_db *db)
{
	uint64_t used;
	int e = cl_store_size(db, &used, NULL);

	if (e)
		return e;
	if (used <= r->max_bytes)
		r->age = r->finding_age = r->max_age;
	else if (r->age > AGE_MIN_NS)
		r->age -= r->age / 10;
	else if (r->finding_age > AGE_MIN_NS)
		r->finding_age -= r->finding_age / 10;
	return 0;
}

static uint64_t ago(uint64_t wall_ns, uint64_t age)
{
	return wall_ns > age ? wall_ns - age : 0;
}

int cl_retention_step(struct cl_retention *r, struct cl_store_db *db, uint64_t boot_ns, uint64_t wall_ns)
{
	uint64_t last;
	int e = 0;

	if (!r->max_age || boot_ns < r->due)
		return 0;
	r->due = boot_ns + LOOK_NS;
	if (!r->sweep.next) {
		e = adapt_age(r, db);
		r->sweep.acts_before = ago(wall_ns, r->age);
		r->sweep.findings_before = ago(wall_ns, r->finding_age);
	}
	e = e ? e : cl_store_forget(db, &r->sweep, NULL);
	if (e)
		return e;
	if (r->sweep.next)
		r->due = boot_ns + MORE_NS;
	e = cl_store_last_report(db, &last, NULL);
	if (!e && last > REPORTS_KEPT)
		e = cl_store_forget_reports(db, last - REPORTS_KEPT, NULL);
	return e;
}
