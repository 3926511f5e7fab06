/* SPDX-License-Identifier: Apache-2.0 */
#include "query/ledger.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "store/review.h"

static void add_copy(cJSON *to, const char *key, const cJSON *from)
{
	cJSON *copy = from ? cJSON_Duplicate(from, true) : NULL;

	if (copy && !cJSON_AddItemToObject(to, key, copy))
		cJSON_Delete(copy);
}

/* Typed by somebody: only what ids are made of is kept. */
static bool is_finding_id(const char *typed)
{
	const char *hex = cl_starts_with(typed, "fnd-") ? typed + 4 : "";

	return *hex && strlen(hex) <= 16 && strspn(hex, "0123456789abcdef") == strlen(hex);
}

static bool is_review(const struct cl_ledger_ask *ask)
{
	return !strcmp(cl_json_get_str(ask->request, "verb"), "ack");
}

static bool is_undo(const struct cl_ledger_ask *ask)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(ask->request, "undo"));
}

static cJSON *entry_of(const struct cl_ledger_ask *ask, const char *fingerprint)
{
	cJSON *o = cJSON_CreateObject(), *by = o ? cl_who_json(ask->who) : NULL;
	char shown[40];
	const char *verb = cl_json_get_str(ask->request, "verb");

	cl_json_time(o, "time", ask->wall_ns);
	cl_json_str(o, "fingerprint", fingerprint);
	snprintf(shown, sizeof(shown), "%.32s", *verb ? verb : "nothing");
	cl_json_str(o, "what", shown);
	if (is_review(ask) && is_finding_id(cl_json_get_str(ask->request, "finding")))
		cl_json_str(o, "finding", cl_json_get_str(ask->request, "finding"));
	if (is_undo(ask))
		cl_json_bool(o, "undo", true);
	if (by && !cJSON_AddItemToObject(o, "by", by))
		cJSON_Delete(by);
	cl_json_str(o, "way", ask->way);
	return o;
}

static void add_reason(cJSON *entry, const cJSON *request)
{
	const char *reason = cl_json_get_str(request, "reason");
	char shown[CL_POLICY_REASON + 1];

	snprintf(shown, sizeof(shown), "%s", reason);
	cl_json_str(entry, "reason", *reason ? shown : NULL);
}

/* Of a refused request it may be anything, the credential itself too: only a beginning of a fingerprint is kept. */
static const char *shown_fingerprint(const char *typed)
{
	const char *hex = cl_starts_with(typed, "cred:") ? typed + 5 : typed;

	return strlen(hex) <= 32 && strspn(hex, "0123456789abcdef") == strlen(hex) ? typed : "";
}

static int refused(struct cl_store_db *db, const struct cl_ledger_ask *ask, const char *fingerprint, const char *why)
{
	_cleanup_json_ cJSON *entry = entry_of(ask, shown_fingerprint(fingerprint));

	cl_json_str(entry, "outcome", "refused");
	add_reason(entry, ask->request);
	cl_json_str(entry, "error", why);
	if (ask->unlogged)
		cl_json_num(entry, "unlogged", (double)ask->unlogged);
	return entry ? cl_store_policy_tell(db, entry, NULL) : -ENOMEM;
}

int cl_ledger_refuse(struct cl_store_db *db, const struct cl_ledger_ask *ask, const char *why)
{
	return refused(db, ask, cl_json_get_str(ask->request, "fingerprint"), why);
}

static int change(struct cl_store_db *db, const struct cl_ledger_ask *ask, const char *id, cJSON **out,
		  struct cl_error *err)
{
	_cleanup_json_ cJSON *before = NULL, *after = NULL, *entry = NULL;
	char by[CL_WHO_TEXT];
	int r = cl_store_policy(db, CL_POLICY_STORE, id, &before, err);

	r = r ? r : cl_policy_change(before, id, ask->request, cl_who_text(ask->who, by), ask->wall_ns, &after, err);
	if (r)
		return r;
	entry = entry_of(ask, id);
	cl_json_str(entry, "outcome", "done");
	add_reason(entry, ask->request);
	add_copy(entry, "before", before);
	add_copy(entry, "after", cl_policy_is_empty(after) ? NULL : after);
	r = entry ? cl_store_policy_put(db, CL_POLICY_STORE, id, after, entry, err) : -ENOMEM;
	if (!r)
		*out = TAKE_PTR(after);
	return r;
}

/* ---- findings ---- */

static cJSON *review_of(const struct cl_ledger_ask *ask)
{
	cJSON *o = cJSON_CreateObject(), *by = o ? cl_who_json(ask->who) : NULL;

	cl_json_str(o, "status", is_undo(ask) ? "new" : "acknowledged");
	cl_json_time(o, "time", ask->wall_ns);
	if (by && !cJSON_AddItemToObject(o, "by", by))
		cJSON_Delete(by);
	cl_json_str(o, "way", ask->way);
	add_reason(o, ask->request);
	return o;
}

static int find_reviewed(struct cl_store_db *db, const struct cl_ledger_ask *ask, cJSON **out, struct cl_error *err)
{
	const char *typed = cl_json_get_str(ask->request, "finding");
	_cleanup_json_ cJSON *finding = NULL;
	bool acknowledged;
	int r = is_finding_id(typed)
			? cl_store_finding(db, typed, &finding, err)
			: cl_fail(err, -EINVAL, "that is not the id of a finding: it is fnd- and up to 16 hex digits");

	if (r)
		return r;
	acknowledged = !strcmp(cl_json_get_str(finding, "review.status"), "acknowledged");
	if (acknowledged && !is_undo(ask))
		return cl_fail(err, -EALREADY, "finding \"%s\" is acknowledged already, since %.19sZ",
			       cl_json_get_str(finding, "id"), cl_json_get_str(finding, "review.time"));
	if (!acknowledged && is_undo(ask))
		return cl_fail(err, -EALREADY, "finding \"%s\" is not acknowledged", cl_json_get_str(finding, "id"));
	*out = TAKE_PTR(finding);
	return 0;
}

static int review(struct cl_store_db *db, const struct cl_ledger_ask *ask, cJSON **out, struct cl_error *err)
{
	_cleanup_json_ cJSON *finding = NULL, *said = NULL, *entry = NULL, *after = NULL;
	const char *id;
	int r = find_reviewed(db, ask, &finding, err);

	if (r)
		return r;
	id = cl_json_get_str(finding, "id");
	said = review_of(ask);
	entry = entry_of(ask, cl_finding_credential(finding));
	cJSON_DeleteItemFromObjectCaseSensitive(entry, "finding");
	cl_json_str(entry, "finding", id);
	cl_json_str(entry, "outcome", "done");
	add_reason(entry, ask->request);
	after = cJSON_CreateObject();
	cl_json_str(after, "finding", id);
	add_copy(after, "review", said);
	r = said && entry && after ? cl_store_review(db, id, said, entry, err) : -ENOMEM;
	if (!r)
		*out = TAKE_PTR(after);
	return r;
}

/* ---- both ---- */

int cl_ledger_change(struct cl_store_db *db, const struct cl_ledger_ask *ask, cJSON **after, struct cl_error *err)
{
	const char *typed = cl_json_get_str(ask->request, "fingerprint");
	char id[CL_STORE_CREDENTIAL_ID] = "";
	struct cl_error why = {0};
	int r = is_review(ask) ? 0 : cl_store_policy_resolve(db, typed, id, &why);
	bool known = !r;

	r = r ? r : is_review(ask) ? review(db, ask, after, &why) : change(db, ask, id, after, &why);
	if (!r)
		return 0;
	if (!*why.text)
		cl_fail(&why, r, "cannot %s: %s", is_review(ask) ? "review the finding" : "change policy",
			strerror(-r));
	refused(db, ask, known ? id : typed, why.text);
	return cl_fail(err, r, "%s", why.text);
}

/* ---- the configuration's copy ---- */

static int collect(void *ctx, uint32_t source, const cJSON *statement)
{
	cJSON *list = ctx, *copy = source == CL_POLICY_CONFIG ? cJSON_Duplicate(statement, true) : NULL;

	if (source != CL_POLICY_CONFIG)
		return 0;
	return copy && cJSON_AddItemToArray(list, copy) ? 0 : -ENOMEM;
}

static const cJSON *find(const cJSON *list, const char *fingerprint)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list)
		if (!strcmp(cl_json_get_str(item, "fingerprint"), fingerprint))
			return item;
	return NULL;
}

static int sync_one(struct cl_store_db *db, const cJSON *before, const cJSON *after, uint64_t wall_ns,
		    struct cl_error *err)
{
	const char *id = cl_json_get_str(after ? after : before, "fingerprint");
	_cleanup_json_ cJSON *entry = cJSON_CreateObject();

	if (!entry)
		return -ENOMEM;
	cl_json_time(entry, "time", wall_ns);
	cl_json_str(entry, "fingerprint", id);
	cl_json_str(entry, "what", "configuration");
	cl_json_str(entry, "way", "configuration");
	cl_json_str(entry, "outcome", "done");
	add_copy(entry, "before", before);
	add_copy(entry, "after", after);
	return cl_store_policy_put(db, CL_POLICY_CONFIG, id, after, entry, err);
}

int cl_ledger_sync(struct cl_store_db *db, const cJSON *config, uint64_t wall_ns, struct cl_error *err)
{
	_cleanup_json_ cJSON *stored = cJSON_CreateArray();
	const cJSON *item;
	int r = stored ? cl_store_policies(db, collect, stored, err) : -ENOMEM;

	cJSON_ArrayForEach (item, stored)
		if (!r && !find(config, cl_json_get_str(item, "fingerprint")))
			r = sync_one(db, item, NULL, wall_ns, err);
	cJSON_ArrayForEach (item, config) {
		const cJSON *before = find(stored, cl_json_get_str(item, "fingerprint"));

		bool same = before ? cJSON_Compare(before, item, true) : cl_policy_is_empty(item);

		if (!r && !same)
			r = sync_one(db, before, item, wall_ns, err);
	}
	return r;
}
