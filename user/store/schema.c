/* SPDX-License-Identifier: Apache-2.0 */
/* What each number of the schema added to the one before, and how a store gets from one to the next. */
#include <errno.h>
#include <stdio.h>

#include "store/store_internal.h"

#define ALIAS_TABLE                                                                                                    \
	"TABLE alias(n INTEGER PRIMARY KEY,fingerprint TEXT NOT NULL UNIQUE,key_id TEXT NOT NULL,"                     \
	"credential TEXT NOT NULL,credential_key_id TEXT NOT NULL);"
#define ALIAS_SINCE 3

/* The runs whose processes held a credential, and how many holdings there are of one. Edges 5 to 8 are READ to
 * RECEIVED, 2 is PART_OF; node 7 is a credential. */
#define HELD                                                                                                           \
	"SELECT DISTINCT h.target AS credential,p.target AS run FROM node c"                                           \
	" CROSS JOIN edge h ON h.target=c.n AND h.kind BETWEEN 5 AND 8"                                                \
	" CROSS JOIN edge p ON p.source=h.source AND p.kind=2 WHERE c.kind=7"
#define HOLDERS                                                                                                        \
	"SELECT h.target AS credential,count(*) AS n FROM node c"                                                      \
	" CROSS JOIN edge h ON h.target=c.n AND h.kind BETWEEN 5 AND 8 WHERE c.kind=7 GROUP BY h.target"
#define HELD_SINCE 4

/* The outboxes (store/outbox.h). What an output had not had yet of the reports waits in its own from then on. */
#define OUTPUT_TABLES(new)                                                                                                                      \
	"CREATE " new "TABLE output(n INTEGER PRIMARY KEY,name TEXT NOT NULL UNIQUE,sent INT NOT NULL DEFAULT 0,"                               \
		      "refused INT NOT NULL DEFAULT 0,dropped INT NOT NULL DEFAULT 0,dead_dropped INT NOT NULL DEFAULT 0,"                      \
		      "last_success INT NOT NULL DEFAULT 0,error_time INT NOT NULL DEFAULT 0,error TEXT NOT NULL DEFAULT '');"                  \
		      "CREATE " new "TABLE outbox(output INT NOT NULL,report INT NOT NULL,severity INT NOT NULL,time INT NOT NULL,"             \
				    "PRIMARY KEY(output,report)) WITHOUT ROWID;"                                                                \
				    "CREATE " new "TABLE dead(output INT NOT NULL,report INT NOT NULL,finding TEXT NOT NULL,time INT NOT NULL," \
						  "reason TEXT NOT NULL,PRIMARY KEY(output,report)) WITHOUT ROWID;"
#define OUTPUT_SINCE 5

/* A reader of an older store has of its own what that lacks, so that statements need not ask. */
static const char no_aliases[] = "CREATE TEMP " ALIAS_TABLE;
static const char no_outputs[] = OUTPUT_TABLES("TEMP ");
static const char no_holders[] = "CREATE TEMP VIEW held AS " HELD "; CREATE TEMP VIEW holders AS " HOLDERS ";";

/* A store of any older schema is brought up when it is opened for writing; one that is only read stays as it is. */
static const char *const steps[CL_STORE_SCHEMA] = {
	"CREATE TABLE node(n INTEGER PRIMARY KEY,id TEXT NOT NULL UNIQUE,kind INT NOT NULL,label TEXT,"
	"first INT NOT NULL,last INT NOT NULL,attrs TEXT);"
	"CREATE INDEX node_kind ON node(kind);"
	"CREATE TABLE edge(source INT NOT NULL,kind INT NOT NULL,target INT NOT NULL,first INT NOT NULL,"
	"last INT NOT NULL,count INT NOT NULL,basis INT NOT NULL,evidence TEXT,"
	"PRIMARY KEY(source,kind,target)) WITHOUT ROWID;"
	"CREATE INDEX edge_target ON edge(target,kind,source);"
	"CREATE TABLE finding(id TEXT PRIMARY KEY,detector TEXT NOT NULL,severity INT NOT NULL,first INT NOT NULL,"
	"last INT NOT NULL,count INT NOT NULL,credential TEXT,json TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX finding_last ON finding(last);"
	"CREATE INDEX finding_credential ON finding(credential);"
	"CREATE TABLE report(seq INTEGER PRIMARY KEY AUTOINCREMENT,finding TEXT NOT NULL,json TEXT NOT NULL);"
	"CREATE TABLE meta(name TEXT PRIMARY KEY,value TEXT NOT NULL) WITHOUT ROWID;",
	/* statements about credentials (source: enum cl_policy_source), and every change of one, append-only */
	"CREATE TABLE policy(credential TEXT NOT NULL,source INT NOT NULL,json TEXT NOT NULL,"
	"PRIMARY KEY(credential,source)) WITHOUT ROWID;"
	"CREATE TABLE policy_log(seq INTEGER PRIMARY KEY AUTOINCREMENT,credential TEXT NOT NULL,json TEXT NOT NULL);"
	"CREATE INDEX policy_log_credential ON policy_log(credential);",
	/* later fingerprints of credentials: cl_store_aliases */
	"CREATE " ALIAS_TABLE,
	/* what would take a walk over all holders of a credential; what findings need. Of processes there are too many for
	 * an index that only says that they are processes. */
	"DROP INDEX node_kind;"
	"CREATE INDEX node_kind ON node(kind) WHERE kind<>5;"
	"CREATE TABLE held(credential INT NOT NULL,run INT NOT NULL,PRIMARY KEY(credential,run)) WITHOUT ROWID;"
	"INSERT INTO held " HELD ";"
	"CREATE TABLE holders(credential INTEGER PRIMARY KEY,n INT NOT NULL);"
	"INSERT INTO holders " HOLDERS ";"
	"CREATE TABLE need(finding TEXT NOT NULL,node TEXT NOT NULL,PRIMARY KEY(finding,node)) WITHOUT ROWID;"
	"CREATE INDEX need_node ON need(node);"
	"INSERT OR IGNORE INTO need SELECT f.id,n.value FROM finding f,json_tree(f.json) n"
	" WHERE json_valid(f.json) AND n.type='text' AND (n.fullkey GLOB '$.lineage.nodes[[]*[]].id'"
	" OR n.fullkey GLOB '$.sides[[]*[]].process.id');"
	"INSERT OR IGNORE INTO need SELECT id,credential FROM finding WHERE credential IS NOT NULL;",
	/* an output's position in the reports was a small value */
	OUTPUT_TABLES(
		"") "CREATE INDEX outbox_severity ON outbox(output,severity,report);"
		    "CREATE INDEX outbox_report ON outbox(report);"
		    "CREATE INDEX dead_report ON dead(report);"
		    "INSERT INTO output(name) SELECT substr(name,8) FROM meta WHERE name GLOB 'output:*' ORDER BY name;"
		    "INSERT INTO outbox(output,report,severity,time) SELECT o.n,r.seq,"
		    "coalesce((SELECT severity FROM finding WHERE id=r.finding),0),strftime('%s','now')*1000000000"
		    " FROM output o CROSS JOIN meta m ON m.name='output:'||o.name CROSS JOIN report r"
		    " ON r.seq>CAST(m.value AS INT);"
		    "DELETE FROM meta WHERE name GLOB 'output:*';",
};

static int run(struct cl_store_db *db, const char *sql, const char *doing, struct cl_error *err)
{
	return sqlite3_exec(db->sql, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : cl_store_fail(db, doing, err);
}

/* One transaction. Of a new store it is in the rollback journal: the marks are in the file's own header from the first
 * moment. */
int cl_store_raise(struct cl_store_db *db, uint32_t from, struct cl_error *err)
{
	const char *doing = from ? "upgrade" : "create";
	char marks[96];
	int r;

	snprintf(marks, sizeof(marks), "PRAGMA application_id=%d; PRAGMA user_version=%d;", CL_STORE_APPLICATION,
		 CL_STORE_SCHEMA);
	r = run(db, "BEGIN EXCLUSIVE", doing, err);
	if (!r)
		r = run(db, marks, doing, err);
	for (uint32_t i = from; !r && i < CL_STORE_SCHEMA; i++)
		r = run(db, steps[i], doing, err);
	if (!r)
		r = run(db, "COMMIT", doing, err);
	if (r && !sqlite3_get_autocommit(db->sql))
		sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int cl_store_stand_in(struct cl_store_db *db, uint32_t schema, struct cl_error *err)
{
	int r = schema < CL_STORE_SCHEMA ? run(db, "PRAGMA temp_store=MEMORY", "open", err) : 0;

	if (!r && schema < ALIAS_SINCE)
		r = run(db, no_aliases, "open", err);
	if (!r && schema < HELD_SINCE)
		r = run(db, no_holders, "open", err);
	return !r && schema < OUTPUT_SINCE ? run(db, no_outputs, "open", err) : r;
}
