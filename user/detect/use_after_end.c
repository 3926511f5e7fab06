/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work is over, its credential is not: (1) any use by a process that outlived its run, (2) use by another run of a
 * credential that belongs to a run that has ended (declared for it, or ephemeral and first seen in it). Always High.
 * The end of surroundings (host, session) ends no work.
 */
#include <string.h>

#include "detect/detector.h"

/* Over at the time of this act: an act that came in late but happened before the end is none. */
static bool is_over(const struct cl_detect *d, const struct cl_run_view *run)
{
	uint64_t end = 0;

	if (cl_detect_run_state(d, run, &end) == CL_RUN_ACTIVE)
		return false;
	return cl_detect_now(d) > end;
}

/* The innermost run, else a task around it, that the actor has outlived. Identity knows the runs around by id only. */
static bool outlived(const struct cl_detect *d, const struct cl_use *use, const char **ended)
{
	*ended = use->run.id;
	if (!cl_run_is_ambient(use->run.kind) && is_over(d, &use->run))
		return true;
	for (size_t i = 0; i < use->run.n_parents; i++) {
		const struct cl_run_view parent = {.id = use->run.parents[i], .state = CL_RUN_ACTIVE};

		*ended = use->run.parents[i];
		if (cl_run_is_task(use->run.parent_kinds[i]) && is_over(d, &parent))
			return true;
	}
	return false;
}

static const struct cl_use *use_of_run(const struct cl_use *use, const char *run_id)
{
	for (const struct cl_use *o = use->credential->uses; o; o = o->next)
		if (!strcmp(o->run.id, run_id))
			return o;
	return NULL;
}

static int report(struct cl_detect *d, const struct cl_use *use, const char *ended, const char *by, const char *detail)
{
	const struct cl_use *owner = use_of_run(use, ended);
	struct cl_fact fact = {
		.compared = {ended, by},
		.credential = use->credential,
		.sides = {use},
		.latest = {true},
		.severity = CL_SEVERITY_HIGH,
		.detail = detail,
	};

	if (owner && owner != use) {
		fact.sides[0] = owner;
		fact.sides[1] = use;
		fact.latest[0] = false;
		fact.latest[1] = true;
	}
	return cl_detect_report(d, &cl_detector_use_after_end, &fact);
}

static int on_use(struct cl_detect *d, void *state, const struct cl_use *use)
{
	const struct cl_run_view *home = &use->credential->home;
	const char *ended;

	(void)state;
	if (outlived(d, use, &ended))
		return report(d, use, ended, "survivor", "a process that outlived it");
	if (home->id && strcmp(home->id, use->run.id) && is_over(d, home))
		return report(d, use, home->id, use->run.workflow, "another run");
	return 0;
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	size_t user = fact->sides[1] ? 1 : 0;
	int r = cl_say_credential(out, fact->credential);

	r = r ? r : cl_text_puts(out, " is used after the end of its run by ");
	r = r ? r : cl_text_puts(out, fact->detail ? fact->detail : "another run");
	r = r ? r : cl_text_puts(out, ": ");
	if (user) {
		r = r ? r : cl_text_puts(out, "in ");
		r = r ? r : cl_say_side(out, fact, 0);
		r = r ? r : cl_text_puts(out, ", and ");
	}
	r = r ? r : cl_text_puts(out, "in ");
	return r ? r : cl_say_side(out, fact, user);
}

const struct cl_detector cl_detector_use_after_end = {
	.id = "use-after-end",
	.title = "Credential used after its run ended",
	.use = on_use,
	.describe = describe,
};
