/* SPDX-License-Identifier: Apache-2.0 */
/* What the one writer does: batches of the graph, findings with their reports, forgetting what is old. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "lineage/store_internal.h"

int cl_store_transaction(struct cl_store_db *db, int (*body)(struct cl_store_db *, void *, struct cl_error *),
			 void *arg, struct cl_error *err)
{
	int r = cl_store_do(db, CL_SQL_BEGIN, err);

	if (r)
		return r;
	r = body(db, arg, err);
	if (!r)
		r = cl_store_do(db, CL_SQL_COMMIT, err);
	if (r) {
		if (!sqlite3_get_autocommit(db->sql))
			cl_store_do(db, CL_SQL_ROLLBACK, NULL);
		cl_store_forget_numbers(db);
	}
	return r;
}

int cl_store_durably(struct cl_store_db *db, int (*body)(struct cl_store_db *, void *, struct cl_error *), void *arg,
		     struct cl_error *err)
{
	int r;

	sqlite3_exec(db->sql, "PRAGMA synchronous=FULL", NULL, NULL, NULL);
	r = cl_store_transaction(db, body, arg, err);
	sqlite3_exec(db->sql, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
	return r;
}

/* ---- batches ---- */

static int put_node(struct cl_store_db *db, sqlite3_stmt *s, const struct cl_node *n, struct cl_error *err)
{
	_cleanup_free_ char *attrs = n->attrs && n->attrs->child ? cJSON_PrintUnformatted(n->attrs) : NULL;
	int r = 0;

	if (n->attrs && n->attrs->child && !attrs)
		return -ENOMEM;
	sqlite3_bind_text(s, 1, n->id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, n->kind);
	sqlite3_bind_text(s, 3, n->label, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, cl_store_int(n->first));
	sqlite3_bind_int64(s, 5, cl_store_int(n->last));
	sqlite3_bind_text(s, 6, attrs, -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	sqlite3_reset(s);
	return r;
}

/* A credential that is shown by another fingerprint than its first is to be found by each of them. */
static int put_alias(struct cl_store_db *db, const struct cl_node *n, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int r;

	if (n->kind != CL_NODE_CREDENTIAL || !*cl_json_get_str(n->attrs, "first_fingerprint"))
		return 0;
	r = cl_store_lend(db, CL_SQL_PUT_ALIAS, &s, err);
	if (r)
		return r;
	sqlite3_bind_text(s, 1, cl_json_get_str(n->attrs, "fingerprint"), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, cl_json_get_str(n->attrs, "key_id"), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, n->id, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, cl_json_get_str(n->attrs, "first_key_id"), -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	cl_store_return(db, CL_SQL_PUT_ALIAS, s);
	return r;
}

static int put_edge(struct cl_store_db *db, sqlite3_stmt *s, const struct cl_edge *e, struct cl_error *err)
{
	sqlite3_int64 source, target;
	int r = cl_store_number(db, e->source, &source, err);

	if (!r)
		r = cl_store_number(db, e->target, &target, err);
	if (r == -ENOENT)
		db->skipped++;
	if (r)
		return r == -ENOENT ? 0 : r;
	sqlite3_bind_int64(s, 1, source);
	sqlite3_bind_int64(s, 2, e->kind);
	sqlite3_bind_int64(s, 3, target);
	sqlite3_bind_int64(s, 4, cl_store_int(e->first));
	sqlite3_bind_int64(s, 5, cl_store_int(e->last));
	sqlite3_bind_int64(s, 6, cl_store_int(e->count));
	sqlite3_bind_int64(s, 7, e->basis);
	sqlite3_bind_text(s, 8, e->evidence, -1, SQLITE_STATIC);
	sqlite3_bind_int(s, 9, !cl_edge_kind_is_fact(e->kind));
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	sqlite3_reset(s);
	return r;
}

static int put_batch(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	const struct cl_batch *b = arg;
	sqlite3_stmt *node = NULL, *edge = NULL;
	int r = cl_store_lend(db, CL_SQL_PUT_NODE, &node, err);

	if (r)
		return r;
	r = cl_store_lend(db, CL_SQL_PUT_EDGE, &edge, err);
	for (size_t i = 0; !r && i < b->n_nodes; i++)
		(void)((r = put_node(db, node, &b->nodes[i], err)) || (r = put_alias(db, &b->nodes[i], err)));
	for (size_t i = 0; !r && i < b->n_edges; i++)
		r = put_edge(db, edge, &b->edges[i], err);
	cl_store_return(db, CL_SQL_PUT_NODE, node);
	if (edge)
		cl_store_return(db, CL_SQL_PUT_EDGE, edge);
	return r;
}

int cl_store_write(struct cl_store_db *db, const struct cl_batch *batch, struct cl_error *err)
{
	return cl_store_transaction(db, put_batch, (void *)(uintptr_t)batch, err);
}

uint64_t cl_store_skipped(const struct cl_store_db *db)
{
	return db->skipped;
}

/* ---- findings ---- */

struct report {
	const cJSON *finding;
	const char *json;
	uint64_t seq;
};

static int put_finding(struct cl_store_db *db, const struct report *rep, struct cl_error *err)
{
	const char *credential = cl_finding_credential(rep->finding);
	const cJSON *f = rep->finding;
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_PUT_FINDING, &s, err);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, cl_json_get_str(f, "id"), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, cl_json_get_str(f, "detector"), -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, cl_store_severity(cl_json_get_str(f, "severity")));
	sqlite3_bind_int64(s, 4, cl_store_int(cl_json_get_time(f, "first")));
	sqlite3_bind_int64(s, 5, cl_store_int(cl_json_get_time(f, "last")));
	sqlite3_bind_int64(s, 6, (sqlite3_int64)cl_json_get_num(f, "count"));
	sqlite3_bind_text(s, 7, *credential ? credential : NULL, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 8, rep->json, -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	cl_store_return(db, CL_SQL_PUT_FINDING, s);
	return r;
}

static int put_report(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	struct report *rep = arg;
	sqlite3_stmt *s = NULL;
	int r = put_finding(db, rep, err);

	if (!r)
		r = cl_store_lend(db, CL_SQL_PUT_REPORT, &s, err);
	if (r)
		return r;
	sqlite3_bind_text(s, 1, cl_json_get_str(rep->finding, "id"), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, rep->json, -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	else
		rep->seq = (uint64_t)sqlite3_last_insert_rowid(db->sql);
	cl_store_return(db, CL_SQL_PUT_REPORT, s);
	return r;
}

int cl_store_report(struct cl_store_db *db, const cJSON *finding, uint64_t *seq, struct cl_error *err)
{
	_cleanup_free_ char *json = cJSON_PrintUnformatted(finding);
	struct report rep = {.finding = finding, .json = json};
	int r;

	if (!json)
		return -ENOMEM;
	if (!*cl_json_get_str(finding, "id") || !*cl_json_get_str(finding, "detector"))
		return cl_fail(err, -EINVAL, "cannot store a finding without id or detector");
	r = cl_store_durably(db, put_report, &rep, err);
	if (!r && seq)
		*seq = rep.seq;
	return r;
}

/* ---- forgetting ---- */

/* Statements of a rare event are prepared for the occasion. */
static int remove_rows(struct cl_store_db *db, const char *sql, uint64_t bound, uint64_t *removed, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int r = 0;

	if (sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL) != SQLITE_OK)
		return cl_store_fail(db, "clear", err);
	if (sqlite3_bind_parameter_count(s))
		sqlite3_bind_int64(s, 1, cl_store_int(bound));
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "clear", err);
	else if (removed)
		*removed += (uint64_t)sqlite3_changes(db->sql);
	sqlite3_finalize(s);
	return r;
}

int cl_store_forget_reports(struct cl_store_db *db, uint64_t through, struct cl_error *err)
{
	return remove_rows(db, "DELETE FROM report WHERE seq<=?1", through, NULL, err);
}

struct forget {
	uint64_t before, removed;
};

/* Takes the doomed nodes away, with the facts that hang on them. */
static int remove_doomed(struct cl_store_db *db, struct forget *f, const char *select, struct cl_error *err)
{
	int r = remove_rows(db, "DELETE FROM temp.doomed", 0, NULL, err);

	if (!r)
		r = remove_rows(db, select, f->before, NULL, err);
	if (!r)
		r = remove_rows(db, "DELETE FROM edge WHERE source IN temp.doomed", 0, &f->removed, err);
	if (!r)
		r = remove_rows(db, "DELETE FROM edge WHERE target IN temp.doomed", 0, &f->removed, err);
	if (!r)
		r = remove_rows(db, "DELETE FROM node WHERE n IN temp.doomed", 0, &f->removed, err);
	return r;
}

/*
 * Acts go by their last time. A process goes when it has ended (or its boot has) and has no act and no child left, so a
 * chain goes from its young end; anything else when nothing points to it and it only belongs to others. Kinds 1 to 4
 * are SPAWNED, PART_OF, RAN_IN and RAN_AS; node kinds 1 and 5 are Host and Process.
 */
static int forget(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	struct forget *f = arg;
	int r = remove_rows(db, "CREATE TEMP TABLE IF NOT EXISTS doomed(n INTEGER PRIMARY KEY)", 0, NULL, err);

	if (!r)
		r = remove_rows(db, "DELETE FROM finding WHERE id IN (SELECT id FROM finding WHERE last<?1 LIMIT 5000)",
				f->before, &f->removed, err);
	if (!r)
		r = remove_rows(db,
				"DELETE FROM edge WHERE (source,kind,target) IN (SELECT source,kind,target FROM edge"
				" WHERE last<?1 AND kind NOT IN (1,2,3,4) LIMIT 20000)",
				f->before, &f->removed, err);
	if (!r)
		r = remove_doomed(
			db, f,
			"INSERT INTO temp.doomed SELECT n FROM node WHERE kind=5 AND last<?1 AND NOT EXISTS"
			" (SELECT 1 FROM edge WHERE source=n AND kind NOT IN (2,3,4)) AND"
			" (attrs LIKE '%\"exited\":%' OR id NOT GLOB 'process:'||json_extract((SELECT value FROM"
			" meta WHERE name='" CL_STORE_HOST "'),'$.boot_id')||':*') LIMIT 20000",
			err);
	if (!r)
		r = remove_rows(db, "DELETE FROM alias WHERE credential NOT IN (SELECT id FROM node)", 0, NULL, err);
	if (!r)
		r = remove_doomed(db, f,
				  "INSERT INTO temp.doomed SELECT n FROM node WHERE kind NOT IN (1,5) AND last<?1"
				  " AND NOT EXISTS (SELECT 1 FROM edge WHERE target=n) AND NOT EXISTS"
				  " (SELECT 1 FROM edge WHERE source=n AND kind NOT IN (2,3)) LIMIT 20000",
				  err);
	return r;
}

int cl_store_forget(struct cl_store_db *db, uint64_t before, uint64_t *removed, struct cl_error *err)
{
	struct forget f = {.before = before};
	int r = cl_store_transaction(db, forget, &f, err);

	cl_store_forget_numbers(db);

	if (!r && removed)
		*removed = f.removed;
	return r;
}

int cl_store_size(struct cl_store_db *db, uint64_t *used, struct cl_error *err)
{
	static const char sql[] = "SELECT (page_count-freelist_count)*page_size"
				  " FROM pragma_page_count,pragma_freelist_count,pragma_page_size";
	sqlite3_stmt *s = NULL;
	int r = 0;

	if (sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
		r = cl_store_fail(db, "measure", err);
	else
		*used = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return r;
}
