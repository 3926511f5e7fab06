/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A credential that has ended (by its own word, by what is written beside it, or, where it ends by itself at all, by the
 * time that policy lets its kind live; long-lived is about the others) is used: read, given to a process at an
 * exec, or held by a process that connects. Always Medium. One finding per credential and workflow.
 *
 * Who reads it together with its refresh token renews it: that is how a program finds out that it has ended, and neither
 * that read nor what its reader connects to is a use. Who holds the token's successor uses that (cl_detect_holding).
 * Clocks of issuers may be ahead: a minute is forgiven. What only was inherited, or what another program in the process
 * had, is not held against anybody.
 */
#include <string.h>

#include "base/clock.h"
#include "detect/age.h"
#include "event/facts.h"

#define SKEW_NS (60 * CL_NS_PER_S)

static bool is_use(const struct cl_credential *c, const struct cl_act *a)
{
	struct cl_fact_line line;

	if (!cl_act_is_plain(a))
		return false;
	if (a->how == CL_USE_CONNECT || a->how == CL_USE_READ)
		return !cl_facts_find(c->facts, "renewable", &line);
	return true;
}

/* The earlier of its own end and policy's, which *words are about; 0: it has none. */
static uint64_t end_of(const struct cl_detect *d, const struct cl_credential *c, struct cl_text *words)
{
	uint64_t policy = cl_credential_is_lasting(c) ? 0 : cl_detect_ttl(d, c), end;
	bool told;

	if (!policy || __builtin_add_overflow(cl_credential_born(c, &told), policy, &end) ||
	    (c->expires && c->expires <= end))
		return c->expires;
	return cl_text_puts(words, "by policy, which lets it live ") || cl_say_span(words, policy) ||
			       cl_text_puts(words, told ? " after its issue" : " after it was first seen")
		       ? 0
		       : end;
}

static int on_use(struct cl_detect *d, void *state, const struct cl_use *use)
{
	const struct cl_credential *c = use->credential;
	_cleanup_text_ struct cl_text words = {0};
	uint64_t end = end_of(d, c, &words);
	struct cl_fact fact = {
		.compared = {use->run.workflow},
		.credential = c,
		.sides = {use},
		.latest = {true},
		.severity = CL_SEVERITY_MEDIUM,
	};

	(void)state;
	if (!end || cl_detect_now(d) <= end + SKEW_NS || !is_use(c, cl_use_last(use)))
		return 0;
	fact.detail = words.len ? cl_text_str(&words) : NULL;
	return cl_detect_report(d, &cl_detector_use_after_expiry, &fact);
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	struct cl_fact_line how;
	char end[CL_TIME_SIZE];
	int r = cl_say_credential(out, fact->credential);

	cl_time_format(end, fact->credential->expires);
	if (!r && fact->detail)
		r = cl_text_printf(out, " has ended %s", fact->detail);
	else if (!r)
		r = cl_text_printf(out, " ended at %.19sZ", end);
	if (!r && !fact->detail && cl_facts_find(fact->credential->facts, "expiry", &how))
		r = cl_text_printf(out, " (%.*s)", (int)how.value_len, how.value);
	r = r ? r : cl_text_puts(out, " and is used: in ");
	return r ? r : cl_say_side(out, fact, 0);
}

const struct cl_detector cl_detector_use_after_expiry = {
	.id = "use-after-expiry",
	.title = "Expired credential used",
	.use = on_use,
	.describe = describe,
};
