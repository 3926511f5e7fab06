/* SPDX-License-Identifier: Apache-2.0 */
#include "store/walk.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

#include "store/store_internal.h"

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

/* ---- names ---- */

/* No UTF-8 holds this byte: it is after every text that begins so. */
#define AFTER "\xff"

static int give_ids(struct cl_store_db *db, const char *from, const char *to, int64_t limit,
		    int (*each)(void *ctx, const char *id), void *ctx)
{
	sqlite3_stmt *s = NULL;
	int step = SQLITE_DONE, r = cl_store_lend(db, CL_SQL_IDS, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, from, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, to, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 3, limit);
	while (!r && (step = sqlite3_step(s)) == SQLITE_ROW) {
		const char *id = (const char *)sqlite3_column_text(s, 0);

		r = id ? each(ctx, id) : -EPROTO;
	}
	if (!r && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", NULL);
	cl_store_return(db, CL_SQL_IDS, s);
	return r;
}

int cl_store_ids(struct cl_store_db *db, const char *prefix, int (*each)(void *ctx, const char *id), void *ctx)
{
	_cleanup_text_ struct cl_text to = {0};
	int r = cl_text_printf(&to, "%s" AFTER, prefix);

	return r ? r : give_ids(db, prefix, cl_text_str(&to), -1, each, ctx);
}

struct part {
	struct cl_text text;
	size_t prefix; /* its length */
	bool found;
};

static int keep_part(void *ctx, const char *id)
{
	struct part *p = ctx;
	const char *rest = id + p->prefix;
	size_t n = strcspn(rest, ":");

	p->found = true;
	p->text.len = 0;
	return cl_text_append(&p->text, id, p->prefix + n + (rest[n] == ':'));
}

/* The first id after all of the part before tells the next part. */
int cl_store_parts(struct cl_store_db *db, const char *prefix, int (*each)(void *ctx, const char *part), void *ctx)
{
	_cleanup_text_ struct cl_text from = {0}, to = {0};
	struct part p = {.prefix = strlen(prefix)};
	int r = cl_text_puts(&from, prefix);

	r = r ? r : cl_text_printf(&to, "%s" AFTER, prefix);
	while (!r) {
		p.found = false;
		r = give_ids(db, cl_text_str(&from), cl_text_str(&to), 1, keep_part, &p);
		if (r || !p.found)
			break;
		r = each(ctx, cl_text_str(&p.text));
		from.len = 0;
		r = r ? r : cl_text_printf(&from, "%s" AFTER, cl_text_str(&p.text));
	}
	cl_text_free(&p.text);
	return r;
}

int cl_store_mentioning(struct cl_store_db *db, uint32_t kind, const char *text,
			int (*each)(void *ctx, const struct cl_node *n), void *ctx)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_MENTIONING, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, kind);
	sqlite3_bind_text(s, 2, text, -1, SQLITE_STATIC);
	return cl_store_give_nodes(db, CL_SQL_MENTIONING, s, each, ctx);
}

/* ---- edges ---- */

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

/* ---- what is kept ready of credentials ---- */

int cl_store_count_runs(struct cl_store_db *db, int64_t credential, uint64_t *out)
{
	sqlite3_stmt *s = NULL;
	int64_t found = 0;
	int r = cl_store_lend(db, CL_SQL_COUNT_RUNS, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, credential);
	r = one_number(db, CL_SQL_COUNT_RUNS, s, &found);
	if (!r)
		*out = (uint64_t)found;
	return r;
}

int cl_store_count_findings(struct cl_store_db *db, const char *credential, uint64_t *out)
{
	sqlite3_stmt *s = NULL;
	int64_t found = 0;
	int r = cl_store_lend(db, CL_SQL_COUNT_FINDINGS, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, credential, -1, SQLITE_STATIC);
	r = one_number(db, CL_SQL_COUNT_FINDINGS, s, &found);
	if (!r)
		*out = (uint64_t)found;
	return r;
}

/* Every number of a bound statement's rows; it is returned. */
static int give_numbers(struct cl_store_db *db, enum cl_sql which, sqlite3_stmt *s, int (*each)(void *ctx, int64_t n),
			void *ctx)
{
	int step = SQLITE_DONE, r = 0;

	while (!r && (step = sqlite3_step(s)) == SQLITE_ROW)
		r = each(ctx, sqlite3_column_int64(s, 0));
	if (!r && step != SQLITE_DONE)
		r = cl_store_fail(db, "read", NULL);
	cl_store_return(db, which, s);
	return r;
}

int cl_store_newest_runs(struct cl_store_db *db, int64_t credential, uint64_t limit,
			 int (*each)(void *ctx, int64_t run), void *ctx)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_NEWEST_RUNS, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, credential);
	sqlite3_bind_int64(s, 2, cl_store_int(limit));
	return give_numbers(db, CL_SQL_NEWEST_RUNS, s, each, ctx);
}

int cl_store_held_in_workflow(struct cl_store_db *db, int64_t workflow, int (*each)(void *ctx, int64_t credential),
			      void *ctx)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, CL_SQL_HELD_IN_WORKFLOW, &s, NULL);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, workflow);
	return give_numbers(db, CL_SQL_HELD_IN_WORKFLOW, s, each, ctx);
}
