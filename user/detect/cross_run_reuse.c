/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lasting credential serves a second run of the same workflow, where the unit of work is a task: one could have been
 * issued for each. Who only looks after files (hands.h) needs none. One finding per credential and workflow; the runs
 * count.
 */
#include <string.h>

#include "detect/detector.h"
#include "detect/hands.h"

static bool is_second_run(struct cl_detect *d, const struct cl_use *use, const struct cl_use *other)
{
	return other != use && !other->reached && other->workflow_hash == use->workflow_hash &&
	       cl_run_is_task(other->run.kind) && !strcmp(other->run.workflow, use->run.workflow) &&
	       !cl_run_view_is_ancestor(&other->run, &use->run) && !cl_run_view_is_ancestor(&use->run, &other->run) &&
	       !cl_hands_look_after(use, other) && !cl_hands_look_after(other, use) && !cl_detect_allows(d, use, other);
}

static int on_use(struct cl_detect *d, void *state, const struct cl_use *use)
{
	const struct cl_use *other = NULL;
	struct cl_fact fact = {.credential = use->credential, .severity = CL_SEVERITY_LOW};
	bool later;

	(void)state;
	if (!cl_credential_is_lasting(use->credential) || !cl_run_is_task(use->run.kind))
		return 0;
	for (const struct cl_use *o = use->credential->uses; o; o = o->next)
		if (is_second_run(d, use, o) && (!other || cl_use_best(o)->first < cl_use_best(other)->first))
			other = o;
	if (!other)
		return 0;
	later = cl_use_best(use)->first < cl_use_best(other)->first;
	fact.compared[0] = use->run.workflow;
	fact.sides[0] = later ? use : other;
	fact.sides[1] = later ? other : use;
	return cl_detect_report(d, &cl_detector_cross_run_reuse, &fact);
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	int r = cl_say_credential(out, fact->credential);

	r = r ? r : cl_text_puts(out, " serves a second run of its workflow: in ");
	r = r ? r : cl_say_side(out, fact, 0);
	r = r ? r : cl_text_puts(out, ", and in ");
	return r ? r : cl_say_side(out, fact, 1);
}

const struct cl_detector cl_detector_cross_run_reuse = {
	.id = "cross-run-reuse",
	.title = "Credential reused by another run of the same workflow",
	.use = on_use,
	.describe = describe,
};
