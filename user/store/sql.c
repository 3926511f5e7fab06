/* SPDX-License-Identifier: Apache-2.0 */
/* Every statement of the store, and the life of prepared ones. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/store_internal.h"

/* The earlier of two times of which 0 means not known. */
#define EARLIER(table)                                                                                                 \
	"CASE WHEN " table ".first=0 THEN excluded.first WHEN excluded.first=0 THEN " table ".first "                  \
	"ELSE min(" table ".first,excluded.first) END"
#define NODE_COLUMNS "id,kind,label,first,last,attrs"
#define EDGE_COLUMNS "s.id,e.kind,t.id,e.first,e.last,e.count,e.basis,e.evidence"
#define FINDING_FILTER(last) last ">=?1 AND (?2 IS NULL OR detector=?2) AND severity>=?3"
#define LINKS(end)                                                                                                     \
	"SELECT source,kind,target,first,last,count,basis,evidence FROM edge WHERE " end                               \
	"=?1 AND kind BETWEEN ?2 AND ?3 LIMIT ?4"
#define COUNT_LINKS(end)                                                                                               \
	"SELECT count(*) FROM (SELECT 1 FROM edge WHERE " end "=?1 AND kind BETWEEN ?2 AND ?3 LIMIT ?4)"

static const char *const statements[CL_SQL_MAX] = {
	[CL_SQL_BEGIN] = "BEGIN IMMEDIATE",
	[CL_SQL_COMMIT] = "COMMIT",
	[CL_SQL_ROLLBACK] = "ROLLBACK",
	[CL_SQL_PUT_NODE] =
		"INSERT INTO node(id,kind,label,first,last,attrs) VALUES(?1,?2,?3,?4,?5,?6)"
		" ON CONFLICT(id) DO UPDATE SET label=coalesce(excluded.label,node.label),"
		"first=" EARLIER("node") ",last=max(node.last,excluded.last),"
					 "attrs=CASE WHEN excluded.attrs IS NULL THEN node.attrs"
					 " WHEN node.attrs IS NULL OR node.attrs=excluded.attrs THEN excluded.attrs"
					 " WHEN excluded.kind=5 THEN"
					 " packed(json_patch(plain(node.attrs),plain(excluded.attrs)))"
					 " ELSE json_patch(node.attrs,excluded.attrs) END",
	[CL_SQL_NUMBER] = "SELECT n FROM node WHERE id=?1",
	[CL_SQL_PUT_EDGE] =
		"INSERT INTO edge(source,kind,target,first,last,count,basis,evidence) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)"
		" ON CONFLICT DO NOTHING",
	/* ?9: the count adds up (acts) or stays (facts); an observed basis replaces an inferred one */
	[CL_SQL_MORE_EDGE] =
		"UPDATE edge SET first=CASE WHEN first=0 THEN ?4 WHEN ?4=0 THEN first ELSE min(first,?4) END,"
		"last=max(last,?5),count=CASE WHEN ?9 THEN count+?6 ELSE count END,"
		"basis=CASE WHEN basis=2 AND ?7=1 THEN 1 ELSE basis END,"
		/* what became of a connection (kind 9) comes after it */
		"evidence=CASE WHEN kind=9 AND ?8 LIKE evidence||', %' THEN ?8 ELSE coalesce(evidence,?8) END"
		" WHERE source=?1 AND kind=?2 AND target=?3",
	/* ?2 more hold ?1; a process ?1 holds ?2; a process ?1 is part of the run ?2 */
	[CL_SQL_PUT_HOLDERS] = "INSERT INTO holders(credential,n) VALUES(?1,?2) ON CONFLICT DO UPDATE SET n=n+?2",
	[CL_SQL_PUT_HELD] = "INSERT OR IGNORE INTO held(credential,run)"
			    " SELECT ?2,target FROM edge WHERE source=?1 AND kind=2",
	[CL_SQL_PUT_MEMBER] = "INSERT OR IGNORE INTO held(credential,run) SELECT h.target,?2 FROM edge h"
			      " CROSS JOIN node c ON c.n=h.target AND c.kind=7"
			      " WHERE h.source=?1 AND h.kind BETWEEN 5 AND 8",
	[CL_SQL_PUT_NEED] = "INSERT OR IGNORE INTO need(finding,node) VALUES(?1,?2)",
	[CL_SQL_PUT_FINDING] =
		"INSERT INTO finding(id,detector,severity,first,last,count,credential,json)"
		" VALUES(?1,?2,?3,?4,?5,?6,?7,?8)"
		" ON CONFLICT(id) DO UPDATE SET severity=excluded.severity,first=" EARLIER(
			"finding") ","
				   "last=max(finding.last,excluded.last),count=max(finding.count,excluded.count),"
				   "credential=excluded.credential,json=excluded.json",
	[CL_SQL_PUT_REPORT] = "INSERT INTO report(finding,json) VALUES(?1,?2)",
	[CL_SQL_SET] = "INSERT INTO meta(name,value) VALUES(?1,?2)"
		       " ON CONFLICT(name) DO UPDATE SET value=excluded.value",
	[CL_SQL_GET] = "SELECT value FROM meta WHERE name=?1",
	[CL_SQL_NEXT_REPORT] = "SELECT seq,json FROM report WHERE seq>?1 ORDER BY seq LIMIT 1",
	[CL_SQL_LAST_REPORT] = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name='report'),0)",
	[CL_SQL_FINDING] = "SELECT id,json FROM finding WHERE id>=?1 AND id<?2 ORDER BY id LIMIT 2",
	/* +last: the index on it gives the order, the one on the credential gives the few that are wanted */
	[CL_SQL_FINDINGS] = "SELECT json FROM finding WHERE " FINDING_FILTER("last") " ORDER BY last,id",
	[CL_SQL_FINDINGS_OF] = "SELECT json FROM finding WHERE " FINDING_FILTER(
		"+last") " AND (credential>=?4 AND credential<?5"
			 " OR credential IN (SELECT credential FROM alias WHERE fingerprint>=?4 AND"
			 " fingerprint<?5)) ORDER BY last,id",
	[CL_SQL_FINDINGS_WITHOUT] = "SELECT json FROM finding WHERE " FINDING_FILTER("+last") " AND credential IS NULL"
											      " ORDER BY last,id",
	[CL_SQL_NODE] = "SELECT " NODE_COLUMNS " FROM node WHERE id=?1",
	[CL_SQL_NODES] = "SELECT " NODE_COLUMNS " FROM node WHERE kind=?1 AND kind<>5 ORDER BY n",
	[CL_SQL_PROCESSES] = "SELECT " NODE_COLUMNS " FROM node WHERE kind=?1 ORDER BY n",
	[CL_SQL_MATCH] = "SELECT " NODE_COLUMNS " FROM node WHERE id>=?1 AND id<?2 AND id GLOB ?3 ORDER BY id",
	[CL_SQL_EDGES_OUT] = "SELECT " EDGE_COLUMNS " FROM node s CROSS JOIN edge e ON e.source=s.n"
			     " CROSS JOIN node t ON t.n=e.target WHERE s.id=?1",
	[CL_SQL_EDGES_IN] = "SELECT " EDGE_COLUMNS " FROM node t CROSS JOIN edge e ON e.target=t.n"
			    " CROSS JOIN node s ON s.n=e.source WHERE t.id=?1",
	[CL_SQL_RUNS_OF] = "SELECT r.id,r.kind,r.label,r.first,r.last,r.attrs FROM node c"
			   " CROSS JOIN held h ON h.credential=c.n CROSS JOIN node r ON r.n=h.run"
			   " WHERE c.id=?1 ORDER BY r.first,r.id",
	[CL_SQL_HOLDERS] = "SELECT h.n FROM node c CROSS JOIN holders h ON h.credential=c.n WHERE c.id=?1",
	[CL_SQL_PUT_ALIAS] = "INSERT OR IGNORE INTO alias(fingerprint,key_id,credential,credential_key_id)"
			     " VALUES(?1,?2,?3,?4)",
	[CL_SQL_ALIASES] = "SELECT fingerprint,key_id,credential,credential_key_id FROM alias"
			   " WHERE fingerprint>=?1 AND fingerprint<?2 ORDER BY n",
	[CL_SQL_POLICY] = "SELECT json FROM policy WHERE source=?2 AND (credential=?1 OR credential IN"
			  " (SELECT fingerprint FROM alias WHERE credential=?1)) ORDER BY credential<>?1 LIMIT 1",
	[CL_SQL_NODE_AT] = "SELECT " NODE_COLUMNS " FROM node WHERE n=?1",
	[CL_SQL_KIND_AT] = "SELECT kind FROM node WHERE n=?1",
	[CL_SQL_COUNT_RUNS] = "SELECT count(*) FROM held WHERE credential=?1",
	[CL_SQL_NEWEST_RUNS] = "SELECT run FROM held WHERE credential=?1 ORDER BY run DESC LIMIT ?2",
	/* edge 2 is PART_OF */
	[CL_SQL_HELD_IN_WORKFLOW] = "SELECT DISTINCT credential FROM held WHERE run IN"
				    " (SELECT source FROM edge WHERE target=?1 AND kind=2)",
	[CL_SQL_COUNT_FINDINGS] = "SELECT count(*) FROM finding WHERE credential=?1",
	[CL_SQL_IDS] = "SELECT id FROM node WHERE id>=?1 AND id<?2 ORDER BY id LIMIT ?3",
	[CL_SQL_MENTIONING] = "SELECT " NODE_COLUMNS " FROM node WHERE kind=?1 AND kind<>5 AND instr(attrs,?2)"
			      " ORDER BY n",
	[CL_SQL_LINKS_OUT] = LINKS("source"),
	[CL_SQL_LINKS_IN] = LINKS("target"),
	[CL_SQL_COUNT_OUT] = COUNT_LINKS("source"),
	[CL_SQL_COUNT_IN] = COUNT_LINKS("target"),
	/* only what lies before the long columns of a row is read */
	[CL_SQL_LATEST_NODES] = "SELECT id,last FROM node WHERE kind=?1 AND kind<>5 ORDER BY last DESC,n DESC LIMIT ?2",
	[CL_SQL_NEWEST_NODES] = "SELECT id,last FROM node WHERE kind=?1 AND kind<>5 ORDER BY n DESC LIMIT ?2",
	[CL_SQL_LATEST_FINDINGS] = "SELECT id,detector,severity,first,last,count,credential FROM finding"
				   " ORDER BY last DESC LIMIT ?1",
	[CL_SQL_RATED_FINDINGS] = "SELECT id,detector,severity,first,last,count,credential FROM finding"
				  " WHERE credential=?2 LIMIT ?1",
	[CL_SQL_HOLDING_RUNS] =
		"WITH c AS MATERIALIZED (SELECT n FROM node WHERE id=?1 AND kind=7)"
		" SELECT r.id,r.last,(SELECT count(*) FROM c CROSS JOIN held h ON h.credential=c.n),"
		"(SELECT count(DISTINCT w.target) FROM c CROSS JOIN held h ON h.credential=c.n"
		" CROSS JOIN edge w ON w.source=h.run AND w.kind=2 CROSS JOIN node f ON f.n=w.target AND f.kind=3)"
		" FROM c CROSS JOIN held h ON h.credential=c.n CROSS JOIN node r ON r.n=h.run"
		" ORDER BY r.last DESC,r.id LIMIT ?2",
	[CL_SQL_REVIEW] = "SELECT json_extract(json,'$.review') FROM finding WHERE id=?1 AND json_valid(json)",
	[CL_SQL_CHANGES] = "PRAGMA data_version",
	[CL_SQL_PUT_MAIL] = "INSERT OR IGNORE INTO outbox(output,report,severity,time) VALUES(?1,?2,?3,?4)",
	[CL_SQL_NEXT_MAIL] = "SELECT o.report,r.json FROM outbox o LEFT JOIN report r ON r.seq=o.report"
			     " WHERE o.output=?1 AND o.report>?2 ORDER BY o.report LIMIT ?3",
	[CL_SQL_END_MAIL] = "DELETE FROM outbox WHERE output=?1 AND report=?2",
	[CL_SQL_PUT_DEAD] = "INSERT OR REPLACE INTO dead(output,report,finding,time,reason)"
			    " VALUES(?1,?2,coalesce((SELECT finding FROM report WHERE seq=?2),''),?3,?4)",
	/* at most ?2 of each direction are counted */
	[CL_SQL_DEGREE] = "SELECT (SELECT count(*) FROM (SELECT 1 FROM edge WHERE source=n LIMIT ?2)) +"
			  " (SELECT count(*) FROM (SELECT 1 FROM edge WHERE target=n LIMIT ?2)) FROM node WHERE id=?1",
};

static int code_of(int sqlite)
{
	switch (sqlite & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CORRUPT:
		return -EPROTO;
	case SQLITE_NOTADB:
		return -EINVAL;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return -EACCES;
	default:
		return -EIO;
	}
}

int cl_store_fail(struct cl_store_db *db, const char *doing, struct cl_error *err)
{
	int code = code_of(sqlite3_extended_errcode(db->sql));

	if (code == -EINVAL && db->ours)
		code = -EPROTO;
	db->damaged |= code == -EPROTO;
	if (code == -EINVAL)
		return cl_fail(err, code, CL_STORE_NOT_A_DATABASE, db->path);
	if (code == -EPROTO)
		return cl_fail(
			err, code,
			"cannot %s store \"%s\": the database is damaged (%s); move it away to start a new one, or "
			"save what is left with: sqlite3 FILE .recover",
			doing, db->path, sqlite3_errmsg(db->sql));
	return cl_fail(err, code, "cannot %s store \"%s\": %s", doing, db->path, sqlite3_errmsg(db->sql));
}

int cl_store_lend(struct cl_store_db *db, enum cl_sql which, sqlite3_stmt **out, struct cl_error *err)
{
	if (!db->kept[which] && sqlite3_prepare_v3(db->sql, statements[which], -1, SQLITE_PREPARE_PERSISTENT,
						   &db->kept[which], NULL) != SQLITE_OK)
		return cl_store_fail(db, "read", err);
	*out = db->kept[which];
	db->kept[which] = NULL;
	return 0;
}

void cl_store_return(struct cl_store_db *db, enum cl_sql which, sqlite3_stmt *s)
{
	if (db->kept[which]) {
		sqlite3_finalize(s);
		return;
	}
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	db->kept[which] = s;
}

int cl_store_do(struct cl_store_db *db, enum cl_sql which, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int r = cl_store_lend(db, which, &s, err);

	if (r)
		return r;
	if (sqlite3_step(s) != SQLITE_DONE)
		r = cl_store_fail(db, "write", err);
	cl_store_return(db, which, s);
	return r;
}

int cl_store_number(struct cl_store_db *db, const char *id, sqlite3_int64 *n, struct cl_error *err)
{
	struct cl_known_node *slot;
	sqlite3_stmt *s = NULL;
	int step, r;

	if (!db->known)
		db->known = calloc(CL_STORE_KNOWN, sizeof(*db->known));
	if (!db->known)
		return -ENOMEM;
	slot = &db->known[cl_fnv1a(id, strlen(id)) % CL_STORE_KNOWN];
	if (slot->id && !strcmp(slot->id, id)) {
		*n = slot->n;
		return 0;
	}
	r = cl_store_lend(db, CL_SQL_NUMBER, &s, err);
	if (r)
		return r;
	sqlite3_bind_text(s, 1, id, -1, SQLITE_STATIC);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW) {
		*n = sqlite3_column_int64(s, 0);
		free(slot->id);
		*slot = (struct cl_known_node){.id = strdup(id), .n = *n};
	} else {
		r = step == SQLITE_DONE ? -ENOENT : cl_store_fail(db, "read", err);
	}
	cl_store_return(db, CL_SQL_NUMBER, s);
	return r;
}

void cl_store_forget_numbers(struct cl_store_db *db)
{
	for (size_t i = 0; db->known && i < CL_STORE_KNOWN; i++)
		free(db->known[i].id);
	free(db->known);
	db->known = NULL;
}
