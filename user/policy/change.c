/* SPDX-License-Identifier: Apache-2.0 */
/* One statement into the next: what a request asks for, or why not. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"
#include "policy/policy.h"

static bool is_undo(const cJSON *request)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(request, "undo"));
}

static int replace(cJSON *statement, const char *member, cJSON *value)
{
	cJSON_DeleteItemFromObjectCaseSensitive(statement, member);
	if (!value)
		return 0;
	if (cJSON_AddItemToObject(statement, member, value))
		return 0;
	cJSON_Delete(value);
	return -ENOMEM;
}

static int need_reason(const cJSON *request, struct cl_error *err)
{
	return *cl_json_get_str(request, "reason") ? 0 : cl_fail(err, -EINVAL, "a reason is missing (--reason TEXT)");
}

static int name(cJSON *statement, const char *member, const cJSON *request, struct cl_error *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(request, "name");

	if (!cJSON_IsString(item))
		return cl_fail(err, -EINVAL, "\"name\" must be a text (\"\" takes it away)");
	if (!*item->valuestring && !cJSON_GetObjectItemCaseSensitive(statement, member))
		return cl_fail(err, -EALREADY, "it has no %s in the store", member);
	return replace(statement, member, *item->valuestring ? cl_json_clean_string(item->valuestring) : NULL);
}

static cJSON *decision(const cJSON *request, const char *by, uint64_t wall_ns)
{
	cJSON *o = cJSON_CreateObject();

	cl_json_str(o, "reason", cl_json_get_str(request, "reason"));
	cl_json_str(o, "by", by);
	cl_json_time(o, "at", wall_ns);
	return o;
}

static int allowance(cJSON *statement, const cJSON *request, const char *by, uint64_t wall_ns, struct cl_error *err)
{
	static const char *const members[] = {"workflows", "environments", "destinations", "until"};
	const cJSON *old = cJSON_GetObjectItemCaseSensitive(statement, "allow");
	uint64_t until = cl_json_get_time(request, "until");
	cJSON *o;

	if (is_undo(request) && !old)
		return cl_fail(err, -EALREADY, "the store has no allowance for it");
	if (is_undo(request))
		return replace(statement, "allow", NULL);
	if (until && until <= wall_ns)
		return cl_fail(err, -EINVAL, "\"until\" must lie in the future, %.19sZ is over",
			       cl_json_get_str(request, "until"));
	o = decision(request, by, wall_ns);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		const cJSON *item = cJSON_GetObjectItemCaseSensitive(request, members[i]);

		if (item && !cJSON_AddItemToObject(o, members[i], cJSON_Duplicate(item, true))) {
			cJSON_Delete(o);
			return -ENOMEM;
		}
	}
	return replace(statement, "allow", o);
}

static int revocation(cJSON *statement, const cJSON *request, const char *by, uint64_t wall_ns, struct cl_error *err)
{
	const cJSON *old = cJSON_GetObjectItemCaseSensitive(statement, "revoked");

	if (is_undo(request) && !old)
		return cl_fail(err, -EALREADY, "it is not revoked in the store");
	if (is_undo(request))
		return replace(statement, "revoked", NULL);
	if (old)
		return cl_fail(err, -EALREADY, "it is revoked already, since %.19sZ", cl_json_get_str(old, "at"));
	return replace(statement, "revoked", decision(request, by, wall_ns));
}

static int apply(cJSON *statement, const cJSON *request, const char *by, uint64_t wall_ns, struct cl_error *err)
{
	const char *verb = cl_json_get_str(request, "verb");
	int r;

	if (!strcmp(verb, "label") || !strcmp(verb, "owner"))
		return name(statement, verb, request, err);
	if (strcmp(verb, "allow") && strcmp(verb, "revoke"))
		return cl_fail(err, -EINVAL, "unknown \"verb\" (label, owner, allow, revoke)");
	r = need_reason(request, err);
	if (r)
		return r;
	return !strcmp(verb, "allow") ? allowance(statement, request, by, wall_ns, err)
				      : revocation(statement, request, by, wall_ns, err);
}

int cl_policy_change(const cJSON *before, const char *fingerprint, const cJSON *request, const char *by,
		     uint64_t wall_ns, cJSON **after, struct cl_error *err)
{
	_cleanup_json_ cJSON *statement = before ? cJSON_Duplicate(before, true) : cJSON_CreateObject();
	int r = statement ? 0 : -ENOMEM;

	if (!before)
		cl_json_str(statement, "fingerprint", fingerprint);
	r = r ? r : apply(statement, request, by, wall_ns, err);
	/* What comes of it must be as strict as what is written by hand. */
	return r ? r : cl_policy_take(statement, "", after, err);
}
