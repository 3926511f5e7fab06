/* SPDX-License-Identifier: Apache-2.0 */
/* Policy in the store: statements and their log, a store of schema 1 that is brought up, beginnings of fingerprints. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "store/statements.h"
#include "store_room.h"

#define A "cred:aa112233445566778899aabbccddeeff"
#define B "cred:aabb2233445566778899aabbccddeeff"
#define C "cred:cc112233445566778899aabbccddeeff"

static void sql(const char *path, const char *text)
{
	char *why = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(db);
}

static int put(struct room *room, uint32_t source, const char *credential, const char *rest, struct cl_error *err)
{
	_cleanup_json_ cJSON *statement = cJSON_CreateObject(), *more = cJSON_Parse(rest);
	_cleanup_json_ cJSON *entry = cJSON_CreateObject();

	cl_json_str(statement, "fingerprint", credential);
	if (cJSON_GetArraySize(more))
		cJSON_AddItemToObject(statement, "label", cJSON_CreateString(cl_json_get_str(more, "label")));
	cl_json_str(entry, "fingerprint", credential);
	cl_json_str(entry, "what", "label");
	cl_json_str(entry, "reason", cl_json_get_str(more, "label"));
	return cl_store_policy_put(room->db, source, credential, statement, entry, err);
}

static int list_statement(void *ctx, uint32_t source, const cJSON *statement)
{
	return cl_text_printf(ctx, "%u %.7s %s;", source, cl_json_get_str(statement, "fingerprint"),
			      cl_json_get_str(statement, "label"));
}

static int list_entry(void *ctx, const cJSON *entry)
{
	return cl_text_printf(ctx, "%.7s %s;", cl_json_get_str(entry, "fingerprint"), cl_json_get_str(entry, "reason"));
}

static void check_statements(struct room *room, const char *expected)
{
	_cleanup_text_ struct cl_text t = {0};

	assert_int_equal(cl_store_policies(room->db, list_statement, &t, NULL), 0);
	assert_string_equal(cl_text_str(&t), expected);
}

static void check_log(struct room *room, const char *credential, const char *expected)
{
	_cleanup_text_ struct cl_text t = {0};

	assert_int_equal(cl_store_policy_log(room->db, credential, list_entry, &t, NULL), 0);
	assert_string_equal(cl_text_str(&t), expected);
}

static void test_statements_and_their_log(void **state)
{
	struct room *room = *state;
	cJSON *one = NULL;

	reopen(room, CL_STORE_WRITE);
	assert_int_equal(put(room, CL_POLICY_STORE, A, "{\"label\":\"first\"}", NULL), 0);
	assert_int_equal(put(room, CL_POLICY_CONFIG, A, "{\"label\":\"file\"}", NULL), 0);
	assert_int_equal(put(room, CL_POLICY_STORE, C, "{\"label\":\"other\"}", NULL), 0);
	assert_int_equal(put(room, CL_POLICY_STORE, A, "{\"label\":\"second\"}", NULL), 0);
	check_statements(room, "1 cred:aa second;2 cred:aa file;1 cred:cc other;");
	assert_int_equal(put(room, CL_POLICY_STORE, A, "{}", NULL), 0);
	reopen(room, CL_STORE_READ);
	check_statements(room, "2 cred:aa file;1 cred:cc other;");
	check_log(room, NULL, "cred:aa first;cred:aa file;cred:cc other;cred:aa second;cred:aa ;");
	check_log(room, C, "cred:cc other;");
	assert_int_equal(cl_store_policy(room->db, CL_POLICY_STORE, A, &one, NULL), 0);
	assert_null(one);
	assert_int_equal(cl_store_policy(room->db, CL_POLICY_CONFIG, A, &one, NULL), 0);
	assert_string_equal(cl_json_get_str(one, "label"), "file");
	cJSON_Delete(one);
}

/* A change that is not logged is not made. */
static void test_both_or_none(void **state)
{
	struct room *room = *state;
	struct cl_error err = {0};

	reopen(room, CL_STORE_WRITE);
	sql(room->path, "DROP TABLE policy_log");
	assert_int_not_equal(put(room, CL_POLICY_STORE, A, "{\"label\":\"x\"}", &err), 0);
	check_statements(room, "");
}

static void test_statements_are_capped(void **state)
{
	struct room *room = *state;
	struct cl_error err = {0};
	char fill[512];

	reopen(room, CL_STORE_WRITE);
	snprintf(
		fill, sizeof(fill),
		"WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM i WHERE n<%d) INSERT INTO policy"
		" SELECT printf('cred:%%032x',n),1,printf('{\"fingerprint\":\"cred:%%032x\",\"label\":\"x\"}',n) FROM i",
		CL_POLICY_STATEMENTS);
	sql(room->path, fill);
	assert_int_equal(put(room, CL_POLICY_STORE, A, "{\"label\":\"one more\"}", &err), -ENOSPC);
	assert_string_equal(err.text, "the store has statements about 4096 credentials already, take some back");
	assert_int_equal(put(room, CL_POLICY_CONFIG, A, "{\"label\":\"another source\"}", &err), 0);
	assert_int_equal(put(room, CL_POLICY_STORE, "cred:00000000000000000000000000000007", "{\"label\":\"y\"}", &err),
			 0);
	check_log(room, A, "cred:aa another source;");
}

static void test_retention_leaves_it_alone(void **state)
{
	struct room *room = *state;
	struct cl_sweep sweep = {.acts_before = UINT64_MAX / 2, .findings_before = UINT64_MAX / 2};

	reopen(room, CL_STORE_WRITE);
	assert_int_equal(put(room, CL_POLICY_STORE, A, "{\"label\":\"kept\"}", NULL), 0);
	assert_int_equal(cl_store_forget(room->db, &sweep, NULL), 0);
	check_statements(room, "1 cred:aa kept;");
	check_log(room, NULL, "cred:aa kept;");
}

/* ---- schema 1 ---- */

/* As the program wrote it before there was policy. */
static const char schema_1[] =
	"PRAGMA application_id=1131564142; PRAGMA user_version=1; PRAGMA journal_mode=WAL;"
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
	"CREATE TABLE meta(name TEXT PRIMARY KEY,value TEXT NOT NULL) WITHOUT ROWID;"
	"INSERT INTO node VALUES(1,'" A "',7,'a',1,2,NULL),(2,'" B "',7,'b',1,2,NULL),(3,'host:x',1,'x',1,2,NULL);"
	"INSERT INTO meta VALUES('host_id','0011223344556677');";

#define AS_TEXT(n) #n
#define TEXT_OF(n) AS_TEXT(n)

static void test_a_store_of_schema_1(void **state)
{
	struct room *room = *state;
	char id[CL_STORE_CREDENTIAL_ID];
	char *host = NULL;

	sql(room->path, schema_1);
	reopen(room, CL_STORE_READ);
	check_statements(room, "");
	check_log(room, NULL, "");
	assert_int_equal(cl_store_policy_resolve(room->db, "aa11", id, NULL), 0);
	reopen(room, CL_STORE_WRITE);
	assert_int_equal(cl_store_get(room->db, "host_id", &host), 0);
	assert_string_equal(host, "0011223344556677");
	free(host);
	assert_int_equal(put(room, CL_POLICY_STORE, A, "{\"label\":\"x\"}", NULL), 0);
	reopen(room, CL_STORE_WRITE);
	check_statements(room, "1 cred:aa x;");
	sql(room->path,
	    "CREATE TABLE seen AS SELECT user_version AS v FROM pragma_user_version;"
	    "CREATE TABLE good(v CHECK(v=" TEXT_OF(CL_STORE_SCHEMA) ")); INSERT INTO good SELECT v FROM seen");
}

/* ---- which one ---- */

static void test_resolve(void **state)
{
	struct room *room = *state;
	static const struct {
		const char *typed;
		int result;
		const char *out; /* or the error */
	} cases[] = {
		{"aa11", 0, A},
		{"cred:aab", 0, B},
		{"cc", 0, C},
		{A, 0, A},
		{"cred:00112233445566778899aabbccddeeff", 0, "cred:00112233445566778899aabbccddeeff"},
		{"aa", -ENOTUNIQ, "\"aa\" is not unique, type more of it: " A ", " B},
		{"dd", -ENOENT, "no credential \"dd\" in the store"},
		{"", -EINVAL, "that is not a fingerprint: it is cred: and up to 32 hex digits"},
		{"FAKE-token", -EINVAL, "that is not a fingerprint: it is cred: and up to 32 hex digits"},
	};

	sql(room->path, schema_1);
	reopen(room, CL_STORE_WRITE);
	assert_int_equal(put(room, CL_POLICY_STORE, C, "{\"label\":\"never seen\"}", NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char id[CL_STORE_CREDENTIAL_ID] = "";
		struct cl_error err = {0};
		int r = cl_store_policy_resolve(room->db, cases[i].typed, id, &err);

		assert_int_equal(r, cases[i].result);
		assert_string_equal(r ? err.text : id, cases[i].out);
	}
}

static void test_many_candidates(void **state)
{
	struct room *room = *state;
	char id[CL_STORE_CREDENTIAL_ID];
	struct cl_error err = {0};

	reopen(room, CL_STORE_WRITE);
	sql(room->path, "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM i WHERE n<20)"
			" INSERT INTO node SELECT NULL,printf('cred:%032x',n),7,'x',1,2,NULL FROM i");
	assert_int_equal(cl_store_policy_resolve(room->db, "00", id, &err), -ENOTUNIQ);
	assert_non_null(strstr(err.text, "cred:00000000000000000000000000000008, ..."));
	assert_null(strstr(err.text, "cred:00000000000000000000000000000009"));
}

/* A statement by the newest fingerprint is one about the credential that is known by its first. */
static void test_any_fingerprint_will_do(void **state)
{
	struct room *room = *state;
	cJSON *one = NULL;

	reopen(room, CL_STORE_WRITE);
	sql(room->path,
	    "INSERT INTO alias(fingerprint,key_id,credential,credential_key_id) VALUES('" B "','02','" A "','01')");
	assert_int_equal(put(room, CL_POLICY_STORE, B, "{\"label\":\"by the newest\"}", NULL), 0);
	assert_int_equal(cl_store_policy(room->db, CL_POLICY_STORE, A, &one, NULL), 0);
	assert_string_equal(cl_json_get_str(one, "label"), "by the newest");
	cl_json_freep(&one);
	assert_int_equal(put(room, CL_POLICY_STORE, A, "{\"label\":\"by the first\"}", NULL), 0);
	check_statements(room, "1 cred:aa by the first;");
	assert_int_equal(cl_store_policy(room->db, CL_POLICY_STORE, A, &one, NULL), 0);
	assert_string_equal(cl_json_get_str(one, "label"), "by the first");
	cl_json_freep(&one);
	assert_int_equal(put(room, CL_POLICY_STORE, B, "{\"label\":\"again\"}", NULL), 0);
	assert_int_equal(put(room, CL_POLICY_STORE, A, "{}", NULL), 0);
	check_statements(room, "");
}

static void test_a_damaged_statement_is_named(void **state)
{
	struct room *room = *state;
	_cleanup_text_ struct cl_text t = {0};
	struct cl_error err = {0};

	reopen(room, CL_STORE_WRITE);
	sql(room->path, "INSERT INTO policy VALUES('" A "',1,'{\"fingerprint\":\"" A "\",\"lable\":\"x\"}')");
	assert_int_equal(cl_store_policies(room->db, list_statement, &t, &err), -EPROTO);
	assert_non_null(strstr(err.text, "a statement of policy is damaged: \"lable\" is not known"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_statements_and_their_log, enter, leave),
		cmocka_unit_test_setup_teardown(test_both_or_none, enter, leave),
		cmocka_unit_test_setup_teardown(test_statements_are_capped, enter, leave),
		cmocka_unit_test_setup_teardown(test_retention_leaves_it_alone, enter, leave),
		cmocka_unit_test_setup_teardown(test_a_store_of_schema_1, enter, leave),
		cmocka_unit_test_setup_teardown(test_resolve, enter, leave),
		cmocka_unit_test_setup_teardown(test_many_candidates, enter, leave),
		cmocka_unit_test_setup_teardown(test_any_fingerprint_will_do, enter, leave),
		cmocka_unit_test_setup_teardown(test_a_damaged_statement_is_named, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
