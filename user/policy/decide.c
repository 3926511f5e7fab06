/* SPDX-License-Identifier: Apache-2.0 */
/* What statements mean. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "policy/policy.h"

const cJSON *cl_policy_allowance(const cJSON *statement, uint64_t wall_ns)
{
	const cJSON *allow = cJSON_GetObjectItemCaseSensitive(statement, "allow");
	uint64_t until = cl_json_get_time(allow, "until");

	return allow && (!until || wall_ns < until) ? allow : NULL;
}

bool cl_policy_covers(const cJSON *allowance, const char *list, const char *name)
{
	const cJSON *names = cJSON_GetObjectItemCaseSensitive(allowance, list), *item;

	if (!names)
		return true;
	cJSON_ArrayForEach (item, names)
		if (name && !strcmp(item->valuestring, name))
			return true;
	return false;
}

const cJSON *cl_policy_revocation(const cJSON *statement, uint64_t wall_ns)
{
	const cJSON *revoked = cJSON_GetObjectItemCaseSensitive(statement, "revoked");

	return revoked && wall_ns >= cl_json_get_time(revoked, "at") ? revoked : NULL;
}

const char *cl_policy_get(const cJSON *store, const cJSON *config, const char *member)
{
	const char *s = cl_json_get_str(config, member);

	return *s ? s : cl_json_get_str(store, member);
}

/* ---- words ---- */

static int say_time(struct cl_text *out, const char *before, const cJSON *o, const char *member)
{
	const char *s = cl_json_get_str(o, member);

	return *s ? cl_text_printf(out, "%s%.19sZ", before, s) : 0; /* whole seconds */
}

static int say_revoked(const cJSON *statement, uint64_t wall_ns, struct cl_text *out)
{
	const cJSON *revoked = cl_policy_revocation(statement, wall_ns);
	int r = revoked ? cl_text_puts(out, out->len ? "; revoked" : "revoked") : 0;

	r = r || !revoked ? r : say_time(out, " since ", revoked, "at");
	if (r || !*cl_json_get_str(revoked, "by"))
		return r;
	r = cl_text_puts(out, " by ");
	return r ? r : cl_text_puts(out, cl_json_get_str(revoked, "by"));
}

static int say_allowed(const cJSON *statement, uint64_t wall_ns, struct cl_text *out)
{
	const cJSON *allow = cJSON_GetObjectItemCaseSensitive(statement, "allow");
	bool over = allow && !cl_policy_allowance(statement, wall_ns);
	int r = allow ? cl_text_puts(out, out->len ? "; allowed" : "allowed") : 0;

	return r || !allow ? r : say_time(out, over ? " (over) until " : " until ", allow, "until");
}

int cl_policy_say_state(const cJSON *store, const cJSON *config, uint64_t wall_ns, struct cl_text *out)
{
	int r = say_revoked(store, wall_ns, out);

	r = r ? r : say_revoked(config, wall_ns, out);
	r = r ? r : say_allowed(store, wall_ns, out);
	return r ? r : say_allowed(config, wall_ns, out);
}

/* ---- hiding ---- */

int cl_policy_redact_all(cJSON *item, int (*redact)(void *ctx, const char *text, struct cl_text *out), void *ctx)
{
	int r = 0;

	for (cJSON *child = item->child; child && !r; child = child->next)
		r = cl_policy_redact_all(child, redact, ctx);
	if (!r && cJSON_IsString(item)) {
		_cleanup_text_ struct cl_text clean = {0};

		r = redact(ctx, item->valuestring, &clean);
		if (!r && strcmp(cl_text_str(&clean), item->valuestring)) {
			explicit_bzero(item->valuestring, strlen(item->valuestring));
			r = cJSON_SetValuestring(item, cl_text_str(&clean)) ? 0 : -ENOMEM;
		}
	}
	return r;
}

/* What is not free text is of a form that was checked: a fingerprint, a time. */
int cl_policy_redact(cJSON *statement, int (*redact)(void *ctx, const char *text, struct cl_text *out), void *ctx)
{
	static const char *const texts[] = {"label",
					    "owner",
					    "allow.workflows",
					    "allow.environments",
					    "allow.destinations",
					    "allow.reason",
					    "revoked.reason",
					    "name",
					    "reason",
					    "workflows",
					    "environments",
					    "destinations"};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts) && !r; i++) {
		cJSON *item = (cJSON *)(uintptr_t)cl_json_at(statement, texts[i]);

		r = item ? cl_policy_redact_all(item, redact, ctx) : 0;
	}
	return r;
}
