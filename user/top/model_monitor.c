/* SPDX-License-Identifier: Apache-2.0 */
/* What the running monitor answers, and what the store says of the last one. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "top/model_internal.h"

#define NS_PER_S 1e9

static const char *const stages[] = {"sent", "repeated", "lost", "failed", "skipped", "capped"};

static void put_stored(struct cl_store_db *db, const char *name, cJSON *o, const char *as)
{
	_cleanup_free_ char *text = NULL;

	if (db && !cl_store_get(db, name, &text))
		cl_json_str(o, as, text);
}

static void put_state(const struct cl_top_sources *from, cJSON *o)
{
	cJSON *monitor = cl_json_obj(o, "monitor");

	cl_json_bool(monitor, "running", from->status != NULL);
	put_stored(from->db, "running", monitor, "started");
	put_stored(from->db, "alive", monitor, "alive");
	cl_json_bool(monitor, "gone", !from->status && from->monitor_gone);
	if (!from->status)
		cl_json_str(monitor, "why", from->monitor_why);
}

/* ---- coverage ---- */

static cJSON *tier_in(cJSON *tiers, const char *name)
{
	cJSON *tier, *made;

	cJSON_ArrayForEach (tier, tiers) {
		if (!strcmp(cl_json_get_str(tier, "tier"), name))
			return cJSON_GetObjectItemCaseSensitive(tier, "acts");
	}
	made = cl_json_push(tiers);
	cl_json_str(made, "tier", name);
	return cl_json_arr(made, "acts");
}

static void put_coverage(const struct cl_top_sources *from, cJSON *o)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ cJSON *stored = NULL;
	const cJSON *coverage = cl_json_at(from->status, "coverage"), *item;
	cJSON *out = cl_json_obj(o, "coverage"), *tiers, *lost;

	if (!coverage && from->db && !cl_store_get(from->db, CL_STORE_COVERAGE, &text)) {
		stored = cJSON_Parse(text);
		coverage = stored;
	}
	cl_json_bool(out, "known", coverage != NULL);
	cl_json_bool(out, "complete", cJSON_IsTrue(cl_json_at(coverage, "complete")));
	tiers = cl_json_arr(out, "tiers");
	cJSON_ArrayForEach (item, cl_json_at(coverage, "acts")) {
		cJSON *act = cl_json_clean_string(cl_json_get_str(item, "act"));

		if (act && !cJSON_AddItemToArray(tier_in(tiers, cl_json_get_str(item, "tier")), act))
			cJSON_Delete(act);
	}
	lost = cl_json_arr(out, "lost");
	cJSON_ArrayForEach (item, cl_json_at(coverage, "lost")) {
		cJSON *to = cl_json_push(lost);

		cl_json_str(to, "act", cl_json_get_str(item, "act"));
		cl_json_str(to, "stage", cl_json_get_str(item, "stage"));
		cl_json_num(to, "count", cl_json_get_num(item, "count"));
	}
}

/* ---- events ---- */

static double told(const cJSON *counters)
{
	return cl_json_get_num(counters, "sent");
}

/* Counters that went back are another monitor's. */
static void put_rate(const struct cl_top_model *m, const cJSON *counters, uint64_t now, cJSON *row)
{
	const cJSON *before = cJSON_GetObjectItemCaseSensitive(m->events, counters->string);
	double more = told(counters) - told(before);

	if (before && more >= 0 && now > m->counted)
		cl_json_num(row, "per_second", more * NS_PER_S / (double)(now - m->counted));
}

static int put_events(struct cl_top_model *m, const struct cl_top_sources *from, cJSON *o)
{
	const cJSON *events = cl_json_at(from->status, "events"), *counters;
	cJSON *list = cl_json_arr(o, "events");

	cJSON_ArrayForEach (counters, events) {
		cJSON *row = cl_json_push(list);

		cl_json_str(row, "kind", counters->string);
		put_rate(m, counters, from->now, row);
		for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
			cl_json_num(row, stages[i], cl_json_get_num(counters, stages[i]));
	}
	cl_json_freep(&m->events);
	m->events = events ? cJSON_Duplicate(events, true) : NULL;
	m->counted = from->now;
	return list && (m->events || !events) ? 0 : -ENOMEM;
}

int cl_top_put_monitor(struct cl_top_model *m, const struct cl_top_sources *from, cJSON *o)
{
	put_state(from, o);
	put_coverage(from, o);
	return put_events(m, from, o);
}
