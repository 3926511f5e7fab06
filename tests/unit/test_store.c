/* SPDX-License-Identifier: Apache-2.0 */
/* The store: merging, refusing what is not ours, and taking all of a batch or nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/store.h"

struct room {
	char dir[64], path[128];
	struct cl_store_db *db;
	struct cl_graph *g;
};

static int enter(void **state)
{
	struct room *room = calloc(1, sizeof(*room));

	assert_non_null(room);
	snprintf(room->dir, sizeof(room->dir), "/tmp/cl-store-XXXXXX");
	assert_non_null(mkdtemp(room->dir));
	snprintf(room->path, sizeof(room->path), "%s/state/credlineage.db", room->dir);
	assert_int_equal(cl_graph_new(&room->g, 10000, 10000), 0);
	*state = room;
	return 0;
}

static int leave(void **state)
{
	struct room *room = *state;
	char command[256];

	cl_store_close(&room->db);
	cl_graph_free(&room->g);
	snprintf(command, sizeof(command), "rm -rf '%s'", room->dir);
	assert_int_equal(system(command), 0);
	free(room);
	return 0;
}

static void open_writer(struct room *room)
{
	struct cl_error err = {0};

	if (cl_store_open(&room->db, room->path, CL_STORE_WRITE, &err))
		fail_msg("%s", err.text);
}

static int open_error(const char *path, enum cl_store_mode mode, struct cl_error *err)
{
	struct cl_store_db *db = NULL;
	int r = cl_store_open(&db, path, mode, err);

	cl_store_close(&db);
	return r;
}

static void write_all(struct room *room)
{
	struct cl_error err = {0};
	struct cl_batch *b = NULL;

	while (!cl_graph_take(room->g, 100, &b) && b) {
		if (cl_store_write(room->db, b, &err))
			fail_msg("%s", err.text);
		cl_batch_free(&b);
	}
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

struct seen {
	int n;
	struct cl_node node;
	struct cl_edge edge;
	char id[128], label[128], target[128], evidence[128];
	cJSON *attrs;
};

static int see_node(void *ctx, const struct cl_node *n)
{
	struct seen *s = ctx;

	s->n++;
	s->node = *n;
	snprintf(s->id, sizeof(s->id), "%s", n->id);
	snprintf(s->label, sizeof(s->label), "%s", n->label ? n->label : "(null)");
	cJSON_Delete(s->attrs);
	s->attrs = cJSON_Duplicate(n->attrs, true);
	return 0;
}

static int see_edge(void *ctx, const struct cl_edge *e)
{
	struct seen *s = ctx;

	s->n++;
	s->edge = *e;
	snprintf(s->target, sizeof(s->target), "%s", e->target);
	snprintf(s->evidence, sizeof(s->evidence), "%s", e->evidence ? e->evidence : "(null)");
	return 0;
}

static cJSON *finding(const char *id, const char *severity, const char *credential, int count, int day)
{
	cJSON *f = cJSON_CreateObject();
	char time[40];

	snprintf(time, sizeof(time), "2026-11-%02dT10:00:00.000000Z", day);
	cl_json_str(f, "id", id);
	cl_json_str(f, "detector", "cross-workflow-reuse");
	cl_json_str(f, "severity", severity);
	cl_json_num(f, "count", count);
	cl_json_str(f, "first", "2026-11-01T10:00:00.000000Z");
	cl_json_str(f, "last", time);
	if (credential)
		cl_json_str(cl_json_obj(f, "credential"), "fingerprint", credential);
	return f;
}

static uint64_t report(struct room *room, const char *id, const char *severity, const char *credential, int count,
		       int day)
{
	_cleanup_json_ cJSON *f = finding(id, severity, credential, count, day);
	struct cl_error err = {0};
	uint64_t seq = 0;

	if (cl_store_report(room->db, f, &seq, &err))
		fail_msg("%s", err.text);
	return seq;
}

static void what_is_written_is_read(void **state)
{
	struct room *room = *state;
	struct seen s = {0};

	open_writer(room);
	cl_graph_node(room->g, CL_NODE_PROCESS, "p", "cat [7]", 50, cJSON_Parse("{\"pid\":7,\"exe\":\"/bin/cat\"}"));
	cl_graph_node(room->g, CL_NODE_CREDENTIAL, "c", "token", 60, NULL);
	cl_graph_edge(room->g, CL_EDGE_READ, "p", "c", 60, CL_BASIS_INFERRED, NULL);
	cl_graph_edge(room->g, CL_EDGE_SPAWNED, "p", "c", 60, CL_BASIS_INFERRED, NULL);
	write_all(room);
	cl_graph_node(room->g, CL_NODE_PROCESS, "p", NULL, 20, cJSON_Parse("{\"exe\":\"/bin/dd\",\"exited\":\"x\"}"));
	cl_graph_edge(room->g, CL_EDGE_READ, "p", "c", 90, CL_BASIS_OBSERVED, "GH_TOKEN");
	cl_graph_edge(room->g, CL_EDGE_READ, "p", "c", 91, CL_BASIS_OBSERVED, NULL);
	write_all(room);
	assert_int_equal(cl_store_node(room->db, "p", see_node, &s), 0);
	assert_string_equal(s.label, "cat [7]");
	assert_int_equal(s.node.kind, CL_NODE_PROCESS);
	assert_int_equal(s.node.first, 20);
	assert_int_equal(s.node.last, 50);
	assert_int_equal(cl_json_get_num(s.attrs, "pid"), 7);
	assert_string_equal(cl_json_get_str(s.attrs, "exe"), "/bin/dd");
	assert_int_equal(cl_store_node(room->db, "nobody", see_node, &s), -ENOENT);
	s.n = 0;
	assert_int_equal(cl_store_edges(room->db, "p", CL_OUT, see_edge, &s), 0);
	assert_int_equal(s.n, 2);
	s.n = 0;
	assert_int_equal(cl_store_edges(room->db, "c", CL_IN, see_edge, &s), 0);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.edge.kind, CL_EDGE_READ); /* the index gives them by kind */
	assert_int_equal(s.edge.count, 3);
	assert_int_equal(s.edge.first, 60);
	assert_int_equal(s.edge.last, 91);
	assert_int_equal(s.edge.basis, CL_BASIS_OBSERVED);
	assert_string_equal(s.evidence, "GH_TOKEN");
	s.n = 0;
	assert_int_equal(cl_store_edges(room->db, "c", CL_OUT, see_edge, &s), 0);
	assert_int_equal(s.n, 0);
	cJSON_Delete(s.attrs);
}

/* Two stores' worth of takes: what an evicted and re-entered node brings adds to what is there. */
static void a_second_graph_adds_to_the_first(void **state)
{
	struct room *room = *state;
	struct seen s = {0};

	open_writer(room);
	for (int i = 0; i < 3; i++) {
		cl_graph_node(room->g, CL_NODE_PROCESS, "p", i ? NULL : "named", (uint64_t)(100 - i), NULL);
		cl_graph_node(room->g, CL_NODE_CREDENTIAL, "c", NULL, 60, NULL);
		cl_graph_edge(room->g, CL_EDGE_READ, "p", "c", (uint64_t)(60 + i), CL_BASIS_OBSERVED, NULL);
		cl_graph_edge(room->g, CL_EDGE_PART_OF, "p", "c", 60, CL_BASIS_OBSERVED, NULL);
		write_all(room);
		cl_graph_free(&room->g);
		assert_int_equal(cl_graph_new(&room->g, 100, 100), 0);
	}
	assert_int_equal(cl_store_node(room->db, "p", see_node, &s), 0);
	assert_string_equal(s.label, "named");
	assert_int_equal(s.node.first, 98);
	assert_int_equal(s.node.last, 100);
	assert_int_equal(cl_store_edges(room->db, "c", CL_IN, see_edge, &s), 0);
	assert_int_equal(s.edge.kind, CL_EDGE_READ);
	assert_int_equal(s.edge.count, 3);
	s.n = 0;
	assert_int_equal(cl_store_nodes(room->db, CL_NODE_PROCESS, see_node, &s), 0);
	assert_int_equal(s.n, 1);
	s.n = 0;
	assert_int_equal(cl_store_match(room->db, "p*", see_node, &s), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(cl_store_skipped(room->db), 0);
	cJSON_Delete(s.attrs);
}

static void an_edge_without_its_node_is_counted(void **state)
{
	struct room *room = *state;
	struct cl_edge e = {.source = "a", .target = "b", .kind = CL_EDGE_READ, .basis = 1, .count = 1};
	struct cl_batch b = {.edges = &e, .n_edges = 1};

	open_writer(room);
	assert_int_equal(cl_store_write(room->db, &b, NULL), 0);
	assert_int_equal(cl_store_skipped(room->db), 1);
}

static int read_on(void *ctx, const struct cl_edge *e)
{
	struct room *room = ctx;
	struct seen s = {0};

	/* the same query inside itself */
	assert_int_equal(cl_store_edges(room->db, e->source, CL_OUT, see_edge, &s), 0);
	assert_int_equal(s.n, 2);
	return 0;
}

static int stop_at_once(void *ctx, const struct cl_edge *e)
{
	(void)e;
	++*(int *)ctx;
	return 77;
}

static void callbacks_may_read_and_stop(void **state)
{
	struct room *room = *state;
	uint64_t degree = 0;
	int n = 0;

	open_writer(room);
	cl_graph_node(room->g, CL_NODE_PROCESS, "p", "p", 1, NULL);
	cl_graph_node(room->g, CL_NODE_FILE, "f", "f", 1, NULL);
	cl_graph_node(room->g, CL_NODE_FILE, "g", "g", 1, NULL);
	cl_graph_edge(room->g, CL_EDGE_READ, "p", "f", 1, CL_BASIS_OBSERVED, NULL);
	cl_graph_edge(room->g, CL_EDGE_READ, "p", "g", 1, CL_BASIS_OBSERVED, NULL);
	write_all(room);
	assert_int_equal(cl_store_edges(room->db, "p", CL_OUT, read_on, room), 0);
	assert_int_equal(cl_store_edges(room->db, "p", CL_OUT, stop_at_once, &n), 77);
	assert_int_equal(n, 1);
	assert_int_equal(cl_store_degree(room->db, "p", 100, &degree), 0);
	assert_int_equal(degree, 2);
	assert_int_equal(cl_store_degree(room->db, "p", 1, &degree), 0);
	assert_int_equal(degree, 1);
	assert_int_equal(cl_store_degree(room->db, "nobody", 1, &degree), -ENOENT);
}

static int count_findings(void *ctx, const cJSON *f)
{
	struct seen *s = ctx;

	s->n++;
	snprintf(s->id, sizeof(s->id), "%s", cl_json_get_str(f, "id"));
	s->edge.count = (uint64_t)cl_json_get_num(f, "count");
	return 0;
}

static int findings(struct room *room, const struct cl_finding_filter *f, struct seen *s)
{
	*s = (struct seen){0};
	assert_int_equal(cl_store_findings(room->db, f, count_findings, s, NULL), 0);
	return s->n;
}

static void reports_are_numbered_and_findings_updated(void **state)
{
	struct room *room = *state;
	_cleanup_json_ cJSON *next = NULL, *one = NULL;
	struct cl_error err = {0};
	uint64_t seq = 0, last = 9;
	cJSON *none = NULL;

	open_writer(room);
	assert_int_equal(cl_store_last_report(room->db, &last, NULL), 0);
	assert_int_equal(last, 0);
	assert_int_equal(cl_store_next_report(room->db, 0, &seq, &none, NULL), 0);
	assert_int_equal(report(room, "fnd-aa01", "High", "cred:11", 1, 2), 1);
	assert_int_equal(report(room, "fnd-aa02", "Low", "cred:22", 1, 3), 2);
	assert_int_equal(report(room, "fnd-aa01", "High", "cred:11", 5, 4), 3);
	assert_int_equal(cl_store_next_report(room->db, 1, &seq, &next, NULL), 1);
	assert_int_equal(seq, 2);
	assert_string_equal(cl_json_get_str(next, "id"), "fnd-aa02");
	assert_int_equal(cl_store_next_report(room->db, 3, &seq, &none, NULL), 0);
	assert_int_equal(cl_store_finding(room->db, "fnd-aa01", &one, NULL), 0);
	assert_int_equal(cl_json_get_num(one, "count"), 5);
	assert_int_equal(cl_store_finding(room->db, "fnd-aa", &none, &err), -ENOTUNIQ);
	assert_non_null(strstr(err.text, "not unique"));
	assert_int_equal(cl_store_finding(room->db, "fnd-zz", &none, &err), -ENOENT);
	assert_int_equal(cl_store_finding(room->db, "", &none, &err), -ENOENT);
	assert_int_equal(cl_store_finding(room->db, "fnd-aa02x", &none, &err), -ENOENT);
	assert_null(none);
	/* numbers are never given twice, not even when reports are forgotten */
	assert_int_equal(cl_store_forget_reports(room->db, 3, NULL), 0);
	assert_int_equal(cl_store_last_report(room->db, &last, NULL), 0);
	assert_int_equal(last, 3);
	assert_int_equal(report(room, "fnd-aa03", "Low", NULL, 1, 5), 4);
}

static void findings_are_filtered(void **state)
{
	struct room *room = *state;
	struct cl_finding_filter f = {0};
	struct seen s;

	open_writer(room);
	report(room, "fnd-3", "Critical", "cred:1111", 1, 9);
	report(room, "fnd-1", "Low", "cred:1122", 1, 2);
	report(room, "fnd-2", "High", NULL, 1, 3);
	assert_int_equal(findings(room, NULL, &s), 3);
	assert_string_equal(s.id, "fnd-3"); /* newest last */
	f.severity_at_least = "High";
	assert_int_equal(findings(room, &f, &s), 2);
	f = (struct cl_finding_filter){.credential = "cred:11"};
	assert_int_equal(findings(room, &f, &s), 2);
	f.credential = "1122";
	assert_int_equal(findings(room, &f, &s), 1);
	assert_string_equal(s.id, "fnd-1");
	f.credential = "";
	assert_int_equal(findings(room, &f, &s), 1);
	assert_string_equal(s.id, "fnd-2");
	f = (struct cl_finding_filter){.detector = "long-lived"};
	assert_int_equal(findings(room, &f, &s), 0);
	f = (struct cl_finding_filter){.since = 1793700001ull * CL_NS_PER_S}; /* 2026-11-03T10:00:01Z */
	assert_int_equal(findings(room, &f, &s), 1);
	assert_string_equal(s.id, "fnd-3");
}

static void small_values_are_kept(void **state)
{
	struct room *room = *state;
	_cleanup_free_ char *value = NULL;

	open_writer(room);
	assert_int_equal(cl_store_get(room->db, "x", &value), -ENOENT);
	assert_int_equal(cl_store_set(room->db, "x", "1"), 0);
	assert_int_equal(cl_store_set(room->db, "x", "2"), 0);
	cl_store_close(&room->db);
	open_writer(room);
	assert_int_equal(cl_store_get(room->db, "x", &value), 0);
	assert_string_equal(value, "2");
}

static void files_are_private(void **state)
{
	struct room *room = *state;
	static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
	mode_t before = umask(0);
	char name[160];
	struct stat st;

	open_writer(room);
	umask(before);
	report(room, "fnd-1", "Low", NULL, 1, 2);
	snprintf(name, sizeof(name), "%s/state", room->dir);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", room->path, suffixes[i]);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	/* a mode that somebody loosened is tightened */
	cl_store_close(&room->db);
	assert_int_equal(chmod(room->path, 0644), 0);
	open_writer(room);
	assert_int_equal(stat(room->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void one_writer_and_many_readers(void **state)
{
	struct room *room = *state;
	struct cl_store_db *reader = NULL;
	struct cl_error err = {0};
	struct seen s = {0};

	open_writer(room);
	assert_int_equal(open_error(room->path, CL_STORE_WRITE, &err), -EBUSY);
	assert_non_null(strstr(err.text, "another monitor"));
	assert_int_equal(cl_store_open(&reader, room->path, CL_STORE_READ, &err), 0);
	report(room, "fnd-1", "Low", NULL, 1, 2);
	assert_int_equal(cl_store_findings(reader, NULL, count_findings, &s, NULL), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(cl_store_set(reader, "x", "y"), -EACCES);
	cl_store_close(&reader);
	cl_store_close(&room->db);
	open_writer(room);
}

/* The file stays as it is to the byte, the error names it and says what to do. */
static void refused(const char *path, int code, const char *because)
{
	char command[400];
	struct cl_error err = {0};

	snprintf(command, sizeof(command), "cp -p '%s' '%s.before'", path, path);
	assert_int_equal(system(command), 0);
	for (int mode = CL_STORE_READ; mode <= CL_STORE_WRITE; mode++) {
		assert_int_equal(open_error(path, (enum cl_store_mode)mode, &err), code);
		if (!strstr(err.text, path) || !strstr(err.text, because))
			fail_msg("\"%s\" does not say \"%s\"", err.text, because);
		snprintf(command, sizeof(command), "cmp '%s' '%s.before'", path, path);
		assert_int_equal(system(command), 0);
	}
}

static void foreign_files_are_refused_untouched(void **state)
{
	struct room *room = *state;
	char path[160];
	FILE *f;

	snprintf(path, sizeof(path), "%s/foreign.db", room->dir);
	sql(path, "CREATE TABLE t(x); INSERT INTO t VALUES(1);");
	refused(path, -EINVAL, "another program");
	snprintf(path, sizeof(path), "%s/wal.db", room->dir);
	sql(path, "PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES(1);");
	refused(path, -EINVAL, "another program");
	open_writer(room);
	cl_store_close(&room->db);
	snprintf(path, sizeof(path), "PRAGMA user_version=%d", CL_STORE_SCHEMA + 1);
	sql(room->path, path);
	refused(room->path, -EINVAL, "newer credlineage");
	snprintf(path, sizeof(path), "%s/notes.txt", room->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		fputs("these are my notes\n", f);
	fclose(f);
	refused(path, -EINVAL, "not a database");
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct room *room = *state;
	struct cl_error err = {0};
	char path[160];

	assert_int_equal(open_error(room->path, CL_STORE_READ, &err), -ENOENT);
	assert_non_null(strstr(err.text, "is the monitor running?"));
	assert_int_equal(open_error(room->dir, CL_STORE_READ, &err), -EINVAL);
	assert_int_equal(open_error("/proc/none/here/credlineage.db", CL_STORE_WRITE, &err), -ENOENT);
	snprintf(path, sizeof(path), "%s/link.db", room->dir);
	assert_int_equal(symlink("/tmp/elsewhere.db", path), 0);
	assert_int_equal(open_error(path, CL_STORE_WRITE, &err), -ELOOP);
	assert_non_null(strstr(err.text, "symbolic link"));
}

static void damage_is_an_error_not_a_crash(void **state)
{
	struct room *room = *state;
	struct cl_error err = {0};
	struct stat st;
	char id[32];

	open_writer(room);
	for (int i = 0; i < 3000; i++) {
		snprintf(id, sizeof(id), "node-%d", i);
		cl_graph_node(room->g, CL_NODE_FILE, id, id, 1, NULL);
	}
	write_all(room);
	report(room, "fnd-1", "Low", NULL, 1, 2);
	cl_store_close(&room->db);
	assert_int_equal(stat(room->path, &st), 0);
	srand(7);
	for (int round = 0; round < 60; round++) {
		int fd = open(room->path, O_RDWR);
		struct cl_store_db *db = NULL;
		struct seen s = {0};

		for (int i = 0; i < 30; i++) {
			unsigned char noise[16];

			for (size_t k = 0; k < sizeof(noise); k++)
				noise[k] = (unsigned char)rand();
			assert_int_equal(pwrite(fd, noise, sizeof(noise), 100 + rand() % (st.st_size - 200)), 16);
		}
		close(fd);
		if (cl_store_open(&db, room->path, round % 2 ? CL_STORE_READ : CL_STORE_WRITE, &err))
			continue;
		cl_store_nodes(db, CL_NODE_FILE, see_node, &s);
		cl_store_edges(db, "node-5", CL_BOTH, see_edge, &s);
		cl_store_findings(db, NULL, count_findings, &s, &err);
		cl_store_set(db, "x", "y");
		cJSON_Delete(s.attrs);
		cl_store_close(&db);
	}
}

static void old_things_are_forgotten_with_what_they_needed(void **state)
{
	struct room *room = *state;
	struct cl_sweep sweep = {.acts_before = 50, .findings_before = 50};
	uint64_t before, used = 0;
	struct seen s = {0};
	int rounds = 0;

	open_writer(room);
	assert_int_equal(cl_store_set(room->db, CL_STORE_HOST, "{\"id\":\"h\",\"boot_id\":\"b\"}"), 0);
	cl_graph_node(room->g, CL_NODE_HOST, "host:h", "h", 10, NULL);
	cl_graph_node(room->g, CL_NODE_RUN, "run:h:1", "r", 10, NULL);
	cl_graph_node(room->g, CL_NODE_PROCESS, "process:b:1:0", "init", 10, NULL);
	cl_graph_node(room->g, CL_NODE_PROCESS, "process:b:5:1", "old", 10, cJSON_Parse("{\"exited\":\"then\"}"));
	cl_graph_node(room->g, CL_NODE_PROCESS, "process:b:6:1", "alive", 10, NULL);
	cl_graph_node(room->g, CL_NODE_PROCESS, "process:b:7:1", "recent", 90, NULL);
	cl_graph_node(room->g, CL_NODE_PROCESS, "process:before:7:1", "of another boot", 10, NULL);
	cl_graph_node(room->g, CL_NODE_PROCESS, "unknown:b:8:1", "unknown", 10, NULL);
	cl_graph_node(room->g, CL_NODE_CREDENTIAL, "cred:1", "c", 10, NULL);
	cl_graph_node(room->g, CL_NODE_FILE, "file:h:/f", "f", 10, NULL);
	cl_graph_edge(room->g, CL_EDGE_RAN_IN, "run:h:1", "host:h", 10, 1, NULL);
	cl_graph_edge(room->g, CL_EDGE_PART_OF, "process:b:5:1", "run:h:1", 10, 1, NULL);
	cl_graph_edge(room->g, CL_EDGE_SPAWNED, "process:b:1:0", "process:b:5:1", 10, 1, NULL);
	cl_graph_edge(room->g, CL_EDGE_SPAWNED, "process:b:5:1", "process:b:7:1", 10, 1, NULL);
	cl_graph_edge(room->g, CL_EDGE_SPAWNED, "unknown:b:8:1", "process:before:7:1", 10, 1, NULL);
	cl_graph_edge(room->g, CL_EDGE_READ, "process:before:7:1", "cred:1", 10, 1, NULL);
	cl_graph_edge(room->g, CL_EDGE_STORED_IN, "cred:1", "file:h:/f", 10, 1, NULL);
	cl_graph_edge(room->g, CL_EDGE_READ, "process:b:7:1", "file:h:/f", 95, 1, NULL);
	write_all(room);
	report(room, "fnd-1", "Low", NULL, 1, 2);
	do {
		before = sweep.removed;
		assert_int_equal(cl_store_forget(room->db, &sweep, NULL), 0);
	} while ((sweep.next || sweep.removed != before) && ++rounds < 20);
	assert_true(rounds < 10);
	assert_int_equal(cl_store_nodes(room->db, CL_NODE_PROCESS, see_node, &s), 0);
	assert_int_equal(s.n, 4); /* init, alive, recent, and recent's parent */
	assert_int_equal(cl_store_node(room->db, "process:b:5:1", see_node, &s), 0);
	assert_int_equal(cl_store_node(room->db, "process:before:7:1", see_node, &s), -ENOENT);
	assert_int_equal(cl_store_node(room->db, "unknown:b:8:1", see_node, &s), -ENOENT);
	assert_int_equal(cl_store_node(room->db, "cred:1", see_node, &s), -ENOENT);
	assert_int_equal(cl_store_node(room->db, "file:h:/f", see_node, &s), 0);
	assert_int_equal(cl_store_node(room->db, "run:h:1", see_node, &s), 0);
	assert_int_equal(findings(room, NULL, &s), 1);
	sweep.findings_before = UINT64_MAX;
	assert_int_equal(cl_store_forget(room->db, &sweep, NULL), 0);
	assert_int_equal(findings(room, NULL, &s), 0);
	assert_int_equal(cl_store_size(room->db, &used, NULL), 0);
	assert_true(used >= 4096 && used < 1000000);
	cJSON_Delete(s.attrs);
}

/* A batch that does not fit leaves nothing behind; the same batch goes in when there is room again. */
static void a_full_disk_takes_all_or_nothing(void **state)
{
	struct room *room = *state;
	struct cl_batch *b = NULL;
	struct cl_error err = {0};
	struct rlimit before, small;
	struct seen s = {0};
	cJSON *f = finding("fnd-1", "Low", NULL, 1, 2);
	char id[32];
	int r;

	open_writer(room);
	for (int i = 0; i < 5000; i++) {
		snprintf(id, sizeof(id), "node-%d", i);
		cl_graph_node(room->g, CL_NODE_FILE, id, id, 1, NULL);
		if (i)
			cl_graph_edge(room->g, CL_EDGE_READ, "node-0", id, 1, CL_BASIS_OBSERVED, "why");
	}
	assert_int_equal(cl_graph_take(room->g, 100000, &b), 0);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){.rlim_cur = 200000, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = cl_store_write(room->db, b, &err);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_true(r == -EIO || r == -ENOSPC);
	assert_non_null(strstr(err.text, room->path));
	assert_int_equal(cl_store_nodes(room->db, CL_NODE_FILE, see_node, &s), 0);
	assert_int_equal(s.n, 0);
	assert_int_equal(cl_store_write(room->db, b, &err), 0);
	assert_int_equal(cl_store_report(room->db, f, NULL, NULL), 0);
	assert_int_equal(cl_store_nodes(room->db, CL_NODE_FILE, see_node, &s), 0);
	assert_int_equal(s.n, 5000);
	s.n = 0;
	assert_int_equal(cl_store_edges(room->db, "node-0", CL_OUT, see_edge, &s), 0);
	assert_int_equal(s.n, 4999);
	assert_int_equal(cl_store_skipped(room->db), 0);
	cl_batch_free(&b);
	cJSON_Delete(s.attrs);
	cJSON_Delete(f);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(what_is_written_is_read),
		IN_ROOM(a_second_graph_adds_to_the_first),
		IN_ROOM(an_edge_without_its_node_is_counted),
		IN_ROOM(callbacks_may_read_and_stop),
		IN_ROOM(reports_are_numbered_and_findings_updated),
		IN_ROOM(findings_are_filtered),
		IN_ROOM(small_values_are_kept),
		IN_ROOM(files_are_private),
		IN_ROOM(one_writer_and_many_readers),
		IN_ROOM(foreign_files_are_refused_untouched),
		IN_ROOM(what_cannot_be_opened_says_why),
		IN_ROOM(damage_is_an_error_not_a_crash),
		IN_ROOM(old_things_are_forgotten_with_what_they_needed),
		IN_ROOM(a_full_disk_takes_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
