/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "detect/engine.h"
#include "detect/frameworks.h"
#include "detect/snapshot.h"

static const struct cl_detector *const detectors[] = {
	&cl_detector_cross_workflow_reuse,    &cl_detector_cross_run_reuse,	 &cl_detector_delegated_credential,
	&cl_detector_use_after_end,	      &cl_detector_use_after_expiry,	 &cl_detector_use_after_revocation,
	&cl_detector_process_scrape,	      &cl_detector_coverage_degraded,	 &cl_detector_new_destination,
	&cl_detector_cross_environment_reuse, &cl_detector_long_lived,		 &cl_detector_unexpected_reader,
	&cl_detector_credential_sweep,	      &cl_detector_exposed_in_arguments, &cl_detector_credential_copied,
};
_Static_assert(ARRAY_SIZE(detectors) <= CL_DETECTORS_MAX, "CL_DETECTORS_MAX");

const char *const *cl_detector_ids(void)
{
	static const char *ids[ARRAY_SIZE(detectors) + 1];

	for (size_t i = 0; i < ARRAY_SIZE(detectors); i++)
		ids[i] = detectors[i]->id;
	return ids;
}

static void use_leaves(void *ctx, const struct cl_use *u)
{
	cl_reports_use_leaves(ctx, u);
}

int cl_detect_new(struct cl_detect **out, struct cl_identity *identity, struct cl_graph *graph,
		  const struct cl_detect_limits *limits, void (*report)(void *ctx, const cJSON *finding), void *ctx)
{
	struct cl_detect *d = calloc(1, sizeof(*d));
	int r = d ? cl_frameworks_load(&d->frameworks, NULL) : -ENOMEM;

	r = r ? r : cl_rulebook_open(&d->rulebook);
	if (r) {
		cl_detect_free(&d);
		return r;
	}
	d->identity = identity;
	d->graph = graph;
	d->limits = *limits;
	d->report = report;
	d->ctx = ctx;
	d->holdings = (struct cl_holdings){
		.max_credentials = limits->max_credentials ? limits->max_credentials : 1,
		.max_uses = limits->max_uses_per_credential ? limits->max_uses_per_credential : 1,
		.stats = &d->stats,
		.evicting = use_leaves,
		.ctx = d,
	};
	for (; d->started < ARRAY_SIZE(detectors) && !r; d->started += !r)
		if (detectors[d->started]->start)
			r = detectors[d->started]->start(&d->states[d->started]);
	if (r) {
		cl_detect_free(&d);
		return r;
	}
	*out = d;
	return 0;
}

void cl_detect_free(struct cl_detect **p)
{
	struct cl_detect *d = TAKE_PTR(*p);

	if (!d)
		return;
	while (d->started--)
		if (detectors[d->started]->stop)
			detectors[d->started]->stop(&d->states[d->started]);
	cl_reports_free(d);
	cl_policies_free(&d->policies);
	cl_rulebook_free(&d->rulebook);
	cl_holdings_free(&d->holdings);
	cJSON_Delete(d->frameworks);
	free(d);
}

void cl_detect_tell_acts(struct cl_detect *d, void (*act)(void *ctx, const cJSON *act), bool (*room)(void *ctx),
			 void *ctx)
{
	d->act = act;
	d->act_room = room;
	d->act_ctx = ctx;
}

/* The time is in it: nobody can choose a name or a path that gives two acts one id. */
static int name_act(cJSON *act)
{
	static const char *const parts[] = {"last",
					    "credential.fingerprint",
					    "sides.0.process.id",
					    "sides.0.use.how",
					    "sides.0.use.path",
					    "sides.0.use.name",
					    "sides.0.use.destination"};
	_cleanup_text_ struct cl_text t = {0};
	char id[32];
	int r = cl_text_printf(&t, "%.0f\n", cl_json_get_num(act, "sides.0.use.line"));

	for (size_t i = 0; i < ARRAY_SIZE(parts) && !r; i++)
		r = cl_text_printf(&t, "%s\n", cl_json_get_str(act, parts[i]));
	if (r)
		return r;
	snprintf(id, sizeof(id), "act-%016llx", (unsigned long long)cl_fnv1a(cl_text_str(&t), t.len));
	cl_json_str(act, "id", id);
	return 0;
}

static int tell_act(const struct cl_detect *d, const struct cl_use *u)
{
	_cleanup_json_ cJSON *act = NULL;
	int r;

	if (!d->act || d->baseline || (d->act_room && !d->act_room(d->act_ctx)))
		return 0;
	r = cl_act_build(d, u, &act);
	r = r ? r : name_act(act);
	if (!r)
		d->act(d->act_ctx, act);
	return r;
}

int cl_detect_offer(struct cl_detect *d, const struct cl_use *u)
{
	int r = tell_act(d, u);

	d->acting = u;
	for (size_t i = 0; i < ARRAY_SIZE(detectors) && !r; i++)
		if (detectors[i]->use)
			r = detectors[i]->use(d, d->states[i], u);
	d->acting = NULL;
	return r ? r : cl_policies_settle(d, u->credential);
}

void cl_detect_join(struct cl_detect *d, const uint8_t later[CL_FP_SIZE], const uint8_t first[CL_FP_SIZE])
{
	cl_policies_join(&d->policies, later, first);
	d->stats.policies = HASH_COUNT(d->policies.entries);
}

int cl_detect_apply(struct cl_detect *d, const struct cl_observation *obs, struct cl_process *actor,
		    struct cl_run *ended)
{
	int r = 0;

	(void)ended; /* detectors ask for a run's state when they compare; ends alone are no finding yet */
	if (obs->ts)
		d->now = cl_wall(cl_detect_host(d), obs->ts);
	d->touch = 0;
	d->baseline = obs->kind == CL_OBS_PROCESS || obs->kind == CL_OBS_RUN_BEGIN || obs->kind == CL_OBS_HELD;
	cl_coverage_apply(&d->coverage, obs);
	if (obs->kind == CL_OBS_KNOWN_USE)
		r = cl_acts_known_use(d, obs);
	else if (obs->kind == CL_OBS_KNOWN_FINDING)
		r = cl_reports_restore(d, obs);
	else if (obs->kind == CL_OBS_KNOWN_ROTATION)
		r = cl_succession_restore(d, obs);
	else if (obs->kind == CL_OBS_POLICY)
		r = cl_policies_apply(d, obs);
	else if (obs->kind == CL_OBS_RULES)
		r = cl_rulebook_apply(d, obs);
	else if (actor)
		r = cl_acts_apply(d, obs, actor);
	for (size_t i = 0; i < ARRAY_SIZE(detectors) && !r; i++)
		if (detectors[i]->observe)
			r = detectors[i]->observe(d, d->states[i], obs, actor);
	if (obs->kind == CL_OBS_TICK)
		cl_reports_send(d, false);
	return r;
}

void cl_detect_coverage(const struct cl_detect *d, cJSON *object)
{
	cl_coverage_json(&d->coverage, object);
}

void cl_detect_flush(struct cl_detect *d)
{
	cl_reports_send(d, true);
}

size_t cl_detect_holding(const struct cl_detect *d, struct cl_process_key key, uint8_t (*out)[CL_FP_SIZE], size_t max)
{
	const struct cl_holder *holder = cl_holdings_holder(&d->holdings, key);
	size_t n = 0;

	for (size_t i = 0; holder && i < holder->n && n < max; i++) {
		const struct cl_credential *c = cl_holdings_credential(&d->holdings, holder->held[i].fp);

		if (!cl_held_is_given(&holder->held[i]) && (!c || !cl_detect_is_replaced(d, key, c)))
			memcpy(out[n++], holder->held[i].fp, CL_FP_SIZE);
	}
	return n;
}

size_t cl_detect_in_hand(const struct cl_detect *d, const struct cl_process *p, uint8_t (*out)[CL_FP_SIZE], size_t max)
{
	const struct cl_holder *holder = cl_holdings_holder(&d->holdings, p->key);
	const struct cl_holder *parent = cl_holdings_holder(&d->holdings, p->parent_key);
	size_t n = 0;

	for (size_t i = 0; holder && i < holder->n && n < max; i++)
		if (cl_held_is_in_hand(&holder->held[i], parent))
			memcpy(out[n++], holder->held[i].fp, CL_FP_SIZE);
	return n;
}

const struct cl_detect_stats *cl_detect_stats(const struct cl_detect *d)
{
	return &d->stats;
}
