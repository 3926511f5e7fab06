/* SPDX-License-Identifier: Apache-2.0 */
/* The graph in memory: what is entered comes out, bounded and each change once. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "lineage/graph.h"
#include "lineage/ids.h"
#include "query/query.h"

static int fresh(void **state)
{
	struct cl_graph *g = NULL;

	assert_int_equal(cl_graph_new(&g, 1000, 1000), 0);
	*state = g;
	return 0;
}

static int done(void **state)
{
	struct cl_graph *g = *state;

	cl_graph_free(&g);
	assert_null(g);
	cl_graph_free(&g);
	return 0;
}

static cJSON *attrs(const char *text)
{
	cJSON *o = cJSON_Parse(text);

	assert_non_null(o);
	return o;
}

static struct cl_batch *take(struct cl_graph *g, size_t max)
{
	struct cl_batch *b = NULL;

	assert_int_equal(cl_graph_take(g, max, &b), 0);
	return b;
}

static void kinds_and_names_agree(void **state)
{
	(void)state;
	for (uint32_t k = 1; k <= CL_NODE_DESTINATION; k++)
		assert_int_equal(cl_node_kind_parse(cl_node_kind_name(k)), k);
	for (uint32_t k = 1; k <= CL_EDGE_DELEGATED_TO; k++)
		assert_int_equal(cl_edge_kind_parse(cl_edge_kind_name(k)), k);
	for (uint32_t k = 1; k <= CL_BASIS_DECLARED; k++)
		assert_int_equal(cl_basis_parse(cl_basis_name(k)), k);
	assert_string_equal(cl_node_kind_name(CL_NODE_CREDENTIAL), "Credential");
	assert_string_equal(cl_edge_kind_name(CL_EDGE_HELD_IN_ENVIRONMENT), "HELD_IN_ENVIRONMENT");
	assert_string_equal(cl_node_kind_name(77), "unknown");
	assert_int_equal(cl_node_kind_parse("Nonsense"), 0);
	assert_int_equal(cl_edge_kind_parse(NULL), 0);
	assert_true(cl_edge_kind_is_fact(CL_EDGE_SPAWNED));
	assert_false(cl_edge_kind_is_fact(CL_EDGE_CONNECTED_TO));
}

static void ids_are_what_the_contract_says(void **state)
{
	const struct cl_process_key key = {.tgid = 4242, .start = 123456789012345ull};
	struct cl_observation o = {.family = AF_INET, .sock_type = SOCK_STREAM, .address = "192.0.2.1", .port = 443};
	const uint8_t fp[CL_FP_SIZE] = {0xab, 0x12};
	char id[CL_ID_SIZE];

	(void)state;
	assert_string_equal(cl_id_host(id, sizeof(id), "h1"), "host:h1");
	assert_string_equal(cl_id_process(id, sizeof(id), "b1", key), "process:b1:4242:123456789012345");
	assert_string_equal(cl_id_unknown(id, sizeof(id), "b1", key), "unknown:b1:4242:123456789012345");
	assert_string_equal(cl_id_run(id, sizeof(id), "h1", "r/1"), "run:h1:r/1");
	assert_string_equal(cl_id_workflow(id, sizeof(id), "ci:github/o/r/w/j"), "workflow:ci:github/o/r/w/j");
	assert_string_equal(cl_id_user(id, sizeof(id), "h1", 0), "user:h1:0");
	assert_string_equal(cl_id_credential(id, sizeof(id), fp), "cred:ab120000000000000000000000000000");
	assert_string_equal(cl_id_file(id, sizeof(id), "h1", "/root/.netrc"), "file:h1:/root/.netrc");
	assert_string_equal(cl_id_container(id, sizeof(id), "c1"), "container:c1");
	assert_string_equal(cl_id_destination(id, sizeof(id), &o), "destination:tcp:192.0.2.1:443");
	o.sock_type = SOCK_DGRAM | SOCK_CLOEXEC;
	o.family = AF_INET6;
	o.address = "2001:db8::1";
	assert_string_equal(cl_id_destination(id, sizeof(id), &o), "destination:udp:[2001:db8::1]:443");
	o.family = AF_UNIX;
	o.address = "/run/x.sock";
	assert_string_equal(cl_id_destination(id, sizeof(id), &o), "destination:unix:/run/x.sock");
}

static void hostile_and_long_names_make_clean_ids(void **state)
{
	char path[5000], a[CL_ID_SIZE], b[CL_ID_SIZE];

	(void)state;
	assert_string_equal(cl_id_file(a, sizeof(a), "h", "/a\nb\x1b\xff"), "file:h:/a\\x0ab\\x1b\\xff");
	assert_string_equal(cl_id_file(a, sizeof(a), "h", "/a\\nb"), "file:h:/a\\\\nb");
	assert_string_equal(cl_id_file(a, sizeof(a), "h",
				       "/gr\xc3\xbc\xc3\x9f"
				       "e"),
			    "file:h:/gr\xc3\xbc\xc3\x9f"
			    "e");
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[4900] = '\0';
	cl_id_file(a, sizeof(a), "h", path);
	path[4899] = 'y';
	cl_id_file(b, sizeof(b), "h", path);
	assert_int_equal(strlen(a), CL_ID_SIZE - 1);
	assert_string_not_equal(a, b);
	assert_memory_equal(a, b, 400);
	/* a cut never leaves half a character */
	for (size_t i = 0; i + 2 < 2000; i += 2)
		memcpy(path + i, "\xc3\xbc", 2);
	path[2000] = '\0';
	for (size_t pad = 0; pad < 2; pad++) {
		_cleanup_json_ cJSON *clean = NULL;

		cl_id_run(a, sizeof(a), pad ? "hh" : "h", path);
		clean = cl_json_clean_string(a);
		assert_string_equal(clean->valuestring, a);
	}
}

static void entries_merge(void **state)
{
	struct cl_graph *g = *state;
	_cleanup_(cl_batch_free) struct cl_batch *b = NULL;

	assert_int_equal(cl_graph_node(g, CL_NODE_PROCESS, "p", "one", 50, attrs("{\"a\":1,\"b\":\"x\"}")), 0);
	assert_int_equal(cl_graph_node(g, CL_NODE_PROCESS, "p", NULL, 70, NULL), 0);
	assert_int_equal(cl_graph_node(g, CL_NODE_PROCESS, "p", "two", 40, attrs("{\"b\":\"y\",\"c\":true}")), 0);
	assert_int_equal(cl_graph_node(g, CL_NODE_PROCESS, "p", NULL, 0, NULL), 0);
	b = take(g, 10);
	assert_int_equal(b->n_nodes, 1);
	assert_int_equal(b->n_edges, 0);
	assert_string_equal(b->nodes[0].id, "p");
	assert_string_equal(b->nodes[0].label, "two");
	assert_int_equal(b->nodes[0].first, 40);
	assert_int_equal(b->nodes[0].last, 70);
	assert_string_equal(b->nodes[0].text, "{\"a\":1,\"b\":\"y\",\"c\":true}");
	assert_null(take(g, 10));
	/* what changes nothing is not dirty */
	assert_int_equal(cl_graph_node(g, CL_NODE_PROCESS, "p", "two", 60, attrs("{\"a\":1}")), 0);
	assert_null(take(g, 10));
}

static void edges_count_acts_and_keep_facts(void **state)
{
	struct cl_graph *g = *state;
	struct cl_batch *b;

	cl_graph_node(g, CL_NODE_PROCESS, "p", "p", 1, NULL);
	cl_graph_node(g, CL_NODE_CREDENTIAL, "c", "c", 1, NULL);
	assert_int_equal(cl_graph_edge(g, CL_EDGE_READ, "p", "nobody", 5, CL_BASIS_OBSERVED, NULL), -ENOENT);
	assert_int_equal(cl_graph_edge(g, CL_EDGE_READ, "p", "c", 20, CL_BASIS_INFERRED, NULL), 0);
	assert_int_equal(cl_graph_edge(g, CL_EDGE_READ, "p", "c", 10, CL_BASIS_OBSERVED, "/first"), 0);
	assert_int_equal(cl_graph_edge(g, CL_EDGE_READ, "p", "c", 30, CL_BASIS_INFERRED, "/second"), 0);
	assert_int_equal(cl_graph_edge(g, CL_EDGE_SPAWNED, "p", "c", 7, CL_BASIS_INFERRED, NULL), 0);
	assert_int_equal(cl_graph_edge(g, CL_EDGE_SPAWNED, "p", "c", 7, CL_BASIS_INFERRED, NULL), 0);
	b = take(g, 100);
	assert_int_equal(b->n_edges, 2);
	assert_int_equal(b->edges[0].kind, CL_EDGE_READ);
	assert_int_equal(b->edges[0].count, 3);
	assert_int_equal(b->edges[0].first, 10);
	assert_int_equal(b->edges[0].last, 30);
	assert_int_equal(b->edges[0].basis, CL_BASIS_OBSERVED);
	assert_string_equal(b->edges[0].evidence, "/first");
	assert_int_equal(b->edges[1].count, 1);
	cl_batch_free(&b);
	/* the second take brings the difference only */
	cl_graph_edge(g, CL_EDGE_READ, "p", "c", 40, CL_BASIS_OBSERVED, NULL);
	cl_graph_edge(g, CL_EDGE_SPAWNED, "p", "c", 7, CL_BASIS_INFERRED, NULL);
	b = take(g, 100);
	assert_int_equal(b->n_edges, 1);
	assert_int_equal(b->edges[0].count, 1);
	cl_batch_free(&b);
	assert_true(cl_graph_has_edge(g, CL_EDGE_READ, "p", "c"));
	assert_false(cl_graph_has_edge(g, CL_EDGE_READ, "c", "p"));
	assert_false(cl_graph_has_edge(g, CL_EDGE_RECEIVED, "p", "c"));
}

static void batches_keep_nodes_before_edges(void **state)
{
	struct cl_graph *g = *state;
	char a[16], c[16];
	size_t nodes = 0, edges = 0;
	struct cl_batch *b;

	for (int i = 0; i < 100; i++) {
		snprintf(a, sizeof(a), "n%d", i);
		snprintf(c, sizeof(c), "n%d", i - 1);
		cl_graph_node(g, CL_NODE_PROCESS, a, a, 1, NULL);
		if (i)
			cl_graph_edge(g, CL_EDGE_SPAWNED, c, a, 1, CL_BASIS_OBSERVED, NULL);
	}
	while ((b = take(g, 30))) {
		assert_true(b->n_nodes + b->n_edges <= 30);
		nodes += b->n_nodes;
		edges += b->n_edges;
		if (b->n_edges)
			assert_int_equal(nodes, 100);
		cl_batch_free(&b);
	}
	assert_int_equal(nodes, 100);
	assert_int_equal(edges, 99);
}

static void caps_hold_and_clean_goes_first(void **state)
{
	struct cl_graph *g = NULL;
	const struct cl_graph_stats *s;
	struct cl_batch *b;
	char id[16];

	(void)state;
	assert_int_equal(cl_graph_new(&g, 64, 64), 0);
	s = cl_graph_stats(g);
	for (int i = 0; i < 64; i++) {
		snprintf(id, sizeof(id), "old%d", i);
		cl_graph_node(g, CL_NODE_FILE, id, id, 1, NULL);
	}
	b = take(g, 1000);
	assert_int_equal(b->n_nodes, 64);
	cl_batch_free(&b);
	assert_true(cl_graph_touch(g, "old0")); /* used just now: it stays longest */
	for (int i = 0; i < 63; i++) {
		snprintf(id, sizeof(id), "new%d", i);
		cl_graph_node(g, CL_NODE_FILE, id, id, 1, NULL);
	}
	assert_int_equal(s->nodes, 64);
	assert_int_equal(s->nodes_evicted, 63);
	assert_int_equal(s->nodes_lost, 0);
	assert_true(cl_graph_touch(g, "old0"));
	assert_false(cl_graph_touch(g, "old1"));
	/* nobody takes: even then the cap holds, and the loss is counted */
	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "more%d", i);
		assert_int_equal(cl_graph_node(g, CL_NODE_FILE, id, id, 1, NULL), 0);
	}
	assert_int_equal(s->nodes, 64);
	assert_int_equal(s->nodes_lost, 99);
	cl_graph_free(&g);
}

static void a_node_goes_with_its_edges(void **state)
{
	struct cl_graph *g = NULL;
	const struct cl_graph_stats *s;
	char id[16];

	(void)state;
	assert_int_equal(cl_graph_new(&g, 64, 64), 0);
	s = cl_graph_stats(g);
	for (int i = 0; i < 5000; i++) {
		struct cl_batch *b;

		snprintf(id, sizeof(id), "n%d", i % 200);
		cl_graph_node(g, CL_NODE_PROCESS, id, id, (uint64_t)i + 1, NULL);
		cl_graph_node(g, CL_NODE_USER, "hub", "hub", (uint64_t)i + 1, NULL);
		assert_int_equal(cl_graph_edge(g, CL_EDGE_RAN_AS, id, "hub", 1, CL_BASIS_OBSERVED, NULL), 0);
		assert_int_equal(cl_graph_edge(g, CL_EDGE_RAN_AS, "hub", "hub", 1, CL_BASIS_OBSERVED, NULL), 0);
		if (i % 7)
			continue;
		b = take(g, 50);
		cl_batch_free(&b);
	}
	assert_int_equal(s->nodes, 64);
	assert_true(s->edges <= 64);
	assert_int_equal(s->nodes_lost, 0);
	assert_true(s->nodes_evicted > 4000);
	cl_graph_free(&g);
}

static void edges_pin_their_nodes_until_taken(void **state)
{
	struct cl_graph *g = NULL;
	struct cl_batch *b;
	char id[16];

	(void)state;
	assert_int_equal(cl_graph_new(&g, 64, 1000), 0);
	cl_graph_node(g, CL_NODE_PROCESS, "p", "p", 1, NULL);
	cl_graph_node(g, CL_NODE_FILE, "f", "f", 1, NULL);
	b = take(g, 2);
	cl_batch_free(&b);
	cl_graph_edge(g, CL_EDGE_READ, "p", "f", 2, CL_BASIS_OBSERVED, NULL);
	for (int i = 0; i < 62; i++) {
		snprintf(id, sizeof(id), "x%d", i);
		cl_graph_node(g, CL_NODE_FILE, id, id, 1, NULL);
	}
	b = take(g, 64); /* not enough for the edge, if its nodes are to come before it */
	cl_batch_free(&b);
	for (int i = 0; i < 62; i++) {
		snprintf(id, sizeof(id), "y%d", i);
		cl_graph_node(g, CL_NODE_FILE, id, id, 1, NULL);
	}
	assert_true(cl_graph_touch(g, "p"));
	assert_true(cl_graph_touch(g, "f"));
	assert_int_equal(cl_graph_stats(g)->edges_lost, 0);
	cl_graph_free(&g);
}

static void a_subset_is_induced_and_sorted(void **state)
{
	struct cl_graph *g = *state;
	static const char *const ids[] = {"z", "a", "gone", "m", "a"};
	_cleanup_json_ cJSON *nodes = cJSON_CreateArray(), *edges = cJSON_CreateArray();

	cl_graph_node(g, CL_NODE_PROCESS, "z", NULL, 1000000000, attrs("{\"pid\":7}"));
	cl_graph_node(g, CL_NODE_FILE, "a", "the file", 0, NULL);
	cl_graph_node(g, CL_NODE_CREDENTIAL, "m", "m", 1, NULL);
	cl_graph_node(g, CL_NODE_DESTINATION, "out", "out", 1, NULL);
	cl_graph_edge(g, CL_EDGE_READ, "z", "a", 5, CL_BASIS_OBSERVED, "why");
	cl_graph_edge(g, CL_EDGE_READ, "z", "m", 5, CL_BASIS_OBSERVED, NULL);
	cl_graph_edge(g, CL_EDGE_CONNECTED_TO, "z", "out", 5, CL_BASIS_OBSERVED, NULL);
	assert_int_equal(cl_graph_subset(g, ids, ARRAY_SIZE(ids), nodes, edges), 0);
	assert_int_equal(cJSON_GetArraySize(nodes), 3);
	assert_string_equal(cl_json_get_str(nodes, "0.id"), "a");
	assert_string_equal(cl_json_get_str(nodes, "0.label"), "the file");
	assert_null(cl_json_at(nodes, "0.first"));
	assert_string_equal(cl_json_get_str(nodes, "1.id"), "m");
	assert_string_equal(cl_json_get_str(nodes, "2.id"), "z");
	assert_string_equal(cl_json_get_str(nodes, "2.label"), "z");
	assert_string_equal(cl_json_get_str(nodes, "2.kind"), "Process");
	assert_string_equal(cl_json_get_str(nodes, "2.first"), "1970-01-01T00:00:01.000000Z");
	assert_int_equal(cl_json_get_num(nodes, "2.attrs.pid"), 7);
	assert_int_equal(cJSON_GetArraySize(edges), 2);
	assert_true(strcmp(cl_json_get_str(edges, "0.id"), cl_json_get_str(edges, "1.id")) < 0);
	for (int i = 0; i < 2; i++) {
		const cJSON *e = cJSON_GetArrayItem(edges, i);

		assert_string_equal(cl_json_get_str(e, "source"), "z");
		assert_string_equal(cl_json_get_str(e, "kind"), "READ");
		assert_string_equal(cl_json_get_str(e, "basis"), "observed");
		assert_int_equal(cl_json_get_num(e, "count"), 1);
		assert_true(cJSON_IsObject(cl_json_at(e, "attrs")));
		if (!strcmp(cl_json_get_str(e, "target"), "a"))
			assert_string_equal(cl_json_get_str(e, "evidence"), "why");
	}
}

static void edge_ids_depend_on_kind_and_ends_alone(void **state)
{
	struct cl_edge e = {.kind = CL_EDGE_READ, .source = "a", .target = "b", .count = 1, .basis = 1};
	_cleanup_json_ cJSON *first = cl_lineage_edge_json(&e), *again = NULL, *other = NULL;

	(void)state;
	e.count = 9;
	again = cl_lineage_edge_json(&e);
	e.kind = CL_EDGE_RECEIVED;
	other = cl_lineage_edge_json(&e);
	assert_string_equal(cl_json_get_str(first, "id"), cl_json_get_str(again, "id"));
	assert_string_not_equal(cl_json_get_str(first, "id"), cl_json_get_str(other, "id"));
	assert_int_equal(strlen(cl_json_get_str(first, "id")), 34);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_and_names_agree),
		cmocka_unit_test(ids_are_what_the_contract_says),
		cmocka_unit_test(hostile_and_long_names_make_clean_ids),
		cmocka_unit_test_setup_teardown(entries_merge, fresh, done),
		cmocka_unit_test_setup_teardown(edges_count_acts_and_keep_facts, fresh, done),
		cmocka_unit_test_setup_teardown(batches_keep_nodes_before_edges, fresh, done),
		cmocka_unit_test(caps_hold_and_clean_goes_first),
		cmocka_unit_test(a_node_goes_with_its_edges),
		cmocka_unit_test(edges_pin_their_nodes_until_taken),
		cmocka_unit_test_setup_teardown(a_subset_is_induced_and_sorted, fresh, done),
		cmocka_unit_test(edge_ids_depend_on_kind_and_ends_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
