/* SPDX-License-Identifier: Apache-2.0 */
/* Dead letters: listed, sent once more, thrown away. */
#include <stddef.h>

#include "base/cleanup.h"
#include "store/outbox.h"
#include "store/store_internal.h"

static void finalizep(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
}
#define _cleanup_stmt_ _cleanup_(finalizep)

/* ?1: the output's name, ?2: a finding's id, NULL each: all */
#define CHOSEN " (?1 IS NULL OR dead.output=(SELECT n FROM output WHERE name=?1)) AND (?2 IS NULL OR dead.finding=?2)"

static int prepare(struct cl_store_db *db, const char *sql, const char *output, const char *finding, sqlite3_stmt **out,
		   struct cl_error *err)
{
	if (sqlite3_prepare_v2(db->sql, sql, -1, out, NULL) != SQLITE_OK)
		return cl_store_fail(db, "read", err);
	sqlite3_bind_text(*out, 1, output, -1, SQLITE_STATIC);
	sqlite3_bind_text(*out, 2, finding, -1, SQLITE_STATIC);
	return 0;
}

int cl_dead_list(struct cl_store_db *db, const char *output, int (*each)(void *ctx, const struct cl_dead_letter *l),
		 void *ctx, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE,
	    r = prepare(db,
			"SELECT output.name,dead.finding,dead.reason,dead.report,dead.time FROM dead"
			" JOIN output ON output.n=dead.output WHERE" CHOSEN " ORDER BY dead.time,dead.report",
			output, NULL, &s, err);

	while (!r && (step = sqlite3_step(s)) == SQLITE_ROW)
		r = each(ctx, &(struct cl_dead_letter){.output = (const char *)sqlite3_column_text(s, 0),
						       .finding = (const char *)sqlite3_column_text(s, 1),
						       .reason = (const char *)sqlite3_column_text(s, 2),
						       .report = (uint64_t)sqlite3_column_int64(s, 3),
						       .time = (uint64_t)sqlite3_column_int64(s, 4)});
	return r || step == SQLITE_DONE ? r : cl_store_fail(db, "read", err);
}

struct choice {
	const char *output, *finding;
	bool retry;
	uint64_t wall_ns, n;
};

/* Its time begins anew: it is not put out for its age at once. */
static int put_back(struct cl_store_db *db, const struct choice *c, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = prepare(db,
			"INSERT OR IGNORE INTO outbox(output,report,severity,time) SELECT dead.output,dead.report,"
			"coalesce((SELECT severity FROM finding WHERE id=dead.finding),0),?3 FROM dead WHERE" CHOSEN,
			c->output, c->finding, &s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 3, cl_store_int(c->wall_ns));
	return sqlite3_step(s) == SQLITE_DONE ? 0 : cl_store_fail(db, "write", err);
}

static int count_dropped(struct cl_store_db *db, const struct choice *c, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = prepare(db,
			"UPDATE output SET dead_dropped=dead_dropped+"
			"(SELECT count(*) FROM dead WHERE dead.output=output.n AND" CHOSEN ")",
			c->output, c->finding, &s, err);

	if (r)
		return r;
	return sqlite3_step(s) == SQLITE_DONE ? 0 : cl_store_fail(db, "write", err);
}

static int settle(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	struct choice *c = arg;
	int r = c->retry ? put_back(db, c, err) : count_dropped(db, c, err);

	r = r ? r : prepare(db, "DELETE FROM dead WHERE" CHOSEN, c->output, c->finding, &s, err);
	if (r)
		return r;
	if (sqlite3_step(s) != SQLITE_DONE)
		return cl_store_fail(db, "write", err);
	c->n = (uint64_t)sqlite3_changes(db->sql);
	return 0;
}

int cl_dead_settle(struct cl_store_db *db, const char *output, const char *finding, bool retry, uint64_t wall_ns,
		   uint64_t *n, struct cl_error *err)
{
	struct choice c = {.output = output, .finding = finding, .retry = retry, .wall_ns = wall_ns};
	int r = cl_store_transaction(db, settle, &c, err);

	*n = r ? 0 : c.n;
	return r;
}
