/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stores of earlier schemas, as SQL text: the tables as the program of that time made them, and the same few rows in
 * each. old_store(path, old_schema_2) writes one.
 */
#pragma once

#include <sqlite3.h>

#define OLD_CRED "cred:00112233445566778899aabbccddeeff"
#define OLD_LATER "cred:44112233445566778899aabbccddeeff"  /* how the first is called by now */
#define OLD_CRED_3 "cred:33112233445566778899aabbccddeeff" /* nobody has seen it, policy speaks of it */
#define OLD_CRED_2 "cred:ff112233445566778899aabbccddeeff"

#define OLD_TABLES_1                                                                                                   \
	"CREATE TABLE node(n INTEGER PRIMARY KEY,id TEXT NOT NULL UNIQUE,kind INT NOT NULL,label TEXT,"                \
	"first INT NOT NULL,last INT NOT NULL,attrs TEXT);"                                                            \
	"CREATE INDEX node_kind ON node(kind);"                                                                        \
	"CREATE TABLE edge(source INT NOT NULL,kind INT NOT NULL,target INT NOT NULL,first INT NOT NULL,"              \
	"last INT NOT NULL,count INT NOT NULL,basis INT NOT NULL,evidence TEXT,"                                       \
	"PRIMARY KEY(source,kind,target)) WITHOUT ROWID;"                                                              \
	"CREATE INDEX edge_target ON edge(target,kind,source);"                                                        \
	"CREATE TABLE finding(id TEXT PRIMARY KEY,detector TEXT NOT NULL,severity INT NOT NULL,first INT NOT NULL,"    \
	"last INT NOT NULL,count INT NOT NULL,credential TEXT,json TEXT NOT NULL) WITHOUT ROWID;"                      \
	"CREATE INDEX finding_last ON finding(last);"                                                                  \
	"CREATE INDEX finding_credential ON finding(credential);"                                                      \
	"CREATE TABLE report(seq INTEGER PRIMARY KEY AUTOINCREMENT,finding TEXT NOT NULL,json TEXT NOT NULL);"         \
	"CREATE TABLE meta(name TEXT PRIMARY KEY,value TEXT NOT NULL) WITHOUT ROWID;"
#define OLD_TABLES_2                                                                                                   \
	"CREATE TABLE policy(credential TEXT NOT NULL,source INT NOT NULL,json TEXT NOT NULL,"                         \
	"PRIMARY KEY(credential,source)) WITHOUT ROWID;"                                                               \
	"CREATE TABLE policy_log(seq INTEGER PRIMARY KEY AUTOINCREMENT,credential TEXT NOT NULL,json TEXT NOT NULL);"  \
	"CREATE INDEX policy_log_credential ON policy_log(credential);"
#define OLD_TABLES_3                                                                                                   \
	"CREATE TABLE alias(n INTEGER PRIMARY KEY,fingerprint TEXT NOT NULL UNIQUE,key_id TEXT NOT NULL,"              \
	"credential TEXT NOT NULL,credential_key_id TEXT NOT NULL);"
#define OLD_TABLES_4                                                                                                   \
	"DROP INDEX node_kind; CREATE INDEX node_kind ON node(kind) WHERE kind<>5;"                                    \
	"CREATE TABLE held(credential INT NOT NULL,run INT NOT NULL,PRIMARY KEY(credential,run)) WITHOUT ROWID;"       \
	"CREATE TABLE holders(credential INTEGER PRIMARY KEY,n INT NOT NULL);"                                         \
	"CREATE TABLE need(finding TEXT NOT NULL,node TEXT NOT NULL,PRIMARY KEY(finding,node)) WITHOUT ROWID;"         \
	"CREATE INDEX need_node ON need(node);"

#define OLD_FINDING                                                                                                    \
	"{\"id\":\"fnd-old\",\"detector\":\"cross-workflow-reuse\",\"severity\":\"High\",\"count\":2,"                 \
	"\"first\":\"2026-11-01T10:00:00.000000Z\",\"last\":\"2026-11-02T10:00:00.000000Z\","                          \
	"\"credential\":{\"fingerprint\":\"" OLD_CRED "\"},\"sides\":[{\"process\":{\"id\":\"process:b:2:2\"}},"       \
	"{\"process\":{\"id\":\"process:b:3:3\"}}],\"lineage\":{\"nodes\":[{\"id\":\"file:h:/t\"},"                    \
	"{\"id\":\"process:b:2:2\"}],\"edges\":[]}}"

/* Two runs of two processes below init, a credential that both hold and that lies in a file, another one of the first. */
#define OLD_ROWS                                                                                                        \
	"INSERT INTO node VALUES(1,'host:h',1,'h',10,20,'{\"boot_id\":\"b\"}'),(2,'run:h:1',4,'one',10,20,NULL),"       \
	"(3,'run:h:2',4,'two',10,20,NULL),(4,'process:b:1:0',5,'init [1]',10,20,'{\"pid\":1,\"exe\":\"/sbin/init\"}')," \
	"(5,'process:b:2:2',5,'cat [2]',11,21,'{\"pid\":2,\"exe\":\"/bin/cat\",\"exited\":\"2026-11-02T10:00:00Z\"}')," \
	"(6,'process:b:3:3',5,'dd [3]',12,22,'{\"pid\":3,\"exe\":\"/bin/dd\"}'),"                                       \
	"(7,'" OLD_CRED "',7,'token',11,22,'{\"provider\":\"github\"}'),(8,'" OLD_CRED_2 "',7,'token',11,22,NULL),"     \
	"(9,'file:h:/t',8,'/t',11,22,'{\"path\":\"/t\"}');"                                                             \
	"INSERT INTO edge VALUES(4,1,5,11,11,1,1,NULL),(4,1,6,12,12,1,1,NULL),(5,2,2,11,11,1,1,NULL),"                  \
	"(6,2,3,12,12,1,1,NULL),(2,3,1,10,10,1,1,NULL),(3,3,1,10,10,1,1,NULL),(5,5,7,11,15,3,1,'/t:3'),"                \
	"(6,6,7,12,12,1,1,'GH_TOKEN'),(5,5,8,11,11,1,2,NULL),(5,5,9,11,15,3,1,NULL),(7,11,9,11,15,1,1,'line 3');"       \
	"INSERT INTO finding VALUES('fnd-old','cross-workflow-reuse',4,1793527200000000000,1793613600000000000,2,"      \
	"'" OLD_CRED "','" OLD_FINDING "');"                                                                            \
	"INSERT INTO report(finding,json) VALUES('fnd-old','" OLD_FINDING "');"                                         \
	"INSERT INTO meta VALUES('host','{\"id\":\"h\",\"boot_id\":\"b\"}'),('position','1');"

#define OLD_MARKS(n) "PRAGMA application_id=1131564142; PRAGMA user_version=" n "; PRAGMA journal_mode=WAL;"

static const char old_schema_1[] __attribute__((unused)) = OLD_MARKS("1") OLD_TABLES_1 OLD_ROWS;
static const char old_schema_2[] __attribute__((unused)) = OLD_MARKS("2") OLD_TABLES_1 OLD_TABLES_2 OLD_ROWS
	"INSERT INTO policy VALUES('" OLD_CRED_3 "',1,'{\"fingerprint\":\"" OLD_CRED_3 "\",\"label\":\"kept\"}');"
	"INSERT INTO policy_log(credential,json) VALUES('" OLD_CRED_3 "','{\"what\":\"label\"}');";
static const char old_schema_3[] __attribute__((unused)) =
	OLD_MARKS("3") OLD_TABLES_1 OLD_TABLES_2 OLD_TABLES_3 OLD_ROWS
	"INSERT INTO policy VALUES('" OLD_CRED_3 "',1,'{\"fingerprint\":\"" OLD_CRED_3 "\",\"label\":\"kept\"}');"
	"INSERT INTO policy_log(credential,json) VALUES('" OLD_CRED_3 "','{\"what\":\"label\"}');"
	"INSERT INTO alias VALUES(1,'" OLD_LATER "','02','" OLD_CRED "','01');";
static const char old_schema_4[] __attribute__((unused)) =
	OLD_MARKS("4") OLD_TABLES_1 OLD_TABLES_2 OLD_TABLES_3 OLD_TABLES_4 OLD_ROWS
	"INSERT INTO policy VALUES('" OLD_CRED_3 "',1,'{\"fingerprint\":\"" OLD_CRED_3 "\",\"label\":\"kept\"}');"
	"INSERT INTO policy_log(credential,json) VALUES('" OLD_CRED_3 "','{\"what\":\"label\"}');"
	"INSERT INTO alias VALUES(1,'" OLD_LATER "','02','" OLD_CRED "','01');"
	"INSERT INTO held VALUES(7,2),(7,3),(8,2); INSERT INTO holders VALUES(7,2),(8,1);"
	"INSERT INTO need VALUES('fnd-old','file:h:/t'),('fnd-old','process:b:2:2'),('fnd-old','process:b:3:3'),"
	"('fnd-old','" OLD_CRED "');";

static inline void old_store(const char *path, const char *sql)
{
	sqlite3_vfs *real = sqlite3_vfs_find("unix");
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, real->zName),
			 SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}
