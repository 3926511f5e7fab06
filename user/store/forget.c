/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forgetting what is old. A sweep goes over the nodes from the youngest to the oldest, so that a chain of processes
 * goes from its young end; a step takes a slice of them, which bounds what it looks at and what it removes. A slice is
 * done when there was nothing to remove in it.
 *
 * What an open finding needs stays (table need: its credential, its sides, what stands in its own lineage): these
 * nodes, the acts between them, and with them their ancestors and what they belong to.
 *
 * Edge kinds 1 to 4 are SPAWNED, PART_OF, RAN_IN and RAN_AS, 5 to 8 the holdings; node kinds 1 and 5 are Host and
 * Process.
 */
#include <errno.h>

#include "store/store_internal.h"

#define SLICE 5000 /* nodes */
#define NEEDED(n) "EXISTS (SELECT 1 FROM node x CROSS JOIN need ON need.node=x.id WHERE x.n=" n ")"
#define IN_SLICE(n) " " n ">?1 AND " n "<=?2 "

struct slice {
	sqlite3_int64 after, through;
	uint64_t before, removed;
};

/* Statements of a rare event are prepared for the occasion. ?1 and ?2: the slice, ?3: the time. */
static int change(struct cl_store_db *db, const char *sql, const struct slice *at, uint64_t *removed,
		  struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int n, r = 0;

	if (sqlite3_prepare_v2(db->sql, sql, -1, &s, NULL) != SQLITE_OK)
		return cl_store_fail(db, "clear", err);
	n = sqlite3_bind_parameter_count(s);
	if (n > 0)
		sqlite3_bind_int64(s, 1, at->after);
	if (n > 1)
		sqlite3_bind_int64(s, 2, at->through);
	if (n > 2)
		sqlite3_bind_int64(s, 3, cl_store_int(at->before));
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "clear", err);
	else if (removed)
		*removed += (uint64_t)sqlite3_changes(db->sql);
	sqlite3_finalize(s);
	return r;
}

struct deed {
	const char *sql;
	bool counts; /* what it removes is told */
};

static int change_all(struct cl_store_db *db, const struct deed *deeds, size_t n, struct slice *at,
		      struct cl_error *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < n; i++)
		r = change(db, deeds[i].sql, at, deeds[i].counts ? &at->removed : NULL, err);
	return r;
}

static const struct deed tables[] = {
	{"CREATE TEMP TABLE IF NOT EXISTS doomed(n INTEGER PRIMARY KEY)", false},
	{"CREATE TEMP TABLE IF NOT EXISTS closed(id TEXT PRIMARY KEY)", false},
	{"CREATE TEMP TABLE IF NOT EXISTS act(source INT,kind INT,target INT,PRIMARY KEY(source,kind,target))"
	 " WITHOUT ROWID",
	 false},
};

static const struct deed findings[] = {
	{"DELETE FROM temp.closed", false},
	{"INSERT INTO temp.closed SELECT id FROM finding WHERE ?1=?1 AND ?2=?2 AND last<?3 LIMIT 5000", false},
	{"DELETE FROM need WHERE finding IN (SELECT id FROM temp.closed)", false},
	{"DELETE FROM finding WHERE id IN (SELECT id FROM temp.closed)", true},
};

/* By their last time; with them what they were counted in. */
static const struct deed acts[] = {
	{"DELETE FROM temp.act", false},
	{"INSERT INTO temp.act SELECT source,kind,target FROM edge WHERE" IN_SLICE(
		 "source") "AND kind NOT IN (1,2,3,4)"
			   " AND last<?3 AND NOT (" NEEDED("source") " AND " NEEDED("target") ") LIMIT 20000",
	 false},
	{"INSERT INTO holders(credential,n) SELECT target,-count(*) FROM temp.act WHERE kind BETWEEN 5 AND 8"
	 " AND target IN (SELECT credential FROM holders) GROUP BY target"
	 " ON CONFLICT DO UPDATE SET n=n+excluded.n",
	 false},
	{"DELETE FROM edge WHERE (source,kind,target) IN (SELECT source,kind,target FROM temp.act)", true},
	{"DELETE FROM held WHERE (credential,run) IN (SELECT a.target,p.target FROM temp.act a"
	 " CROSS JOIN edge p ON p.source=a.source AND p.kind=2 WHERE a.kind BETWEEN 5 AND 8)"
	 " AND NOT EXISTS (SELECT 1 FROM edge p CROSS JOIN edge h ON h.source=p.source AND h.kind BETWEEN 5 AND 8"
	 " AND h.target=held.credential WHERE p.target=held.run AND p.kind=2)",
	 false},
};

/* When it has ended, or its boot has, and no act and no child is left. */
static const char old_processes[] = "INSERT INTO temp.doomed SELECT n FROM node WHERE" IN_SLICE(
	"n") "AND kind=5 AND last<?3"
	     " AND NOT EXISTS (SELECT 1 FROM edge WHERE source=n AND kind NOT IN (2,3,4))"
	     " AND NOT EXISTS (SELECT 1 FROM edge WHERE target=n AND kind<>1)"
	     " AND NOT EXISTS (SELECT 1 FROM need WHERE node=id)"
	     " AND (plain(attrs) LIKE '%\"exited\":%' OR id NOT GLOB 'process:'||json_extract((SELECT value FROM"
	     " meta WHERE name='" CL_STORE_HOST "'),'$.boot_id')||':*')";

/* Anything else: when nothing points to it and it only belongs to others. */
static const char old_others[] = "INSERT INTO temp.doomed SELECT n FROM node WHERE" IN_SLICE(
	"n") "AND kind NOT IN (1,5) AND last<?3 AND NOT EXISTS (SELECT 1 FROM edge WHERE target=n)"
	     " AND NOT EXISTS (SELECT 1 FROM edge WHERE source=n AND kind NOT IN (2,3))"
	     " AND NOT EXISTS (SELECT 1 FROM need WHERE node=id)";

/* The doomed, with the facts that hang on them. */
static const struct deed doomed[] = {
	{"DELETE FROM edge WHERE source IN temp.doomed", true},
	{"DELETE FROM edge WHERE target IN temp.doomed", true},
	{"DELETE FROM holders WHERE credential IN temp.doomed", false},
	{"DELETE FROM held WHERE credential IN temp.doomed", false},
	{"DELETE FROM alias WHERE credential IN (SELECT id FROM node WHERE n IN temp.doomed)", false},
	{"DELETE FROM node WHERE n IN temp.doomed", true},
};

static int remove_nodes(struct cl_store_db *db, const char *select, struct slice *at, struct cl_error *err)
{
	int r = change(db, "DELETE FROM temp.doomed", at, NULL, err);

	if (!r)
		r = change(db, select, at, NULL, err);
	return r ? r : change_all(db, doomed, sizeof(doomed) / sizeof(doomed[0]), at, err);
}

static int youngest(struct cl_store_db *db, sqlite3_int64 *n, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int r = 0;

	if (sqlite3_prepare_v2(db->sql, "SELECT max(n) FROM node", -1, &s, NULL) != SQLITE_OK ||
	    sqlite3_step(s) != SQLITE_ROW)
		r = cl_store_fail(db, "clear", err);
	else
		*n = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return r;
}

static int forget(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	struct cl_sweep *sweep = arg;
	struct slice old = {.before = sweep->findings_before}, at = {.before = sweep->acts_before};
	int r = change_all(db, tables, sizeof(tables) / sizeof(tables[0]), &at, err);

	at.through = sweep->next;
	if (!r && !sweep->next)
		r = youngest(db, &at.through, err);
	at.after = at.through > SLICE ? at.through - SLICE : 0;
	r = r ? r : change_all(db, findings, sizeof(findings) / sizeof(findings[0]), &old, err);
	r = r ? r : change_all(db, acts, sizeof(acts) / sizeof(acts[0]), &at, err);
	r = r ? r : remove_nodes(db, old_processes, &at, err);
	r = r ? r : remove_nodes(db, old_others, &at, err);
	if (r)
		return r;
	sweep->next = at.removed ? at.through : at.after;
	sweep->removed += old.removed + at.removed;
	return 0;
}

int cl_store_forget(struct cl_store_db *db, struct cl_sweep *sweep, struct cl_error *err)
{
	struct cl_sweep after = *sweep;
	int r = cl_store_transaction(db, forget, &after, err);

	cl_store_forget_numbers(db);
	cl_store_forget_notes(db);
	if (!r)
		*sweep = after;
	return r;
}

int cl_store_forget_reports(struct cl_store_db *db, uint64_t through, struct cl_error *err)
{
	const struct slice reports = {.after = cl_store_int(through)};

	return change(db,
		      "DELETE FROM report WHERE seq IN (SELECT seq FROM report r WHERE seq<=?1"
		      " AND NOT EXISTS (SELECT 1 FROM outbox WHERE report=r.seq)"
		      " AND NOT EXISTS (SELECT 1 FROM dead WHERE report=r.seq) LIMIT 5000)",
		      &reports, NULL, err);
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
