/* SPDX-License-Identifier: Apache-2.0 */
/* What `top` gathers from a store and a monitor's answer: who is in the lists, in which order, with which numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "store_room.h"
#include "top/model.h"

#define DAY (86400 * CL_NS_PER_S)
#define NOON (20000 * DAY)
#define AFTER(seconds) (NOON + (seconds)*CL_NS_PER_S)
#define A "cred:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "cred:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct cl_graph *graph;
static struct cl_top_model *model;
static struct cl_store_db *reader;
static cJSON *got;

static void put(uint32_t kind, const char *id, uint64_t when, const char *attrs)
{
	assert_int_equal(cl_graph_node(graph, kind, id, id, when, cJSON_Parse(attrs)), 0);
}

static void join(const char *source, uint32_t kind, const char *target, uint64_t when)
{
	assert_int_equal(cl_graph_edge(graph, kind, source, target, when, CL_BASIS_OBSERVED, NULL), 0);
}

static void flush(struct room *room)
{
	struct cl_batch *b = NULL;

	while (!cl_graph_take(graph, 10000, &b) && b) {
		assert_int_equal(cl_store_write(room->db, b, NULL), 0);
		cl_batch_free(&b);
	}
}

/* A run of a workflow with one process, which is called after its number. */
static void put_run(unsigned int n, const char *workflow, const char *state, uint64_t when)
{
	char run[64], flow[64], process[64], attrs[256];

	snprintf(run, sizeof(run), "run:h:r%u", n);
	snprintf(flow, sizeof(flow), "workflow:%s", workflow);
	snprintf(process, sizeof(process), "process:b:%u:1", n);
	snprintf(attrs, sizeof(attrs),
		 "{\"run_id\":\"r%u\",\"run_kind\":\"declared\",\"workflow\":\"%s\",\"state\":\"%s\","
		 "\"begin\":\"2024-10-04T00:00:00.000000Z\"}",
		 n, workflow, state);
	put(CL_NODE_RUN, run, when, attrs);
	put(CL_NODE_WORKFLOW, flow, when, "{}");
	put(CL_NODE_PROCESS, process, when, "{}");
	join(run, CL_EDGE_PART_OF, flow, when);
	join(process, CL_EDGE_PART_OF, run, when);
}

static void put_credential(const char *id, const char *provider, uint64_t when)
{
	char attrs[256];

	snprintf(attrs, sizeof(attrs),
		 "{\"fingerprint\":\"%s\",\"provider\":\"%s\",\"format\":\"made_up\",\"class\":\"static\"}", id,
		 provider);
	put(CL_NODE_CREDENTIAL, id, when, attrs);
}

static void hold(unsigned int n, uint32_t how, const char *credential, uint64_t when)
{
	char process[64];

	snprintf(process, sizeof(process), "process:b:%u:1", n);
	join(process, how, credential, when);
}

static void report(struct room *room, const char *id, const char *severity, const char *last, int count,
		   const char *credential)
{
	_cleanup_json_ cJSON *f = cJSON_CreateObject();
	cJSON *sides, *side;
	uint64_t seq;

	cl_json_str(f, "id", id);
	cl_json_str(f, "detector", "cross-workflow-reuse");
	cl_json_str(f, "title", "Credential used in two workflows");
	cl_json_str(f, "severity", severity);
	cl_json_str(f, "first", "2024-10-04T00:00:01.000000Z");
	cl_json_str(f, "last", last);
	cl_json_num(f, "count", count);
	cl_json_str(cl_json_obj(f, "credential"), "fingerprint", credential);
	sides = cl_json_arr(f, "sides");
	for (int i = 1; i <= 2; i++) {
		char run[8];

		snprintf(run, sizeof(run), "r%d", i);
		side = cl_json_obj(cl_json_push(sides), "run");
		cl_json_str(side, "id", run);
		cl_json_str(side, "workflow", i == 1 ? "deploy" : "test");
	}
	assert_int_equal(cl_store_report(room->db, f, &seq, NULL), 0);
}

/* deploy (r1, ended) and test (r2, active) hold A, test holds B too and uses it; nobody holds anything in idle (r3). */
static int begin(void **state)
{
	struct room *room;

	assert_int_equal(enter(state), 0);
	room = *state;
	assert_int_equal(cl_graph_new(&graph, 100000, 100000), 0);
	reopen(room, CL_STORE_WRITE);
	assert_int_equal(cl_store_set(room->db, CL_STORE_HOST, "{\"id\":\"h\",\"name\":\"box\"}"), 0);
	put_run(1, "deploy", "ended", NOON);
	put_run(2, "test", "active", AFTER(2));
	put_run(3, "idle", "ended_with_survivors", AFTER(3));
	put_credential(A, "GitHub", NOON);
	put_credential(B, "AWS", AFTER(5));
	put(CL_NODE_DESTINATION, "destination:tcp:192.0.2.1:443", NOON, "{}");
	hold(1, CL_EDGE_READ, A, NOON);
	hold(2, CL_EDGE_HELD_IN_ENVIRONMENT, A, AFTER(1));
	hold(2, CL_EDGE_PASSED_IN_ARGUMENTS, A, AFTER(1));
	hold(2, CL_EDGE_READ, B, AFTER(5));
	join(B, CL_EDGE_USED_TOWARD, "destination:tcp:192.0.2.1:443", AFTER(5));
	flush(room);
	assert_int_equal(cl_top_model_new(&model), 0);
	assert_int_equal(cl_store_open(&reader, room->path, CL_STORE_READ, NULL), 0);
	return 0;
}

static int end(void **state)
{
	cl_json_freep(&got);
	cl_top_model_free(&model);
	cl_store_close(&reader);
	cl_graph_free(&graph);
	return leave(state);
}

static void gather(const char *status, uint64_t now)
{
	_cleanup_json_ cJSON *answer = status ? cJSON_Parse(status) : NULL;
	const struct cl_top_sources from = {.db = reader,
					    .status = answer,
					    .monitor_why = answer ? NULL : "nobody answers",
					    .monitor_gone = !answer,
					    .now = now};

	cl_json_freep(&got);
	assert_int_equal(cl_top_gather(model, &from, &got, NULL), 0);
}

/* What is costly to read here and now waits for its time. */
static void settle(void)
{
	for (int i = 0; i < 3000 && cl_json_get_num(got, "store.credentials_pending") > 0; i++) {
		usleep(10000);
		gather(NULL, 3);
	}
}

#define STR(path, value) assert_string_equal(cl_json_get_str(got, path), value)
#define NUM(path, value) assert_int_equal((int)cl_json_get_num(got, path), value)
#define COUNT(path, n) assert_int_equal(cJSON_GetArraySize(cl_json_at(got, path)), n)

static void credentials_come_by_reuse(void **state)
{
	(void)state;
	gather(NULL, 1);
	STR("schema", CL_TOP_SCHEMA);
	STR("host.name", "box");
	COUNT("credentials", 2);
	STR("credentials.0.id", A);
	STR("credentials.0.provider", "GitHub");
	STR("credentials.0.class", "static");
	NUM("credentials.0.workflows", 2);
	NUM("credentials.0.runs", 2);
	NUM("credentials.0.destinations", 0);
	STR("credentials.1.id", B);
	NUM("credentials.1.workflows", 1);
	NUM("credentials.1.destinations", 1);
	NUM("store.credentials_pending", 0);
}

static void runs_come_with_what_they_hold(void **state)
{
	(void)state;
	gather(NULL, 1);
	COUNT("runs", 3);
	STR("runs.0.run_id", "r2"); /* goes on */
	STR("runs.0.workflow", "test");
	STR("runs.0.state", "active");
	NUM("runs.0.credentials", 2);
	COUNT("runs.0.holds", 2);
	STR("runs.1.run_id", "r3"); /* something of it goes on */
	STR("runs.1.state", "survivors");
	NUM("runs.1.credentials", 0);
	STR("runs.2.run_id", "r1");
	STR("runs.2.holds.0.provider", "GitHub");
	NUM("runs.2.holds.0.count", 1);
}

static void findings_rate_what_they_name(void **state)
{
	struct room *room = *state;

	report(room, "fnd-0000000000000001", "Medium", "2024-10-04T00:00:02.000000Z", 1, B);
	report(room, "fnd-0000000000000002", "High", "2024-10-04T00:00:09.000000Z", 3, A);
	gather(NULL, 1);
	COUNT("findings", 2);
	STR("findings.0.id", "fnd-0000000000000002"); /* the latest */
	STR("findings.0.severity", "High");
	STR("findings.0.detector", "cross-workflow-reuse");
	STR("findings.0.workflows.0", "deploy");
	STR("findings.0.workflows.1", "test");
	STR("findings.0.credential", A);
	NUM("findings.0.count", 3);
	STR("credentials.0.severity", "High");
	NUM("credentials.0.findings", 1);
	STR("credentials.1.severity", "Medium");
	STR("runs.0.severity", "High");
	STR("runs.1.severity", "");
}

static void what_changed_is_read_again(void **state)
{
	struct room *room = *state;

	gather(NULL, 1);
	put_run(4, "nightly", "active", AFTER(9));
	hold(4, CL_EDGE_READ, A, AFTER(9));
	put_credential(A, "GitHub", AFTER(9));
	flush(room);
	report(room, "fnd-0000000000000003", "Critical", "2024-10-04T00:00:10.000000Z", 1, B);
	gather(NULL, 2);
	settle();
	NUM("credentials.0.workflows", 3);
	STR("credentials.1.severity", "Critical"); /* nothing but a finding came */
	STR("runs.0.run_id", "r4");
	report(room, "fnd-0000000000000003", "Critical", "2024-10-04T00:00:20.000000Z", 7, B);
	gather(NULL, 4);
	COUNT("findings", 1);
	NUM("findings.0.count", 7);
	STR("findings.0.last", "2024-10-04T00:00:20.000000Z");
}

static void what_the_store_forgot_is_gone(void **state)
{
	struct room *room = *state;
	struct cl_sweep sweep = {.acts_before = NOON + 100 * DAY, .findings_before = NOON + 100 * DAY};

	gather(NULL, 1);
	COUNT("credentials", 2);
	do
		assert_int_equal(cl_store_forget(room->db, &sweep, NULL), 0);
	while (sweep.next);
	gather(NULL, 2);
	COUNT("credentials", 0);
}

static void lists_are_capped(void **state)
{
	struct room *room = *state;

	for (unsigned int i = 0; i < CL_TOP_CREDENTIALS + 50; i++) {
		char id[64];

		snprintf(id, sizeof(id), "cred:%032x", i);
		put_credential(id, "GitHub", AFTER(100 + i));
	}
	for (unsigned int i = 10; i < CL_TOP_RUNS + 30; i++) {
		put_run(i, "many", "ended", AFTER(100 + i));
		hold(i, CL_EDGE_READ, A, AFTER(100 + i));
	}
	put_credential(A, "GitHub", AFTER(5000));
	flush(room);
	gather(NULL, 1);
	settle();
	COUNT("credentials", CL_TOP_CREDENTIALS);
	STR("credentials.0.id", A);
	NUM("credentials.0.runs", CL_TOP_RUNS + 22);
	NUM("credentials.0.workflows", 3);
	COUNT("runs", CL_TOP_RUNS);
}

#define STATUS(exec, lost)                                                                                             \
	"{\"ok\":true,\"events\":{\"exec\":{\"sent\":" exec ",\"lost\":" lost ",\"repeated\":5}},"                     \
	"\"coverage\":{\"complete\":true,\"acts\":[{\"act\":\"exec\",\"tier\":\"fentry\"},"                            \
	"{\"act\":\"fork\",\"tier\":\"fentry\"},{\"act\":\"send\",\"tier\":\"none\"}],"                                \
	"\"lost\":[{\"act\":\"exec\",\"stage\":\"lost\",\"count\":" lost "}]}}"

static void rates_are_differences(void **state)
{
	(void)state;
	gather(STATUS("100", "0"), 10 * CL_NS_PER_S);
	assert_true(cJSON_IsTrue(cl_json_at(got, "monitor.running")));
	STR("events.0.kind", "exec");
	NUM("events.0.sent", 100);
	NUM("events.0.repeated", 5);
	assert_null(cl_json_at(got, "events.0.per_second"));
	gather(STATUS("130", "4"), 12 * CL_NS_PER_S);
	NUM("events.0.per_second", 15);
	NUM("events.0.lost", 4);
	NUM("coverage.lost.0.count", 4);
	STR("coverage.tiers.0.tier", "fentry");
	STR("coverage.tiers.0.acts.1", "fork");
	STR("coverage.tiers.1.tier", "none");
	STR("coverage.tiers.1.acts.0", "send");
	gather(STATUS("7", "0"), 13 * CL_NS_PER_S); /* another monitor's */
	assert_null(cl_json_at(got, "events.0.per_second"));
	gather(NULL, 14 * CL_NS_PER_S);
	assert_true(cJSON_IsFalse(cl_json_at(got, "monitor.running")));
	assert_true(cJSON_IsTrue(cl_json_at(got, "monitor.gone")));
	STR("monitor.why", "nobody answers");
	COUNT("events", 0);
}

static void without_a_monitor_the_store_tells_the_coverage(void **state)
{
	struct room *room = *state;

	gather(NULL, 1);
	assert_true(cJSON_IsFalse(cl_json_at(got, "coverage.known")));
	assert_int_equal(
		cl_store_set(room->db, CL_STORE_COVERAGE,
			     "{\"complete\":false,\"acts\":[{\"act\":\"exec\",\"tier\":\"none\"}],\"lost\":[]}"),
		0);
	assert_int_equal(cl_store_set(room->db, "alive", "2024-10-04T00:00:00.000000Z"), 0);
	gather(NULL, 2);
	assert_true(cJSON_IsTrue(cl_json_at(got, "coverage.known")));
	assert_true(cJSON_IsFalse(cl_json_at(got, "coverage.complete")));
	STR("coverage.tiers.0.tier", "none");
	STR("monitor.alive", "2024-10-04T00:00:00.000000Z");
}

static void a_store_that_fails_is_said_beside_what_was_read(void **state)
{
	const struct cl_top_sources from = {.store_why = "it is gone", .monitor_why = "nobody answers", .now = 2};

	(void)state;
	gather(NULL, 1);
	cl_json_freep(&got);
	assert_int_equal(cl_top_gather(model, &from, &got, NULL), 0);
	STR("store.error", "it is gone");
	COUNT("credentials", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(credentials_come_by_reuse, begin, end),
		cmocka_unit_test_setup_teardown(runs_come_with_what_they_hold, begin, end),
		cmocka_unit_test_setup_teardown(findings_rate_what_they_name, begin, end),
		cmocka_unit_test_setup_teardown(what_changed_is_read_again, begin, end),
		cmocka_unit_test_setup_teardown(what_the_store_forgot_is_gone, begin, end),
		cmocka_unit_test_setup_teardown(lists_are_capped, begin, end),
		cmocka_unit_test_setup_teardown(rates_are_differences, begin, end),
		cmocka_unit_test_setup_teardown(without_a_monitor_the_store_tells_the_coverage, begin, end),
		cmocka_unit_test_setup_teardown(a_store_that_fails_is_said_beside_what_was_read, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
