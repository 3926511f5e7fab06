/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at any moment: a writer takes in batches, findings and old age, and prints each finding that was reported as
 * durable; it is killed, and the store opens, is whole and has every one of them. CL_KILLS=1000 for as many rounds.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "store_room.h"

#define KILLS 40
#define FILES 500 /* that the writer's processes read, in turn */

static int kills(void)
{
	const char *wanted = getenv("CL_KILLS");

	return wanted && *wanted ? (int)strtol(wanted, NULL, 10) : KILLS;
}

/* ---- the writer ---- */

static void put_nodes(struct cl_graph *g, uint64_t n)
{
	char process[64], file[64];

	cl_graph_node(g, CL_NODE_RUN, "run:h:1", "run", n, NULL);
	cl_graph_node(g, CL_NODE_CREDENTIAL, "cred:00112233445566778899aabbccddeeff", "token", n, NULL);
	for (uint64_t i = n; i < n + 20; i++) {
		snprintf(process, sizeof(process), "process:b:%d:%d", (int)(i % 977), (int)(i / 977));
		snprintf(file, sizeof(file), "file:h:/srv/%d", (int)(i % FILES));
		cl_graph_node(g, CL_NODE_PROCESS, process, process, i, cJSON_Parse("{\"pid\":7,\"exited\":\"then\"}"));
		cl_graph_node(g, CL_NODE_FILE, file, file, i, NULL);
		cl_graph_edge(g, CL_EDGE_PART_OF, process, "run:h:1", i, CL_BASIS_OBSERVED, NULL);
		cl_graph_edge(g, CL_EDGE_READ, process, file, i, CL_BASIS_OBSERVED, file);
		cl_graph_edge(g, CL_EDGE_READ, process, "cred:00112233445566778899aabbccddeeff", i, CL_BASIS_OBSERVED,
			      NULL);
	}
}

static int write_batch(struct cl_store_db *db, struct cl_graph *g, uint64_t n)
{
	_cleanup_(cl_batch_free) struct cl_batch *b = NULL;

	put_nodes(g, n);
	return cl_graph_take(g, 100000, &b) || (b && cl_store_write(db, b, NULL));
}

static int report(struct cl_store_db *db, uint64_t id)
{
	_cleanup_json_ cJSON *f = cJSON_CreateObject();
	char text[32];

	snprintf(text, sizeof(text), "fnd-%016llx", (unsigned long long)id);
	cl_json_str(f, "id", text);
	cl_json_str(f, "detector", "x");
	cl_json_str(f, "severity", "High");
	cl_json_time(f, "last", cl_wall_ns());
	cl_json_str(cl_json_obj(f, "credential"), "fingerprint", "cred:00112233445566778899aabbccddeeff");
	return cl_store_report(db, f, NULL, NULL);
}

/* Without end; each number that goes into the pipe is that of a durable finding. */
static void write_until_killed(const char *path, uint64_t first, int pipe)
{
	struct cl_sweep sweep = {0};
	struct cl_store_db *db = NULL;
	struct cl_graph *g = NULL;

	if (cl_store_open(&db, path, CL_STORE_WRITE, NULL) || cl_graph_new(&g, 2000, 2000))
		_exit(3);
	for (uint64_t n = first;; n++) {
		if (n % 3 == 0 && write_batch(db, g, n * 7))
			_exit(4);
		if (report(db, n) || write(pipe, &n, sizeof(n)) != sizeof(n))
			_exit(5);
		sweep.acts_before = n * 7 > 2000 ? n * 7 - 2000 : 0;
		if (n % 16 == 0 && cl_store_forget(db, &sweep, NULL))
			_exit(6);
		if (n % 64 == 0) /* a clean close and a start */
			cl_store_close(&db);
		if (!db && cl_store_open(&db, path, CL_STORE_WRITE, NULL))
			_exit(7);
	}
}

/* ---- the judge ---- */

struct judge {
	struct room *room;
	uint64_t *told; /* numbers that the pipe gave */
	size_t n, cap;
};

static void take_told(struct judge *j, uint64_t id)
{
	if (j->n == j->cap) {
		j->cap = j->cap * 2 + 1024;
		j->told = realloc(j->told, j->cap * sizeof(*j->told));
		assert_non_null(j->told);
	}
	j->told[j->n++] = id;
}

static void wait_a_little(void)
{
	/* Most in the middle of work, some while the store is being opened. */
	struct timespec t = {.tv_nsec = rand() % 4 ? rand() % 120000000 : rand() % 5000000};

	nanosleep(&t, NULL);
}

static size_t one_round(struct judge *j, uint64_t first)
{
	size_t before = j->n;
	uint64_t id;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		close(fds[0]);
		write_until_killed(j->room->path, first, fds[1]);
	}
	close(fds[1]);
	wait_a_little();
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status)); /* else it gave up: the store did not open, or refused a write */
	while (read(fds[0], &id, sizeof(id)) == sizeof(id))
		take_told(j, id);
	close(fds[0]);
	return j->n - before;
}

static int64_t number(const char *path, const char *query)
{
	sqlite3_stmt *s;
	sqlite3 *db;
	int64_t n;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, query, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	sqlite3_close(db);
	return n;
}

static void check_whole(const char *path)
{
	assert_int_equal(number(path, "SELECT integrity_check<>'ok' FROM pragma_integrity_check"), 0);
	assert_int_equal(number(path, "SELECT count(*) FROM edge WHERE source NOT IN (SELECT n FROM node)"
				      " OR target NOT IN (SELECT n FROM node)"),
			 0);
	assert_int_equal(number(path, "SELECT (SELECT total(n) FROM holders)-(SELECT count(*) FROM edge e"
				      " JOIN node c ON c.n=e.target WHERE c.kind=7 AND e.kind BETWEEN 5 AND 8)"),
			 0);
}

/* The findings of this round, and at the end all of them. */
static void check_told(struct judge *j, size_t from)
{
	reopen(j->room, CL_STORE_READ);
	for (size_t i = from; i < j->n; i++) {
		_cleanup_json_ cJSON *f = NULL;
		struct cl_error err = {0};
		char id[32];

		snprintf(id, sizeof(id), "fnd-%016llx", (unsigned long long)j->told[i]);
		if (cl_store_finding(j->room->db, id, &f, &err))
			fail_msg("%s", err.text);
	}
	cl_store_close(&j->room->db);
}

static void test_kill(void **state)
{
	struct judge j = {.room = *state};
	int rounds = kills(), silent = 0;

	srand((unsigned int)time(NULL));
	reopen(j.room, CL_STORE_WRITE);
	cl_store_set(j.room->db, CL_STORE_HOST, "{\"id\":\"h\",\"boot_id\":\"b\"}");
	cl_store_close(&j.room->db);
	for (int i = 0; i < rounds; i++) {
		size_t before = j.n;

		silent += !one_round(&j, j.n ? j.told[j.n - 1] + 2 : 1);
		check_told(&j, before);
		if (i % 10 == 0)
			check_whole(j.room->path);
	}
	check_told(&j, 0);
	check_whole(j.room->path);
	print_message("%d kills, %zu findings reported, all there; %d kills came before the first\n", rounds, j.n,
		      silent);
	assert_true(j.n > (size_t)rounds / 2);
	free(j.told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_kill, enter, leave)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
