/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child run has its parent run's credential instead of one of its own: Low while it only inherited it, Medium once
 * it used it. The parent is the nearest run around the child that holds the credential; surroundings (host, session)
 * delegate nothing. One finding per credential, parent run and child workflow.
 */
#include <string.h>

#include "detect/detector.h"

static const struct cl_use *holding_parent(struct cl_detect *d, const struct cl_use *child)
{
	for (size_t i = 0; i < child->run.n_parents; i++)
		for (const struct cl_use *o = child->credential->uses; o; o = o->next)
			if (o != child && !o->reached && !cl_run_is_ambient(o->run.kind) &&
			    !strcmp(o->run.id, child->run.parents[i]))
				return cl_detect_allows(d, o, child) ? NULL : o;
	return NULL;
}

static int report(struct cl_detect *d, const struct cl_use *parent, const struct cl_use *child)
{
	struct cl_fact fact = {
		.compared = {parent->run.id, child->run.workflow},
		.credential = child->credential,
		.sides = {parent, child},
		.severity = child->used ? CL_SEVERITY_MEDIUM : CL_SEVERITY_LOW,
	};

	return cl_detect_report(d, &cl_detector_delegated_credential, &fact);
}

static int on_use(struct cl_detect *d, void *state, const struct cl_use *use)
{
	const struct cl_use *parent = holding_parent(d, use);
	int r = parent ? report(d, parent, use) : 0;

	(void)state;
	/* The parent may be seen after its child: its own act makes the pair, once. */
	for (const struct cl_use *o = use->credential->uses; o && !r && use->last == 0 && use->acts[0].count == 1;
	     o = o->next)
		if (o != use && !o->reached && holding_parent(d, o) == use)
			r = report(d, use, o);
	return r;
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	int r = cl_say_run(out, &fact->sides[1]->run);

	r = r ? r : cl_text_puts(out, " has no credential of its own for this: ");
	r = r ? r : cl_say_credential(out, fact->credential);
	r = r ? r : cl_text_puts(out, " is that of ");
	r = r ? r : cl_say_run(out, &fact->sides[0]->run);
	r = r ? r : cl_text_puts(out, ", where ");
	r = r ? r : cl_say_act(out, cl_fact_act(fact, 0), fact->latest[0]);
	r = r ? r : cl_text_puts(out, ", and its child's ");
	return r ? r : cl_say_act(out, cl_fact_act(fact, 1), fact->latest[1]);
}

const struct cl_detector cl_detector_delegated_credential = {
	.id = "delegated-credential",
	.title = "Child run works with its parent's credential",
	.use = on_use,
	.describe = describe,
};
