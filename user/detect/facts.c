/* SPDX-License-Identifier: Apache-2.0 */
/* What detectors ask the engine. */
#include <string.h>

#include "detect/engine.h"
#include "detect/snapshot.h"

uint64_t cl_detect_now(const struct cl_detect *d)
{
	return d->now;
}

bool cl_detect_is_baseline(const struct cl_detect *d)
{
	return d->baseline;
}

const struct cl_host *cl_detect_host(const struct cl_detect *d)
{
	return cl_identity_host(d->identity);
}

struct cl_credential *cl_detect_credential(struct cl_detect *d, const uint8_t fp[CL_FP_SIZE])
{
	return cl_holdings_credential(&d->holdings, fp);
}

int cl_detect_each(const struct cl_detect *d, int (*each)(void *ctx, const struct cl_credential *c), void *ctx)
{
	int r = 0;

	for (const struct cl_credential *c = d->holdings.credentials; c && !r; c = c->hh.next)
		r = each(ctx, c);
	return r;
}

const struct cl_process *cl_detect_process(const struct cl_detect *d, struct cl_process_key key)
{
	return cl_identity_process(d->identity, key);
}

bool cl_detect_has_in(const struct cl_detect *d, struct cl_process_key key, const struct cl_credential *c,
		      uint32_t source)
{
	return cl_holder_sources(cl_holdings_holder(&d->holdings, key), c->fp) & (1u << source);
}

bool cl_detect_is_worker(const struct cl_detect *d, struct cl_process_key key)
{
	const struct cl_process *p = cl_identity_process(d->identity, key);

	return p && cl_identity_is_worker(d->identity, p);
}

const struct cl_use *cl_credential_use_in(const struct cl_credential *c, const char *run_id)
{
	return cl_credential_use(c, run_id);
}

uint32_t cl_detect_run_state(const struct cl_detect *d, const struct cl_run_view *run, uint64_t *end)
{
	const struct cl_run *now = cl_identity_run(d->identity, run->id);

	if (!now) {
		*end = run->end;
		return run->state == CL_RUN_ACTIVE ? CL_RUN_ENDED : run->state;
	}
	*end = cl_wall(cl_detect_host(d), now->end);
	return now->state;
}

enum cl_permit cl_detect_permit(const struct cl_detect *d, const struct cl_use *use)
{
	const struct cl_run *run = cl_identity_run(d->identity, use->run.id);
	const struct cl_credential *c = use->credential;
	enum cl_permit permit;

	if (!run)
		return CL_PERMIT_UNSAID;
	if (c->home.id && !strcmp(c->home.id, run->id))
		return CL_PERMIT_YES;
	permit = cl_run_allows_credential(run, c->fp);
	if (permit == CL_PERMIT_NO && c->succession.has_origin)
		permit = cl_run_allows_credential(run, c->succession.origin);
	return permit;
}

uint32_t cl_detect_came(const struct cl_detect *d, struct cl_process_key key, const uint8_t fp[CL_FP_SIZE])
{
	return cl_holder_came(cl_holdings_holder(&d->holdings, key), fp);
}

bool cl_run_view_is_ancestor(const struct cl_run_view *a, const struct cl_run_view *of)
{
	/* Of a very deep nesting only the nearest parents are kept; the host is around everything. */
	if (a->kind == CL_RUN_HOST)
		return strcmp(a->id, of->id);
	for (size_t i = 0; i < of->n_parents; i++)
		if (!strcmp(a->id, of->parents[i]))
			return true;
	return false;
}

bool cl_credential_is_lasting(const struct cl_credential *c)
{
	return c->class != CL_CLASS_EPHEMERAL;
}

const struct cl_act *cl_use_best(const struct cl_use *u)
{
	return &u->acts[u->best];
}

const struct cl_act *cl_use_last(const struct cl_use *u)
{
	return &u->acts[u->last];
}

const struct cl_act *cl_fact_act(const struct cl_fact *fact, size_t side)
{
	return fact->latest[side] ? cl_use_last(fact->sides[side]) : cl_use_best(fact->sides[side]);
}
