/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/store_walk.h"

#include <errno.h>

#include "lineage/store_internal.h"

static uint64_t number_at(sqlite3_stmt *s, int column)
{
	sqlite3_int64 v = sqlite3_column_int64(s, column);

	return v < 0 ? 0 : (uint64_t)v;
}

/* One number from the row of a bound statement, which is returned. */
static int one_number(struct cl_store_db *db, enum cl_sql which, sqlite3_stmt *s, int64_t *out)
{
	int step = sqlite3_step(s), r = 0;

	if (step == SQLITE_ROW)
		*out = sqlite3_column_int64(s, 0);
	else
		r = step == SQLITE_DONE ? -ENOENT : cl_store_fail(db, "read", NULL);
	cl_store_return(db, which, s);
	return r;
}

int cl_store_number_of(struct cl_store_db *db, const char *id, int64_t *n)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_NUMBER, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
	return one_number(db, CL_SQL_NUMBER, s, n);
}

int cl_store_kind_of(struct cl_store_db *db, int64_t n, uint32_t *kind)
{
	sqlite3_stmt *s = NULL;
	int64_t found = 0;
	int r = cl_store_lend(db, CL_SQL_KIND_AT, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, n);
	r = one_number(db, CL_SQL_KIND_AT, s, &found);
	if (!r)
		*kind = (uint32_t)found;
	return r;
}

int cl_store_node_at(struct cl_store_db *db, int64_t n, int (*each)(void *ctx, const struct cl_node *node), void *ctx)
{
	sqlite3_stmt *s = NULL;
	int step, r = cl_store_lend(db, CL_SQL_NODE_AT, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, n);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW)
		r = cl_store_give_node(db, s, each, ctx);
	else
		r = step == SQLITE_DONE ? -ENOENT : cl_store_fail(db, "read", NULL);
	cl_store_return(db, CL_SQL_NODE_AT, s);
	return r;
}

static int lend(struct cl_store_db *db, enum cl_sql which, int64_t node, struct cl_kinds kinds, int64_t limit,
		sqlite3_stmt **s)
{
	int r = cl_store_lend(db, which, s, NULL);

	if (r)
		return r;
	sqlite3_bind_int64(*s, 1, node);
	sqlite3_bind_int64(*s, 2, kinds.from);
	sqlite3_bind_int64(*s, 3, kinds.to);
	sqlite3_bind_int64(*s, 4, limit);
	return 0;
}

int cl_store_links(struct cl_store_db *db, int64_t node, enum cl_direction direction, struct cl_kinds kinds,
		   uint64_t limit, int (*each)(void *ctx, const struct cl_link *l), void *ctx)
{
	enum cl_sql which = direction == CL_OUT ? CL_SQL_LINKS_OUT : CL_SQL_LINKS_IN;
	sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE, r = lend(db, which, node, kinds, limit ? cl_store_int(limit) : -1, &s);

	if (r)
		return r;
	while (!r && (step = sqlite3_step(s)) == SQLITE_ROW) {
		const struct cl_link l = {
			.source = sqlite3_column_int64(s, 0),
			.kind = (uint32_t)number_at(s, 1),
			.target = sqlite3_column_int64(s, 2),
			.first = number_at(s, 3),
			.last = number_at(s, 4),
			.count = number_at(s, 5),
			.basis = (uint32_t)number_at(s, 6),
			.evidence = (const char *)sqlite3_column_text(s, 7),
		};

		r = each(ctx, &l);
	}
	if (!r && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", NULL);
	cl_store_return(db, which, s);
	return r;
}

int cl_store_count_links(struct cl_store_db *db, int64_t node, enum cl_direction direction, struct cl_kinds kinds,
			 uint64_t limit, uint64_t *out)
{
	enum cl_sql which = direction == CL_OUT ? CL_SQL_COUNT_OUT : CL_SQL_COUNT_IN;
	sqlite3_stmt *s = NULL;
	int64_t found = 0;
	int r = lend(db, which, node, kinds, cl_store_int(limit), &s);

	if (r)
		return r;
	r = one_number(db, which, s, &found);
	if (!r)
		*out = (uint64_t)found;
	return r;
}
