/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics without labels: a row each. */
#include "base/cleanup.h"
#include "base/json.h"
#include "metrics/pen.h"

#define COUNTER "counter"
#define GAUGE "gauge"

static const struct {
	const char *path, *name, *type, *help;
} numbers[] = {
	{"process.start_seconds", "process_start_time_seconds", GAUGE,
	 "Start time of the process since unix epoch in seconds."},
	{"process.cpu_seconds", "process_cpu_seconds_total", COUNTER,
	 "Total user and system CPU time spent in seconds."},
	{"process.resident_bytes", "process_resident_memory_bytes", GAUGE, "Resident memory size in bytes."},
	{"process.virtual_bytes", "process_virtual_memory_bytes", GAUGE, "Virtual memory size in bytes."},
	{"process.open_fds", "process_open_fds", GAUGE, "Number of open file descriptors."},
	{"process.max_fds", "process_max_fds", GAUGE, "Maximum number of open file descriptors."},
	{"process.threads", "process_threads", GAUGE, "Number of OS threads in the process."},

	{"store.bytes", "credlineage_store_size_bytes", GAUGE, "Size of the store on disk, its log included."},
	{"store.writable", "credlineage_store_writable", GAUGE, "Whether the store could be written the last time."},
	{"counters.store_errors", "credlineage_store_errors_total", COUNTER, "Failed attempts to write the store."},

	{"health.healthy", "credlineage_healthy", GAUGE,
	 "Whether nothing is amiss: no probe gone, no recent loss, store and outputs at work."},
	{"coverage.complete", "credlineage_coverage_complete", GAUGE,
	 "Whether every act is covered and nothing was lost since the start."},

	{"counters.findings_repeated", "credlineage_findings_repeated_total", COUNTER,
	 "Facts that were reported before and seen again."},
	{"counters.findings_excluded", "credlineage_findings_excluded_total", COUNTER,
	 "Facts that an exclusion of the site's policy kept from being reported."},
	{"counters.findings_dropped", "credlineage_findings_dropped_total", COUNTER,
	 "Findings that gave way because the store could not take them in time."},
	{"counters.findings_waiting", "credlineage_findings_waiting", GAUGE, "Findings that wait for the store."},
	{"counters.reports_sent", "credlineage_reports_sent_total", COUNTER, "Reports that an output has taken."},
	{"counters.send_errors", "credlineage_send_errors_total", COUNTER,
	 "Findings that a receiver refused for good."},

	{"counters.reports_dropped", "credlineage_reports_dropped_total", COUNTER,
	 "Reports that an outbox over its bound gave up."},

	{"counters.uses", "credlineage_uses", GAUGE, "Uses of credentials that are kept."},
	{"counters.acts_allowed", "credlineage_acts_allowed_total", COUNTER, "Acts that policy allows."},
	{"counters.policies", "credlineage_policies", GAUGE, "Credentials that policy speaks of."},
	{"counters.policies_refused", "credlineage_policies_refused_total", COUNTER,
	 "Statements about credentials that found no room or made no sense."},
	{"counters.rules_refused", "credlineage_rules_refused_total", COUNTER,
	 "Pieces of the site's policy that made no sense."},

	{"counters.processes_unknown", "credlineage_processes_unknown_total", COUNTER,
	 "Processes whose parents are not known."},
	{"counters.executions_cut", "credlineage_executions_cut_total", COUNTER,
	 "Executions whose arguments or environment were too long to be looked at whole, or could not be read."},
	{"counters.environments_again", "credlineage_environments_again_total", COUNTER,
	 "Environments without credentials that were known and not looked through again."},
	{"counters.runs_refused", "credlineage_runs_refused_total", COUNTER,
	 "Registrations of runs that were refused."},
	{"counters.runs_expired", "credlineage_runs_expired_total", COUNTER, "Runs whose time was over."},
	{"counters.recognisers_refused", "credlineage_recognisers_refused_total", COUNTER,
	 "Workflow recognisers that were refused."},

	{"counters.name_answers", "credlineage_name_answers_total", COUNTER, "Answers of name servers that were seen."},
	{"counters.name_answers_lost", "credlineage_name_answers_lost_total", COUNTER,
	 "Answers of name servers that were lost."},
	{"counters.name_answers_refused", "credlineage_name_answers_refused_total", COUNTER,
	 "Answers of name servers that made no sense."},

	{"counters.opa_asked", "credlineage_opa_requests_total", COUNTER, "Findings put to the policy server."},
	{"counters.opa_rated", "credlineage_opa_rated_total", COUNTER, "Findings that the policy server rated anew."},
	{"counters.opa_dropped", "credlineage_opa_dropped_total", COUNTER,
	 "Findings that the policy server did not want reported."},
	{"counters.opa_failed", "credlineage_opa_failures_total", COUNTER,
	 "Questions to the policy server without an answer."},
	{"counters.opa_paused", "credlineage_opa_skipped_total", COUNTER,
	 "Findings not put to a policy server that did not answer before."},
	{"counters.opa_unrecorded", "credlineage_opa_unrecorded_total", COUNTER,
	 "Answers of the policy server that found no room in the recording."},

	{"counters.second_hand_passed", "credlineage_second_hand_passed_total", COUNTER,
	 "Reads and executions by another run of a file that a holder wrote."},
	{"counters.written_deleted", "credlineage_written_files_deleted_total", COUNTER,
	 "Written files that are gone and not watched any more."},
	{"counters.written_aged", "credlineage_written_files_aged_total", COUNTER,
	 "Written files that were watched for as long as they are."},
	{"counters.written_scanned", "credlineage_written_files_scanned_total", COUNTER, "Looks into written files."},
	{"counters.written_found", "credlineage_written_files_with_credentials_total", COUNTER,
	 "Looks into written files that found a credential."},
	{"counters.written_unread", "credlineage_written_files_unread_total", COUNTER,
	 "Written files that could not be read."},
	{"counters.unlocked_allocations", "credlineage_unlocked_allocations_total", COUNTER,
	 "Pieces of memory for values that could not be locked."},

	{"control.clients", "credlineage_control_clients", GAUGE, "Connections to the control socket."},
	{"control.clients_refused", "credlineage_control_clients_refused_total", COUNTER,
	 "Connections to the control socket that found no room."},
	{"control.requests", "credlineage_control_requests_total", COUNTER, "Requests at the control socket."},
	{"control.requests_refused", "credlineage_control_requests_refused_total", COUNTER,
	 "Requests at the control socket that were refused."},
	{"control.requests_too_many", "credlineage_control_requests_limited_total", COUNTER,
	 "Requests at the control socket beyond what one user may ask."},
	{"metrics.requests", "credlineage_metrics_requests_total", COUNTER, "Requests to this endpoint, answered."},
	{"metrics.requests_refused", "credlineage_metrics_requests_refused_total", COUNTER,
	 "Requests to this endpoint that made no sense."},
	{"metrics.connections_dropped", "credlineage_metrics_connections_dropped_total", COUNTER,
	 "Connections to this endpoint that were too slow or gave way."},
};

void cl_metrics_numbers(struct cl_metrics_pen *p, const cJSON *status)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const cJSON *value = cl_json_at(status, numbers[i].path);

		if (!value)
			continue;
		cl_metrics_begin(p, numbers[i].name, numbers[i].type, numbers[i].help);
		cl_metrics_plain(p, cJSON_IsBool(value) ? cJSON_IsTrue(value) : value->valuedouble);
	}
}
