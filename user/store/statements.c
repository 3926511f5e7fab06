/* SPDX-License-Identifier: Apache-2.0 */
#include "store/statements.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store_internal.h"

#define SINCE_SCHEMA 2
#define CANDIDATES 8 /* that an error lists */
#define FP_LEN (sizeof("cred:") - 1 + 32)

/* Policy is written rarely: statements are prepared for the occasion. */
static int prepare(struct cl_store_db *db, const char *sql, sqlite3_stmt **out, struct cl_error *err)
{
	return sqlite3_prepare_v2(db->sql, sql, -1, out, NULL) == SQLITE_OK ? 0 : cl_store_fail(db, "read", err);
}

static void finalizep(sqlite3_stmt **s)
{
	sqlite3_finalize(*s);
}
#define _cleanup_stmt_ _cleanup_(finalizep)

static int step_once(struct cl_store_db *db, sqlite3_stmt *s, struct cl_error *err)
{
	return sqlite3_step(s) == SQLITE_DONE ? 0 : cl_store_fail(db, "write", err);
}

/* The other fingerprints of the credential ?1. */
#define LATER_NAMES "(SELECT fingerprint FROM alias WHERE credential=?1)"

/* ---- writing ---- */

struct put {
	uint32_t source;
	const char *credential;
	const cJSON *statement, *entry;
};

int cl_store_put_entry(struct cl_store_db *db, const cJSON *entry, struct cl_error *err)
{
	_cleanup_free_ char *json = cJSON_PrintUnformatted(entry);
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = json ? prepare(db, "INSERT INTO policy_log(credential,json) VALUES(?1,?2)", &s, err) : -ENOMEM;

	if (r)
		return r;
	sqlite3_bind_text(s, 1, cl_json_get_str(entry, "fingerprint"), -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, json, -1, SQLITE_STATIC);
	return step_once(db, s, err);
}

/* What was said of it by a later fingerprint goes with it. */
static int remove_statement(struct cl_store_db *db, const struct put *p, bool later_only, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = prepare(
		db,
		later_only ? "DELETE FROM policy WHERE source=?2 AND credential IN " LATER_NAMES
			   : "DELETE FROM policy WHERE source=?2 AND (credential=?1 OR credential IN " LATER_NAMES ")",
		&s, err);

	if (r)
		return r;
	sqlite3_bind_text(s, 1, p->credential, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, p->source);
	return step_once(db, s, err);
}

static int put_statement(struct cl_store_db *db, const struct put *p, struct cl_error *err)
{
	_cleanup_free_ char *json = cJSON_PrintUnformatted(p->statement);
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r = json ? prepare(db,
			       "INSERT INTO policy(credential,source,json) SELECT ?1,?2,?3 WHERE EXISTS(SELECT 1 FROM"
			       " policy WHERE credential=?1 AND source=?2) OR (SELECT count(*) FROM policy WHERE"
			       " source=?2)<?4 ON CONFLICT DO UPDATE SET json=excluded.json",
			       &s, err)
		     : -ENOMEM;

	if (r)
		return r;
	sqlite3_bind_text(s, 1, p->credential, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, p->source);
	sqlite3_bind_text(s, 3, json, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, CL_POLICY_STATEMENTS);
	r = step_once(db, s, err);
	if (!r && !sqlite3_changes(db->sql))
		return cl_fail(err, -ENOSPC, "the store has statements about %d credentials already, take some back",
			       CL_POLICY_STATEMENTS);
	return r;
}

static int put(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	const struct put *p = arg;
	bool nothing = !p->statement || cl_policy_is_empty(p->statement);
	int r = remove_statement(db, p, !nothing, err);

	r = r || nothing ? r : put_statement(db, p, err);
	return r ? r : cl_store_put_entry(db, p->entry, err);
}

int cl_store_policy_put(struct cl_store_db *db, uint32_t source, const char *credential, const cJSON *statement,
			const cJSON *entry, struct cl_error *err)
{
	struct put p = {.source = source, .credential = credential, .statement = statement, .entry = entry};

	return cl_store_durably(db, put, &p, err);
}

static int tell(struct cl_store_db *db, void *arg, struct cl_error *err)
{
	const struct put *p = arg;

	return cl_store_put_entry(db, p->entry, err);
}

int cl_store_policy_tell(struct cl_store_db *db, const cJSON *entry, struct cl_error *err)
{
	struct put p = {.entry = entry};

	return cl_store_durably(db, tell, &p, err);
}

/* ---- reading ---- */

static int take_statement(struct cl_store_db *db, sqlite3_stmt *s, cJSON **out, struct cl_error *err)
{
	const char *text = (const char *)sqlite3_column_text(s, 0);
	struct cl_error why = {0};
	int r = cl_policy_parse(text ? text : "", text ? strlen(text) : 0, out, &why);

	if (r == -EINVAL)
		return cl_fail(err, -EPROTO, "cannot read store \"%s\": a statement of policy is damaged: %.200s",
			       db->path, why.text);
	return r;
}

int cl_store_policy(struct cl_store_db *db, uint32_t source, const char *credential, cJSON **out, struct cl_error *err)
{
	sqlite3_stmt *s = NULL;
	int step, r;

	*out = NULL;
	if (db->schema < SINCE_SCHEMA)
		return 0;
	r = cl_store_lend(db, CL_SQL_POLICY, &s, err); /* a list asks for each credential */
	if (r)
		return r;
	sqlite3_bind_text(s, 1, credential, -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 2, source);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW)
		r = take_statement(db, s, out, err);
	else if (step != SQLITE_DONE)
		r = cl_store_fail(db, "read", err);
	cl_store_return(db, CL_SQL_POLICY, s);
	return r;
}

int cl_store_policies(struct cl_store_db *db, int (*each)(void *ctx, uint32_t source, const cJSON *statement),
		      void *ctx, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int step, r;

	if (db->schema < SINCE_SCHEMA)
		return 0;
	r = prepare(db, "SELECT json,source FROM policy ORDER BY credential,source", &s, err);
	while (!r && (step = sqlite3_step(s)) != SQLITE_DONE) {
		_cleanup_json_ cJSON *statement = NULL;

		if (step != SQLITE_ROW)
			return cl_store_fail(db, "read", err);
		r = take_statement(db, s, &statement, err);
		r = r ? r : each(ctx, (uint32_t)sqlite3_column_int64(s, 1), statement);
	}
	return r;
}

int cl_store_policy_log(struct cl_store_db *db, const char *credential, int (*each)(void *ctx, const cJSON *entry),
			void *ctx, struct cl_error *err)
{
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int step, r;

	if (db->schema < SINCE_SCHEMA)
		return 0;
	r = prepare(db, "SELECT json FROM policy_log WHERE ?1 IS NULL OR credential=?1 ORDER BY seq", &s, err);
	if (r)
		return r;
	sqlite3_bind_text(s, 1, credential, -1, SQLITE_STATIC);
	while (!r && (step = sqlite3_step(s)) != SQLITE_DONE) {
		_cleanup_json_ cJSON *entry = NULL;

		if (step != SQLITE_ROW)
			return cl_store_fail(db, "read", err);
		entry = cJSON_Parse((const char *)sqlite3_column_text(s, 0));
		if (!cJSON_IsObject(entry))
			return cl_fail(err, -EPROTO, "cannot read store \"%s\": an entry of the policy log is damaged",
				       db->path);
		r = each(ctx, entry);
	}
	return r;
}

/* ---- which one? ---- */

static int not_unique(sqlite3_stmt *s, const char *typed, const char *first, struct cl_error *err)
{
	_cleanup_text_ struct cl_text list = {0};
	int n = 1;

	cl_text_puts(&list, first);
	do {
		cl_text_printf(&list, ", %s", n < CANDIDATES ? (const char *)sqlite3_column_text(s, 0) : "...");
	} while (n++ < CANDIDATES && sqlite3_step(s) == SQLITE_ROW);
	return cl_fail(err, -ENOTUNIQ, "\"%s\" is not unique, type more of it: %s", typed, cl_text_str(&list));
}

static int resolve(struct cl_store_db *db, sqlite3_stmt *s, const char *typed, char out[CL_STORE_CREDENTIAL_ID],
		   struct cl_error *err)
{
	int step = sqlite3_step(s);

	if (step == SQLITE_DONE && strlen(out) == FP_LEN)
		return 0;
	if (step == SQLITE_DONE)
		return cl_fail(err, -ENOENT, "no credential \"%s\" in the store", typed);
	if (step == SQLITE_ROW) {
		snprintf(out, CL_STORE_CREDENTIAL_ID, "%s", (const char *)sqlite3_column_text(s, 0));
		step = sqlite3_step(s);
	}
	if (step == SQLITE_ROW)
		return not_unique(s, typed, out, err);
	return step == SQLITE_DONE ? 0 : cl_store_fail(db, "read", err);
}

/* By any of a credential's fingerprints its first is meant, which is its node's id. 'g' comes after every digit. */
#define BEGINS(column) column ">=?1 AND " column "<?1||'g'"
#define KNOWN_AS                                                                                                       \
	"SELECT id FROM node WHERE kind=7 AND " BEGINS("id") " UNION SELECT credential FROM alias WHERE " BEGINS(      \
		"fingerprint")
#define SPOKEN_OF                                                                                                      \
	" UNION SELECT coalesce((SELECT a.credential FROM alias a WHERE a.fingerprint=p.credential),p.credential)"     \
	" FROM policy p WHERE " BEGINS("p.credential")

int cl_store_policy_resolve(struct cl_store_db *db, const char *typed, char out[CL_STORE_CREDENTIAL_ID],
			    struct cl_error *err)
{
	const char *hex = cl_starts_with(typed, "cred:") ? typed + 5 : typed;
	_cleanup_stmt_ sqlite3_stmt *s = NULL;
	int r;

	/* not shown: somebody may have typed the credential itself */
	if (!*hex || strlen(hex) > 32 || strspn(hex, "0123456789abcdef") != strlen(hex))
		return cl_fail(err, -EINVAL, "that is not a fingerprint: it is cred: and up to 32 hex digits");
	snprintf(out, CL_STORE_CREDENTIAL_ID, "cred:%s", hex);
	r = prepare(db, db->schema < SINCE_SCHEMA ? KNOWN_AS " ORDER BY 1" : KNOWN_AS SPOKEN_OF " ORDER BY 1", &s, err);
	if (r)
		return r;
	sqlite3_bind_text(s, 1, out, -1, SQLITE_TRANSIENT);
	return resolve(db, s, typed, out, err);
}
