/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that are kept ready, so that nobody has to walk over all holders of a credential: how many there are (table
 * holders) and in which runs (table held). Every new edge is noted here; most repeat what the last ones said, which
 * costs no statement.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "store/store_internal.h"

#define COUNTED 256 /* credentials whose new holders wait to be written */
#define PAIRS 4096  /* credential and run, lately written */

struct pair {
	sqlite3_int64 a, b;
};

struct cl_store_notes {
	struct pair counts[COUNTED]; /* a credential, and how many more hold it */
	struct pair pairs[PAIRS];
	struct pair member; /* the last process that was said to be part of a run, and this run */
};

static struct pair *slot(struct pair *table, size_t size, sqlite3_int64 a, sqlite3_int64 b)
{
	return &table[((uint64_t)a * 0x9e3779b97f4a7c15ull ^ (uint64_t)b * 0xc2b2ae3d27d4eb4full) >> 32 & (size - 1)];
}

static int put(struct cl_store_db *db, enum cl_sql which, struct pair p, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, which, &s, err);

	if (r)
		return r;
	sqlite3_bind_int64(s, 1, p.a);
	sqlite3_bind_int64(s, 2, p.b);
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	cl_store_return(db, which, s);
	return r;
}

static int count_holder(struct cl_store_db *db, sqlite3_int64 credential, struct cl_error *err)
{
	struct pair *c = slot(db->notes->counts, COUNTED, credential, 0);
	int r = 0;

	if (c->b && c->a != credential) {
		r = put(db, CL_SQL_PUT_HOLDERS, *c, err);
		c->b = 0;
	}
	c->a = credential;
	c->b++;
	return r;
}

static int held_by(struct cl_store_db *db, sqlite3_int64 process, sqlite3_int64 credential, struct cl_error *err)
{
	const struct pair *member = &db->notes->member;
	struct pair *known;

	if (member->a != process)
		return put(db, CL_SQL_PUT_HELD, (struct pair){process, credential}, err);
	known = slot(db->notes->pairs, PAIRS, credential, member->b);
	if (known->a == credential && known->b == member->b)
		return 0;
	*known = (struct pair){credential, member->b};
	return put(db, CL_SQL_PUT_HELD, (struct pair){process, credential}, err);
}

int cl_store_note_edge(struct cl_store_db *db, const struct cl_edge *e, sqlite3_int64 source, sqlite3_int64 target,
		       struct cl_error *err)
{
	int r;

	if (!db->notes)
		db->notes = calloc(1, sizeof(*db->notes));
	if (!db->notes)
		return -ENOMEM;
	if (e->kind == CL_EDGE_PART_OF && cl_starts_with(e->source, "process:")) {
		db->notes->member = (struct pair){source, target};
		return put(db, CL_SQL_PUT_MEMBER, db->notes->member, err);
	}
	if (!cl_edge_kind_is_holding(e->kind) || !cl_starts_with(e->target, "cred:"))
		return 0;
	r = count_holder(db, target, err);
	return r ? r : held_by(db, source, target, err);
}

int cl_store_put_notes(struct cl_store_db *db, struct cl_error *err)
{
	int r = 0;

	for (size_t i = 0; !r && db->notes && i < COUNTED; i++) {
		struct pair *c = &db->notes->counts[i];

		if (c->b)
			r = put(db, CL_SQL_PUT_HOLDERS, *c, err);
		c->b = 0;
	}
	return r;
}

void cl_store_forget_notes(struct cl_store_db *db)
{
	free(db->notes);
	db->notes = NULL;
}
