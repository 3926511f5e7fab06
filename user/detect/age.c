/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/age.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "event/facts.h"

uint64_t cl_credential_born(const struct cl_credential *c, bool *told)
{
	static const char *const facts[] = {"issued", "not_before"};
	struct cl_fact_line line;
	char text[CL_TIME_SIZE + 8];
	uint64_t when;

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		if (!cl_facts_find(c->facts, facts[i], &line) || line.value_len >= sizeof(text))
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)line.value_len, line.value);
		*told = !cl_parse_time(text, 0, &when) && when && when <= c->first; /* not of the future */
		if (*told)
			return when;
	}
	*told = false;
	return c->first;
}

bool cl_act_is_plain(const struct cl_act *a)
{
	return !a->inherited && a->basis == CL_BASIS_OBSERVED &&
	       (a->how == CL_USE_CONNECT || a->how == CL_USE_READ || a->how == CL_USE_ENVIRONMENT ||
		a->how == CL_USE_ARGUMENTS);
}

int cl_say_span(struct cl_text *out, uint64_t ns)
{
	static const struct {
		uint64_t seconds;
		const char *name;
	} units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	uint64_t seconds = ns / CL_NS_PER_S, n;
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && seconds < units[i].seconds)
		i++;
	n = seconds / units[i].seconds;
	return cl_text_printf(out, "%" PRIu64 " %s%s", n, units[i].name, n == 1 ? "" : "s");
}
