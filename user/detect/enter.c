/* SPDX-License-Identifier: Apache-2.0 */
/* Enters acts into the uses of a credential, with the picture of who acted, and settles whose the credential is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/engine.h"
#include "detect/reach.h"
#include "detect/snapshot.h"

/* The snapshot of a process's image: made once, kept with what the process holds. */
static int snapshot(struct cl_detect *d, const struct cl_process *actor, struct cl_snapshot **out)
{
	struct cl_holder *holder = cl_holdings_holder(&d->holdings, actor->key);
	struct cl_snapshot *s = NULL;
	int r;

	if (holder && holder->snapshot && cl_snapshot_shows(holder->snapshot, actor)) {
		*out = cl_snapshot_ref(holder->snapshot);
		return 0;
	}
	r = cl_snapshot_new(&s, actor, cl_detect_host(d));
	if (r)
		return r;
	if (holder) {
		cl_snapshot_unref(&holder->snapshot);
		holder->snapshot = cl_snapshot_ref(s);
	}
	*out = s;
	return 0;
}

/*
 * Whether who has it for the first time has it as its own. What is handed to a run by environment or arguments is. A
 * file is where people and services keep what serves them from one run to the next (the session of a tool that logged
 * in, which it renews there): only runs that get credentials of their own have them in files, and not in such that
 * had been there before.
 */
static bool is_issued(const struct cl_run *run, const struct cl_act *act)
{
	if (cl_run_is_ambient(run->kind))
		return false;
	if (act->how != CL_USE_READ)
		return true;
	if (run->kind == CL_RUN_POD)
		return true;
	return (run->kind == CL_RUN_CI_JOB || run->kind == CL_RUN_DECLARED) && !act->standing;
}

/*
 * An ephemeral credential belongs to the run in which it was first seen, if it was issued to that. What comes from the
 * store may come in any order: the earliest use decides.
 */
static int settle(struct cl_detect *d, struct cl_credential *c, const struct cl_run *run, const struct cl_act *act)
{
	struct cl_run_view home = {0};
	int r = 0;

	/* What is seen happening (its process is known) comes after all of that, even when the clock was set back. */
	if (c->class != CL_CLASS_EPHEMERAL || c->declared || (c->n_uses && (act->process || d->now >= c->first_use)))
		return 0;
	c->first_use = d->now;
	if (is_issued(run, act))
		r = cl_run_view_copy(&home, run, cl_detect_host(d));
	if (r)
		return r;
	cl_run_view_free(&c->home);
	c->home = home;
	return 0;
}

static int enter_use(struct cl_detect *d, struct cl_credential *c, const struct cl_run *run, struct cl_act *act,
		     const struct cl_destination *to, struct cl_use **out)
{
	struct cl_use *u = NULL;
	int r = settle(d, c, run, act);

	r = r ? r : cl_holdings_use(&d->holdings, c, run, cl_detect_host(d), &u);
	if (r)
		return r;
	act->first = act->latest = d->now;
	r = cl_use_act(u, act);
	if (!r && to)
		r = cl_use_destination(u, to);
	if (r)
		return r;
	*out = u;
	return 0;
}

/*
 * A job with a token in its environment passes it to thousands of processes. Each one more that only inherits tells
 * nothing new: it is counted with the first of them, without a picture of its own. After an end it matters who it is.
 */
static struct cl_use *one_more_heir(const struct cl_credential *c, const struct cl_process *actor,
				    const struct cl_act *act)
{
	struct cl_use *u;

	if (!act->inherited || actor->run->state != CL_RUN_ACTIVE || (c->home.id && strcmp(c->home.id, actor->run->id)))
		return NULL;
	u = cl_credential_use(c, actor->run->id);
	return u && cl_use_count_heir(u, act) ? u : NULL;
}

static int enter(struct cl_detect *d, struct cl_credential *c, const struct cl_process *actor, struct cl_act *act,
		 const struct cl_destination *to, struct cl_use **out)
{
	int r = snapshot(d, actor, &act->process);

	r = r ? r : enter_use(d, c, actor->run, act, to, out);
	cl_snapshot_unref(&act->process);
	return r;
}

int cl_acts_use(struct cl_detect *d, struct cl_credential *c, const struct cl_process *actor, struct cl_act *act,
		const struct cl_destination *to)
{
	struct cl_use *u;
	int r;

	act->first = act->latest = d->now;
	u = one_more_heir(c, actor, act);
	r = u ? 0 : enter(d, c, actor, act, to, &u);
	return r ? r : cl_detect_offer(d, u);
}

int cl_detect_gather(struct cl_detect *d, const struct cl_process *actor, struct cl_act *act,
		     const struct cl_destination *to, struct cl_use **use)
{
	int r = *use ? 0 : cl_use_alone(actor->run, cl_detect_host(d), use);

	r = r ? r : snapshot(d, actor, &act->process);
	if (r)
		return r;
	act->first = act->latest = d->now;
	r = cl_use_act(*use, act);
	if (!r && to)
		r = cl_use_destination(*use, to);
	cl_snapshot_unref(&act->process);
	return r;
}

int cl_acts_enter(struct cl_detect *d, struct cl_credential *c, const struct cl_process *actor, struct cl_act *act,
		  struct cl_use **out)
{
	return enter(d, c, actor, act, NULL, out);
}

/* From the store: enters silently. A variable may have been inherited; the weaker claim is made. */
int cl_acts_known_use(struct cl_detect *d, const struct cl_observation *obs)
{
	const struct cl_run *run = obs->run_id ? cl_identity_run(d->identity, obs->run_id) : NULL;
	uint64_t now = d->now;
	int r = 0;

	if (!run)
		return 0;
	d->now = obs->since ? obs->since : now;
	for (size_t i = 0; i < obs->n_sightings && !r; i++) {
		const struct cl_sighting *s = &obs->sightings[i];
		struct cl_act act = {
			.how = s->source == CL_SOURCE_ENVIRONMENT ? CL_USE_ENVIRONMENT
			       : s->source == CL_SOURCE_ARGUMENTS ? CL_USE_ARGUMENTS
								  : CL_USE_READ,
			.basis = CL_BASIS_OBSERVED,
			.line = s->line,
			.inherited = s->source == CL_SOURCE_ENVIRONMENT || s->source == CL_SOURCE_DESCRIPTOR,
		};
		struct cl_credential *c = NULL;
		struct cl_use *u;

		r = cl_dup_bounded(&act.name, s->name, CL_NAME_SHOWN);
		r = r ? r : cl_dup_bounded(&act.path, obs->path, CL_PATH_SHOWN);
		r = r ? r : cl_holdings_enter(&d->holdings, s, d->now, &c);
		r = r ? r : enter_use(d, c, run, &act, NULL, &u);
		free(act.name);
		free(act.path);
	}
	d->now = now;
	return r;
}
