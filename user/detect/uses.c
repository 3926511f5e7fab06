/* SPDX-License-Identifier: Apache-2.0 */
/* One use: what a run did with a credential, and where it went. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/holdings.h"
#include "detect/snapshot.h"

static void act_free(struct cl_act *a)
{
	free(a->name);
	free(a->path);
	free(a->destination);
	free(a->asked);
	cl_snapshot_unref(&a->process);
}

static int act_copy(struct cl_act *out, const struct cl_act *a)
{
	struct cl_act copy = {
		.how = a->how,
		.basis = a->basis,
		.line = a->line,
		.inherited = a->inherited,
		.unverified = a->unverified,
		.first = a->first,
		.latest = a->latest,
		.count = a->count ? a->count : 1,
	};
	int r = cl_dup_bounded(&copy.name, a->name, CL_NAME_SHOWN);

	r = r ? r : cl_dup_bounded(&copy.path, a->path, CL_PATH_SHOWN);
	r = r ? r : cl_dup_bounded(&copy.destination, a->destination, CL_PATH_SHOWN);
	r = r ? r : cl_dup_bounded(&copy.asked, a->asked, CL_PATH_SHOWN);
	if (r) {
		act_free(&copy);
		return r;
	}
	copy.process = cl_snapshot_ref(a->process);
	*out = copy;
	return 0;
}

static bool same_text(const char *a, const char *b, size_t max)
{
	return a && b ? !strncmp(a, b, max) : a == b;
}

static bool same_act(const struct cl_act *a, const struct cl_act *b)
{
	return a->how == b->how && a->inherited == b->inherited && a->unverified == b->unverified &&
	       a->process == b->process && a->line == b->line && same_text(a->name, b->name, CL_NAME_SHOWN - 4) &&
	       same_text(a->path, b->path, CL_PATH_SHOWN - 4) &&
	       same_text(a->destination, b->destination, CL_PATH_SHOWN - 4) &&
	       same_text(a->asked, b->asked, CL_PATH_SHOWN - 4);
}

static void count_again(struct cl_use *u, size_t i, const struct cl_act *act)
{
	u->acts[i].count += act->count ? act->count : 1;
	u->acts[i].latest = act->latest > u->acts[i].latest ? act->latest : u->acts[i].latest;
	u->last = i;
}

bool cl_use_count_heir(struct cl_use *u, const struct cl_act *act)
{
	for (size_t i = 0; i < u->n_acts; i++) {
		const struct cl_act *a = &u->acts[i];

		if (!a->inherited || a->how != act->how || a->basis != act->basis || !a->process ||
		    !same_text(a->name, act->name, CL_NAME_SHOWN - 4))
			continue;
		count_again(u, i, act);
		return true;
	}
	return false;
}

/* More than to have it: inherited, or seen in another process. */
static bool is_use(const struct cl_act *a)
{
	return !a->inherited && a->how != CL_USE_REACHED;
}

/* Where a new act goes when all places are taken. */
static size_t act_victim(const struct cl_use *u)
{
	size_t victim = CL_USE_ACTS;

	for (size_t i = 0; i < u->n_acts; i++)
		if (i != u->best && i != u->last &&
		    (victim == CL_USE_ACTS || u->acts[i].latest < u->acts[victim].latest))
			victim = i;
	return victim;
}

int cl_use_act(struct cl_use *u, const struct cl_act *act)
{
	struct cl_act copy;
	size_t i;
	int r;

	for (i = 0; i < u->n_acts; i++) {
		if (!same_act(&u->acts[i], act))
			continue;
		count_again(u, i, act);
		return 0;
	}
	r = act_copy(&copy, act);
	if (r)
		return r;
	if (u->n_acts < CL_USE_ACTS) {
		i = u->n_acts++;
	} else {
		i = act_victim(u);
		act_free(&u->acts[i]);
		u->acts_cut++;
	}
	u->acts[i] = copy;
	u->last = i;
	if (u->n_acts == 1 || (!is_use(&u->acts[u->best]) && is_use(act)))
		u->best = i;
	u->used |= is_use(act);
	u->reached = (u->reached || u->n_acts == 1) && act->how == CL_USE_REACHED;
	return 0;
}

int cl_use_destination(struct cl_use *u, const struct cl_destination *d)
{
	struct cl_destination copy = {.transport = d->transport, .port = d->port};
	int r;

	for (size_t i = 0; i < u->n_destinations; i++)
		if (same_text(u->destinations[i].id, d->id, CL_PATH_SHOWN))
			return *u->destinations[i].hosts
				       ? 0
				       : cl_dup_bounded(u->destinations[i].hosts, *d->hosts, CL_NAME_SHOWN);
	if (u->n_destinations == CL_USE_DESTINATIONS) {
		u->destinations_cut++;
		return 0;
	}
	r = cl_dup_bounded(&copy.id, d->id, CL_PATH_SHOWN);
	r = r ? r : cl_dup_bounded(&copy.address, d->address, CL_NAME_SHOWN);
	r = r ? r : cl_dup_bounded(copy.hosts, *d->hosts, CL_NAME_SHOWN);
	if (r) {
		free(copy.address);
		free(copy.id);
		return r;
	}
	u->destinations[u->n_destinations++] = copy;
	return 0;
}

void cl_use_free(struct cl_use **p)
{
	struct cl_use *u = TAKE_PTR(*p);

	if (!u)
		return;
	for (size_t i = 0; i < u->n_acts; i++)
		act_free(&u->acts[i]);
	for (size_t i = 0; i < u->n_destinations; i++) {
		free(u->destinations[i].id);
		free(u->destinations[i].address);
		free(*u->destinations[i].hosts);
	}
	cl_run_view_free(&u->run);
	free(u);
}

int cl_use_alone(const struct cl_run *run, const struct cl_host *host, struct cl_use **out)
{
	struct cl_use *u = calloc(1, sizeof(*u));
	int r = u ? cl_run_view_copy(&u->run, run, host) : -ENOMEM;

	if (r) {
		free(u);
		return r;
	}
	u->workflow_hash = cl_fnv1a(u->run.workflow, strlen(u->run.workflow));
	*out = u;
	return 0;
}

int cl_use_dup(struct cl_use **out, const struct cl_use *use)
{
	struct cl_use *copy = calloc(1, sizeof(*copy));
	int r = copy ? cl_run_view_dup(&copy->run, &use->run) : -ENOMEM;

	for (size_t i = 0; i < use->n_acts && !r; i++) {
		r = act_copy(&copy->acts[i], &use->acts[i]);
		copy->n_acts += !r;
	}
	for (size_t i = 0; i < use->n_destinations && !r; i++)
		r = cl_use_destination(copy, &use->destinations[i]);
	if (r) {
		cl_use_free(&copy);
		return r;
	}
	copy->workflow_hash = use->workflow_hash;
	copy->used = use->used;
	copy->reached = use->reached;
	copy->best = use->best;
	copy->last = use->last;
	copy->acts_cut = use->acts_cut;
	copy->destinations_cut = use->destinations_cut;
	*out = copy;
	return 0;
}
