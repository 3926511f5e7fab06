/* SPDX-License-Identifier: Apache-2.0 */
/* Old and new value of one place: which took whose place, and what follows from it. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "detect/engine.h"
#include "detect/snapshot.h"

#define STEPS_MAX 8 /* successors of a successor that are looked for */

/* A value that turns up as another one's successor and had no use before goes on under that one's origin. */
static int link_values(struct cl_detect *d, const uint8_t from[CL_FP_SIZE], const struct cl_sighting *to, bool fresh,
		       uint64_t when)
{
	struct cl_credential *old = cl_holdings_credential(&d->holdings, from), *new = NULL;
	int r = cl_holdings_enter(&d->holdings, to, when, &new);

	if (r)
		return r;
	/* Entering the new one may have pushed the old one out. */
	old = old ? cl_holdings_credential(&d->holdings, from) : NULL;
	memcpy(new->succession.from, from, CL_FP_SIZE);
	new->succession.has_from = true;
	new->succession.since = when;
	if (fresh && !new->succession.has_origin) {
		memcpy(new->succession.origin, old && old->succession.has_origin ? old->succession.origin : from,
		       CL_FP_SIZE);
		new->succession.has_origin = memcmp(new->succession.origin, new->fp, CL_FP_SIZE);
	}
	if (!old)
		return 0;
	memcpy(old->succession.to, new->fp, CL_FP_SIZE);
	old->succession.has_to = true;
	old->succession.since = when;
	return 0;
}

int cl_detect_rotated(struct cl_detect *d, const struct cl_observation *obs, const uint8_t from[CL_FP_SIZE],
		      const uint8_t to[CL_FP_SIZE])
{
	const struct cl_credential *known = cl_holdings_credential(&d->holdings, to);

	for (size_t i = 0; i < obs->n_sightings && !obs->exempt; i++)
		if (!memcmp(obs->sightings[i].fp, to, CL_FP_SIZE))
			return link_values(d, from, &obs->sightings[i], !known || !known->n_uses,
					   cl_wall(cl_detect_host(d), obs->ts));
	return 0;
}

int cl_succession_restore(struct cl_detect *d, const struct cl_observation *obs)
{
	if (obs->n_sightings != 2)
		return 0;
	return link_values(d, obs->sightings[0].fp, &obs->sightings[1], obs->count, obs->since ? obs->since : d->now);
}

bool cl_detect_is_replaced(const struct cl_detect *d, struct cl_process_key key, const struct cl_credential *c)
{
	const struct cl_holder *holder = cl_holdings_holder(&d->holdings, key);

	for (int i = 0; i < STEPS_MAX && c && c->succession.has_to; i++) {
		/* Back to a value of before: neither is the older one. */
		if (c->succession.has_from && !memcmp(c->succession.from, c->succession.to, CL_FP_SIZE))
			return false;
		if (cl_holder_sources(holder, c->succession.to))
			return true;
		c = cl_holdings_credential(&d->holdings, c->succession.to);
	}
	return false;
}

void cl_succession_json(const struct cl_credential *c, cJSON *credential)
{
	const struct cl_succession *s = &c->succession;
	char fp[CL_FP_TEXT];

	if (s->has_from)
		cl_json_str(credential, "rotated_from", cl_fp_format(fp, s->from));
	if (s->has_to)
		cl_json_str(credential, "rotated_to", cl_fp_format(fp, s->to));
	if (!s->has_from && !s->has_to)
		return;
	cl_json_time(credential, "rotated_at", s->since);
	cl_json_str(credential, "rotation_basis", cl_basis_name(CL_BASIS_INFERRED));
}

int cl_succession_say(struct cl_text *out, const struct cl_credential *c)
{
	char fp[CL_FP_TEXT];

	if (!c->succession.has_to)
		return 0;
	return cl_text_printf(out, "; %s has taken its place since (inferred)", cl_fp_format(fp, c->succession.to));
}
