/* SPDX-License-Identifier: Apache-2.0 */
/* A store of each earlier schema: read as it is, and brought up with every row kept, equal to one that never was older. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "query/query.h"
#include "store/statements.h"
#include "old_store.h"
#include "store_room.h"

static const char *const old[] = {old_schema_1, old_schema_2, old_schema_3, old_schema_4};

/* ---- all that a store says, as text ---- */

static int tell_node(void *ctx, const struct cl_node *n)
{
	_cleanup_free_ char *attrs = n->attrs ? cJSON_PrintUnformatted(n->attrs) : NULL;

	return cl_text_printf(ctx, "%u %s \"%s\" %llu-%llu %s\n", n->kind, n->id, n->label,
			      (unsigned long long)n->first, (unsigned long long)n->last, attrs ? attrs : "-");
}

static int tell_edge(void *ctx, const struct cl_edge *e)
{
	return cl_text_printf(ctx, "  %u %s %s %llu-%llu %llu %u %s\n", e->kind, e->source, e->target,
			      (unsigned long long)e->first, (unsigned long long)e->last, (unsigned long long)e->count,
			      e->basis, e->evidence ? e->evidence : "-");
}

static int tell_run(void *ctx, const struct cl_node *n)
{
	return cl_text_printf(ctx, "  held in %s\n", n->id);
}

static int tell_finding(void *ctx, const cJSON *finding)
{
	_cleanup_free_ char *json = cJSON_PrintUnformatted(finding);

	return cl_text_printf(ctx, "%s\n", json);
}

struct teller {
	struct room *room;
	struct cl_text *text;
};

static int tell_whole_node(void *ctx, const struct cl_node *n)
{
	struct teller *t = ctx;
	uint64_t holders = 0;

	tell_node(t->text, n);
	cl_store_edges(t->room->db, n->id, CL_BOTH, tell_edge, t->text);
	assert_int_equal(cl_store_runs_of(t->room->db, n->id, tell_run, t->text), 0);
	assert_int_equal(cl_store_holders(t->room->db, n->id, &holders, NULL), 0);
	return cl_text_printf(t->text, "  %llu holders\n", (unsigned long long)holders);
}

static char *tell(struct room *room)
{
	_cleanup_text_ struct cl_text text = {0};
	struct teller t = {room, &text};
	_cleanup_free_ char *position = NULL;
	_cleanup_json_ cJSON *report = NULL, *lineage = NULL;
	const struct cl_lineage_query q = {.finding = "fnd-old"};
	uint64_t seq = 0;

	for (uint32_t kind = CL_NODE_HOST; kind <= CL_NODE_DESTINATION; kind++)
		assert_int_equal(cl_store_nodes(room->db, kind, tell_whole_node, &t), 0);
	assert_int_equal(cl_store_findings(room->db, NULL, tell_finding, &text, NULL), 0);
	assert_int_equal(cl_store_next_report(room->db, 0, &seq, &report, NULL), 1);
	tell_finding(&text, report);
	assert_int_equal(cl_store_get(room->db, "position", &position), 0);
	assert_int_equal(cl_lineage(room->db, &q, &lineage, NULL), 0);
	cJSON_DeleteItemFromObject(lineage, "generated");
	tell_finding(&text, lineage);
	cl_text_printf(&text, "report %llu, position %s\n", (unsigned long long)seq, position);
	return cl_text_take(&text);
}

/* ---- the same rows by way of this program ---- */

static struct cl_node nodes[] = {
	{"host:h", "h", CL_NODE_HOST, 10, 20, NULL, "{\"boot_id\":\"b\"}"},
	{"run:h:1", "one", CL_NODE_RUN, 10, 20, NULL, NULL},
	{"run:h:2", "two", CL_NODE_RUN, 10, 20, NULL, NULL},
	{"process:b:1:0", "init [1]", CL_NODE_PROCESS, 10, 20, NULL, "{\"pid\":1,\"exe\":\"/sbin/init\"}"},
	{"process:b:2:2", "cat [2]", CL_NODE_PROCESS, 11, 21, NULL,
	 "{\"pid\":2,\"exe\":\"/bin/cat\",\"exited\":\"2026-11-02T10:00:00Z\"}"},
	{"process:b:3:3", "dd [3]", CL_NODE_PROCESS, 12, 22, NULL, "{\"pid\":3,\"exe\":\"/bin/dd\"}"},
	{OLD_CRED, "token", CL_NODE_CREDENTIAL, 11, 22, NULL, "{\"provider\":\"github\"}"},
	{OLD_CRED_2, "token", CL_NODE_CREDENTIAL, 11, 22, NULL, NULL},
	{"file:h:/t", "/t", CL_NODE_FILE, 11, 22, NULL, "{\"path\":\"/t\"}"},
};
static struct cl_edge edges[] = {
	{"process:b:1:0", "process:b:2:2", CL_EDGE_SPAWNED, 1, 11, 11, 1, NULL},
	{"process:b:1:0", "process:b:3:3", CL_EDGE_SPAWNED, 1, 12, 12, 1, NULL},
	{"process:b:2:2", "run:h:1", CL_EDGE_PART_OF, 1, 11, 11, 1, NULL},
	{"process:b:3:3", "run:h:2", CL_EDGE_PART_OF, 1, 12, 12, 1, NULL},
	{"run:h:1", "host:h", CL_EDGE_RAN_IN, 1, 10, 10, 1, NULL},
	{"run:h:2", "host:h", CL_EDGE_RAN_IN, 1, 10, 10, 1, NULL},
	{"process:b:2:2", OLD_CRED, CL_EDGE_READ, 1, 11, 15, 3, "/t:3"},
	{"process:b:3:3", OLD_CRED, CL_EDGE_HELD_IN_ENVIRONMENT, 1, 12, 12, 1, "GH_TOKEN"},
	{"process:b:2:2", OLD_CRED_2, CL_EDGE_READ, 2, 11, 11, 1, NULL},
	{"process:b:2:2", "file:h:/t", CL_EDGE_READ, 1, 11, 15, 3, NULL},
	{OLD_CRED, "file:h:/t", CL_EDGE_STORED_IN, 1, 11, 15, 1, "line 3"},
};

static void fill(struct room *room)
{
	const struct cl_batch b = {nodes, edges, ARRAY_SIZE(nodes), ARRAY_SIZE(edges)};
	_cleanup_json_ cJSON *f = cJSON_Parse(OLD_FINDING);

	assert_int_equal(cl_store_write(room->db, &b, NULL), 0);
	assert_int_equal(cl_store_report(room->db, f, NULL, NULL), 0);
	assert_int_equal(cl_store_set(room->db, CL_STORE_HOST, "{\"id\":\"h\",\"boot_id\":\"b\"}"), 0);
	assert_int_equal(cl_store_set(room->db, "position", "1"), 0);
}

static char *fresh(const char *path)
{
	struct room other = {0};
	char *text;

	snprintf(other.path, sizeof(other.path), "%s.fresh", path);
	reopen(&other, CL_STORE_WRITE);
	fill(&other);
	text = tell(&other);
	cl_store_close(&other.db);
	return text;
}

/* What a query of one column gives, in lines. */
static char *rows(const char *path, const char *query)
{
	_cleanup_text_ struct cl_text text = {0};
	sqlite3_stmt *s;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, query, -1, &s, NULL), SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW)
		cl_text_printf(&text, "%s\n", (const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	sqlite3_close(db);
	return cl_text_take(&text);
}

static void check_same(struct room *room, const char *query)
{
	_cleanup_free_ char *migrated = NULL, *new = NULL;
	char path[160];

	snprintf(path, sizeof(path), "%s.fresh", room->path);
	migrated = rows(room->path, query);
	new = rows(path, query);
	assert_true(strlen(new) > 0);
	assert_string_equal(migrated, new);
}

static void test_an_old_store_becomes_what_a_new_one_is(void **state)
{
	struct room *room = *state;
	_cleanup_free_ char *wanted = fresh(room->path);

	for (size_t i = 0; i < ARRAY_SIZE(old); i++) {
		_cleanup_free_ char *got = NULL;

		remove(room->path);
		old_store(room->path, old[i]);
		reopen(room, CL_STORE_WRITE);
		got = tell(room);
		assert_string_equal(got, wanted);
		cl_store_close(&room->db);
		check_same(room, "PRAGMA user_version");
		check_same(room, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
		check_same(room, "SELECT finding||' '||node FROM need");
		check_same(room,
			   "SELECT c.id||' '||r.id FROM held JOIN node c ON c.n=credential JOIN node r ON r.n=run");
		check_same(room, "SELECT c.id||' '||holders.n FROM holders JOIN node c ON c.n=credential");
	}
}

static void test_an_old_store_is_read_as_it_is(void **state)
{
	struct room *room = *state;
	_cleanup_free_ char *wanted = fresh(room->path);

	for (size_t i = 0; i < ARRAY_SIZE(old); i++) {
		_cleanup_free_ char *got = NULL, *version = NULL;
		char expected[8];

		remove(room->path);
		old_store(room->path, old[i]);
		reopen(room, CL_STORE_READ);
		got = tell(room);
		assert_string_equal(got, wanted);
		cl_store_close(&room->db);
		version = rows(room->path, "PRAGMA user_version");
		snprintf(expected, sizeof(expected), "%zu\n", i + 1);
		assert_string_equal(version, expected);
	}
}

static int count_alias(void *ctx, const struct cl_alias *a)
{
	assert_string_equal(a->fingerprint, OLD_LATER);
	assert_string_equal(a->credential, OLD_CRED);
	++*(int *)ctx;
	return 0;
}

static int count_entry(void *ctx, const cJSON *entry)
{
	assert_string_equal(cl_json_get_str(entry, "what"), "label");
	++*(int *)ctx;
	return 0;
}

/* What only the later ones had. */
static void test_statements_and_later_names_are_kept(void **state)
{
	struct room *room = *state;

	for (size_t i = 1; i < ARRAY_SIZE(old); i++) {
		_cleanup_json_ cJSON *statement = NULL;
		int entries = 0, aliases = 0;

		remove(room->path);
		old_store(room->path, old[i]);
		reopen(room, CL_STORE_WRITE);
		assert_int_equal(cl_store_policy(room->db, CL_POLICY_STORE, OLD_CRED_3, &statement, NULL), 0);
		assert_string_equal(cl_json_get_str(statement, "label"), "kept");
		assert_int_equal(cl_store_policy_log(room->db, NULL, count_entry, &entries, NULL), 0);
		assert_int_equal(entries, 1);
		assert_int_equal(cl_store_aliases(room->db, "", count_alias, &aliases), 0);
		assert_int_equal(aliases, i >= 2);
		cl_store_close(&room->db);
	}
}

/* A process from before, whose attributes are plain text, is described anew: what was known of it stays. */
static void test_an_old_process_is_told_more(void **state)
{
	struct room *room = *state;
	_cleanup_(cl_graph_free) struct cl_graph *g = NULL;
	_cleanup_(cl_batch_free) struct cl_batch *b = NULL;
	_cleanup_text_ struct cl_text text = {0};

	old_store(room->path, old_schema_1);
	reopen(room, CL_STORE_WRITE);
	assert_int_equal(cl_graph_new(&g, 100, 100), 0);
	cl_graph_node(g, CL_NODE_PROCESS, "process:b:3:3", NULL, 30,
		      cJSON_Parse("{\"exe\":\"/bin/dash\",\"exited\":\"2026-11-02T10:00:00Z\",\"exit_status\":0}"));
	assert_int_equal(cl_graph_take(g, 10, &b), 0);
	assert_int_equal(cl_store_write(room->db, b, NULL), 0);
	assert_int_equal(cl_store_node(room->db, "process:b:3:3", tell_node, &text), 0);
	assert_string_equal(cl_text_str(&text), "5 process:b:3:3 \"dd [3]\" 12-30 {\"pid\":3,\"exe\":\"/bin/dash\","
						"\"exited\":\"2026-11-02T10:00:00Z\",\"exit_status\":0}\n");
}

/* What an output had not had yet of the reports waits in its outbox. */
static void test_positions_become_outboxes(void **state)
{
	struct room *room = *state;

	for (size_t i = 0; i < ARRAY_SIZE(old); i++) {
		_cleanup_free_ char *waiting = NULL, *left = NULL;
		_cleanup_text_ struct cl_text sql = {0};

		remove(room->path);
		cl_text_printf(&sql, "%s INSERT INTO meta VALUES('output:file:/all','1'),('output:file:/none','0');",
			       old[i]);
		old_store(room->path, cl_text_str(&sql));
		reopen(room, CL_STORE_WRITE);
		cl_store_close(&room->db);
		waiting = rows(room->path, "SELECT name||' '||coalesce(report||' '||severity||' '||(time>0),'-') FROM"
					   " output LEFT JOIN outbox ON output=n ORDER BY name");
		assert_string_equal(waiting, "file:/all -\nfile:/none 1 4 1\n");
		left = rows(room->path, "SELECT name FROM meta ORDER BY name");
		assert_string_equal(left, "host\nposition\n");
	}
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(test_an_old_store_becomes_what_a_new_one_is),
		IN_ROOM(test_an_old_store_is_read_as_it_is),
		IN_ROOM(test_statements_and_later_names_are_kept),
		IN_ROOM(test_an_old_process_is_told_more),
		IN_ROOM(test_positions_become_outboxes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
