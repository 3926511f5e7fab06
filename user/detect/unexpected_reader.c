/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody reads a credential store who is not among those that are known to read it: Medium, Low when it is a person
 * of a login session who looks at it (touch.h says who is who). Stores of which the readers are not known give nothing,
 * nor does a file in which nothing secret is found. Lifetime and basis change nothing: what was read is told by the
 * reader, not by the value. What a piece of work reads without a pause of a minute, with whatever programs, is one
 * finding, named after the first of them and of the stores, counted with each further read. A piece of work is the run;
 * in surroundings (host, session) what began with a program of the same name below a shell or daemon.
 *
 * Work that was declared with the credentials that it needs expects no others, whatever program reads them, or has them
 * in its environment or arguments without having inherited them: Medium, one finding per workflow and credential. What
 * handles all files alike does not count, nor does a file in which one of them lies, too, nor what was issued to the
 * run.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/burst.h"
#include "detect/snapshot.h"
#include "detect/touch.h"

static int start(void **state)
{
	*state = calloc(1, sizeof(struct cl_bursts));
	return *state ? 0 : -ENOMEM;
}

static void stop(void **state)
{
	struct cl_bursts *g = *state;

	if (g)
		cl_bursts_free(g);
	free(g);
	*state = NULL;
}

static uint32_t severity(enum cl_touch how)
{
	switch (how) {
	case CL_TOUCH_STRANGER:
		return CL_SEVERITY_MEDIUM;
	case CL_TOUCH_HAND:
		return CL_SEVERITY_LOW;
	default:
		return CL_SEVERITY_NONE;
	}
}

/* The read enters what this program read so far. */
static int enter(struct cl_detect *d, struct cl_burst *g, const struct cl_observation *obs,
		 const struct cl_process *actor)
{
	struct cl_act act = {
		.how = CL_USE_READ,
		.basis = CL_BASIS_OBSERVED,
		.unverified = obs->unverified,
		.line = obs->n_sightings ? obs->sightings[0].line : 0,
		.count = 1 + (uint64_t)obs->repeats,
	};
	int r = cl_dup_bounded(&act.path, obs->path, CL_PATH_SHOWN);

	r = r ? r : cl_dup_bounded(&act.asked, obs->filename, CL_PATH_SHOWN);
	r = r ? r : cl_detect_gather(d, actor, &act, NULL, &g->use);
	free(act.path);
	free(act.asked);
	if (!g->of_credential && obs->n_sightings && !obs->exempt) {
		g->of_credential = true;
		memcpy(g->fp, obs->sightings[0].fp, CL_FP_SIZE);
	}
	return r;
}

static int say_key(const struct cl_process *actor, struct cl_text *key)
{
	_cleanup_text_ struct cl_text began = {0};
	int r = cl_text_puts(key, actor->run->id);

	if (r || !cl_run_is_ambient(actor->run->kind))
		return r;
	r = cl_say_program(&began, cl_touch_root(actor));
	return r ? r : cl_text_printf(key, "\n%s", cl_text_str(&began));
}

static int report(struct cl_detect *d, struct cl_bursts *all, const struct cl_observation *obs,
		  const struct cl_process *actor, uint32_t how_bad)
{
	_cleanup_text_ struct cl_text program = {0}, key = {0}, lead = {0}, detail = {0};
	struct cl_fact fact = {.severity = how_bad, .gathered = true, .latest = {true}};
	struct cl_burst *g;
	int r = cl_say_program(&program, actor);

	r = r ? r : say_key(actor, &key);
	r = r ? r : cl_text_printf(&lead, "%s\n%s", cl_text_str(&program), obs->store);
	g = r ? NULL : cl_burst_of(all, cl_text_str(&key), cl_text_str(&lead), cl_detect_now(d));
	if (!g)
		return -ENOMEM;
	r = enter(d, g, obs, actor);
	r = r ? r : cl_text_puts(&detail, obs->owner ? obs->owner : obs->store);
	if (r)
		return r;
	fact.compared[0] = actor->run->workflow;
	fact.compared[1] = g->lead;
	fact.credential = g->of_credential ? cl_detect_credential(d, g->fp) : NULL;
	fact.sides[0] = g->use;
	fact.detail = cl_text_str(&detail);
	return cl_detect_report(d, &cl_detector_unexpected_reader, &fact);
}

/* ---- what a run was not declared to need ---- */

static int report_undeclared(struct cl_detect *d, const struct cl_use *use)
{
	struct cl_fact fact = {
		.compared = {use->run.workflow, "undeclared"},
		.credential = use->credential,
		.sides = {use},
		.severity = CL_SEVERITY_MEDIUM,
	};

	return cl_detect_report(d, &cl_detector_unexpected_reader, &fact);
}

static const struct cl_use *use_of(struct cl_detect *d, const struct cl_sighting *s, const struct cl_process *actor)
{
	const struct cl_credential *c = cl_detect_credential(d, s->fp);

	return c ? cl_credential_use_in(c, actor->run->id) : NULL;
}

/* Who needs one credential of a file cannot but read what else is in it. */
static int on_undeclared_read(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	int r = 0;

	for (size_t i = 0; i < obs->n_sightings; i++) {
		const struct cl_use *use = use_of(d, &obs->sightings[i], actor);

		if (!use || cl_detect_permit(d, use) != CL_PERMIT_NO)
			return 0;
	}
	for (size_t i = 0; i < obs->n_sightings && !r; i++) {
		const struct cl_use *use = use_of(d, &obs->sightings[i], actor);

		r = use ? report_undeclared(d, use) : 0;
	}
	return r;
}

/* A read is judged when it is known whose hand it was (observe). */
static int on_use(struct cl_detect *d, void *state, const struct cl_use *use)
{
	const struct cl_act *act = cl_use_last(use);
	bool given = act->how == CL_USE_ENVIRONMENT || act->how == CL_USE_ARGUMENTS;

	(void)state;
	if (!given || act->inherited || cl_detect_is_baseline(d) || cl_detect_permit(d, use) != CL_PERMIT_NO)
		return 0;
	return report_undeclared(d, use);
}

static int observe(struct cl_detect *d, void *state, const struct cl_observation *obs, const struct cl_process *actor)
{
	enum cl_touch how = CL_TOUCH_NOBODY;
	int r = 0;

	if (obs->kind != CL_OBS_READ || !actor)
		return 0;
	if (obs->store)
		r = cl_detect_touch(d, obs, actor, &how);
	if (r)
		return r;
	if (obs->store && obs->readers && cl_touch_counts(obs) && severity(how))
		return report(d, state, obs, actor, severity(how));
	return how == CL_TOUCH_BYSTANDER || obs->exempt ? 0 : on_undeclared_read(d, obs, actor);
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	int r;

	if (!fact->gathered) {
		r = cl_say_credential(out, fact->credential);
		r = r ? r : cl_text_puts(out, " is none of those that the work was declared to need: in ");
		return r ? r : cl_say_side(out, fact, 0);
	}
	r = cl_text_puts(out, "a credential store of ");

	r = r ? r : cl_text_puts(out, fact->detail ? fact->detail : "another program");
	r = r ? r : cl_text_puts(out, " was read by a program that is not known to read it: in ");
	return r ? r : cl_say_side(out, fact, 0);
}

const struct cl_detector cl_detector_unexpected_reader = {
	.id = "unexpected-reader",
	.title = "Credential store read by a program that is not known to read it",
	.start = start,
	.stop = stop,
	.use = on_use,
	.observe = observe,
	.describe = describe,
};
