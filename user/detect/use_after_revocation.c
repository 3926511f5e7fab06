/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody declared the credential dead, and it is used: read, given at an exec, or held by a process that connects.
 * Always Critical: whoever uses it does not know, or does not care. One finding per credential and workflow. That a
 * process still has it is no use, nor is what happened before. When the revocation is taken back the findings close.
 */
#include "base/cleanup.h"
#include "base/json.h"
#include "detect/detector.h"
#include "detect/snapshot.h"

#define REASON_SHOWN 256

static int say(struct cl_text *out, const char *before, const char *text)
{
	_cleanup_free_ char *shown = NULL;
	int r = *text ? cl_dup_bounded(&shown, text, REASON_SHOWN) : 0;

	if (r || !shown)
		return r;
	r = cl_text_puts(out, before);
	return r ? r : cl_text_escape(out, shown, strlen(shown));
}

/* " at 2026-01-01T00:00:00Z by ann (uid 1000) because: leaked" */
static int say_revocation(struct cl_text *out, const cJSON *revoked)
{
	const char *at = cl_json_get_str(revoked, "at");
	int r = *at ? cl_text_printf(out, " at %.19sZ", at) : 0;

	r = r ? r : say(out, " by ", cl_json_get_str(revoked, "by"));
	return r ? r : say(out, " because: ", cl_json_get_str(revoked, "reason"));
}

static struct cl_fact fact_of(const struct cl_use *use)
{
	return (struct cl_fact){
		.compared = {use->run.workflow},
		.credential = use->credential,
		.sides = {use},
		.latest = {true},
		.severity = CL_SEVERITY_CRITICAL,
	};
}

static int on_use(struct cl_detect *d, void *state, const struct cl_use *use)
{
	const cJSON *revoked = cl_detect_revocation(d, use->credential);
	_cleanup_text_ struct cl_text detail = {0};
	struct cl_fact fact = fact_of(use);
	int r;

	(void)state;
	if (!revoked || cl_detect_is_baseline(d))
		return 0;
	r = say_revocation(&detail, revoked);
	fact.detail = cl_text_str(&detail);
	return r ? r : cl_detect_report(d, &cl_detector_use_after_revocation, &fact);
}

static int on_policy(struct cl_detect *d, void *state, const struct cl_observation *obs, const struct cl_process *actor)
{
	const struct cl_credential *c;
	int r = 0;

	(void)state;
	(void)actor;
	if (obs->kind != CL_OBS_POLICY || obs->n_sightings != 1)
		return 0;
	c = cl_detect_credential(d, obs->sightings[0].fp);
	if (!c || cl_detect_revocation(d, c))
		return 0;
	for (const struct cl_use *u = c->uses; u && !r; u = u->next) {
		struct cl_fact fact = fact_of(u);

		r = cl_detect_close(d, &cl_detector_use_after_revocation, &fact);
	}
	return r;
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	int r = cl_say_credential(out, fact->credential);

	r = r ? r : cl_text_puts(out, " was revoked");
	r = r ? r : cl_text_puts(out, fact->detail ? fact->detail : ", which was taken back,");
	r = r ? r : cl_text_puts(out, fact->detail ? " and is used: in " : " and was used: in ");
	return r ? r : cl_say_side(out, fact, 0);
}

const struct cl_detector cl_detector_use_after_revocation = {
	.id = "use-after-revocation",
	.title = "Revoked credential used",
	.use = on_use,
	.observe = on_policy,
	.describe = describe,
};
