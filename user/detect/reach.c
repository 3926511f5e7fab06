/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/reach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "credlineage/event.h"
#include "detect/snapshot.h"
#include "detect/touch.h"

#define BIT(source) (1u << (source))
#define CHAIN_COUNTED 4096

/* ---- what is there to be had ---- */

static bool is_below(const struct cl_process *p, const struct cl_process *above)
{
	for (size_t n = 0; p && n < CHAIN_COUNTED; n++, p = p->parent)
		if (p->parent == above)
			return true;
	return false;
}

/*
 * Of where the target has it from, what this way leads to. A descriptor tells of itself when it is received; who asks to
 * be traced is not taken from.
 */
static uint32_t sources_in_reach(uint32_t how)
{
	switch (how) {
	case CL_ACCESS_PTRACE:
	case CL_ACCESS_VM_READ:
	case CL_ACCESS_MEM:
		return UINT32_MAX;
	case CL_ACCESS_ENVIRON:
		return BIT(CL_SOURCE_ENVIRONMENT);
	default:
		return 0;
	}
}

size_t cl_detect_laid_open(const struct cl_detect *d, const struct cl_observation *obs, uint8_t (*out)[CL_FP_SIZE],
			   size_t max)
{
	const struct cl_holder *target = cl_holdings_holder(&d->holdings, obs->child);
	const struct cl_holder *own = cl_holdings_holder(&d->holdings, obs->process);
	const struct cl_process *actor = cl_identity_process(d->identity, obs->process);
	const struct cl_process *holder = cl_identity_process(d->identity, obs->child);
	uint32_t sources = sources_in_reach(obs->how);
	size_t n = 0;

	if (obs->how == CL_ACCESS_ENVIRON && actor && cl_touch_only_shows(actor))
		return 0;
	if (!target || !actor || (holder && holder->run == actor->run && is_below(holder, actor)))
		return 0;
	for (size_t i = 0; i < target->n && n < max; i++) {
		const uint8_t *fp = target->held[i].fp;

		/* What only a program before this one had is not in its memory. */
		if (!(target->held[i].sources & sources) || cl_holder_had(target, fp) ||
		    (cl_holder_sources(own, fp) & ~BIT(CL_SOURCE_REACHED)))
			continue;
		memcpy(out[n++], fp, CL_FP_SIZE);
	}
	return n;
}

/* ---- who has it then ---- */

static int reached(struct cl_detect *d, const struct cl_process *actor, const uint8_t fp[CL_FP_SIZE], const char *what,
		   uint32_t basis)
{
	struct cl_credential *c = cl_holdings_credential(&d->holdings, fp);
	struct cl_act act = {.how = CL_USE_REACHED, .basis = basis};
	struct cl_use *u;
	int r;

	if (!c)
		return 0;
	r = cl_dup_bounded(&act.name, what, CL_NAME_SHOWN);
	r = r ? r : cl_holdings_hold(&d->holdings, actor->key, fp, CL_SOURCE_REACHED);
	r = r ? r : cl_acts_enter(d, c, actor, &act, &u);
	free(act.name);
	return r;
}

static const char *part_of(uint32_t how)
{
	return how == CL_ACCESS_ENVIRON ? "the environment of " : "the memory of ";
}

int cl_reach_apply(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	_cleanup_text_ struct cl_text what = {0};
	uint8_t fps[CL_HELD_MAX][CL_FP_SIZE];
	size_t n = cl_detect_laid_open(d, obs, fps, CL_HELD_MAX);
	int r = n ? cl_text_puts(&what, part_of(obs->how)) : 0;

	if (n && !r)
		r = cl_say_process(&what, cl_detect_process(d, obs->child), obs->child);
	for (size_t i = 0; i < n && !r; i++)
		r = reached(d, actor, fps[i], cl_text_str(&what), CL_BASIS_INFERRED);
	return r;
}

bool cl_reach_is_environ(const struct cl_observation *obs)
{
	return obs->kind == CL_OBS_READ && obs->store && !strcmp(obs->store, "proc_environ");
}

int cl_reach_read(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	char what[CL_NAME_SHOWN];
	struct cl_credential *c;
	int r = 0;

	if (cl_touch_only_shows(actor))
		return 0;
	snprintf(what, sizeof(what), "%s", obs->path ? obs->path : "the environment of another process");
	for (size_t i = 0; i < obs->n_sightings && !r; i++) {
		const struct cl_sighting *s = &obs->sightings[i];

		/* Its own, or what it reached by the open before. */
		if (cl_holder_sources(cl_holdings_holder(&d->holdings, actor->key), s->fp))
			continue;
		r = cl_holdings_enter(&d->holdings, s, d->now, &c);
		r = r ? r : reached(d, actor, s->fp, what, CL_BASIS_OBSERVED);
	}
	return r;
}
