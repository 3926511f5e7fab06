/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/watchman.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/secure.h"
#include "policy/rules.h"

static const char *const kinds[CL_KIND_MAX] = {
	[CL_EXEC] = "exec",	[CL_FORK] = "fork",
	[CL_EXIT] = "exit",	[CL_OPEN] = "open",
	[CL_READ] = "read",	[CL_CONNECT] = "connect",
	[CL_ACCESS] = "access", [CL_RECEIVE] = "receive",
	[CL_HELD] = "held",	[CL_CONNECT_END] = "connect-end",
	[CL_WRITE] = "write",
};

static const char *const stages[CL_STAGE_MAX] = {
	[CL_STAGE_SENT] = "sent",	  [CL_STAGE_LOST] = "lost",	  [CL_STAGE_FAILED] = "failed",
	[CL_STAGE_REPEATED] = "repeated", [CL_STAGE_SKIPPED] = "skipped", [CL_STAGE_CAPPED] = "capped",
};

/* What is lost on this side of the rings, in the order of cl_watchman.own. */
static const struct {
	const char *act, *stage;
} own_losses[CL_OWN_LOSSES] = {
	{"ring", "malformed"}, {"record", "malformed"}, {"finding", "dropped"}, {"output", "dropped"}};

static bool is_loss(unsigned int stage)
{
	return stage == CL_STAGE_LOST || stage == CL_STAGE_FAILED || stage == CL_STAGE_SKIPPED;
}

static void store_coverage(struct cl_watchman *w)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	_cleanup_free_ char *text = NULL;

	cl_detect_coverage(cl_pipeline_detect(w->pipeline), o);
	text = o ? cJSON_PrintUnformatted(cl_json_at(o, "coverage")) : NULL;
	if (text)
		cl_writer_meta(w->writer, CL_STORE_COVERAGE, text);
}

static void tell_as(struct cl_watchman *w, const char *act, const char *tier, const char *detail)
{
	const struct cl_observation obs = {
		.kind = CL_OBS_COVERAGE,
		.ts = cl_boot_ns(),
		.act = act,
		.tier = tier,
		.detail = detail,
	};

	w->feed(w->ctx, &obs);
}

static void tell(struct cl_watchman *w, uint32_t act, const char *tier, const char *detail)
{
	tell_as(w, act < CL_ACT_MAX ? cl_act_name(act) : "pins", tier, detail);
}

static void lose(struct cl_watchman *w, const struct cl_observation *obs)
{
	w->feed(w->ctx, obs);
	cl_health_lost(&w->health, obs->act, obs->detail, obs->count, obs->ts);
}

/* From the last sign of life of the monitor before, if its probes are ours now: what was lost since is told. */
static void start_counting(struct cl_watchman *w)
{
	const struct cl_gap *gap = cl_capture_gap(w->capture);

	cl_capture_counters(w->capture, w->counters);
	for (unsigned int i = 0; i < CL_COUNTERS; i++)
		w->counters[i] -= gap->counters[i];
	w->looked = gap->since ? gap->since : cl_boot_ns();
}

void cl_watchman_begin(struct cl_watchman *w)
{
	const struct cl_coverage *coverage = cl_capture_coverage(w->capture);
	char started[CL_TIME_SIZE];

	for (unsigned int i = 0; i < CL_ACT_MAX; i++)
		tell(w, i, cl_tier_name(coverage[i].seen ? coverage[i].tier : CL_TIER_NONE), coverage[i].detail);
	start_counting(w);
	store_coverage(w);
	cl_writer_meta(w->writer, "running", cl_time_format(started, cl_wall_ns()));
	cl_writer_meta(w->writer, "alive", started);
	cl_watchman_look(w);
}

static void on_disturbance(void *ctx, const struct cl_disturbance *d)
{
	struct cl_watchman *w = ctx;

	tell(w, d->act, "detached", d->detail);
	if (d->mended)
		tell(w, d->act,
		     d->act < CL_ACT_MAX ? cl_tier_name(cl_capture_coverage(w->capture)[d->act].tier) : "pinned",
		     d->detail);
	w->disturbed = true;
}

/* What was dropped on this side of the rings. True: something was. */
static bool look_at_own(struct cl_watchman *w, uint64_t now)
{
	const struct cl_writer_stats writer = cl_writer_stats(w->writer);
	const uint64_t counts[CL_OWN_LOSSES] = {cl_capture_malformed(w->capture),
						w->observed ? w->observed->malformed : 0, writer.findings_dropped,
						writer.outputs.dropped};
	bool any = false;

	for (size_t i = 0; i < CL_OWN_LOSSES; i++) {
		const struct cl_observation obs = {
			.kind = CL_OBS_LOSS,
			.ts = now,
			.since = w->looked,
			.act = own_losses[i].act,
			.detail = own_losses[i].stage,
			.count = counts[i] - w->own[i],
		};

		w->own[i] = counts[i];
		if (obs.count)
			lose(w, &obs);
		any |= obs.count;
	}
	return any;
}

/* A store that cannot be written, and that it can be again. */
static void look_at_store(struct cl_watchman *w)
{
	int error = cl_writer_stats(w->writer).store_error;

	if (!error == !w->store_error)
		return;
	w->store_error = error;
	tell_as(w, "store", error ? "none" : "written", error ? strerror(-error) : NULL);
	w->disturbed = true;
}

void cl_watchman_look(struct cl_watchman *w)
{
	uint64_t now = cl_boot_ns(), counters[CL_COUNTERS];
	bool lost = false;

	w->disturbed = false;
	cl_capture_check(w->capture, on_disturbance, w);
	look_at_store(w);
	if (cl_capture_counters(w->capture, counters))
		return;
	for (unsigned int i = 0; i < CL_COUNTERS; i++) {
		const struct cl_observation obs = {
			.kind = CL_OBS_LOSS,
			.ts = now,
			.since = w->looked,
			.act = kinds[i / CL_STAGE_MAX],
			.detail = stages[i % CL_STAGE_MAX],
			.count = counters[i] - w->counters[i],
		};

		if (!is_loss(i % CL_STAGE_MAX) || !obs.count || !obs.act)
			continue;
		lose(w, &obs);
		w->lost_kinds |= 1u << i / CL_STAGE_MAX;
		lost = true;
	}
	lost |= look_at_own(w, now);
	memcpy(w->counters, counters, sizeof(counters));
	w->looked = now;
	cl_capture_sign(w->capture, counters);
	if (lost || w->disturbed)
		store_coverage(w);
}

static void add_own_losses(const struct cl_watchman *w, cJSON *out)
{
	cJSON *list = cl_json_arr(out, "own_losses");

	for (size_t i = 0; i < CL_OWN_LOSSES; i++) {
		cJSON *o = cl_json_push(list);

		cl_json_str(o, "act", own_losses[i].act);
		cl_json_str(o, "stage", own_losses[i].stage);
		cl_json_num(o, "count", (double)w->own[i]);
	}
}

/* {"rules":{"exclusions":{"rules","used"},...}}: what policy leaves out, allows and rates is never silent. */
static void add_rules_used(struct cl_watchman *w, cJSON *out)
{
	const struct cl_rules *rules = cl_detect_rules(cl_pipeline_detect(w->pipeline));
	cJSON *list = cl_json_obj(out, "rules");

	for (uint32_t s = 0; s < CL_RULES_SECTIONS; s++) {
		cJSON *o = cl_json_obj(list, cl_rules_section_name(s));

		cl_json_num(o, "rules", (double)cl_rules_count(rules, s));
		cl_json_num(o, "used", (double)cl_rules_used(rules, s));
	}
}

/* ---- how full everything is, what it put out ---- */

struct number {
	const char *name;
	uint64_t value;
};

static void put(cJSON *o, const struct number *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cl_json_num(o, numbers[i].name, (double)numbers[i].value);
}

static void put_identity(const struct cl_watchman *w, cJSON *o)
{
	const struct cl_identity_stats *s = cl_identity_stats(cl_pipeline_identity(w->pipeline));
	const struct number numbers[] = {
		{"processes", s->processes},
		{"processes_evicted", s->processes_evicted},
		{"processes_unknown", s->processes_unknown},
		{"executions_cut", s->execs_cut},
		{"runs", s->runs},
		{"runs_evicted", s->runs_evicted},
		{"runs_refused", s->runs_refused},
		{"runs_expired", s->runs_expired},
		{"recognisers_refused", s->recognisers_refused},
	};

	put(o, numbers, ARRAY_SIZE(numbers));
}

static void put_judgement(const struct cl_watchman *w, cJSON *o)
{
	const struct cl_detect_stats *s = cl_detect_stats(cl_pipeline_detect(w->pipeline));
	const struct number numbers[] = {
		{"credentials", s->credentials},
		{"credentials_evicted", s->credentials_evicted},
		{"names_evicted", cl_aliases_evicted(cl_pipeline_aliases(w->pipeline))},
		{"uses", s->uses},
		{"uses_evicted", s->uses_evicted},
		{"findings_known", s->findings},
		{"findings_evicted", s->findings_evicted},
		{"findings_reported", s->reported},
		{"findings_repeated", s->repeated},
		{"usual_destinations_evicted", s->usual_evicted},
		{"policies", s->policies},
		{"policies_refused", s->policies_refused},
		{"acts_allowed", s->allowed},
		{"findings_excluded", s->excluded},
		{"rules_refused", s->rules_refused},
	};

	put(o, numbers, ARRAY_SIZE(numbers));
}

static void put_lineage(const struct cl_watchman *w, cJSON *o)
{
	const struct cl_graph_stats *graph = cl_graph_stats(cl_pipeline_graph(w->pipeline));
	const struct cl_second_stats *second = cl_pipeline_second(w->pipeline);
	const struct cl_name_watch_stats *names = cl_name_watch_stats(w->names);
	const struct number numbers[] = {
		{"nodes", graph->nodes},
		{"nodes_evicted", graph->nodes_evicted},
		{"edges", graph->edges},
		{"edges_evicted", graph->edges_evicted},
		{"places_evicted", cl_pipeline_places_evicted(w->pipeline)},
		{"name_answers", names->answers},
		{"name_answers_lost", names->lost},
		{"name_answers_refused", names->refused},
		{"named_addresses_evicted", names->evicted},
		{"second_hand_files", second->files},
		{"second_hand_evicted", second->evicted},
		{"second_hand_passed", second->passed},
		{"written_watched", w->looked_after->files},
		{"written_deleted", w->looked_after->deleted},
		{"written_aged", w->looked_after->aged},
		{"written_evicted", w->looked_after->evicted},
		{"written_scanned", w->looked_after->scanned},
		{"written_found", w->looked_after->found},
		{"written_unread", w->looked_after->unread},
		{"environments_again", w->observed->environments_again},
		{"environments_evicted", w->observed->environments_evicted},
	};

	put(o, numbers, ARRAY_SIZE(numbers));
}

static void put_ways_out(const struct cl_watchman *w, cJSON *o)
{
	const struct cl_writer_stats writer = cl_writer_stats(w->writer);
	const struct cl_opa_stats opa = w->opa ? cl_opa_stats(w->opa) : (struct cl_opa_stats){0};
	const struct number numbers[] = {
		{"findings_dropped", writer.findings_dropped},
		{"findings_waiting", writer.findings_waiting},
		{"reports_sent", writer.outputs.sent},
		{"reports_dropped", writer.outputs.dropped},
		{"send_errors", writer.outputs.refused},
		{"store_errors", writer.store_errors},
		{"opa_asked", opa.asked},
		{"opa_rated", opa.rated},
		{"opa_dropped", opa.dropped},
		{"opa_failed", opa.failed},
		{"opa_paused", opa.paused},
		{"opa_unrecorded", opa.unrecorded},
		{"unlocked_allocations", cl_secure_unlocked()},
	};

	put(o, numbers, ARRAY_SIZE(numbers));
}

static void put_kernel(const struct cl_watchman *w, cJSON *events)
{
	uint64_t kernel[CL_COUNTERS] = {0};

	cl_capture_counters(w->capture, kernel);
	for (unsigned int kind = 1; kind < CL_KIND_MAX; kind++) {
		cJSON *o = cl_json_obj(events, kinds[kind]);

		for (unsigned int stage = 0; stage < CL_STAGE_MAX; stage++)
			cl_json_num(o, stages[stage], (double)kernel[kind * CL_STAGE_MAX + stage]);
	}
}

void cl_watchman_status(struct cl_watchman *w, cJSON *out)
{
	cJSON *counters;

	put_kernel(w, cl_json_obj(out, "events"));
	add_own_losses(w, out);
	add_rules_used(w, out);
	counters = cl_json_obj(out, "counters");
	put_identity(w, counters);
	put_judgement(w, counters);
	put_lineage(w, counters);
	put_ways_out(w, counters);
	cl_detect_coverage(cl_pipeline_detect(w->pipeline), out);
}

void cl_watchman_line(struct cl_watchman *w, char *line, size_t size)
{
	const struct cl_detect_stats *detect = cl_detect_stats(cl_pipeline_detect(w->pipeline));
	struct cl_writer_stats writer = cl_writer_stats(w->writer);
	uint64_t lost = writer.findings_dropped;

	for (unsigned int i = 0; i < CL_COUNTERS; i++)
		lost += is_loss(i % CL_STAGE_MAX) ? w->counters[i] : 0;
	snprintf(line, size, "%llu processes, %llu credentials, %llu findings, %llu events lost%s%s",
		 (unsigned long long)cl_identity_stats(cl_pipeline_identity(w->pipeline))->processes,
		 (unsigned long long)detect->credentials, (unsigned long long)detect->reported,
		 (unsigned long long)lost, writer.store_error ? "; cannot write the store: " : "",
		 writer.store_error ? strerror(-writer.store_error) : "");
}
