/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/coverage.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

bool cl_tier_is_blind(const char *tier)
{
	return !tier || !*tier || !strcmp(tier, "none") || !strcmp(tier, "detached");
}

static void set(char *dst, size_t size, const char *src)
{
	snprintf(dst, size, "%s", src ? src : "");
}

static void apply_act(struct cl_coverage *c, const struct cl_observation *obs)
{
	size_t i;

	for (i = 0; i < c->n_acts; i++)
		if (!strncmp(c->acts[i].act, obs->act, sizeof(c->acts[i].act) - 1))
			break;
	if (i == CL_COVERAGE_ACTS) {
		c->overflow = true;
		return;
	}
	c->n_acts += i == c->n_acts;
	set(c->acts[i].act, sizeof(c->acts[i].act), obs->act);
	set(c->acts[i].tier, sizeof(c->acts[i].tier), obs->tier);
	set(c->acts[i].detail, sizeof(c->acts[i].detail), obs->detail);
}

static void apply_loss(struct cl_coverage *c, const struct cl_observation *obs)
{
	const char *stage = obs->detail ? obs->detail : "lost";
	size_t i;

	for (i = 0; i < c->n_lost; i++)
		if (!strncmp(c->lost[i].act, obs->act, sizeof(c->lost[i].act) - 1) &&
		    !strncmp(c->lost[i].stage, stage, sizeof(c->lost[i].stage) - 1))
			break;
	if (i == CL_COVERAGE_LOSSES) {
		c->overflow = true;
		return;
	}
	c->n_lost += i == c->n_lost;
	set(c->lost[i].act, sizeof(c->lost[i].act), obs->act);
	set(c->lost[i].stage, sizeof(c->lost[i].stage), stage);
	if (__builtin_add_overflow(c->lost[i].count, obs->count, &c->lost[i].count))
		c->lost[i].count = UINT64_MAX;
}

void cl_coverage_apply(struct cl_coverage *c, const struct cl_observation *obs)
{
	if (obs->kind == CL_OBS_COVERAGE && obs->act)
		apply_act(c, obs);
	else if (obs->kind == CL_OBS_LOSS && obs->act && obs->count)
		apply_loss(c, obs);
	else if (obs->kind == CL_OBS_UNCLEAN || obs->kind == CL_OBS_STORE_ANEW)
		c->unclean = true;
}

bool cl_coverage_complete(const struct cl_coverage *c)
{
	for (size_t i = 0; i < c->n_acts; i++)
		if (cl_tier_is_blind(c->acts[i].tier))
			return false;
	return c->n_acts && !c->n_lost && !c->overflow && !c->unclean;
}

void cl_coverage_json(const struct cl_coverage *c, cJSON *finding)
{
	cJSON *o = cl_json_obj(finding, "coverage"), *acts, *lost;

	cl_json_bool(o, "complete", cl_coverage_complete(c));
	acts = cl_json_arr(o, "acts");
	for (size_t i = 0; i < c->n_acts; i++) {
		cJSON *a = cl_json_push(acts);

		cl_json_str(a, "act", c->acts[i].act);
		cl_json_str(a, "tier", *c->acts[i].tier ? c->acts[i].tier : "none");
		cl_json_str(a, "detail", *c->acts[i].detail ? c->acts[i].detail : NULL);
	}
	lost = cl_json_arr(o, "lost");
	for (size_t i = 0; i < c->n_lost; i++) {
		cJSON *l = cl_json_push(lost);

		cl_json_str(l, "act", c->lost[i].act);
		cl_json_str(l, "stage", c->lost[i].stage);
		cl_json_num(l, "count", (double)c->lost[i].count);
	}
}
