/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One credential in two workflows, neither of which started the other nor is of the same hand (hands.h). Both sides
 * used it: High; one only inherited it: Medium. One step lower for a credential that still ends by itself. One finding
 * per workflow that has what is another's, whose that is: of those that stand apart from it the one that used it, then
 * the first. Shown by runs that policy does not allow.
 */
#include <string.h>

#include "detect/detector.h"
#include "detect/hands.h"
#include "detect/severity.h"

static uint32_t severity(const struct cl_detect *d, const struct cl_use *a, const struct cl_use *b)
{
	const struct cl_credential *c = a->credential;
	uint32_t s = a->used && b->used ? CL_SEVERITY_HIGH : CL_SEVERITY_MEDIUM;
	bool alive = !c->expires || cl_detect_now(d) < c->expires;

	return !cl_credential_is_lasting(c) && alive ? cl_severity_lower(s) : s;
}

static bool apart(struct cl_detect *d, const struct cl_use *a, const struct cl_use *b)
{
	return !a->reached && !b->reached &&
	       (a->workflow_hash != b->workflow_hash || strcmp(a->run.workflow, b->run.workflow)) &&
	       !cl_run_view_is_ancestor(&a->run, &b->run) && !cl_run_view_is_ancestor(&b->run, &a->run) &&
	       !cl_hands_of_one_person(a, b) && !cl_hands_look_after(a, b) && !cl_hands_look_after(b, a) &&
	       !cl_detect_allows(d, a, b);
}

/* A workflow is shown by the run of it that used the credential most strongly, then by the earliest. */
static bool better(const struct cl_use *a, const struct cl_use *b)
{
	if (a->used != b->used)
		return a->used;
	return cl_use_best(a)->first < cl_use_best(b)->first;
}

static bool same_workflow(const struct cl_use *a, const struct cl_use *b)
{
	return a->workflow_hash == b->workflow_hash && !strcmp(a->run.workflow, b->run.workflow);
}

/* The best run of the workflow of `of` that stands apart from `from`. */
static const struct cl_use *best_of(struct cl_detect *d, const struct cl_use *of, const struct cl_use *from)
{
	const struct cl_use *best = of;

	for (const struct cl_use *o = of->credential->uses; o; o = o->next)
		if (o != best && same_workflow(o, of) && better(o, best) && apart(d, o, from))
			best = o;
	return best;
}

static int report(struct cl_detect *d, const struct cl_use *a, const struct cl_use *b)
{
	bool swap = strcmp(a->run.workflow, b->run.workflow) > 0;
	bool later = cl_use_best(b)->first < cl_use_best(a)->first;
	struct cl_fact fact = {
		.compared = {(swap ? b : a)->run.workflow, (swap ? a : b)->run.workflow},
		.credential = a->credential,
		.sides = {later ? b : a, later ? a : b},
		.severity = severity(d, a, b),
	};

	return cl_detect_report(d, &cl_detector_cross_workflow_reuse, &fact);
}

/* Nobody who stands apart from `other` has a better claim than `owner`. */
static bool owns(struct cl_detect *d, const struct cl_use *owner, const struct cl_use *other)
{
	for (const struct cl_use *o = owner->credential->uses; o; o = o->next)
		if (o != owner && better(o, owner) && !same_workflow(o, owner) && apart(d, o, other))
			return false;
	return true;
}

static int on_use(struct cl_detect *d, void *state, const struct cl_use *use)
{
	int r = 0;

	(void)state;
	for (const struct cl_use *o = use->credential->uses; o && !r; o = o->next) {
		const struct cl_use *own;

		if (o == use || !apart(d, use, o) || best_of(d, o, use) != o)
			continue;
		own = best_of(d, use, o);
		if (better(o, own) ? owns(d, o, own) : owns(d, own, o))
			r = report(d, o, own);
	}
	return r;
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	int r = cl_say_credential(out, fact->credential);

	r = r ? r : cl_text_puts(out, " is in two workflows: in ");
	r = r ? r : cl_say_side(out, fact, 0);
	r = r ? r : cl_text_puts(out, ", and in ");
	return r ? r : cl_say_side(out, fact, 1);
}

const struct cl_detector cl_detector_cross_workflow_reuse = {
	.id = "cross-workflow-reuse",
	.title = "Credential used in two workflows",
	.use = on_use,
	.describe = describe,
};
