/* SPDX-License-Identifier: Apache-2.0 */
/* What the one writer does: batches of the graph, findings with their reports. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store_internal.h"

int cl_store_transaction(struct cl_store_db *db, int (*body)(struct cl_store_db *, void *, struct cl_error *),
			 void *arg, struct cl_error *err)
{
	int r;

	if (!sqlite3_get_autocommit(db->sql)) /* part of the one around it, which is undone as a whole */
		return body(db, arg, err);
	r = cl_store_do(db, CL_SQL_BEGIN, err);
	if (r)
		return r;
	r = body(db, arg, err);
	if (!r)
		r = cl_store_do(db, CL_SQL_COMMIT, err);
	if (r) {
		if (!sqlite3_get_autocommit(db->sql))
			cl_store_do(db, CL_SQL_ROLLBACK, NULL);
		cl_store_forget_numbers(db);
		cl_store_forget_notes(db);
	}
	return r;
}

int cl_store_durably(struct cl_store_db *db, int (*body)(struct cl_store_db *, void *, struct cl_error *), void *arg,
		     struct cl_error *err)
{
	int r;

	if (!sqlite3_get_autocommit(db->sql))
		return body(db, arg, err);
	sqlite3_exec(db->sql, "PRAGMA synchronous=FULL", NULL, NULL, NULL);
	r = cl_store_transaction(db, body, arg, err);
	sqlite3_exec(db->sql, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
	return r;
}

/* ---- batches ---- */

static int put_node(struct cl_store_db *db, sqlite3_stmt *s, const struct cl_node *n, struct cl_error *err)
{
	const void *blob = NULL;
	int size = 0, r = 0;

	if (n->text && n->kind == CL_NODE_PROCESS)
		blob = cl_attrs_pack(db->attrs, n->text, &size);
	sqlite3_bind_text(s, 1, n->id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, n->kind);
	sqlite3_bind_text(s, 3, n->label, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, cl_store_int(n->first));
	sqlite3_bind_int64(s, 5, cl_store_int(n->last));
	if (blob)
		sqlite3_bind_blob(s, 6, blob, size, SQLITE_STATIC);
	else
		sqlite3_bind_text(s, 6, n->text, -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	sqlite3_reset(s);
	return r;
}

/* A credential that is shown by another fingerprint than its first is to be found by each of them. */
static int put_alias(struct cl_store_db *db, const struct cl_node *n, struct cl_error *err)
{
	_cleanup_json_ cJSON *attrs = NULL;
	sqlite3_stmt *s = NULL;
	int r;

	if (n->kind != CL_NODE_CREDENTIAL || !n->text || !strstr(n->text, "\"first_fingerprint\""))
		return 0;
	attrs = cJSON_Parse(n->text);
	r = attrs ? cl_store_lend(db, CL_SQL_PUT_ALIAS, &s, err) : -ENOMEM;
	if (r)
		return r;
	sqlite3_bind_text(s, 1, cl_json_get_str(attrs, "fingerprint"), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, cl_json_get_str(attrs, "key_id"), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, n->id, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, cl_json_get_str(attrs, "first_key_id"), -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	cl_store_return(db, CL_SQL_PUT_ALIAS, s);
	return r;
}

static void bind_edge(sqlite3_stmt *s, const struct cl_edge *e, sqlite3_int64 source, sqlite3_int64 target)
{
	sqlite3_bind_int64(s, 1, source);
	sqlite3_bind_int64(s, 2, e->kind);
	sqlite3_bind_int64(s, 3, target);
	sqlite3_bind_int64(s, 4, cl_store_int(e->first));
	sqlite3_bind_int64(s, 5, cl_store_int(e->last));
	sqlite3_bind_int64(s, 6, cl_store_int(e->count));
	sqlite3_bind_int64(s, 7, e->basis);
	sqlite3_bind_text(s, 8, e->evidence, -1, SQLITE_STATIC);
}

/* The edge is there already. */
static int add_to_edge(struct cl_store_db *db, const struct cl_edge *e, sqlite3_int64 source, sqlite3_int64 target,
		       struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_MORE_EDGE, &s, err);

	if (r)
		return r;
	bind_edge(s, e, source, target);
	sqlite3_bind_int(s, 9, !cl_edge_kind_is_fact(e->kind));
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	cl_store_return(db, CL_SQL_MORE_EDGE, s);
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
	bind_edge(s, e, source, target);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	sqlite3_reset(s);
	if (r)
		return r;
	return sqlite3_changes(db->sql) ? cl_store_note_edge(db, e, source, target, err)
					: add_to_edge(db, e, source, target, err);
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
	r = r ? r : cl_store_put_notes(db, err);
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

static int need(struct cl_store_db *db, sqlite3_stmt *s, const char *finding, const char *node, struct cl_error *err)
{
	int r = 0;

	if (!*node)
		return 0;
	sqlite3_bind_text(s, 1, finding, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, node, -1, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	sqlite3_reset(s);
	return r;
}

/* As long as the finding is here, its credential, its sides and what stands in its own lineage stay (store_forget.c). */
static int put_needs(struct cl_store_db *db, const cJSON *finding, struct cl_error *err)
{
	const char *id = cl_json_get_str(finding, "id");
	sqlite3_stmt *s = NULL;
	const cJSON *item;
	int r = cl_store_lend(db, CL_SQL_PUT_NEED, &s, err);

	if (r)
		return r;
	r = need(db, s, id, cl_finding_credential(finding), err);
	cJSON_ArrayForEach (item, cl_json_at(finding, "sides"))
		r = r ? r : need(db, s, id, cl_json_get_str(item, "process.id"), err);
	cJSON_ArrayForEach (item, cl_json_at(finding, "lineage.nodes"))
		r = r ? r : need(db, s, id, cl_json_get_str(item, "id"), err);
	cl_store_return(db, CL_SQL_PUT_NEED, s);
	return r;
}

static int append_report(struct cl_store_db *db, struct report *rep, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_PUT_REPORT, &s, err);

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

int cl_store_put_report(struct cl_store_db *db, const cJSON *finding, uint64_t *seq, struct cl_error *err)
{
	_cleanup_free_ char *json = cJSON_PrintUnformatted(finding);
	struct report rep = {.finding = finding, .json = json};
	int r = json ? put_finding(db, &rep, err) : -ENOMEM;

	r = r ? r : put_needs(db, finding, err);
	r = r ? r : append_report(db, &rep, err);
	*seq = rep.seq;
	return r;
}

static int put_report(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	struct report *rep = arg;
	_cleanup_json_ cJSON *reviewed = NULL;
	int r = cl_store_carry_review(db, rep->finding, &reviewed, err);

	return r ? r : cl_store_put_report(db, reviewed ? reviewed : rep->finding, &rep->seq, err);
}

int cl_store_report(struct cl_store_db *db, const cJSON *finding, uint64_t *seq, struct cl_error *err)
{
	struct report rep = {.finding = finding};
	int r;

	if (!*cl_json_get_str(finding, "id") || !*cl_json_get_str(finding, "detector"))
		return cl_fail(err, -EINVAL, "cannot store a finding without id or detector");
	r = cl_store_durably(db, put_report, &rep, err);
	if (!r && seq)
		*seq = rep.seq;
	return r;
}
