/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/health.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "detect/coverage.h"

void cl_health_lost(struct cl_health *h, const char *act, const char *stage, uint64_t count, uint64_t now)
{
	size_t i = 0;

	while (i < h->n && (strcmp(h->losses[i].act, act) != 0 || strcmp(h->losses[i].stage, stage) != 0))
		i++;
	if (i == CL_HEALTH_LOSSES)
		i--;
	if (i == h->n) {
		snprintf(h->losses[i].act, sizeof(h->losses[i].act), "%s", act);
		snprintf(h->losses[i].stage, sizeof(h->losses[i].stage), "%s", stage);
		h->n++;
	}
	if (!h->losses[i].count || now - h->losses[i].last >= CL_HEALTH_WINDOW_NS) {
		h->losses[i].count = 0;
		h->losses[i].first = now;
	}
	h->losses[i].count += count;
	h->losses[i].last = now;
}

static void add(cJSON *problems, const char *kind, const char *subject, const char *text)
{
	cJSON *o = cl_json_push(problems);

	cl_json_str(o, "kind", kind);
	cl_json_str(o, "subject", subject);
	cl_json_str(o, "text", text);
}

static void add_blind(cJSON *problems, const cJSON *status)
{
	const cJSON *act;
	char text[256];

	cJSON_ArrayForEach (act, cl_json_at(status, "coverage.acts")) {
		const char *name = cl_json_get_str(act, "act"), *detail = cl_json_get_str(act, "detail");
		bool store = !strcmp(name, "store");

		if (!cl_tier_is_blind(cl_json_get_str(act, "tier")))
			continue;
		snprintf(text, sizeof(text), store ? "the %s cannot be written%s%s" : "%s is not seen%s%s", name,
			 *detail ? ": " : "", detail);
		add(problems, store ? "store" : "probe", name, text);
	}
}

static void add_losses(cJSON *problems, const struct cl_health *h, uint64_t now)
{
	char text[160];

	for (size_t i = 0; i < h->n; i++) {
		if (now - h->losses[i].last >= CL_HEALTH_WINDOW_NS)
			continue;
		snprintf(text, sizeof(text), "%llu of %s were %s since %llu s ago, the last %llu s ago",
			 (unsigned long long)h->losses[i].count, h->losses[i].act, h->losses[i].stage,
			 (unsigned long long)((now - h->losses[i].first) / CL_NS_PER_S),
			 (unsigned long long)((now - h->losses[i].last) / CL_NS_PER_S));
		add(problems, "loss", h->losses[i].act, text);
	}
}

/* An output that is in the way of nothing but itself: what it does not take waits, and is dropped in the end. */
static void add_outputs(cJSON *problems, const cJSON *status)
{
	const cJSON *o;
	char text[320];

	cJSON_ArrayForEach (o, cl_json_at(status, "outputs")) {
		const char *name = cl_json_get_str(o, "name"), *error = cl_json_get_str(o, "error");

		if (strcmp(cl_json_get_str(o, "state"), "backoff") != 0)
			continue;
		snprintf(text, sizeof(text), "output %.100s cannot send, %.0f reports wait%s%.150s", name,
			 cl_json_get_num(o, "waiting"), *error ? ": " : "", error);
		add(problems, "output", name, text);
	}
}

void cl_health_json(const struct cl_health *h, cJSON *status, uint64_t now)
{
	cJSON *health = cl_json_obj(status, "health"), *problems = cJSON_CreateArray();

	add_blind(problems, status);
	add_losses(problems, h, now);
	add_outputs(problems, status);
	cl_json_bool(health, "healthy", problems && !cJSON_GetArraySize(problems));
	cJSON_AddItemToObject(health, "problems", problems);
}
