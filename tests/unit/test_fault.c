/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store on a disk that fails: at every single write, truncation, sync and deletion of a piece of work. Whatever
 * happens, the store opens afterwards, is whole, and has each finding of which cl_store_report said that it is durable.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "fault_vfs.h"
#include "old_store.h"
#include "store_room.h"

#define ROUNDS 4
#define NODES 16 /* of a round */
#define TRIES 4

struct work {
	struct room *room;
	int tries;	   /* of each step; the disk gets well before the last one */
	bool told[ROUNDS]; /* findings that were said to be durable */
	bool failed;	   /* some step did at least once */
};

static void put_nodes(struct cl_graph *g, int round)
{
	char process[96], file[64], attrs[96];

	cl_graph_node(g, CL_NODE_RUN, "run:h:1", "run", 1, NULL);
	cl_graph_node(g, CL_NODE_CREDENTIAL, "cred:00112233445566778899aabbccddeeff", "token", 1, NULL);
	for (int i = 0; i < NODES; i++) {
		snprintf(process, sizeof(process), "process:b:%d:%d", i, round % 2);
		snprintf(file, sizeof(file), "file:h:/a/long/enough/path/of/file/%d/%d", round, i);
		snprintf(attrs, sizeof(attrs), "{\"pid\":%d,\"exe\":\"/usr/bin/%d\",\"round\":%d}", i, i, round);
		cl_graph_node(g, CL_NODE_PROCESS, process, process, 1, cJSON_Parse(attrs));
		cl_graph_node(g, CL_NODE_FILE, file, file, 1, NULL);
		cl_graph_edge(g, CL_EDGE_PART_OF, process, "run:h:1", 1, CL_BASIS_OBSERVED, NULL);
		cl_graph_edge(g, CL_EDGE_READ, process, file, 1, CL_BASIS_OBSERVED, file);
		cl_graph_edge(g, CL_EDGE_READ, process, "cred:00112233445566778899aabbccddeeff", 1, CL_BASIS_OBSERVED,
			      "x");
	}
}

/* ---- one step, tried again as the monitor does ---- */

static int open_store(struct work *w, int round)
{
	(void)round;
	cl_store_close(&w->room->db);
	return cl_store_open(&w->room->db, w->room->path, CL_STORE_WRITE, NULL);
}

static int write_batch(struct work *w, int round)
{
	_cleanup_(cl_graph_free) struct cl_graph *g = NULL;
	_cleanup_(cl_batch_free) struct cl_batch *b = NULL;

	assert_int_equal(cl_graph_new(&g, 1000, 1000), 0);
	put_nodes(g, round);
	assert_int_equal(cl_graph_take(g, 1000, &b), 0);
	return cl_store_write(w->room->db, b, NULL);
}

static int report(struct work *w, int round)
{
	_cleanup_json_ cJSON *f = cJSON_CreateObject();
	char id[16];
	int r;

	snprintf(id, sizeof(id), "fnd-%d", round);
	cl_json_str(f, "id", id);
	cl_json_str(f, "detector", "x");
	cl_json_str(f, "severity", "Low");
	cl_json_time(f, "last", 1000 * CL_NS_PER_S);
	r = cl_store_report(w->room->db, f, NULL, NULL);
	w->told[round] |= !r;
	return r;
}

static int remember(struct work *w, int round)
{
	return cl_store_set(w->room->db, "round", round ? "later" : "first");
}

/* Nothing is old, but the sweep reads and writes its tables. */
static int forget(struct work *w, int round)
{
	struct cl_sweep sweep = {.acts_before = 1};

	(void)round;
	return cl_store_forget(w->room->db, &sweep, NULL);
}

static bool step(struct work *w, int (*does)(struct work *, int), int round)
{
	for (int i = 0; i < w->tries; i++) {
		if (!does(w, round))
			return true;
		w->failed = true;
		if (i == w->tries - 2)
			fault_heal();
	}
	return false;
}

/* Until a step fails for good; every second round ends with a clean close, which moves the log into the database. */
static bool work(struct work *w)
{
	bool ok = step(w, open_store, 0);

	for (int round = 0; ok && round < ROUNDS; round++) {
		ok = step(w, write_batch, round) && step(w, report, round) && step(w, remember, round);
		if (ok && round % 2)
			ok = step(w, forget, round) && step(w, open_store, round);
	}
	cl_store_close(&w->room->db);
	return ok;
}

/* ---- afterwards ---- */

static int one_number(const char *path, const char *query)
{
	sqlite3_stmt *s;
	sqlite3 *db;
	int n;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, query, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return n;
}

static void check_store(struct work *w, enum fault_kind kind, unsigned int at)
{
	struct cl_error err = {0};
	char id[16];

	if (cl_store_open(&w->room->db, w->room->path, CL_STORE_WRITE, &err))
		fail_msg("fault %d at %u: %s", kind, at, err.text);
	for (int i = 0; i < ROUNDS; i++) {
		_cleanup_json_ cJSON *f = NULL;

		snprintf(id, sizeof(id), "fnd-%d", i);
		if (w->told[i] && cl_store_finding(w->room->db, id, &f, &err))
			fail_msg("fault %d at %u: %s", kind, at, err.text);
	}
	cl_store_close(&w->room->db);
	if (one_number(w->room->path, "SELECT integrity_check<>'ok' FROM pragma_integrity_check"))
		fail_msg("fault %d at %u: damaged", kind, at);
	if (one_number(w->room->path, "SELECT count(*) FROM edge WHERE source NOT IN (SELECT n FROM node)"
				      " OR target NOT IN (SELECT n FROM node)"))
		fail_msg("fault %d at %u: an edge without its node", kind, at);
	if (one_number(w->room->path, "SELECT (SELECT total(n) FROM holders)<>(SELECT count(*) FROM edge e JOIN node c"
				      " ON c.n=e.target WHERE c.kind=7 AND e.kind BETWEEN 5 AND 8)"))
		fail_msg("fault %d at %u: holders are miscounted", kind, at);
}

static void empty(struct room *room)
{
	static const char *const ends[] = {"", "-journal", "-wal", "-shm", ".lock"};
	char path[160];

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", room->path, ends[i]);
		unlink(path);
	}
}

/* The work with a fault at each of its calls. */
static void at_every_call(struct room *room, enum fault_kind kind, int tries, const char *old)
{
	unsigned int at = 1;
	char shm[160];

	for (;; at++) {
		struct work w = {.room = room, .tries = tries};
		bool whole, reached;

		empty(room);
		if (old)
			old_store(room->path, old);
		fault_set(kind, at, at * 0x9e3779b97f4a7c15ull);
		whole = work(&w);
		reached = fault.calls >= at || fault.kind == FAULT_NONE;
		if (kind == FAULT_POWER && fault.dead) {
			fault_power_off();
			snprintf(shm, sizeof(shm), "%s-shm", room->path);
			unlink(shm);
		}
		fault_set(FAULT_NONE, 0, 0);
		if (tries > 1 || !reached)
			assert_true(whole);
		check_store(&w, kind, at);
		/* exactly once: what was tried again is not counted twice */
		if (tries > 1 &&
		    one_number(room->path, "SELECT total(count) FROM edge WHERE kind=5") != ROUNDS * NODES * 2)
			fail_msg("fault %d at %u: counted twice or not at all", kind, at);
		if (!reached)
			break;
	}
	print_message("%u calls\n", at - 1);
	assert_true(at > 50);
}

static void test_a_call_fails_once(void **state)
{
	at_every_call(*state, FAULT_ONCE, TRIES, NULL);
}

static void test_a_write_stops_halfway(void **state)
{
	at_every_call(*state, FAULT_SHORT, TRIES, NULL);
}

static void test_the_disk_is_full_for_a_while(void **state)
{
	at_every_call(*state, FAULT_FULL, TRIES, NULL);
}

static void test_the_disk_dies(void **state)
{
	at_every_call(*state, FAULT_DEAD, 1, NULL);
}

static void test_the_power_goes(void **state)
{
	at_every_call(*state, FAULT_POWER, 1, NULL);
}

/* The first open brings the store up: with the power gone in the middle of that it is as it was, or as it should be. */
static void test_the_power_goes_during_an_upgrade(void **state)
{
	at_every_call(*state, FAULT_POWER, 1, old_schema_1);
	at_every_call(*state, FAULT_DEAD, 1, old_schema_1);
}

static int install(void **state)
{
	(void)state;
	fault_install();
	return 0;
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(test_a_call_fails_once),
		IN_ROOM(test_a_write_stops_halfway),
		IN_ROOM(test_the_disk_is_full_for_a_while),
		IN_ROOM(test_the_disk_dies),
		IN_ROOM(test_the_power_goes),
		IN_ROOM(test_the_power_goes_during_an_upgrade),
	};

	return cmocka_run_group_tests(tests, install, NULL);
}
