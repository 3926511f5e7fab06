/* SPDX-License-Identifier: Apache-2.0 */
/* From observations to nodes and edges: who enters the graph, and how it looks there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "credlineage/event.h"
#include "lineage/ids.h"
#include "lineage/weave.h"
#include "mk_observation.h"

#define P(tgid, start) "process:" MK_BOOT_ID ":" #tgid ":" #start
#define CRED_A "cred:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct room {
	struct cl_identity *id;
	struct cl_graph *g;
	cJSON *nodes, *edges; /* all of the graph after look() */
};

static void feed_with(struct room *room, struct cl_observation o, const uint8_t (*holding)[CL_FP_SIZE], size_t n)
{
	struct cl_process *actor = NULL;
	struct cl_run *ended = NULL;

	assert_int_equal(cl_identity_apply(room->id, &o, &actor, &ended), 0);
	assert_int_equal(cl_weave(room->g, room->id, &o, actor, holding, n), 0);
}

static void feed(struct room *room, struct cl_observation o)
{
	feed_with(room, o, NULL, 0);
}

/* init(1) -> sshd(50) -> sh(100) -> cat(101); nobody holds anything yet. */
static int enter(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	assert_non_null(room);
	assert_int_equal(cl_identity_new(&room->id, 1000, 100), 0);
	assert_int_equal(cl_graph_new(&room->g, 1000, 1000), 0);
	feed(room, mk_obs_host());
	feed(room, mk_obs_process(10, mk_key(1, 1), mk_key(0, 0), "/sbin/init"));
	feed(room, mk_obs_process(11, mk_key(50, 2), mk_key(1, 1), "/usr/sbin/sshd"));
	feed(room, mk_obs_fork(5000, mk_key(50, 2), mk_key(100, 5000)));
	feed(room, mk_obs_exec(5001, mk_key(100, 5000), mk_key(50, 2), "/bin/sh"));
	feed(room, mk_obs_fork(6000, mk_key(100, 5000), mk_key(101, 6000)));
	feed(room, mk_obs_exec(6001, mk_key(101, 6000), mk_key(100, 5000), "/bin/cat"));
	*state = room;
	return 0;
}

static int leave(void **state)
{
	struct room *room = *state;

	cJSON_Delete(room->nodes);
	cJSON_Delete(room->edges);
	cl_graph_free(&room->g);
	cl_identity_free(&room->id);
	free(room);
	return 0;
}

/* Takes everything and keeps it by id: what a store would hold. */
static void look(struct room *room)
{
	_cleanup_(cl_batch_free) struct cl_batch *b = NULL;
	_cleanup_free_ const char **ids = NULL;

	assert_int_equal(cl_graph_take(room->g, 100000, &b), 0);
	assert_non_null(b);
	ids = calloc(b->n_nodes + 1, sizeof(*ids));
	for (size_t i = 0; i < b->n_nodes; i++)
		ids[i] = b->nodes[i].id;
	cJSON_Delete(room->nodes);
	cJSON_Delete(room->edges);
	room->nodes = cJSON_CreateArray();
	room->edges = cJSON_CreateArray();
	assert_int_equal(cl_graph_subset(room->g, ids, b->n_nodes, room->nodes, room->edges), 0);
}

static const cJSON *node(struct room *room, const char *id)
{
	const cJSON *n;

	cJSON_ArrayForEach (n, room->nodes) {
		if (!strcmp(cl_json_get_str(n, "id"), id))
			return n;
	}
	return NULL;
}

static const cJSON *edge(struct room *room, const char *source, const char *kind, const char *target)
{
	const cJSON *e;

	cJSON_ArrayForEach (e, room->edges) {
		if (!strcmp(cl_json_get_str(e, "source"), source) && !strcmp(cl_json_get_str(e, "kind"), kind) &&
		    !strcmp(cl_json_get_str(e, "target"), target))
			return e;
	}
	fail_msg("no edge %s -%s-> %s", source, kind, target);
	return NULL;
}

static struct cl_observation read_token(uint64_t ts, uint32_t tgid, uint64_t start, const struct cl_sighting *s)
{
	struct cl_observation o = mk_obs_read(ts, mk_key(tgid, start), "/root/.netrc");

	o.store = "netrc";
	mk_obs_sightings(&o, s, 1);
	return o;
}

static void without_a_credential_nobody_enters(void **state)
{
	struct room *room = *state;

	feed(room, mk_obs_open(6100, mk_key(101, 6000), "/root/.netrc"));
	feed(room, mk_obs_connect(6200, mk_key(101, 6000), "192.0.2.1", 443));
	feed(room, mk_obs_exit(6300, mk_key(101, 6000), 0));
	look(room);
	assert_int_equal(cJSON_GetArraySize(room->nodes), 1); /* the host */
	assert_string_equal(cl_json_get_str(room->nodes, "0.label"), "testhost");
	assert_string_equal(cl_json_get_str(room->nodes, "0.attrs.boot_id"), MK_BOOT_ID);
	assert_int_equal(cl_graph_stats(room->g)->nodes, 1);
}

static void a_reader_enters_with_its_whole_chain(void **state)
{
	struct room *room = *state;
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_FILE, CL_CLASS_STATIC);
	const char *file = "file:" MK_HOST_ID ":/root/.netrc";
	const cJSON *n, *e;

	s.line = 3;
	s.provider = "GitHub";
	s.format = "github_pat_classic";
	feed(room, read_token(6100, 101, 6000, &s));
	look(room);
	n = node(room, P(101, 6000));
	assert_non_null(n);
	assert_string_equal(cl_json_get_str(n, "label"), "cat [101]");
	assert_string_equal(cl_json_get_str(n, "attrs.exe"), "/bin/cat");
	assert_int_equal(cl_json_get_num(n, "attrs.pid"), 101);
	assert_string_equal(cl_json_get_str(n, "first"), "2023-11-14T22:13:20.000006Z");
	n = node(room, CRED_A);
	assert_string_equal(cl_json_get_str(n, "label"), "GitHub github_pat_classic cred:aaaa");
	assert_string_equal(cl_json_get_str(n, "attrs.class"), "static");
	assert_string_equal(cl_json_get_str(n, "attrs.key_id"), "0a0b0c0d");
	n = node(room, file);
	assert_string_equal(cl_json_get_str(n, "attrs.store"), "netrc");
	assert_string_equal(cl_json_get_str(n, "attrs.dev"), "8:1");
	assert_string_equal(cl_json_get_str(n, "attrs.ino"), "1000");
	e = edge(room, P(101, 6000), "READ", CRED_A);
	assert_string_equal(cl_json_get_str(e, "evidence"), "/root/.netrc:3");
	assert_string_equal(cl_json_get_str(e, "basis"), "observed");
	edge(room, P(101, 6000), "READ", file);
	e = edge(room, CRED_A, "STORED_IN", file);
	assert_string_equal(cl_json_get_str(e, "evidence"), "EXAMPLE_TOKEN, line 3");
	e = edge(room, P(1, 1), "SPAWNED", P(50, 2));
	e = edge(room, P(50, 2), "SPAWNED", P(100, 5000));
	e = edge(room, P(100, 5000), "SPAWNED", P(101, 6000));
	assert_string_equal(cl_json_get_str(e, "basis"), "observed");
	assert_string_equal(cl_json_get_str(e, "first"), "2023-11-14T22:13:20.000006Z");
	edge(room, P(101, 6000), "RAN_AS", "user:" MK_HOST_ID ":0");
	/* init is a first process: no unknown parent */
	cJSON_ArrayForEach (n, room->nodes) {
		assert_null(cl_json_at(n, "attrs.unknown"));
	}
}

static void every_process_is_part_of_a_run_up_to_the_host(void **state)
{
	struct room *room = *state;
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_FILE, CL_CLASS_STATIC);
	const cJSON *n;
	int runs = 0;

	feed(room, mk_obs_run_begin(5500, mk_key(100, 5000), "deploy", "run-1"));
	feed(room, read_token(6100, 100, 5000, &s));
	look(room);
	n = node(room, "run:" MK_HOST_ID ":run-1");
	assert_non_null(n);
	assert_string_equal(cl_json_get_str(n, "attrs.state"), "active");
	assert_string_equal(cl_json_get_str(n, "attrs.run_id"), "run-1");
	assert_non_null(strstr(cl_json_get_str(n, "label"), "deploy / run-1"));
	edge(room, P(100, 5000), "PART_OF", "run:" MK_HOST_ID ":run-1");
	cJSON_ArrayForEach (n, room->nodes) {
		if (strcmp(cl_json_get_str(n, "kind"), "Run"))
			continue;
		runs++;
		if (!strcmp(cl_json_get_str(n, "attrs.run_kind"), "host"))
			edge(room, cl_json_get_str(n, "id"), "RAN_IN", "host:" MK_HOST_ID);
	}
	assert_true(runs >= 2);
	feed(room, mk_obs_run_end(7000, "run-1", "success"));
	look(room);
	n = node(room, "run:" MK_HOST_ID ":run-1");
	assert_non_null(n);
	assert_string_not_equal(cl_json_get_str(n, "attrs.state"), "active");
	assert_string_equal(cl_json_get_str(n, "attrs.outcome"), "success");
	assert_string_equal(cl_json_get_str(n, "attrs.end"), "2023-11-14T22:13:20.000007Z");
}

static void environment_and_arguments_are_held(void **state)
{
	struct room *room = *state;
	struct cl_sighting s[2] = {mk_sighting(0xaa, CL_SOURCE_ENVIRONMENT, CL_CLASS_STATIC),
				   mk_sighting(0xbb, CL_SOURCE_ARGUMENTS, CL_CLASS_EPHEMERAL)};
	struct cl_observation o = mk_obs_exec(6500, mk_key(101, 6000), mk_key(100, 5000), "/usr/bin/curl");
	const cJSON *e;

	s[0].name = "GH_TOKEN";
	s[1].name = NULL;
	mk_obs_sightings(&o, s, 2);
	feed(room, o);
	look(room);
	e = edge(room, P(101, 6000), "HELD_IN_ENVIRONMENT", CRED_A);
	assert_string_equal(cl_json_get_str(e, "evidence"), "GH_TOKEN");
	e = edge(room, P(101, 6000), "PASSED_IN_ARGUMENTS", "cred:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
	assert_string_equal(cl_json_get_str(e, "evidence"), "argument");
	/* an exec without one still renews what is known of a process that is there */
	feed(room, mk_obs_exec(6600, mk_key(101, 6000), mk_key(100, 5000), "/bin/true"));
	look(room);
	assert_string_equal(cl_json_get_str(node(room, P(101, 6000)), "attrs.exe"), "/bin/true");
	feed(room, mk_obs_exit(6700, mk_key(101, 6000), 3 << 8));
	look(room);
	assert_int_equal(cl_json_get_num(node(room, P(101, 6000)), "attrs.exit_status"), 3);
	assert_string_equal(cl_json_get_str(node(room, P(101, 6000)), "attrs.exited"), "2023-11-14T22:13:20.000006Z");
	assert_string_equal(cl_json_get_str(node(room, P(101, 6000)), "attrs.exe"), "/bin/true");
}

static void a_holder_connects_on_the_credentials_behalf(void **state)
{
	struct room *room = *state;
	const uint8_t holding[1][CL_FP_SIZE] = {
		{0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa}};
	struct cl_observation local = mk_obs_connect(6300, mk_key(101, 6000), "/run/agent.sock", 0);
	const cJSON *n, *e;

	feed_with(room, mk_obs_connect(6200, mk_key(101, 6000), "2001:db8::1", 443), holding, 1);
	feed_with(room, mk_obs_connect(6250, mk_key(101, 6000), "2001:db8::1", 443), holding, 1);
	local.family = AF_UNIX;
	feed_with(room, local, holding, 1);
	look(room);
	n = node(room, "destination:tcp:[2001:db8::1]:443");
	assert_string_equal(cl_json_get_str(n, "attrs.address"), "2001:db8::1");
	assert_int_equal(cl_json_get_num(n, "attrs.port"), 443);
	assert_string_equal(cl_json_get_str(n, "attrs.transport"), "tcp");
	e = edge(room, P(101, 6000), "CONNECTED_TO", "destination:tcp:[2001:db8::1]:443");
	assert_int_equal(cl_json_get_num(e, "count"), 2);
	e = edge(room, CRED_A, "USED_TOWARD", "destination:tcp:[2001:db8::1]:443");
	assert_string_equal(cl_json_get_str(e, "basis"), "inferred");
	assert_string_equal(cl_json_get_str(e, "evidence"), "cat [101]");
	edge(room, P(101, 6000), "CONNECTED_TO", "destination:unix:/run/agent.sock");
}

static struct cl_observation answer(uint64_t ts, const char *address, uint32_t port, int result)
{
	struct cl_observation o = mk_obs_connect(ts, mk_key(101, 6000), address, port);

	o.kind = CL_OBS_CONNECT_END;
	o.result = result;
	return o;
}

static void what_became_of_a_connect_is_its_evidence(void **state)
{
	static const uint8_t holding[1][CL_FP_SIZE] = {{0xaa}};
	struct room *room = *state;
	struct cl_observation again = mk_obs_connect(6250, mk_key(101, 6000), "192.0.2.1", 443);
	const cJSON *e;

	again.repeats = 40;
	feed_with(room, mk_obs_connect(6200, mk_key(101, 6000), "192.0.2.1", 443), holding, 1);
	feed(room, answer(6210, "192.0.2.1", 443, ECONNREFUSED));
	feed(room, answer(6210, "192.0.2.9", 443, 0)); /* of a connect that is not in the graph: nothing */
	feed_with(room, mk_obs_connect(6200, mk_key(101, 6000), "192.0.2.2", 443), holding, 1);
	look(room);
	e = edge(room, P(101, 6000), "CONNECTED_TO", "destination:tcp:192.0.2.1:443");
	assert_string_equal(cl_json_get_str(e, "evidence"), "192.0.2.1:443, refused");
	assert_int_equal(cl_json_get_num(e, "count"), 1);
	e = edge(room, P(101, 6000), "CONNECTED_TO", "destination:tcp:192.0.2.2:443");
	assert_string_equal(cl_json_get_str(e, "evidence"), "192.0.2.2:443");
	feed_with(room, again, holding, 1);
	feed(room, answer(6260, "192.0.2.1", 443, 0));
	feed(room, answer(6270, "192.0.2.1", 443, ETIMEDOUT)); /* what was established once stays */
	look(room);
	e = edge(room, P(101, 6000), "CONNECTED_TO", "destination:tcp:192.0.2.1:443");
	assert_string_equal(cl_json_get_str(e, "evidence"), "192.0.2.1:443, established");
	assert_int_equal(cl_json_get_num(e, "count"), 42);
}

static void a_credential_service_is_named(void **state)
{
	struct room *room = *state;
	struct cl_observation o = mk_obs_connect(6200, mk_key(101, 6000), "169.254.170.23", 80);
	const cJSON *n;

	o.service = "aws-eks-pod-identity";
	feed(room, mk_obs_connect(6200, mk_key(101, 6000), "192.0.2.1", 80)); /* holds nothing, goes nowhere special */
	feed(room, o);
	look(room);
	n = node(room, "destination:tcp:169.254.170.23:80");
	assert_string_equal(cl_json_get_str(n, "label"), "aws-eks-pod-identity (169.254.170.23:80)");
	assert_string_equal(cl_json_get_str(n, "attrs.service"), "aws-eks-pod-identity");
	assert_true(cJSON_IsTrue(cl_json_at(n, "attrs.credential_source")));
	edge(room, P(101, 6000), "CONNECTED_TO", "destination:tcp:169.254.170.23:80");
	assert_false(cl_graph_touch(room->g, "destination:tcp:192.0.2.1:80"));
}

static void a_peer_that_came_is_no_place_that_serves(void **state)
{
	static const uint8_t holding[1][CL_FP_SIZE] = {{0xaa}};
	struct room *room = *state;
	struct cl_observation o = mk_obs_connect(6200, mk_key(101, 6000), "127.0.0.1", 8080);
	const cJSON *n;

	o.how = CL_CONNECT_ACCEPT;
	feed_with(room, o, holding, 1);
	look(room);
	n = node(room, "destination:tcp-in:127.0.0.1:8080");
	assert_string_equal(cl_json_get_str(n, "label"), "127.0.0.1 (to port 8080)");
	assert_string_equal(cl_json_get_str(n, "attrs.direction"), "inbound");
	assert_true(cJSON_IsTrue(cl_json_at(n, "attrs.loopback")));
	edge(room, P(101, 6000), "CONNECTED_TO", "destination:tcp-in:127.0.0.1:8080");
}

static void both_ends_of_a_redirect_are_there(void **state)
{
	static const uint8_t holding[1][CL_FP_SIZE] = {{0xaa}};
	struct room *room = *state;
	struct cl_observation o = mk_obs_connect(6210, mk_key(101, 6000), "10.0.0.1", 8443);

	o.flags = CL_F_REDIRECTED;
	o.asked_address = "192.0.2.1";
	o.asked_port = 443;
	feed_with(room, mk_obs_connect(6200, mk_key(101, 6000), "192.0.2.1", 443), holding, 1);
	feed_with(room, o, holding, 1);
	look(room);
	assert_string_equal(cl_json_get_str(node(room, "destination:tcp:192.0.2.1:443"), "attrs.redirected_to"),
			    "10.0.0.1:8443");
	assert_string_equal(cl_json_get_str(node(room, "destination:tcp:10.0.0.1:8443"), "attrs.redirected_from"),
			    "192.0.2.1:443");
	edge(room, P(101, 6000), "CONNECTED_TO", "destination:tcp:192.0.2.1:443");
	edge(room, P(101, 6000), "CONNECTED_TO", "destination:tcp:10.0.0.1:8443");
}

static void an_unknown_parent_is_said(void **state)
{
	struct room *room = *state;
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_ENVIRONMENT, CL_CLASS_STATIC);
	struct cl_observation o = mk_obs_exec(9000, mk_key(900, 8000), mk_key(800, 7000), "/bin/orphan");
	const cJSON *n, *e;

	mk_obs_sightings(&o, &s, 1);
	feed(room, o);
	look(room);
	n = node(room, "unknown:" MK_BOOT_ID ":800:7000");
	if (!n) { /* the process table knows the parent by its key: it is there, marked as not known */
		n = node(room, P(800, 7000));
		assert_non_null(n);
		assert_true(cJSON_IsFalse(cl_json_at(n, "attrs.known")));
		return;
	}
	assert_true(cJSON_IsTrue(cl_json_at(n, "attrs.unknown")));
	assert_string_equal(cl_json_get_str(n, "kind"), "Process");
	assert_string_equal(cl_json_get_str(n, "label"), "unknown [800]");
	e = edge(room, "unknown:" MK_BOOT_ID ":800:7000", "SPAWNED", P(900, 8000));
	assert_string_equal(cl_json_get_str(e, "basis"), "inferred");
}

static void a_child_run_with_its_parents_credential_is_delegated_to(void **state)
{
	struct room *room = *state;
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_ENVIRONMENT, CL_CLASS_STATIC);
	struct cl_observation o;

	feed(room, mk_obs_run_begin(5500, mk_key(100, 5000), "pipeline", "outer"));
	o = mk_obs_exec(5600, mk_key(100, 5000), mk_key(50, 2), "/usr/bin/make");
	mk_obs_sightings(&o, &s, 1);
	feed(room, o);
	feed(room, mk_obs_fork(6400, mk_key(100, 5000), mk_key(102, 6400)));
	feed(room, mk_obs_run_begin(6450, mk_key(102, 6400), "agent", "inner"));
	o = mk_obs_exec(6500, mk_key(102, 6400), mk_key(100, 5000), "/usr/bin/agent");
	mk_obs_sightings(&o, &s, 1);
	feed(room, o);
	look(room);
	assert_string_equal(
		cl_json_get_str(edge(room, "run:" MK_HOST_ID ":outer", "DELEGATED_TO", "run:" MK_HOST_ID ":inner"),
				"evidence"),
		CRED_A);
	edge(room, "run:" MK_HOST_ID ":inner", "PART_OF", "run:" MK_HOST_ID ":outer");
}

static void repeats_do_not_touch_facts(void **state)
{
	struct room *room = *state;
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_FILE, CL_CLASS_STATIC);
	struct cl_batch *b = NULL;

	feed(room, read_token(6100, 101, 6000, &s));
	look(room);
	feed(room, read_token(6200, 101, 6000, &s));
	assert_int_equal(cl_graph_take(room->g, 1000, &b), 0);
	/* READ of the credential and of the file, and STORED_IN, which is seen again */
	assert_int_equal(b->n_edges, 3);
	for (size_t i = 0; i < b->n_edges; i++)
		assert_int_equal(b->edges[i].count, 1);
	cl_batch_free(&b);
}

/* What the kernel only counted is counted here, too; what is odd about a read is said. */
static void untold_repeats_count(void **state)
{
	struct room *room = *state;
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_FILE, CL_CLASS_STATIC);
	struct cl_observation o = read_token(6100, 101, 6000, &s);
	char file[] = "file:" MK_HOST_ID ":/root/.netrc";

	o.filename = "/tmp/ln";
	feed(room, o);
	o.ts = 7200;
	o.repeats = 4000;
	feed(room, o);
	o.ts = 8200;
	o.repeats = 7;
	o.filename = NULL;
	o.unverified = 1;
	o.n_sightings = 0;
	feed(room, o);
	look(room);
	assert_int_equal(cl_json_get_num(edge(room, P(101, 6000), "READ", CRED_A), "count"), 4002);
	assert_int_equal(cl_json_get_num(edge(room, P(101, 6000), "READ", file), "count"), 4010);
	assert_string_equal(cl_json_get_str(edge(room, P(101, 6000), "READ", CRED_A), "evidence"),
			    "/root/.netrc, asked for as /tmp/ln");
	assert_string_equal(cl_json_get_str(edge(room, P(101, 6000), "READ", file), "evidence"),
			    "asked for as /tmp/ln");
	assert_int_equal(cl_json_get_num(edge(room, P(50, 2), "SPAWNED", P(100, 5000)), "count"), 1);
	o = read_token(9000, 102, 8000, &s);
	o.unverified = 1;
	o.n_sightings = 0;
	feed(room, o);
	look(room);
	assert_string_equal(cl_json_get_str(edge(room, P(102, 8000), "READ", file), "evidence"), "content unverified");
}

static void hostile_names_stay_text(void **state)
{
	struct room *room = *state;
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_FILE, CL_CLASS_STATIC);
	struct cl_observation o = read_token(6100, 101, 6000, &s);
	const cJSON *n;

	o.path = "/tmp/\x1b[31m\xe2\x80\xae\"<script>\n\xff";
	feed(room, o);
	look(room);
	cJSON_ArrayForEach (n, room->nodes) {
		for (const char *c = cl_json_get_str(n, "label"); *c; c++)
			assert_true((unsigned char)*c >= 0x20);
		for (const char *c = cl_json_get_str(n, "id"); *c; c++)
			assert_true((unsigned char)*c >= 0x20);
	}
	assert_non_null(node(room, "file:" MK_HOST_ID ":/tmp/\\x1b[31m\\u{202e}\"<script>\\x0a\\xff"));
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, leave)

/* A process whose fork was missed is in its parent's run by guess only, whatever the run itself is. */
static void a_guessed_membership_is_inferred(void **state)
{
	struct room *room = *state;
	struct cl_observation begin = mk_obs(CL_OBS_RUN_BEGIN, 6100, mk_key(100, 5000), mk_key(50, 2));
	struct cl_observation read;

	begin.run_id = "r1";
	begin.workflow = "w";
	begin.run_kind = "declared";
	feed(room, begin);
	read = mk_obs(CL_OBS_READ, 7000, mk_key(200, 6900), mk_key(100, 5000));
	read.path = "/root/.netrc";
	read.store = "netrc";
	feed(room, read);
	look(room);
	assert_string_equal(cl_json_get_str(edge(room, P(200, 6900), "PART_OF", "run:" MK_HOST_ID ":r1"), "basis"),
			    "inferred");
}

static void strings(const cJSON *list, const char *const *want, int n)
{
	assert_int_equal(cJSON_GetArraySize(list), n);
	for (int i = 0; i < n; i++)
		assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(list, i)), want[i]);
}

/* A node is described anew when its process becomes another program; nothing of the old one stays as if it were so. */
static void a_process_keeps_its_programs(void **state)
{
	struct room *room = *state;
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_FILE, CL_CLASS_STATIC);
	struct cl_observation o = mk_obs_exec(6050, mk_key(101, 6000), mk_key(100, 5000), "memfd:x");
	const cJSON *a;

	o.flags = CL_F_ANONYMOUS | CL_F_DELETED | CL_F_ENV_TRUNCATED;
	o.program = "./real";
	feed(room, o);
	feed(room, read_token(6100, 101, 6000, &s));
	look(room);
	a = cl_json_at(node(room, P(101, 6000)), "attrs");
	assert_string_equal(cl_json_get_str(a, "exe"), "memfd:x");
	assert_true(cJSON_IsTrue(cl_json_at(a, "exe_memfd")));
	assert_null(cl_json_at(a, "exe_deleted"));
	assert_true(cJSON_IsTrue(cl_json_at(a, "environment_truncated")));
	assert_string_equal(cl_json_get_str(a, "program"), "./real");
	assert_string_equal(cl_json_get_str(a, "program_basis"), "inferred");
	assert_string_equal(cl_json_get_str(node(room, P(101, 6000)), "label"), "real [101]");
	strings(cl_json_at(a, "earlier_exe"), (const char *const[]){"/bin/cat"}, 1);
	edge(room, P(101, 6000), "READ", CRED_A);
	edge(room, P(100, 5000), "SPAWNED", P(101, 6000));

	o = mk_obs_exec(6200, mk_key(101, 6000), mk_key(1, 1), "/usr/bin/curl");
	feed(room, o);
	look(room);
	a = cl_json_at(node(room, P(101, 6000)), "attrs");
	assert_string_equal(cl_json_get_str(a, "exe"), "/usr/bin/curl");
	assert_true(cJSON_IsFalse(cl_json_at(a, "exe_memfd")));
	assert_true(cJSON_IsFalse(cl_json_at(a, "environment_truncated")));
	assert_string_equal(cl_json_get_str(a, "program"), "");
	strings(cl_json_at(a, "earlier_exe"), (const char *const[]){"/bin/cat", "memfd:x"}, 2);
	assert_int_equal(cJSON_GetArraySize(cl_json_at(a, "earlier_since")), 2);
	assert_int_equal(cl_json_get_num(a, "kernel_parent"), 1); /* its creator is still the shell */
}

static void namespaces_are_told_where_they_differ(void **state)
{
	struct room *room = *state;
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_FILE, CL_CLASS_STATIC);
	struct cl_observation o = read_token(6100, 101, 6000, &s);
	const cJSON *a;

	feed(room, o);
	look(room);
	a = cl_json_at(node(room, P(101, 6000)), "attrs");
	assert_null(cl_json_at(a, "mntns"));
	assert_null(cl_json_at(a, "pidns"));
	assert_null(cl_json_at(a, "ns_uid"));
	assert_null(cl_json_at(a, "started_by"));
	o = mk_obs_exec(6200, mk_key(101, 6000), mk_key(100, 5000), "/bin/cat");
	o.mntns = 4026532001u;
	o.pidns = 4026532002u;
	o.userns = 4026532003u;
	o.ns_tgid = 2;
	o.uid = 1000;
	o.ns_uid = 0;
	feed(room, o);
	look(room);
	a = cl_json_at(node(room, P(101, 6000)), "attrs");
	assert_int_equal(cl_json_get_num(a, "uid"), 1000);
	assert_int_equal(cl_json_get_num(a, "ns_uid"), 0);
	assert_true(cJSON_IsNumber(cl_json_at(a, "ns_uid")));
	assert_true(cl_json_get_num(a, "mntns") == 4026532001.0);
	assert_true(cl_json_get_num(a, "pidns") == 4026532002.0);
	assert_true(cl_json_get_num(a, "userns") == 4026532003.0);
	assert_int_equal(cl_json_get_num(a, "ns_pid"), 2);
}

static struct cl_observation access_by(uint32_t how)
{
	return (struct cl_observation){
		.kind = CL_OBS_ACCESS, .ts = 7000, .process = mk_key(101, 6000), .child = mk_key(50, 2), .how = how};
}

static void who_looks_where_nothing_is_stays_out(void **state)
{
	struct room *room = *state;

	feed(room, access_by(CL_ACCESS_ENVIRON));
	assert_int_equal(cl_graph_stats(room->g)->edges, 0);
}

/* The bytes were not seen: that the reader has the credential follows only. */
static void who_looks_into_a_holder_has_what_it_holds(void **state)
{
	static const uint8_t fp[1][CL_FP_SIZE] = {
		{0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa}};
	struct room *room = *state;
	const cJSON *e;

	feed_with(room, access_by(CL_ACCESS_ENVIRON), fp, 1);
	look(room);
	e = edge(room, P(101, 6000), "READ", P(50, 2));
	assert_string_equal(cl_json_get_str(e, "evidence"), "environment of sshd [50]");
	assert_string_equal(cl_json_get_str(e, "basis"), "observed");
	e = edge(room, P(101, 6000), "RECEIVED", CRED_A);
	assert_string_equal(cl_json_get_str(e, "evidence"), "environment of sshd [50]");
	assert_string_equal(cl_json_get_str(e, "basis"), "inferred");
	edge(room, P(1, 1), "SPAWNED", P(50, 2));
}

static void a_read_names_who_opened_the_descriptor(void **state)
{
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_FILE, CL_CLASS_STATIC);
	struct cl_observation read = mk_obs_read(7000, mk_key(101, 6000), "/root/.netrc");
	struct room *room = *state;
	const cJSON *e;

	s.line = 3;
	mk_obs_sightings(&read, &s, 1);
	read.opener = mk_key(100, 5000);
	feed(room, read);
	look(room);
	e = edge(room, P(101, 6000), "READ", CRED_A);
	assert_string_equal(cl_json_get_str(e, "evidence"), "/root/.netrc:3, opened by sh [100]");
	e = edge(room, P(101, 6000), "RECEIVED", CRED_A);
	assert_string_equal(cl_json_get_str(e, "evidence"), "opened by sh [100]");
	assert_string_equal(cl_json_get_str(e, "basis"), "observed");
}

static void a_descriptor_that_came_names_where_from(void **state)
{
	struct cl_sighting s = mk_sighting(0xaa, CL_SOURCE_DESCRIPTOR, CL_CLASS_STATIC);
	struct cl_observation o = mk_obs_read(7000, mk_key(101, 6000), "/root/.netrc");
	char file[CL_ID_SIZE];
	struct room *room = *state;
	const cJSON *e;

	mk_obs_sightings(&o, &s, 1);
	o.kind = CL_OBS_RECEIVE;
	o.opener = mk_key(50, 2);
	feed(room, o);
	look(room);
	e = edge(room, P(101, 6000), "RECEIVED", cl_id_file(file, sizeof(file), MK_HOST_ID, "/root/.netrc"));
	assert_string_equal(cl_json_get_str(e, "evidence"), "opened by sshd [50]");
	e = edge(room, P(101, 6000), "RECEIVED", P(50, 2));
	assert_string_equal(cl_json_get_str(e, "evidence"), "/root/.netrc");
	e = edge(room, P(101, 6000), "RECEIVED", CRED_A);
	assert_string_equal(cl_json_get_str(e, "evidence"), "opened by sshd [50]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_guessed_membership_is_inferred, enter, leave),
		IN_ROOM(without_a_credential_nobody_enters),
		IN_ROOM(a_reader_enters_with_its_whole_chain),
		IN_ROOM(every_process_is_part_of_a_run_up_to_the_host),
		IN_ROOM(environment_and_arguments_are_held),
		IN_ROOM(a_holder_connects_on_the_credentials_behalf),
		IN_ROOM(what_became_of_a_connect_is_its_evidence),
		IN_ROOM(a_credential_service_is_named),
		IN_ROOM(a_peer_that_came_is_no_place_that_serves),
		IN_ROOM(both_ends_of_a_redirect_are_there),
		IN_ROOM(an_unknown_parent_is_said),
		IN_ROOM(a_child_run_with_its_parents_credential_is_delegated_to),
		IN_ROOM(repeats_do_not_touch_facts),
		IN_ROOM(untold_repeats_count),
		IN_ROOM(hostile_names_stay_text),
		IN_ROOM(a_process_keeps_its_programs),
		IN_ROOM(namespaces_are_told_where_they_differ),
		IN_ROOM(who_looks_where_nothing_is_stays_out),
		IN_ROOM(who_looks_into_a_holder_has_what_it_holds),
		IN_ROOM(a_read_names_who_opened_the_descriptor),
		IN_ROOM(a_descriptor_that_came_names_where_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
