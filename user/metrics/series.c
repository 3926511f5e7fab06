/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics with labels: each is one list of the status. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "detect/coverage.h"
#include "metrics/pen.h"

/* {"exec":{"sent":n,...},...}: the member `stage` of each kind */
static void write_stage(struct cl_metrics_pen *p, const cJSON *events, const char *stage)
{
	const cJSON *kind;

	cJSON_ArrayForEach (kind, events)
		cl_metrics_labelled(p, "kind", kind->string, cl_json_get_num(kind, stage));
}

static void write_events(struct cl_metrics_pen *p, const cJSON *events)
{
	cl_metrics_begin(p, "credlineage_events_total", "counter", "Events that the probes handed over.");
	write_stage(p, events, "sent");
	cl_metrics_begin(p, "credlineage_events_repeated_total", "counter",
			 "Acts that the probes did not tell again because nothing had changed.");
	write_stage(p, events, "repeated");
	cl_metrics_begin(p, "credlineage_events_capped_total", "counter",
			 "Acts beyond what the probes tell of one process, or of all, in a second.");
	write_stage(p, events, "capped");
}

/* In the kernel from its counters, which have every kind from the start; on this side from what was told. */
static void write_losses(struct cl_metrics_pen *p, const cJSON *status)
{
	static const char *const stages[] = {"lost", "failed", "skipped"};
	const cJSON *kind;

	cl_metrics_begin(p, "credlineage_events_lost_total", "counter",
			 "Events that were lost, by what they were of and where they were lost.");
	cJSON_ArrayForEach (kind, cl_json_at(status, "events"))
		for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
			cl_metrics_line(p, "",
					(struct cl_metrics_label[]){{"kind", kind->string}, {"stage", stages[i]}}, 2,
					cl_json_get_num(kind, stages[i]));
	cJSON_ArrayForEach (kind, cl_json_at(status, "own_losses"))
		cl_metrics_line(p, "",
				(struct cl_metrics_label[]){{"kind", cl_json_get_str(kind, "act")},
							    {"stage", cl_json_get_str(kind, "stage")}},
				2, cl_json_get_num(kind, "count"));
}

static void write_findings(struct cl_metrics_pen *p, const cJSON *findings)
{
	const cJSON *f;

	cl_metrics_begin(p, "credlineage_findings_total", "counter", "Findings that were made, repeats not counted.");
	cJSON_ArrayForEach (f, findings)
		cl_metrics_line(p, "",
				(struct cl_metrics_label[]){{"detector", cl_json_get_str(f, "detector")},
							    {"severity", cl_json_get_str(f, "severity")}},
				2, cl_json_get_num(f, "count"));
}

static void write_coverage(struct cl_metrics_pen *p, const cJSON *acts)
{
	const cJSON *act;

	cl_metrics_begin(p, "credlineage_act_covered", "gauge",
			 "Whether an act is seen now, and by which kind of hook.");
	cJSON_ArrayForEach (act, acts)
		cl_metrics_line(p, "",
				(struct cl_metrics_label[]){{"act", cl_json_get_str(act, "act")},
							    {"tier", cl_json_get_str(act, "tier")}},
				2, !cl_tier_is_blind(cl_json_get_str(act, "tier")));
}

/* Where the status has what a table holds, what it can hold and what it let go. */
static const struct {
	const char *table, *entries, *capacity, *evictions;
} tables[] = {
	{"processes", "counters.processes", "limits.processes", "counters.processes_evicted"},
	{"runs", "counters.runs", "limits.runs", "counters.runs_evicted"},
	{"credentials", "counters.credentials", "limits.credentials", "counters.credentials_evicted"},
	{"uses", "counters.uses", NULL, "counters.uses_evicted"},
	{"findings", "counters.findings_known", "limits.findings", "counters.findings_evicted"},
	{"nodes", "counters.nodes", "limits.nodes", "counters.nodes_evicted"},
	{"edges", "counters.edges", "limits.edges", "counters.edges_evicted"},
	{"second_hand_files", "counters.second_hand_files", NULL, "counters.second_hand_evicted"},
	{"written_files", "counters.written_watched", NULL, "counters.written_evicted"},
	{"names", NULL, NULL, "counters.names_evicted"},
	{"places", NULL, NULL, "counters.places_evicted"},
	{"usual_destinations", NULL, NULL, "counters.usual_destinations_evicted"},
	{"known_environments", NULL, NULL, "counters.environments_evicted"},
	{"named_addresses", NULL, NULL, "counters.named_addresses_evicted"},
};

static void write_table(struct cl_metrics_pen *p, const cJSON *status, const char *table, const char *path)
{
	const cJSON *value = path ? cl_json_at(status, path) : NULL;

	if (value)
		cl_metrics_labelled(p, "table", table, value->valuedouble);
}

static void write_tables(struct cl_metrics_pen *p, const cJSON *status)
{
	cl_metrics_begin(p, "credlineage_table_entries", "gauge", "What a table in memory holds.");
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		write_table(p, status, tables[i].table, tables[i].entries);
	cl_metrics_begin(p, "credlineage_table_capacity", "gauge", "What a table in memory can hold.");
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		write_table(p, status, tables[i].table, tables[i].capacity);
	cl_metrics_begin(p, "credlineage_table_evictions_total", "counter",
			 "Entries that gave way in a table that was full.");
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		write_table(p, status, tables[i].table, tables[i].evictions);
}

static void write_rules(struct cl_metrics_pen *p, const cJSON *rules)
{
	const cJSON *section;

	cl_metrics_begin(p, "credlineage_policy_rules", "gauge", "Rules of the site's policy.");
	cJSON_ArrayForEach (section, rules)
		cl_metrics_labelled(p, "section", section->string, cl_json_get_num(section, "rules"));
	cl_metrics_begin(p, "credlineage_policy_rules_used_total", "counter",
			 "How often the site's policy was gone by.");
	cJSON_ArrayForEach (section, rules)
		cl_metrics_labelled(p, "section", section->string, cl_json_get_num(section, "used"));
}

/* {"buckets":[{"le":seconds,"count":n},...],"sum":seconds,"count":n}: counts are of each bucket alone. */
static void write_latency(struct cl_metrics_pen *p, const cJSON *latency)
{
	double total = 0;
	const cJSON *bucket;
	char le[32];

	cl_metrics_begin(p, "credlineage_finding_latency_seconds", "histogram",
			 "From the kernel's time of the act that decided a finding to the finding stored.");
	cJSON_ArrayForEach (bucket, cl_json_at(latency, "buckets")) {
		total += cl_json_get_num(bucket, "count");
		snprintf(le, sizeof(le), "%g", cl_json_get_num(bucket, "le"));
		cl_metrics_line(p, "_bucket", &(struct cl_metrics_label){"le", le}, 1, total);
	}
	cl_metrics_line(p, "_bucket", &(struct cl_metrics_label){"le", "+Inf"}, 1, cl_json_get_num(latency, "count"));
	cl_metrics_line(p, "_sum", NULL, 0, cl_json_get_num(latency, "sum"));
	cl_metrics_line(p, "_count", NULL, 0, cl_json_get_num(latency, "count"));
}

static const struct {
	const char *member, *name, *type, *help;
} of_outputs[] = {
	{"sent", "credlineage_output_sent_total", "counter", "Reports that the output's receiver has taken."},
	{"waiting", "credlineage_output_waiting", "gauge", "Reports that wait for the output."},
	{"refused", "credlineage_output_refused_total", "counter", "Reports that the receiver refused for good."},
	{"dropped", "credlineage_output_dropped_total", "counter",
	 "Reports that gave way because too many waited for the output."},
	{"failures", "credlineage_output_failures_total", "counter", "Failed attempts to send."},
	{"dead_letters", "credlineage_output_dead_letters", "gauge", "Refused reports that are kept."},
	{"dead_letters_dropped", "credlineage_output_dead_letters_dropped_total", "counter",
	 "Refused reports that gave way to later ones, or were thrown away."},
	{"last_success_seconds", "credlineage_output_last_success_timestamp_seconds", "gauge",
	 "When the receiver took something last, since unix epoch; 0: never."},
};

static const struct {
	const char *member, *name, *type, *help;
} of_events[] = {
	{"sent", "credlineage_output_events_sent_total", "counter", "Events that the output's receiver has taken."},
	{"waiting", "credlineage_output_events_waiting", "gauge", "Events that wait for the output."},
	{"refused", "credlineage_output_events_refused_total", "counter",
	 "Events that the receiver refused for good: they are lost."},
	{"dropped", "credlineage_output_events_dropped_total", "counter",
	 "Events that were lost because too many waited for the output."},
};

/* Of the outputs that asked for events. */
static void write_output_events(struct cl_metrics_pen *p, const cJSON *outputs)
{
	const cJSON *o, *events;

	for (size_t i = 0; i < ARRAY_SIZE(of_events); i++) {
		cl_metrics_begin(p, of_events[i].name, of_events[i].type, of_events[i].help);
		cJSON_ArrayForEach (o, outputs) {
			events = cl_json_at(o, "events");
			if (events)
				cl_metrics_labelled(p, "output", cl_json_get_str(o, "name"),
						    cl_json_get_num(events, of_events[i].member));
		}
	}
}

static void write_outputs(struct cl_metrics_pen *p, const cJSON *outputs)
{
	const cJSON *o;

	for (size_t i = 0; i < ARRAY_SIZE(of_outputs); i++) {
		cl_metrics_begin(p, of_outputs[i].name, of_outputs[i].type, of_outputs[i].help);
		cJSON_ArrayForEach (o, outputs)
			cl_metrics_labelled(p, "output", cl_json_get_str(o, "name"),
					    cl_json_get_num(o, of_outputs[i].member));
	}
	cl_metrics_begin(p, "credlineage_output_up", "gauge", "Whether nothing is in the output's way.");
	cJSON_ArrayForEach (o, outputs)
		cl_metrics_labelled(p, "output", cl_json_get_str(o, "name"),
				    strcmp(cl_json_get_str(o, "state"), "backoff") != 0);
}

static void write_build(struct cl_metrics_pen *p, const cJSON *status)
{
	cl_metrics_begin(p, "credlineage_build_info", "gauge", "The program's version; the value is always 1.");
	cl_metrics_labelled(p, "version", cl_json_get_str(status, "version"), 1);
}

void cl_metrics_series(struct cl_metrics_pen *p, const cJSON *status)
{
	write_build(p, status);
	write_events(p, cl_json_at(status, "events"));
	write_losses(p, status);
	write_findings(p, cl_json_at(status, "findings"));
	write_coverage(p, cl_json_at(status, "coverage.acts"));
	write_tables(p, status);
	write_rules(p, cl_json_at(status, "rules"));
	write_outputs(p, cl_json_at(status, "outputs"));
	write_output_events(p, cl_json_at(status, "outputs"));
	write_latency(p, cl_json_at(status, "latency"));
}
