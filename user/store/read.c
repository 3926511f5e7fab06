/* SPDX-License-Identifier: Apache-2.0 */
/* What readers ask for. A damaged row is an error, never a crash or a guess. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "event/observation.h"
#include "store/store_internal.h"

static const char *const severities[] = {"Unknown", "Informational", "Low", "Medium", "High", "Critical", "Fatal"};

uint32_t cl_store_severity(const char *name)
{
	for (uint32_t i = 1; name && i < ARRAY_SIZE(severities); i++)
		if (!strcmp(severities[i], name))
			return i;
	return 0;
}

static const char *text_at(sqlite3_stmt *s, int column)
{
	return (const char *)sqlite3_column_text(s, column);
}

static uint64_t number_at(sqlite3_stmt *s, int column)
{
	sqlite3_int64 v = sqlite3_column_int64(s, column);

	return v < 0 ? 0 : (uint64_t)v;
}

static int json_at(struct cl_store_db *db, sqlite3_stmt *s, int column, cJSON **out, struct cl_error *err)
{
	const char *text = text_at(s, column);
	cJSON *json = text ? cJSON_Parse(text) : NULL;

	if (!cJSON_IsObject(json)) {
		cJSON_Delete(json);
		return cl_fail(err, -EPROTO, "cannot read store \"%s\": a stored record is not a JSON object",
			       db->path);
	}
	*out = json;
	return 0;
}

void cl_store_scatter(struct cl_store_db *db)
{
	sqlite3_exec(db->sql, "PRAGMA mmap_size=0; PRAGMA cache_size=-2048", NULL, NULL, NULL);
}

int cl_store_hold(struct cl_store_db *db, struct cl_error *err)
{
	return sqlite3_exec(db->sql, "BEGIN", NULL, NULL, NULL) == SQLITE_OK ? 0 : cl_store_fail(db, "read", err);
}

void cl_store_release(struct cl_store_db *db)
{
	if (!sqlite3_get_autocommit(db->sql))
		sqlite3_exec(db->sql, "COMMIT", NULL, NULL, NULL);
}

/* ---- findings and reports ---- */

int cl_store_next_report(struct cl_store_db *db, uint64_t after, uint64_t *seq, cJSON **out, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	uint64_t number = 0;
	cJSON *json = NULL;
	int step, r = cl_store_lend(db, CL_SQL_NEXT_REPORT, &s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, cl_store_int(after));
	step = sqlite3_step(s);
	if (step == SQLITE_ROW) {
		number = number_at(s, 0);
		r = json_at(db, s, 1, &json, err);
	} else if (step != SQLITE_DONE) {
		r = cl_store_fail(db, "read", err);
	}
	cl_store_return(db, CL_SQL_NEXT_REPORT, s);
	if (r || !json)
		return r;
	*seq = number;
	*out = json;
	return 1;
}

int cl_store_last_report(struct cl_store_db *db, uint64_t *seq, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_LAST_REPORT, &s, err);

	if (r)
		return r;
	if (sqlite3_step(s) == SQLITE_ROW)
		*seq = number_at(s, 0);
	else
		r = cl_store_fail(db, "read", err);
	cl_store_return(db, CL_SQL_LAST_REPORT, s);
	return r;
}

/* A text after all that begin with `prefix`: no UTF-8 holds this byte. */
static int range_end(struct cl_text *end, const char *prefix)
{
	return cl_text_printf(end, "%s\xff", prefix);
}

int cl_store_finding(struct cl_store_db *db, const char *id, cJSON **out, struct cl_error *err)
{
	_cleanup_text_ struct cl_text end = {0};
	_cleanup_json_ cJSON *json = NULL;
	sqlite3_stmt *s = NULL;
	int step, r = range_end(&end, id);

	if (!r)
		r = cl_store_lend(db, CL_SQL_FINDING, &s, err);
	if (r)
		return r;
	sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, cl_text_str(&end), -1, SQLITE_STATIC);
	step = *id ? sqlite3_step(s) : SQLITE_DONE;
	if (step == SQLITE_DONE) {
		r = cl_fail(err, -ENOENT, "no finding \"%s\" in \"%s\" (credlineage findings lists them)", id,
			    db->path);
	} else if (step != SQLITE_ROW) {
		r = cl_store_fail(db, "read", err);
	} else {
		bool exact = !strcmp(text_at(s, 0) ? text_at(s, 0) : "", id);

		r = json_at(db, s, 1, &json, err);
		if (!r && !exact && sqlite3_step(s) == SQLITE_ROW)
			r = cl_fail(err, -ENOTUNIQ, "finding \"%s\" is not unique: type more of its id", id);
	}
	cl_store_return(db, CL_SQL_FINDING, s);
	if (!r)
		*out = TAKE_PTR(json);
	return r;
}

static int bind_filter(sqlite3_stmt *s, const struct cl_finding_filter *f, char from[CL_FP_TEXT], char to[CL_FP_TEXT])
{
	const char *hex;

	sqlite3_bind_int64(s, 1, f ? cl_store_int(f->since) : 0);
	sqlite3_bind_text(s, 2, f ? f->detector : NULL, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, f && f->severity_at_least ? cl_store_severity(f->severity_at_least) : 0);
	if (!f || !f->credential || !*f->credential)
		return 0;
	hex = cl_starts_with(f->credential, "cred:") ? f->credential + 5 : f->credential;
	if (strlen(hex) > 32)
		return -EINVAL;
	snprintf(from, CL_FP_TEXT, "cred:%s", hex);
	snprintf(to, CL_FP_TEXT, "cred:%s\xff", hex);
	sqlite3_bind_text(s, 4, from, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 5, to, -1, SQLITE_STATIC);
	return 0;
}

static enum cl_sql statement_of(const struct cl_finding_filter *f)
{
	if (!f || !f->credential)
		return CL_SQL_FINDINGS;
	return *f->credential ? CL_SQL_FINDINGS_OF : CL_SQL_FINDINGS_WITHOUT;
}

int cl_store_findings(struct cl_store_db *db, const struct cl_finding_filter *filter,
		      int (*each)(void *ctx, const cJSON *finding), void *ctx, struct cl_error *err)
{
	char from[CL_FP_TEXT] = "", to[CL_FP_TEXT] = "";
	enum cl_sql which = statement_of(filter);
	sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE, r = cl_store_lend(db, which, &s, err);

	if (r)
		return r;
	r = bind_filter(s, filter, from, to);
	while (!r && (step = sqlite3_step(s)) == SQLITE_ROW) {
		_cleanup_json_ cJSON *json = NULL;

		r = json_at(db, s, 0, &json, err);
		if (!r)
			r = each(ctx, json);
	}
	if (!r && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", err);
	cl_store_return(db, which, s);
	return r;
}

/* ---- nodes and edges ---- */

int cl_store_give_node(struct cl_store_db *db, sqlite3_stmt *s, int (*each)(void *ctx, const struct cl_node *n),
		       void *ctx)
{
	_cleanup_json_ cJSON *attrs = NULL;
	const char *text = sqlite3_column_type(s, 5) == SQLITE_BLOB
				   ? cl_attrs_unpack(db->attrs, sqlite3_column_blob(s, 5), sqlite3_column_bytes(s, 5))
				   : text_at(s, 5);
	struct cl_node n = {
		.id = text_at(s, 0),
		.kind = (uint32_t)number_at(s, 1),
		.label = text_at(s, 2),
		.first = number_at(s, 3),
		.last = number_at(s, 4),
	};

	if (!n.id)
		return -EPROTO;
	attrs = text ? cJSON_ParseWithOpts(text, NULL, true) : NULL;
	if (cJSON_IsObject(attrs)) {
		n.attrs = attrs;
		n.text = text;
	}
	return each(ctx, &n);
}

static int give_edge(sqlite3_stmt *s, int (*each)(void *ctx, const struct cl_edge *e), void *ctx)
{
	const struct cl_edge e = {
		.source = text_at(s, 0),
		.kind = (uint32_t)number_at(s, 1),
		.target = text_at(s, 2),
		.first = number_at(s, 3),
		.last = number_at(s, 4),
		.count = number_at(s, 5),
		.basis = (uint32_t)number_at(s, 6),
		.evidence = text_at(s, 7),
	};

	return e.source && e.target ? each(ctx, &e) : -EPROTO;
}

int cl_store_give_nodes(struct cl_store_db *db, enum cl_sql which, sqlite3_stmt *s,
			int (*each)(void *ctx, const struct cl_node *n), void *ctx)
{
	int step, r = 0;

	while (!r && (step = sqlite3_step(s)) != SQLITE_DONE)
		r = step == SQLITE_ROW ? cl_store_give_node(db, s, each, ctx) : cl_store_fail(db, "read", NULL);
	cl_store_return(db, which, s);
	return r;
}

int cl_store_node(struct cl_store_db *db, const char *id, int (*each)(void *ctx, const struct cl_node *n), void *ctx)
{
	sqlite3_stmt *s = NULL;
	int step, r = cl_store_lend(db, CL_SQL_NODE, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW)
		r = cl_store_give_node(db, s, each, ctx);
	else
		r = step == SQLITE_DONE ? -ENOENT : cl_store_fail(db, "read", NULL);
	cl_store_return(db, CL_SQL_NODE, s);
	return r;
}

int cl_store_nodes(struct cl_store_db *db, uint32_t kind, int (*each)(void *ctx, const struct cl_node *n), void *ctx)
{
	enum cl_sql which = kind == CL_NODE_PROCESS ? CL_SQL_PROCESSES : CL_SQL_NODES; /* no index has processes */
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, which, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, kind);
	return cl_store_give_nodes(db, which, s, each, ctx);
}

const char *cl_finding_credential(const cJSON *finding)
{
	const char *first = cl_json_get_str(finding, "credential.first_fingerprint");

	return *first ? first : cl_json_get_str(finding, "credential.fingerprint");
}

int cl_store_aliases(struct cl_store_db *db, const char *prefix, int (*each)(void *ctx, const struct cl_alias *a),
		     void *ctx)
{
	_cleanup_text_ struct cl_text to = {0};
	sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE, r = range_end(&to, prefix);

	r = r ? r : cl_store_lend(db, CL_SQL_ALIASES, &s, NULL);
	if (r)
		return r;
	sqlite3_bind_text(s, 1, prefix, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, cl_text_str(&to), -1, SQLITE_STATIC);
	while (!r && (step = sqlite3_step(s)) == SQLITE_ROW) {
		const struct cl_alias a = {text_at(s, 0), text_at(s, 1), text_at(s, 2), text_at(s, 3)};

		r = each(ctx, &a);
	}
	if (!r && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", NULL);
	cl_store_return(db, CL_SQL_ALIASES, s);
	return r;
}

int cl_store_match(struct cl_store_db *db, const char *pattern, int (*each)(void *ctx, const struct cl_node *n),
		   void *ctx)
{
	_cleanup_text_ struct cl_text from = {0}, to = {0};
	sqlite3_stmt *s = NULL;
	int r = cl_text_append(&from, pattern, strcspn(pattern, "*?["));

	if (!r)
		r = range_end(&to, cl_text_str(&from));
	if (!r)
		r = cl_store_lend(db, CL_SQL_MATCH, &s, NULL);
	if (r)
		return r;
	sqlite3_bind_text(s, 1, cl_text_str(&from), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, cl_text_str(&to), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, pattern, -1, SQLITE_STATIC);
	return cl_store_give_nodes(db, CL_SQL_MATCH, s, each, ctx);
}

int cl_store_runs_of(struct cl_store_db *db, const char *credential, int (*each)(void *ctx, const struct cl_node *run),
		     void *ctx)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_RUNS_OF, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, credential, -1, SQLITE_STATIC);
	return cl_store_give_nodes(db, CL_SQL_RUNS_OF, s, each, ctx);
}

int cl_store_holders(struct cl_store_db *db, const char *credential, uint64_t *out, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int step, r = cl_store_lend(db, CL_SQL_HOLDERS, &s, err);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, credential, -1, SQLITE_STATIC);
	step = sqlite3_step(s);
	*out = step == SQLITE_ROW ? number_at(s, 0) : 0;
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", err);
	cl_store_return(db, CL_SQL_HOLDERS, s);
	return r;
}

static int walk_edges(struct cl_store_db *db, enum cl_sql which, const char *node,
		      int (*each)(void *ctx, const struct cl_edge *e), void *ctx)
{
	sqlite3_stmt *s = NULL;
	int step, r = cl_store_lend(db, which, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, node, -1, SQLITE_STATIC);
	while (!r && (step = sqlite3_step(s)) != SQLITE_DONE)
		r = step == SQLITE_ROW ? give_edge(s, each, ctx) : cl_store_fail(db, "read", NULL);
	cl_store_return(db, which, s);
	return r;
}

int cl_store_edges(struct cl_store_db *db, const char *node, enum cl_direction direction,
		   int (*each)(void *ctx, const struct cl_edge *e), void *ctx)
{
	int r = 0;

	if (direction & CL_OUT)
		r = walk_edges(db, CL_SQL_EDGES_OUT, node, each, ctx);
	if (!r && (direction & CL_IN))
		r = walk_edges(db, CL_SQL_EDGES_IN, node, each, ctx);
	return r;
}

int cl_store_degree(struct cl_store_db *db, const char *node, uint64_t limit, uint64_t *out)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_DEGREE, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, node, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, cl_store_int(limit));
	if (sqlite3_step(s) == SQLITE_ROW)
		*out = number_at(s, 0);
	else
		r = -ENOENT;
	cl_store_return(db, CL_SQL_DEGREE, s);
	return r;
}
