/* SPDX-License-Identifier: Apache-2.0 */
/* Forgetting: what a finding's lineage needs stays as long as the finding, and what is kept ready follows the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "query/query.h"
#include "store/retention.h"
#include "store_room.h"

#define BOOT "00000000-1111-2222-3333-444444444444"
#define CRED "cred:00112233445566778899aabbccddeeff"
#define OTHER "cred:ff112233445566778899aabbccddeeff"
#define HOUR (3600 * CL_NS_PER_S)
#define NOW (100000 * HOUR)

static const char *process(int n)
{
	static char ids[8][80];
	static int i;

	i = (i + 1) % 8;
	snprintf(ids[i], sizeof(ids[i]), "process:" BOOT ":%d:%d000", n, n);
	return ids[i];
}

static void put_process(struct cl_graph *g, int n, int parent, const char *run, uint64_t when)
{
	char attrs[64];

	snprintf(attrs, sizeof(attrs), "{\"pid\":%d,\"exe\":\"/bin/x\",\"exited\":\"then\"}", n);
	cl_graph_node(g, CL_NODE_PROCESS, process(n), "x", when, cJSON_Parse(attrs));
	cl_graph_edge(g, CL_EDGE_PART_OF, process(n), run, when, CL_BASIS_OBSERVED, NULL);
	if (parent)
		cl_graph_edge(g, CL_EDGE_SPAWNED, process(parent), process(n), when, CL_BASIS_OBSERVED, NULL);
}

static void put_act(struct cl_graph *g, uint32_t kind, const char *from, const char *to, uint64_t when)
{
	cl_graph_edge(g, kind, from, to, when, CL_BASIS_OBSERVED, "why");
}

static void write_all(struct room *room, struct cl_graph *g)
{
	struct cl_error err = {0};
	struct cl_batch *b = NULL;

	while (!cl_graph_take(g, 100, &b) && b) {
		if (cl_store_write(room->db, b, &err))
			fail_msg("%s", err.text);
		cl_batch_free(&b);
	}
}

/*
 * Two runs below init (1): job-1 is 2 -> 3, job-2 is 2 -> 4 -> 5. 3 and 5 read the credential, which lies in a file, and
 * 5 connects; 6 of job-1 reads another one. All of it at the same time.
 */
static void fill(struct room *room, uint64_t when)
{
	struct cl_graph *g = NULL;

	assert_int_equal(cl_graph_new(&g, 1000, 1000), 0);
	assert_int_equal(cl_store_set(room->db, CL_STORE_HOST, "{\"id\":\"h\",\"boot_id\":\"" BOOT "\"}"), 0);
	cl_graph_node(g, CL_NODE_HOST, "host:h", "h", when, NULL);
	cl_graph_node(g, CL_NODE_RUN, "run:h:job-1", "job-1", when, NULL);
	cl_graph_node(g, CL_NODE_RUN, "run:h:job-2", "job-2", when, NULL);
	cl_graph_node(g, CL_NODE_CREDENTIAL, CRED, "token", when, NULL);
	cl_graph_node(g, CL_NODE_CREDENTIAL, OTHER, "token", when, NULL);
	cl_graph_node(g, CL_NODE_FILE, "file:h:/t", "/t", when, NULL);
	cl_graph_node(g, CL_NODE_DESTINATION, "destination:tcp:192.0.2.1:443", "192.0.2.1:443", when, NULL);
	put_process(g, 1, 0, "run:h:job-1", when);
	put_process(g, 2, 1, "run:h:job-1", when);
	put_process(g, 3, 2, "run:h:job-1", when);
	put_process(g, 4, 2, "run:h:job-2", when);
	put_process(g, 5, 4, "run:h:job-2", when);
	put_process(g, 6, 2, "run:h:job-1", when);
	cl_graph_edge(g, CL_EDGE_RAN_IN, "run:h:job-1", "host:h", when, CL_BASIS_OBSERVED, NULL);
	cl_graph_edge(g, CL_EDGE_RAN_IN, "run:h:job-2", "host:h", when, CL_BASIS_OBSERVED, NULL);
	put_act(g, CL_EDGE_READ, process(3), CRED, when);
	put_act(g, CL_EDGE_READ, process(3), "file:h:/t", when);
	put_act(g, CL_EDGE_HELD_IN_ENVIRONMENT, process(5), CRED, when);
	put_act(g, CL_EDGE_STORED_IN, CRED, "file:h:/t", when);
	put_act(g, CL_EDGE_CONNECTED_TO, process(5), "destination:tcp:192.0.2.1:443", when);
	put_act(g, CL_EDGE_USED_TOWARD, CRED, "destination:tcp:192.0.2.1:443", when);
	put_act(g, CL_EDGE_READ, process(6), OTHER, when);
	write_all(room, g);
	cl_graph_free(&g);
}

/* About the credential in both runs, with its own lineage as the detectors give it. */
static void report(struct room *room, uint64_t when)
{
	static const char *const nodes[] = {"file:h:/t", "destination:tcp:192.0.2.1:443"};
	_cleanup_json_ cJSON *f = cJSON_CreateObject();
	struct cl_error err = {0};
	cJSON *list;

	cl_json_str(f, "id", "fnd-1");
	cl_json_str(f, "detector", "cross-workflow-reuse");
	cl_json_str(f, "severity", "High");
	cl_json_num(f, "count", 1);
	cl_json_time(f, "first", when);
	cl_json_time(f, "last", when);
	cl_json_str(cl_json_obj(f, "credential"), "fingerprint", CRED);
	list = cl_json_arr(f, "sides");
	cl_json_str(cl_json_obj(cl_json_push(list), "process"), "id", process(3));
	cl_json_str(cl_json_obj(cl_json_push(list), "process"), "id", process(5));
	list = cl_json_arr(cl_json_obj(f, "lineage"), "nodes");
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
		cl_json_str(cl_json_push(list), "id", nodes[i]);
	if (cl_store_report(room->db, f, NULL, &err))
		fail_msg("%s", err.text);
}

/* The finding's lineage as text, without the moment at which it was asked for. */
static char *lineage(struct room *room)
{
	const struct cl_lineage_query q = {.finding = "fnd-1"};
	_cleanup_json_ cJSON *json = NULL;
	struct cl_error err = {0};

	if (cl_lineage(room->db, &q, &json, &err))
		fail_msg("%s", err.text);
	cJSON_DeleteItemFromObject(json, "generated");
	return cJSON_PrintUnformatted(json);
}

static void forget(struct room *room, struct cl_sweep sweep)
{
	uint64_t before;
	int rounds = 0;

	do {
		before = sweep.removed;
		assert_int_equal(cl_store_forget(room->db, &sweep, NULL), 0);
	} while ((sweep.next || sweep.removed != before) && ++rounds < 50);
	assert_true(rounds < 50);
}

static int count_one(void *ctx, const struct cl_node *n)
{
	(void)n;
	++*(int *)ctx;
	return 0;
}

static int nodes(struct room *room, uint32_t kind)
{
	int n = 0;

	assert_int_equal(cl_store_nodes(room->db, kind, count_one, &n), 0);
	return n;
}

static int runs_of(struct room *room, const char *credential)
{
	int n = 0;

	assert_int_equal(cl_store_runs_of(room->db, credential, count_one, &n), 0);
	return n;
}

static uint64_t holders(struct room *room, const char *credential)
{
	uint64_t n = 99;

	assert_int_equal(cl_store_holders(room->db, credential, &n, NULL), 0);
	return n;
}

static void test_a_findings_lineage_stays_by_age(void **state)
{
	struct room *room = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;
	struct cl_retention r;

	reopen(room, CL_STORE_WRITE);
	fill(room, NOW - 50 * HOUR);
	report(room, NOW - 5 * HOUR);
	before = lineage(room);
	cl_retention_init(&r, 10 * HOUR, UINT64_MAX);
	for (int i = 0; i < 30; i++) {
		r.due = 0;
		assert_int_equal(cl_retention_step(&r, room->db, 1, NOW), 0);
	}
	after = lineage(room);
	assert_string_equal(after, before);
	/* what is not of it went */
	assert_int_equal(nodes(room, CL_NODE_CREDENTIAL), 1);
	assert_int_equal(nodes(room, CL_NODE_PROCESS), 5);
	assert_int_equal(holders(room, OTHER), 0);
	assert_int_equal(holders(room, CRED), 2);
	assert_int_equal(runs_of(room, CRED), 2);
	/* and goes with the finding */
	for (int i = 0; i < 30; i++) {
		r.due = 0;
		assert_int_equal(cl_retention_step(&r, room->db, 1, NOW + 6 * HOUR), 0);
	}
	assert_int_equal(nodes(room, CL_NODE_CREDENTIAL), 0);
	assert_int_equal(nodes(room, CL_NODE_PROCESS), 0);
	assert_int_equal(nodes(room, CL_NODE_FILE), 0);
	assert_int_equal(nodes(room, CL_NODE_RUN), 0);
	assert_int_equal(nodes(room, CL_NODE_HOST), 1);
}

static void test_a_findings_lineage_stays_by_size(void **state)
{
	struct room *room = *state;
	_cleanup_free_ char *before = NULL, *after = NULL;
	struct cl_retention r;

	reopen(room, CL_STORE_WRITE);
	fill(room, NOW - 50 * HOUR);
	report(room, NOW - 50 * HOUR);
	before = lineage(room);
	cl_retention_init(&r, 100 * HOUR, 1); /* nothing fits */
	for (int i = 0; r.age > HOUR; i++) {
		r.due = 0;
		assert_int_equal(cl_retention_step(&r, room->db, 1, NOW), 0);
		assert_true(i < 200);
	}
	assert_int_equal(r.finding_age, 100 * HOUR);
	assert_int_equal(nodes(room, CL_NODE_CREDENTIAL), 1);
	after = lineage(room);
	assert_string_equal(after, before);
	/* when acts alone do not make room, findings get younger too, and theirs goes with them */
	for (int i = 0; i < 100; i++) {
		r.due = 0;
		assert_int_equal(cl_retention_step(&r, room->db, 1, NOW), 0);
	}
	assert_int_equal(nodes(room, CL_NODE_CREDENTIAL), 0);
}

/* A process on which somebody acted lately is not old, whatever became of itself. */
static void test_an_act_keeps_what_it_was_done_to(void **state)
{
	struct room *room = *state;
	struct cl_graph *g = NULL;

	reopen(room, CL_STORE_WRITE);
	fill(room, NOW - 50 * HOUR);
	assert_int_equal(cl_graph_new(&g, 1000, 1000), 0);
	cl_graph_node(g, CL_NODE_RUN, "run:h:job-3", "job-3", NOW, NULL);
	put_process(g, 7, 0, "run:h:job-3", NOW);
	cl_graph_node(g, CL_NODE_PROCESS, process(5), NULL, NOW - 50 * HOUR, NULL);
	put_act(g, CL_EDGE_READ, process(7), process(5), NOW);
	write_all(room, g);
	cl_graph_free(&g);
	forget(room, (struct cl_sweep){.acts_before = NOW - HOUR, .findings_before = NOW - HOUR});
	assert_int_equal(nodes(room, CL_NODE_PROCESS), 5); /* 7, 5 and the chain above it */
}

/* Part by part and with an uneven slice: what is kept ready says at each moment what the rows say. */
static void test_what_is_kept_ready_follows(void **state)
{
	struct room *room = *state;
	struct cl_graph *g = NULL;

	reopen(room, CL_STORE_WRITE);
	fill(room, NOW - 50 * HOUR);
	assert_int_equal(holders(room, CRED), 2);
	assert_int_equal(holders(room, OTHER), 1);
	assert_int_equal(holders(room, "cred:unheard-of"), 0);
	assert_int_equal(runs_of(room, CRED), 2);
	/* again, and by another way: one more holding, no more runs; then a process that becomes part of a run later */
	assert_int_equal(cl_graph_new(&g, 1000, 1000), 0);
	cl_graph_node(g, CL_NODE_CREDENTIAL, CRED, NULL, NOW, NULL);
	put_process(g, 3, 0, "run:h:job-1", NOW);
	put_act(g, CL_EDGE_READ, process(3), CRED, NOW);
	put_act(g, CL_EDGE_RECEIVED, process(3), CRED, NOW);
	write_all(room, g);
	assert_int_equal(holders(room, CRED), 3);
	cl_graph_node(g, CL_NODE_PROCESS, process(7), "x", NOW, NULL);
	put_act(g, CL_EDGE_READ, process(7), CRED, NOW);
	write_all(room, g);
	assert_int_equal(runs_of(room, CRED), 2);
	cl_graph_node(g, CL_NODE_RUN, "run:h:job-3", "job-3", NOW, NULL);
	put_process(g, 7, 0, "run:h:job-3", NOW);
	write_all(room, g);
	cl_graph_free(&g);
	assert_int_equal(holders(room, CRED), 4);
	assert_int_equal(runs_of(room, CRED), 3);
	forget(room, (struct cl_sweep){.acts_before = NOW - HOUR, .findings_before = NOW - HOUR});
	assert_int_equal(holders(room, CRED), 3); /* both of 3, and 7 */
	assert_int_equal(runs_of(room, CRED), 2);
	assert_int_equal(holders(room, OTHER), 0);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(test_a_findings_lineage_stays_by_age),
		IN_ROOM(test_a_findings_lineage_stays_by_size),
		IN_ROOM(test_an_act_keeps_what_it_was_done_to),
		IN_ROOM(test_what_is_kept_ready_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
