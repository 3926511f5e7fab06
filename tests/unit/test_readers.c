/* SPDX-License-Identifier: Apache-2.0 */
/* Readers and the one writer: neither waits for the other, and a reader's long look does not leave the log grown. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "store_room.h"

#define LOG_LIMIT (64 << 20)
#define EVIDENCE 3500 /* bytes, so that few edges are many pages */

static uint64_t written;

static void write_files(struct room *room, int n)
{
	_cleanup_(cl_graph_free) struct cl_graph *g = NULL;
	_cleanup_(cl_batch_free) struct cl_batch *b = NULL;
	char id[64], evidence[EVIDENCE + 1];
	struct cl_error err = {0};

	assert_int_equal(cl_graph_new(&g, 10000, 10000), 0);
	cl_graph_node(g, CL_NODE_PROCESS, "process:b:1:1", "p", 1, NULL);
	for (int i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "file:h:/%llu", (unsigned long long)written++);
		snprintf(evidence, sizeof(evidence), "%0*d", EVIDENCE, i);
		cl_graph_node(g, CL_NODE_FILE, id, id, 1, NULL);
		cl_graph_edge(g, CL_EDGE_READ, "process:b:1:1", id, 1, CL_BASIS_OBSERVED, evidence);
	}
	assert_int_equal(cl_graph_take(g, 100000, &b), 0);
	if (cl_store_write(room->db, b, &err))
		fail_msg("%s", err.text);
}

static int count_node(void *ctx, const struct cl_node *n)
{
	(void)n;
	++*(uint64_t *)ctx;
	return 0;
}

static uint64_t files(struct cl_store_db *db)
{
	uint64_t n = 0;

	assert_int_equal(cl_store_nodes(db, CL_NODE_FILE, count_node, &n), 0);
	return n;
}

static off_t log_size(const struct room *room)
{
	struct stat st = {0};
	char path[160];

	snprintf(path, sizeof(path), "%s-wal", room->path);
	stat(path, &st);
	return st.st_size;
}

static void start(struct room *room)
{
	written = 0;
	reopen(room, CL_STORE_WRITE);
	write_files(room, 100);
}

static void report(struct room *room, int n)
{
	_cleanup_json_ cJSON *f = cJSON_CreateObject();
	char id[16];

	snprintf(id, sizeof(id), "fnd-%d", n);
	cl_json_str(f, "id", id);
	cl_json_str(f, "detector", "x");
	assert_int_equal(cl_store_report(room->db, f, NULL, NULL), 0);
}

/* A reader that looks for as long as 80 MB are written sees what was there when it began, and the writer never waits. */
static void test_a_long_look(void **state)
{
	struct room *room = *state;
	struct cl_sweep sweep = {.acts_before = 0};
	struct cl_store_db *reader = NULL;
	off_t most;

	start(room);
	assert_int_equal(cl_store_open(&reader, room->path, CL_STORE_READ, NULL), 0);
	assert_int_equal(cl_store_hold(reader, NULL), 0);
	assert_int_equal(files(reader), 100);
	for (int i = 0; i < 20; i++) {
		write_files(room, 900);
		report(room, i);
		assert_int_equal(cl_store_forget(room->db, &sweep, NULL), 0);
		assert_int_equal(cl_store_set(room->db, "position", "1"), 0);
		assert_int_equal(files(reader), 100);
	}
	most = log_size(room);
	assert_true(most > LOG_LIMIT); /* it could not be moved back meanwhile */
	cl_store_release(reader);
	assert_int_equal(files(reader), written);
	/* the next two turns move it back and begin it anew */
	write_files(room, 100);
	write_files(room, 100);
	assert_true(log_size(room) <= LOG_LIMIT);
	assert_int_equal(files(reader), written);
	cl_store_close(&reader);
}

static int count_some(void *ctx, const struct cl_node *n)
{
	(void)n;
	return ++*(uint64_t *)ctx >= 1000;
}

struct looker {
	char path[128];
	_Atomic bool stop;
	_Atomic int looks;
};

static void *look_on(void *arg)
{
	struct looker *l = arg;
	struct cl_store_db *db = NULL;

	if (cl_store_open(&db, l->path, CL_STORE_READ, NULL))
		return NULL;
	while (!l->stop) {
		uint64_t n = 0;

		if (cl_store_hold(db, NULL) || cl_store_nodes(db, CL_NODE_FILE, count_some, &n) < 0)
			break;
		cl_store_release(db);
		l->looks++;
	}
	cl_store_close(&db);
	return NULL;
}

/* Readers that look again and again, with hardly a moment between, do not keep the log from being moved back. */
static void test_many_looks(void **state)
{
	struct room *room = *state;
	struct looker l = {0};
	off_t most = 0;
	pthread_t threads[2];

	start(room);
	snprintf(l.path, sizeof(l.path), "%s", room->path);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, look_on, &l), 0);
	for (int i = 0; i < 30; i++) {
		write_files(room, 900);
		most = log_size(room) > most ? log_size(room) : most;
	}
	l.stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_true(l.looks > 4);
	assert_int_equal(files(room->db), written);
	print_message("%d looks, the log had up to %d MB\n", l.looks, (int)(most >> 20));
	assert_true(most < 2 * LOG_LIMIT);
}

/* In the middle of a transaction that has not ended, and will not while the reader waits: it does not wait. */
static void test_a_reader_does_not_wait_for_the_writer(void **state)
{
	struct room *room = *state;
	struct cl_store_db *reader = NULL;
	uint64_t begin;
	sqlite3 *busy;

	start(room);
	cl_store_close(&room->db);
	assert_int_equal(sqlite3_open(room->path, &busy), SQLITE_OK);
	assert_int_equal(sqlite3_exec(busy, "BEGIN IMMEDIATE; DELETE FROM edge; DELETE FROM node;", NULL, NULL, NULL),
			 SQLITE_OK);
	begin = cl_boot_ns();
	assert_int_equal(cl_store_open(&reader, room->path, CL_STORE_READ, NULL), 0);
	assert_int_equal(files(reader), 100);
	assert_true(cl_boot_ns() - begin < 9 * CL_NS_PER_S); /* it would wait for ten */
	cl_store_close(&reader);
	sqlite3_exec(busy, "ROLLBACK", NULL, NULL, NULL);
	sqlite3_close(busy);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(test_a_long_look),
		IN_ROOM(test_many_looks),
		IN_ROOM(test_a_reader_does_not_wait_for_the_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
