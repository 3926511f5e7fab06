/* SPDX-License-Identifier: Apache-2.0 */
#include "store/recent.h"

#include "store/store_internal.h"

static const char *text_at(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

static uint64_t number_at(sqlite3_stmt *s, int column)
{
	sqlite3_int64 v = sqlite3_column_int64(s, column);

	return v > 0 ? (uint64_t)v : 0;
}

int cl_store_changes(struct cl_store_db *db, uint64_t *out)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_CHANGES, &s, NULL);

	if (r)
		return r;
	if (sqlite3_step(s) == SQLITE_ROW)
		*out = number_at(s, 0);
	else
		r = cl_store_fail(db, "read", NULL);
	cl_store_return(db, CL_SQL_CHANGES, s);
	return r;
}

int cl_store_recent_nodes(struct cl_store_db *db, uint32_t kind, enum cl_recent_order order, uint64_t limit,
			  int (*each)(void *ctx, const struct cl_recent_node *n), void *ctx)
{
	enum cl_sql which = order == CL_RECENT_LATEST ? CL_SQL_LATEST_NODES : CL_SQL_NEWEST_NODES;
	sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE, r = cl_store_lend(db, which, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, kind);
	sqlite3_bind_int64(s, 2, cl_store_int(limit));
	while (!r && (step = sqlite3_step(s)) == SQLITE_ROW)
		r = each(ctx, &(struct cl_recent_node){text_at(s, 0), number_at(s, 1)});
	if (!r && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", NULL);
	cl_store_return(db, which, s);
	return r;
}

int cl_store_recent_findings(struct cl_store_db *db, const char *credential, uint64_t limit,
			     int (*each)(void *ctx, const struct cl_recent_finding *f), void *ctx)
{
	enum cl_sql which = credential ? CL_SQL_RATED_FINDINGS : CL_SQL_LATEST_FINDINGS;
	sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE, r = cl_store_lend(db, which, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, cl_store_int(limit));
	if (credential)
		sqlite3_bind_text(s, 2, credential, -1, SQLITE_STATIC);
	while (!r && (step = sqlite3_step(s)) == SQLITE_ROW) {
		const struct cl_recent_finding f = {
			.id = text_at(s, 0),
			.detector = text_at(s, 1),
			.severity = (uint32_t)number_at(s, 2),
			.first = number_at(s, 3),
			.last = number_at(s, 4),
			.count = number_at(s, 5),
			.credential = text_at(s, 6),
		};

		r = each(ctx, &f);
	}
	if (!r && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", NULL);
	cl_store_return(db, which, s);
	return r;
}

int cl_store_holding_runs(struct cl_store_db *db, const char *credential, uint64_t limit,
			  int (*each)(void *ctx, const struct cl_holding_run *run), void *ctx)
{
	sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE, r = cl_store_lend(db, CL_SQL_HOLDING_RUNS, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, credential, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, cl_store_int(limit));
	while (!r && (step = sqlite3_step(s)) == SQLITE_ROW)
		r = each(ctx,
			 &(struct cl_holding_run){text_at(s, 0), number_at(s, 1), number_at(s, 2), number_at(s, 3)});
	if (!r && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", NULL);
	cl_store_return(db, CL_SQL_HOLDING_RUNS, s);
	return r;
}
