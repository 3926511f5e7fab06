/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A credential is in use for longer than policy lets one of its kind live (time_to_live). It is as old as it says itself
 * (the facts issued, not_before), else as the time since it was first seen. A value that took another one's place is a
 * new one. Without a word of policy a year is let pass, and only what says itself when it was issued is judged: when
 * one that says nothing was made is not known.
 *
 * What ends by itself is use-after-expiry's. Reading it, giving it to a program, or connecting with it is a use; to
 * have inherited it is none. Always Medium, once per credential: what follows is counted.
 */
#include "base/clock.h"
#include "detect/age.h"

#define YEAR_NS (365 * 86400 * CL_NS_PER_S)

/* 0: as long as it likes. */
static uint64_t longest(const struct cl_detect *d, const struct cl_credential *c, bool told)
{
	uint64_t policy = cl_detect_ttl(d, c);

	if (policy)
		return policy == UINT64_MAX ? 0 : policy;
	return told ? YEAR_NS : 0;
}

static int say(const struct cl_detect *d, uint64_t born, bool told, uint64_t limit, struct cl_text *out)
{
	int r = cl_say_span(out, cl_detect_now(d) - born);

	r = r ? r : cl_text_puts(out, told ? " after it was issued" : " after it was first seen");
	r = r ? r : cl_text_puts(out, ", where ");
	r = r ? r : cl_say_span(out, limit);
	return r ? r : cl_text_puts(out, " are let pass");
}

static int on_use(struct cl_detect *d, void *state, const struct cl_use *use)
{
	const struct cl_credential *c = use->credential;
	struct cl_fact fact = {.credential = c, .sides = {use}, .latest = {true}, .severity = CL_SEVERITY_MEDIUM};
	_cleanup_text_ struct cl_text detail = {0};
	uint64_t limit, born;
	bool told;
	int r;

	(void)state;
	if (!cl_credential_is_lasting(c) || !cl_act_is_plain(cl_use_last(use)))
		return 0;
	born = cl_credential_born(c, &told);
	limit = longest(d, c, told);
	if (!limit || cl_detect_now(d) <= born || cl_detect_now(d) - born <= limit)
		return 0;
	r = say(d, born, told, limit, &detail);
	fact.detail = cl_text_str(&detail);
	return r ? r : cl_detect_report(d, &cl_detector_long_lived, &fact);
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	int r = cl_say_credential(out, fact->credential);

	r = r ? r : cl_text_puts(out, " is still in use ");
	r = r ? r : cl_text_puts(out, fact->detail ? fact->detail : "after its time");
	r = r ? r : cl_text_puts(out, ": in ");
	return r ? r : cl_say_side(out, fact, 0);
}

const struct cl_detector cl_detector_long_lived = {
	.id = "long-lived",
	.title = "Credential in use for too long",
	.use = on_use,
	.describe = describe,
};
