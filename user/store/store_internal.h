/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the store: the connection with its kept statements, for the files of the store. */
#pragma once

#include <sqlite3.h>

#include "store/store.h"
#include "store/attrs.h"

#define CL_STORE_APPLICATION 0x43724c6e /* "CrLn"; never changes */

enum cl_sql {
	CL_SQL_BEGIN,
	CL_SQL_COMMIT,
	CL_SQL_ROLLBACK,
	CL_SQL_PUT_NODE,
	CL_SQL_NUMBER,
	CL_SQL_PUT_EDGE,
	CL_SQL_MORE_EDGE,
	CL_SQL_PUT_HOLDERS,
	CL_SQL_PUT_HELD,
	CL_SQL_PUT_MEMBER,
	CL_SQL_PUT_NEED,
	CL_SQL_PUT_FINDING,
	CL_SQL_PUT_REPORT,
	CL_SQL_SET,
	CL_SQL_GET,
	CL_SQL_NEXT_REPORT,
	CL_SQL_LAST_REPORT,
	CL_SQL_FINDING,
	CL_SQL_FINDINGS,
	CL_SQL_FINDINGS_OF,
	CL_SQL_FINDINGS_WITHOUT,
	CL_SQL_NODE,
	CL_SQL_NODES,
	CL_SQL_PROCESSES,
	CL_SQL_MATCH,
	CL_SQL_EDGES_OUT,
	CL_SQL_EDGES_IN,
	CL_SQL_DEGREE,
	CL_SQL_RUNS_OF,
	CL_SQL_HOLDERS,
	CL_SQL_PUT_ALIAS,
	CL_SQL_ALIASES,
	CL_SQL_POLICY,
	CL_SQL_NODE_AT,
	CL_SQL_KIND_AT,
	CL_SQL_IDS,
	CL_SQL_COUNT_RUNS,
	CL_SQL_NEWEST_RUNS,
	CL_SQL_HELD_IN_WORKFLOW,
	CL_SQL_COUNT_FINDINGS,
	CL_SQL_MENTIONING,
	CL_SQL_LINKS_OUT,
	CL_SQL_LINKS_IN,
	CL_SQL_COUNT_OUT,
	CL_SQL_COUNT_IN,
	CL_SQL_LATEST_NODES,
	CL_SQL_NEWEST_NODES,
	CL_SQL_LATEST_FINDINGS,
	CL_SQL_RATED_FINDINGS,
	CL_SQL_HOLDING_RUNS,
	CL_SQL_CHANGES,
	CL_SQL_REVIEW,
	CL_SQL_PUT_MAIL,
	CL_SQL_NEXT_MAIL,
	CL_SQL_END_MAIL,
	CL_SQL_PUT_DEAD,
	CL_SQL_MAX,
};

#define CL_STORE_NOT_A_DATABASE                                                                                        \
	"cannot use store \"%s\": not a database; it is left as it is, move it away or choose another directory with --state"

/* Numbers of the nodes that edges named lately; direct-mapped. A number is good until its node is deleted. */
#define CL_STORE_KNOWN 16384
struct cl_known_node {
	char *id;
	sqlite3_int64 n;
};

struct cl_store_db {
	sqlite3 *sql;
	char *path;
	uint32_t schema;
	bool ours; /* the file's header says so: what is no database then is damaged */
	bool damaged;
	int lock;      /* fd of the writer's lock, -1: reader */
	int log_tried; /* pages of the log when it last was waited for */
	uint64_t skipped;
	struct cl_attrs *attrs;
	struct cl_store_notes *notes;	/* NULL until the first edge */
	struct cl_known_node *known;	/* CL_STORE_KNOWN of them; NULL until the first edge */
	sqlite3_stmt *kept[CL_SQL_MAX]; /* NULL: not prepared yet, or lent out */
};

/* Lends the statement out; a second loan of the same one (a callback that reads on) gets a copy of its own. */
int cl_store_lend(struct cl_store_db *db, enum cl_sql which, sqlite3_stmt **out, struct cl_error *err);
void cl_store_return(struct cl_store_db *db, enum cl_sql which, sqlite3_stmt *s);
/* Begins and ends a transaction around `body`; a failure of it undoes everything. Within another one it is part of that:
 * a failure has to end it. */
int cl_store_transaction(struct cl_store_db *db, int (*body)(struct cl_store_db *, void *, struct cl_error *),
			 void *arg, struct cl_error *err);
/* Runs a statement without parameters and results. */
int cl_store_do(struct cl_store_db *db, enum cl_sql which, struct cl_error *err);
/* The text of what went wrong last; -EBUSY, -ENOSPC, -EIO, -ENOMEM, -EPROTO (damaged), -EINVAL (none). */
int cl_store_fail(struct cl_store_db *db, const char *doing, struct cl_error *err);
/* Number of a node: 0, -ENOENT when the store does not have it. */
int cl_store_number(struct cl_store_db *db, const char *id, sqlite3_int64 *n, struct cl_error *err);
/* What is known of rows without asking goes after a rollback or a deletion: these numbers, and the notes. */
void cl_store_forget_numbers(struct cl_store_db *db);
/* Gives the row of a statement that selects a node's columns. */
int cl_store_give_node(struct cl_store_db *db, sqlite3_stmt *s, int (*each)(void *ctx, const struct cl_node *n),
		       void *ctx);
/* Gives every row of a bound statement, and returns it. */
int cl_store_give_nodes(struct cl_store_db *db, enum cl_sql which, sqlite3_stmt *s,
			int (*each)(void *ctx, const struct cl_node *n), void *ctx);
void cl_store_forget_notes(struct cl_store_db *db);
/* A new edge, and at the end of its transaction all that the new ones say (store_notes.c). */
int cl_store_note_edge(struct cl_store_db *db, const struct cl_edge *e, sqlite3_int64 source, sqlite3_int64 target,
		       struct cl_error *err);
int cl_store_put_notes(struct cl_store_db *db, struct cl_error *err);
/* Inside a transaction: a finding with its report, and an entry of the log. */
int cl_store_put_report(struct cl_store_db *db, const cJSON *finding, uint64_t *seq, struct cl_error *err);
int cl_store_put_entry(struct cl_store_db *db, const cJSON *entry, struct cl_error *err);
/* A copy of the finding with what people said of it before (store/review.h); *out stays as it is when nobody did. */
int cl_store_carry_review(struct cl_store_db *db, const cJSON *finding, cJSON **out, struct cl_error *err);
/* INTEGER columns are signed. */
static inline sqlite3_int64 cl_store_int(uint64_t v)
{
	return v > INT64_MAX ? INT64_MAX : (sqlite3_int64)v;
}

/* The one writer's. */
int cl_store_take_lock(struct cl_store_db *db, struct cl_error *err);
/* From an older schema (0: an empty file) to this one, in one transaction. */
int cl_store_raise(struct cl_store_db *db, uint32_t from, struct cl_error *err);
/* What a store that is only read lacks of this schema. */
int cl_store_stand_in(struct cl_store_db *db, uint32_t schema, struct cl_error *err);
