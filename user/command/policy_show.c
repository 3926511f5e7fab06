/* SPDX-License-Identifier: Apache-2.0 */
/* What is shown of policy: the log, and the policy of one credential in its record. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "command/policy.h"
#include "store/statements.h"

#define CHANGES_SHOWN 20

static const char *const sources[] = {"store", "configuration"};

/* ---- into a record ---- */

/* People write down the newest fingerprint, which they are shown, or the first. */
static const cJSON *configured(const cJSON *config, const struct cl_node *n)
{
	const char *newest = cl_json_get_str(n->attrs, "fingerprint");
	const cJSON *item;

	cJSON_ArrayForEach (item, config) {
		const char *fingerprint = cl_json_get_str(item, "fingerprint");

		if (!strcmp(fingerprint, n->id) || !strcmp(fingerprint, newest))
			return item;
	}
	return NULL;
}

static void add_named(cJSON *o, const char *member, const cJSON *store, const cJSON *config)
{
	const char *value = cl_policy_get(store, config, member);
	char from[32];

	if (!*value)
		return;
	cl_json_str(o, member, value);
	snprintf(from, sizeof(from), "%s_from", member);
	cl_json_str(o, from, sources[*cl_json_get_str(config, member) != '\0']);
}

static void add_statements(cJSON *o, const cJSON *store, const cJSON *config)
{
	const cJSON *said[] = {store, config};
	cJSON *policy = cl_json_obj(o, "policy");

	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		cJSON *copy = said[i] ? cJSON_Duplicate(said[i], true) : NULL;

		cJSON_DeleteItemFromObjectCaseSensitive(copy, "fingerprint");
		if (copy && !cJSON_AddItemToObject(policy, sources[i], copy))
			cJSON_Delete(copy);
	}
}

int cl_policy_fill(struct cl_store_db *db, const cJSON *config, const struct cl_node *n, cJSON *o, struct cl_error *err)
{
	const cJSON *in_file = configured(config, n);
	_cleanup_json_ cJSON *store = NULL;
	_cleanup_text_ struct cl_text state = {0};
	double times = cl_json_get_num(n->attrs, "allowed_times");
	int r = cl_store_policy(db, CL_POLICY_STORE, n->id, &store, err);

	r = r ? r : cl_policy_say_state(store, in_file, cl_wall_ns(), &state);
	if (r)
		return r;
	add_named(o, "label", store, in_file);
	add_named(o, "owner", store, in_file);
	if (state.len)
		cl_json_str(o, "state", cl_text_str(&state));
	if (store || in_file)
		add_statements(o, store, in_file);
	if (times > 0) {
		cl_json_num(o, "allowed_times", times);
		cl_json_str(o, "allowed_last", cl_json_get_str(n->attrs, "allowed_last"));
	}
	return 0;
}

static int add_change(void *ctx, const cJSON *entry)
{
	cJSON *list = ctx, *copy = cJSON_Duplicate(entry, true);

	if (!copy || !cJSON_AddItemToArray(list, copy)) {
		cJSON_Delete(copy);
		return -ENOMEM;
	}
	if (cJSON_GetArraySize(list) > CHANGES_SHOWN)
		cJSON_DeleteItemFromArray(list, 0);
	return 0;
}

int cl_policy_fill_changes(struct cl_store_db *db, const char *id, cJSON *o, struct cl_error *err)
{
	return cl_store_policy_log(db, id, add_change, cl_json_arr(o, "changes"), err);
}

/* ---- never seen ---- */

struct unseen {
	struct cl_store_db *db;
	int (*each)(void *ctx, const struct cl_node *n);
	void *ctx;
};

static int seen(void *ctx, const struct cl_node *n)
{
	(void)ctx;
	(void)n;
	return 0;
}

static int tell_unseen(struct unseen *u, const char *fingerprint)
{
	char id[CL_STORE_CREDENTIAL_ID];
	const struct cl_node n = {.id = id, .kind = CL_NODE_CREDENTIAL};
	int r = cl_store_policy_resolve(u->db, fingerprint, id, NULL);

	r = r ? r : cl_store_node(u->db, id, seen, NULL);
	return r == -ENOENT ? u->each(u->ctx, &n) : r;
}

static int unseen_in_store(void *ctx, uint32_t source, const cJSON *statement)
{
	return source == CL_POLICY_STORE ? tell_unseen(ctx, cl_json_get_str(statement, "fingerprint")) : 0;
}

int cl_policy_unseen(struct cl_store_db *db, const cJSON *config, int (*each)(void *ctx, const struct cl_node *n),
		     void *ctx, struct cl_error *err)
{
	struct unseen u = {.db = db, .each = each, .ctx = ctx};
	const cJSON *item;
	int r = cl_store_policies(db, unseen_in_store, &u, err);

	cJSON_ArrayForEach (item, config) {
		const char *id = cl_json_get_str(item, "fingerprint");
		_cleanup_json_ cJSON *told = NULL;

		r = r ? r : cl_store_policy(db, CL_POLICY_STORE, id, &told, err);
		if (!r && !told)
			r = tell_unseen(&u, id);
	}
	return r;
}

/* ---- for people ---- */

static void put_text(const char *title, const char *before, const char *text, const char *after)
{
	char shown[2 * CL_POLICY_REASON];

	printf("  %-13s %s%s%s\n", title, before, cl_escape(shown, sizeof(shown), text), after);
}

static int add_names(struct cl_text *out, const cJSON *decision, const char *list)
{
	const cJSON *names = cl_json_at(decision, list), *item;
	int r = 0;

	cJSON_ArrayForEach (item, names) {
		r = r ? r : cl_text_puts(out, item != names->child ? ", " : out->len ? "; " : "");
		r = r || item != names->child ? r : cl_text_printf(out, "%s ", list);
		r = r ? r : cl_text_puts(out, item->valuestring);
	}
	return r;
}

/* "  allowed for   workflows ci:a, ci:b (store, by ann (uid 1000): until the key is split)" */
static void put_decision(const cJSON *o, const char *source, const char *what, const char *title)
{
	static const char *const lists[] = {"workflows", "environments", "destinations"};
	_cleanup_text_ struct cl_text t = {0};
	const cJSON *decision;
	char path[64];

	snprintf(path, sizeof(path), "policy.%s.%s", source, what);
	decision = cl_json_at(o, path);
	if (!decision)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		add_names(&t, decision, lists[i]);
	cl_text_printf(&t, "%s(%s", t.len ? " " : "", source);
	if (*cl_json_get_str(decision, "at"))
		cl_text_printf(&t, ", %.19sZ", cl_json_get_str(decision, "at"));
	if (*cl_json_get_str(decision, "by"))
		cl_text_printf(&t, ", by %s", cl_json_get_str(decision, "by"));
	cl_text_puts(&t, ")");
	if (*cl_json_get_str(decision, "reason"))
		cl_text_printf(&t, ": %s", cl_json_get_str(decision, "reason"));
	put_text(title, "", cl_text_str(&t), "");
}

static void put_named(const cJSON *o, const char *member)
{
	char from[32], after[32];

	if (!*cl_json_get_str(o, member))
		return;
	snprintf(from, sizeof(from), "%s_from", member);
	snprintf(after, sizeof(after), " (%s)", cl_json_get_str(o, from));
	put_text(member, "", cl_json_get_str(o, member), after);
}

/* "ann (uid 1000)" from an entry's "by"; the configuration speaks for itself. */
static const char *who_of(const cJSON *entry, char buf[CL_POLICY_NAME])
{
	const cJSON *by = cl_json_at(entry, "by"), *uid = cl_json_at(by, "loginuid");
	const char *name = cl_json_get_str(by, "name");

	if (!by)
		snprintf(buf, CL_POLICY_NAME, "%s", cl_json_get_str(entry, "way"));
	else if (*name)
		snprintf(buf, CL_POLICY_NAME, "%s", name);
	else
		snprintf(buf, CL_POLICY_NAME, "uid %.0f",
			 cJSON_IsNumber(uid) ? uid->valuedouble : cl_json_get_num(by, "uid"));
	return buf;
}

static const char *what_of(const cJSON *entry, char buf[64])
{
	snprintf(buf, 64, "%s%.40s%s", strcmp(cl_json_get_str(entry, "outcome"), "refused") ? "" : "refused: ",
		 cl_json_get_str(entry, "what"), cJSON_IsTrue(cl_json_at(entry, "undo")) ? " --undo" : "");
	return buf;
}

static const char *why_of(const cJSON *entry)
{
	const char *error = cl_json_get_str(entry, "error");

	return *error ? error : cl_json_get_str(entry, "reason");
}

static void put_changes(const cJSON *o)
{
	const cJSON *list = cl_json_at(o, "changes"), *entry;

	cJSON_ArrayForEach (entry, list) {
		char who[CL_POLICY_NAME], what[64];
		_cleanup_text_ struct cl_text t = {0};

		cl_text_printf(&t, "%.19sZ %s by %s", cl_json_get_str(entry, "time"), what_of(entry, what),
			       who_of(entry, who));
		if (*why_of(entry))
			cl_text_printf(&t, ": %s", why_of(entry));
		put_text(entry == list->child ? "changes" : "", "", cl_text_str(&t), "");
	}
}

void cl_policy_put(const cJSON *o)
{
	double times = cl_json_get_num(o, "allowed_times");

	put_named(o, "label");
	put_named(o, "owner");
	if (*cl_json_get_str(o, "state"))
		put_text("state", "", cl_json_get_str(o, "state"), "");
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		put_decision(o, sources[i], "revoked", "revoked");
		put_decision(o, sources[i], "allow", "allowed for");
	}
	if (times > 0)
		printf("  %-13s %.0f times, last %.19sZ\n", "allowed", times, cl_json_get_str(o, "allowed_last"));
	put_changes(o);
}

/* ---- the log ---- */

static int put_entry(void *ctx, const cJSON *entry)
{
	const bool *json = ctx;
	_cleanup_free_ char *text = NULL;
	char who[CL_POLICY_NAME], what[64], time[24];

	if (*json) {
		text = cJSON_PrintUnformatted(entry);
		if (!text)
			return -ENOMEM;
		puts(text);
		return ferror(stdout) != 0;
	}
	snprintf(time, sizeof(time), "%.19sZ", cl_json_get_str(entry, "time"));
	cl_reader_cell(time, 20);
	cl_reader_cell(who_of(entry, who), 16);
	cl_reader_cell(what_of(entry, what), 20);
	cl_reader_cell(cl_json_get_str(entry, "fingerprint"), 37);
	cl_reader_cell(cl_json_get_str(entry, "way"), 13);
	cl_reader_cell(why_of(entry), -200);
	return ferror(stdout) != 0;
}

int cl_policy_audit(struct cl_common *common, struct cl_store_db *db, const char *typed)
{
	char id[CL_STORE_CREDENTIAL_ID];
	bool json = cl_common_json(common);
	struct cl_error err = {0};
	int r = typed ? cl_store_policy_resolve(db, typed, id, &err) : 0;

	if (!r && !json)
		printf("%-20s %-16s %-20s %-37s %-13s %s\n", "TIME", "WHO", "CHANGE", "FINGERPRINT", "WAY", "WHY");
	r = r ? r : cl_store_policy_log(db, typed ? id : NULL, put_entry, &json, &err);
	if (r < 0)
		cl_err("%s", *err.text ? err.text : strerror(-r));
	return r == -EINVAL ? CL_EXIT_USAGE : r < 0 ? CL_EXIT_FAILED : cl_reader_flush();
}
