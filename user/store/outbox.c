/* SPDX-License-Identifier: Apache-2.0 */
#include "store/outbox.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"
#include "store/store_internal.h"

static void finalizep(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
}
#define _cleanup_stmt_ _cleanup_(finalizep)
#define POSTED "posted" /* small value */

/* What happens now and then is prepared for the occasion. */
static int prepare(struct cl_store_db *db, const char *sql, sqlite3_stmt **out, struct cl_error *err)
{
	return sqlite3_prepare_v2(db->sql, sql, -1, out, NULL) == SQLITE_OK ? 0 : cl_store_fail(db, "read", err);
}

static int step_once(struct cl_store_db *db, sqlite3_stmt *s, struct cl_error *err)
{
	return sqlite3_step(s) == SQLITE_DONE ? 0 : cl_store_fail(db, "write", err);
}

static uint64_t number_at(sqlite3_stmt *s, int column)
{
	sqlite3_int64 v = sqlite3_column_int64(s, column);

	return v < 0 ? 0 : (uint64_t)v;
}

static const char *text_at(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text ? text : "";
}

/* ---- outputs ---- */

int cl_outbox_list(struct cl_store_db *db, int (*each)(void *ctx, const struct cl_outbox *o), void *ctx,
		   struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE,
	    r = prepare(db,
			"SELECT n,name,(SELECT count(*) FROM outbox WHERE output=n),"
			"(SELECT count(*) FROM dead WHERE output=n),sent,refused,dropped,dead_dropped,last_success,"
			"error_time,error FROM output ORDER BY n",
			&s, err);

	while (!r && (step = sqlite3_step(s)) == SQLITE_ROW)
		r = each(ctx, &(struct cl_outbox){.id = number_at(s, 0),
						  .name = text_at(s, 1),
						  .waiting = number_at(s, 2),
						  .dead = number_at(s, 3),
						  .sent = number_at(s, 4),
						  .refused = number_at(s, 5),
						  .dropped = number_at(s, 6),
						  .dead_dropped = number_at(s, 7),
						  .last_success = number_at(s, 8),
						  .error_time = number_at(s, 9),
						  .error = text_at(s, 10)});
	return r || step == SQLITE_DONE ? r : cl_store_fail(db, "read", err);
}

int cl_outbox_open(struct cl_store_db *db, const char *name, uint64_t *id, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *make = NULL, *find = NULL;
	int r = prepare(db, "INSERT OR IGNORE INTO output(name) VALUES(?1)", &make, err);

	r = r ? r : prepare(db, "SELECT n FROM output WHERE name=?1", &find, err);
	if (r)
		return r;
	sqlite3_bind_text(make, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(find, 1, name, -1, SQLITE_STATIC);
	r = step_once(db, make, err);
	if (!r && sqlite3_step(find) != SQLITE_ROW)
		r = cl_store_fail(db, "read", err);
	if (!r)
		*id = number_at(find, 0);
	return r;
}

static int tidy_one(struct cl_store_db *db, uint64_t output, uint64_t before, struct cl_error *err)
{
	const struct cl_outbox_bound old = {.output = output, .keep = UINT64_MAX, .before = before};
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	uint64_t dropped;
	int r = cl_outbox_trim(db, &old, &dropped, err);

	r = r ? r
	      : prepare(db,
			"DELETE FROM output WHERE n=?1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE output=?1)"
			" AND NOT EXISTS (SELECT 1 FROM dead WHERE output=?1)",
			&s, err);
	if (r)
		return r;
	sqlite3_bind_int64(s, 1, cl_store_int(output));
	return step_once(db, s, err);
}

int cl_outbox_tidy(struct cl_store_db *db, const uint64_t *ids, size_t n, uint64_t before, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	uint64_t last = 0;
	int r = prepare(db, "SELECT n FROM output WHERE n>?1 ORDER BY n LIMIT 1", &s, err);

	while (!r) {
		bool had = false;

		sqlite3_bind_int64(s, 1, cl_store_int(last));
		if (sqlite3_step(s) != SQLITE_ROW)
			break;
		last = number_at(s, 0);
		sqlite3_reset(s);
		for (size_t i = 0; i < n; i++)
			had |= ids[i] == last;
		r = had ? 0 : tidy_one(db, last, before, err);
	}
	return r;
}

/* ---- what waits ---- */

static int set_posted(struct cl_store_db *db, uint64_t report)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)report);
	return cl_store_set(db, POSTED, text);
}

int cl_outbox_posted(struct cl_store_db *db, uint64_t *report, struct cl_error *err)
{
	_cleanup_free_ char *text = NULL;
	int r;

	if (!cl_store_get(db, POSTED, &text) && !cl_parse_u64(text, INT64_MAX, report))
		return 0;
	r = cl_store_last_report(db, report, err);
	return r ? r : set_posted(db, *report);
}

static int post(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	const struct cl_posting *p = arg;
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_PUT_MAIL, &s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 2, cl_store_int(p->report));
	sqlite3_bind_int64(s, 3, p->severity);
	sqlite3_bind_int64(s, 4, cl_store_int(p->time));
	for (size_t i = 0; !r && i < p->n; i++) {
		sqlite3_bind_int64(s, 1, cl_store_int(p->outputs[i]));
		r = step_once(db, s, err);
		sqlite3_reset(s);
	}
	cl_store_return(db, CL_SQL_PUT_MAIL, s);
	return r ? r : set_posted(db, p->report);
}

int cl_outbox_post(struct cl_store_db *db, const struct cl_posting *p, struct cl_error *err)
{
	return cl_store_transaction(db, post, (void *)(uintptr_t)p, err);
}

int cl_outbox_next(struct cl_store_db *db, uint64_t output, uint64_t after, size_t limit,
		   int (*each)(void *ctx, uint64_t report, cJSON *finding, size_t bytes), void *ctx,
		   struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE, end = 0, r = cl_store_lend(db, CL_SQL_NEXT_MAIL, &s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, cl_store_int(output));
	sqlite3_bind_int64(s, 2, cl_store_int(after));
	sqlite3_bind_int64(s, 3, cl_store_int(limit));
	while (!end && (step = sqlite3_step(s)) == SQLITE_ROW) {
		const char *text = text_at(s, 1);
		size_t bytes = (size_t)sqlite3_column_bytes(s, 1);
		cJSON *finding = cJSON_Parse(text);

		if (!cJSON_IsObject(finding))
			cl_json_freep(&finding);
		end = each(ctx, number_at(s, 0), finding, bytes);
	}
	if (!end && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", err);
	cl_store_return(db, CL_SQL_NEXT_MAIL, s);
	return r;
}

static int count_dropped(struct cl_store_db *db, uint64_t output, uint64_t dropped, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = prepare(db, "UPDATE output SET dropped=dropped+?2 WHERE n=?1", &s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, cl_store_int(output));
	sqlite3_bind_int64(s, 2, cl_store_int(dropped));
	return step_once(db, s, err);
}

struct trim {
	const struct cl_outbox_bound *bound;
	uint64_t dropped;
};

/* ?1: the output, ?2: what is on its way, ?3: the bound */
static int put_out(struct cl_store_db *db, struct trim *t, const char *sql, uint64_t bound, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = prepare(db, sql, &s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, cl_store_int(t->bound->output));
	sqlite3_bind_int64(s, 2, cl_store_int(t->bound->taken));
	sqlite3_bind_int64(s, 3, cl_store_int(bound));
	r = step_once(db, s, err);
	t->dropped += r ? 0 : (uint64_t)sqlite3_changes(db->sql);
	return r;
}

static int trim(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	struct trim *t = arg;
	int r = put_out(db, t, "DELETE FROM outbox WHERE output=?1 AND report>?2 AND time<?3", t->bound->before, err);

	if (!r && t->bound->keep != UINT64_MAX)
		r = put_out(
			db, t,
			"DELETE FROM outbox WHERE output=?1 AND report IN (SELECT report FROM outbox WHERE output=?1"
			" AND report>?2 ORDER BY severity,report LIMIT"
			" max(0,(SELECT count(*) FROM outbox WHERE output=?1)-?3))",
			t->bound->keep, err);
	return r || !t->dropped ? r : count_dropped(db, t->bound->output, t->dropped, err);
}

int cl_outbox_trim(struct cl_store_db *db, const struct cl_outbox_bound *b, uint64_t *dropped, struct cl_error *err)
{
	struct trim t = {.bound = b};
	int r = cl_store_transaction(db, trim, &t, err);

	*dropped = r ? 0 : t.dropped;
	return r;
}

int cl_outbox_clear(struct cl_store_db *db, uint64_t output, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = prepare(db, "DELETE FROM outbox WHERE output=?1", &s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, cl_store_int(output));
	return step_once(db, s, err);
}

/* ---- what became of it ---- */

static int run_kept(struct cl_store_db *db, enum cl_sql which, const struct cl_settlement *t,
		    const struct cl_settled *item, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, which, &s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, cl_store_int(t->output));
	sqlite3_bind_int64(s, 2, cl_store_int(item->report));
	if (sqlite3_bind_parameter_count(s) > 2) {
		sqlite3_bind_int64(s, 3, cl_store_int(t->time));
		sqlite3_bind_text(s, 4, item->reason, -1, SQLITE_STATIC);
	}
	r = step_once(db, s, err);
	cl_store_return(db, which, s);
	return r;
}

/* What was put out meanwhile is not counted once more. */
static int settle_item(struct cl_store_db *db, struct cl_settlement *t, const struct cl_settled *item,
		       struct cl_error *err)
{
	int r = run_kept(db, CL_SQL_END_MAIL, t, item, err);

	if (r || !sqlite3_changes(db->sql))
		return r;
	if (!item->reason) {
		t->sent++;
		return 0;
	}
	t->refused++;
	return run_kept(db, CL_SQL_PUT_DEAD, t, item, err);
}

static int bound_dead(struct cl_store_db *db, struct cl_settlement *t, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = prepare(db,
			"DELETE FROM dead WHERE output=?1 AND report IN (SELECT report FROM dead WHERE output=?1"
			" ORDER BY time,report LIMIT max(0,(SELECT count(*) FROM dead WHERE output=?1)-?2))",
			&s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, cl_store_int(t->output));
	sqlite3_bind_int64(s, 2, cl_store_int(t->dead_max));
	r = step_once(db, s, err);
	t->dead_dropped = r ? 0 : (uint64_t)sqlite3_changes(db->sql);
	return r;
}

static int count_settled(struct cl_store_db *db, const struct cl_settlement *t, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = prepare(db,
			"UPDATE output SET sent=sent+?2,refused=refused+?3,dead_dropped=dead_dropped+?4,"
			"last_success=max(last_success,?5),error=CASE WHEN ?6 THEN ?7 ELSE error END,"
			"error_time=max(error_time,?6) WHERE n=?1",
			&s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, cl_store_int(t->output));
	sqlite3_bind_int64(s, 2, cl_store_int(t->sent));
	sqlite3_bind_int64(s, 3, cl_store_int(t->refused));
	sqlite3_bind_int64(s, 4, cl_store_int(t->dead_dropped));
	sqlite3_bind_int64(s, 5, cl_store_int(t->last_success));
	sqlite3_bind_int64(s, 6, cl_store_int(t->error_time));
	sqlite3_bind_text(s, 7, t->error ? t->error : "", -1, SQLITE_STATIC);
	return step_once(db, s, err);
}

struct settle {
	struct cl_settlement *list;
	size_t n;
};

static int settle(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	const struct settle *all = arg;
	int r = 0;

	for (size_t i = 0; !r && i < all->n; i++) {
		struct cl_settlement *t = &all->list[i];

		t->sent = t->refused = t->dead_dropped = 0;
		for (size_t k = 0; !r && k < t->n; k++)
			r = settle_item(db, t, &t->items[k], err);
		if (!r && t->refused)
			r = bound_dead(db, t, err);
		r = r ? r : count_settled(db, t, err);
	}
	return r;
}

int cl_outbox_settle(struct cl_store_db *db, struct cl_settlement *list, size_t n, struct cl_error *err)
{
	struct settle all = {list, n};

	return cl_store_transaction(db, settle, &all, err);
}
