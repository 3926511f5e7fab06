/* SPDX-License-Identifier: Apache-2.0 */
/* Reading statements strictly: every error names the path of what is wrong. */
#include "policy/policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"

#define FP_PREFIX "cred:"
#define FP_BYTES 16
#define SOCKET_PATH_MAX 108
#define TOP "fingerprint", "label", "owner", "allow", "revoked"
#define LISTS "workflows", "environments", "destinations"

const char *cl_policy_source_name(uint32_t source)
{
	return source == CL_POLICY_CONFIG ? "configuration" : source == CL_POLICY_STORE ? "store" : "unknown";
}

/* ---- errors ---- */

struct place {
	const char *before; /* of the statement */
	struct cl_error *err;
};

static int bad(const struct place *p, const char *path, const char *why)
{
	return cl_fail(p->err, -EINVAL, "\"%s%s%s\" %s", p->before, *p->before && *path != '[' && *path ? "." : "",
		       path, why);
}

static int check_members(const struct place *p, const cJSON *object, const char *path, const char *const *known,
			 size_t n)
{
	char name[96], child[128], why[160] = "is not known";
	const cJSON *item;

	cJSON_ArrayForEach (item, object) {
		const char *near;
		size_t i = 0;

		while (i < n && strcmp(known[i], item->string))
			i++;
		if (i < n)
			continue;
		near = cl_nearest(item->string, known, n);
		if (near)
			snprintf(why, sizeof(why), "is not known (did you mean \"%s\"?)", near);
		snprintf(child, sizeof(child), "%s%s%.60s", path, *path ? "." : "",
			 cl_escape(name, sizeof(name), item->string));
		return bad(p, child, why);
	}
	return 0;
}

/* ---- texts, times, lists ---- */

static int check_text(const struct place *p, const cJSON *item, const char *path, size_t max)
{
	char why[64];
	size_t len;

	snprintf(why, sizeof(why), "must be a text of 1 to %zu bytes", max);
	if (!cJSON_IsString(item))
		return bad(p, path, why);
	len = strlen(item->valuestring);
	if (!len || len > max || cl_utf8_span(item->valuestring, len) != len)
		return bad(p, path, why);
	return 0;
}

static int take_text(const struct place *p, const cJSON *in, const char *member, const char *path, size_t max,
		     cJSON *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(in, member);
	int r = item ? check_text(p, item, path, max) : 0;

	if (item && !r)
		cl_json_str(out, member, item->valuestring);
	return r;
}

/* A duration would mean "ago": it is no date. */
static int take_time(const struct place *p, const cJSON *in, const char *member, const char *path, cJSON *out)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(in, member);
	uint64_t ns, duration;

	if (!item)
		return 0;
	if (!cJSON_IsString(item) || !cl_parse_duration(item->valuestring, &duration) ||
	    cl_parse_time(item->valuestring, 0, &ns) || !ns)
		return bad(p, path, "must be a time such as \"2027-01-31\" or \"2027-01-31T12:00:00Z\"");
	cl_json_time(out, member, ns);
	return 0;
}

int cl_policy_destination(const char *text, char out[CL_POLICY_DESTINATION])
{
	const char *colon = strrchr(text, ':');
	char host[64], address[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	uint64_t port;
	bool six = *text == '[';
	size_t n;

	if ((*text == '/' || *text == '@') && strlen(text) <= SOCKET_PATH_MAX) {
		cl_policy_place(text, 0, true, out);
		return 0;
	}
	if (!colon || colon == text || (six && colon[-1] != ']') || cl_parse_u64(colon + 1, UINT16_MAX, &port))
		return -EINVAL;
	n = (size_t)(colon - text) - (six ? 2 : 0);
	if (n >= sizeof(host))
		return -EINVAL;
	memcpy(host, text + six, n);
	host[n] = '\0';
	if (inet_pton(six ? AF_INET6 : AF_INET, host, bytes) != 1 ||
	    !inet_ntop(six ? AF_INET6 : AF_INET, bytes, address, sizeof(address)))
		return -EINVAL;
	cl_policy_place(address, (uint32_t)port, false, out);
	return 0;
}

void cl_policy_place(const char *address, uint32_t port, bool is_unix, char out[CL_POLICY_DESTINATION])
{
	if (is_unix)
		snprintf(out, CL_POLICY_DESTINATION, "%s", address);
	else
		snprintf(out, CL_POLICY_DESTINATION, strchr(address, ':') ? "[%.200s]:%u" : "%.200s:%u", address, port);
}

static int take_list(const struct place *p, const cJSON *in, const char *member, bool places, cJSON *out)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(in, member), *item;
	cJSON *copy = NULL;
	char path[64], place[CL_POLICY_DESTINATION];
	int i = 0, r;

	if (!list)
		return 0;
	snprintf(path, sizeof(path), "allow.%s", member);
	if (!cJSON_IsArray(list) || !list->child || cJSON_GetArraySize(list) > CL_POLICY_NAMES)
		return bad(p, path, "must be a list of 1 to 32 names");
	copy = cl_json_arr(out, member);
	cJSON_ArrayForEach (item, list) {
		snprintf(path, sizeof(path), "allow.%s[%d]", member, i++);
		r = check_text(p, item, path, CL_POLICY_NAME);
		if (r)
			return r;
		if (places && cl_policy_destination(item->valuestring, place))
			return bad(p, path,
				   "must be ADDRESS:PORT ([ADDRESS]:PORT for IPv6) or the path of a unix socket; "
				   "names of hosts are not looked up");
		if (!cJSON_AddItemToArray(copy, cl_json_clean_string(places ? place : item->valuestring)))
			return -ENOMEM;
	}
	return 0;
}

/* ---- the statement ---- */

static int take_allow(const struct place *p, const cJSON *in, cJSON *out)
{
	static const char *const known[] = {LISTS, "until", "reason", "by", "at"};
	cJSON *allow;
	int r;

	if (!in)
		return 0;
	if (!cJSON_IsObject(in))
		return bad(p, "allow", "must be an object");
	allow = cl_json_obj(out, "allow");
	r = check_members(p, in, "allow", known, ARRAY_SIZE(known));
	r = r ? r : take_list(p, in, "workflows", false, allow);
	r = r ? r : take_list(p, in, "environments", false, allow);
	r = r ? r : take_list(p, in, "destinations", true, allow);
	if (!r && !cJSON_GetArraySize(allow))
		return bad(p, "allow", "must name workflows, environments or destinations");
	r = r ? r : take_time(p, in, "until", "allow.until", allow);
	r = r ? r : take_text(p, in, "reason", "allow.reason", CL_POLICY_REASON, allow);
	r = r ? r : take_text(p, in, "by", "allow.by", CL_POLICY_NAME, allow);
	return r ? r : take_time(p, in, "at", "allow.at", allow);
}

static int take_revoked(const struct place *p, const cJSON *in, cJSON *out)
{
	static const char *const known[] = {"reason", "by", "at"};
	cJSON *revoked;
	int r;

	if (!in)
		return 0;
	if (!cJSON_IsObject(in))
		return bad(p, "revoked", "must be an object");
	revoked = cl_json_obj(out, "revoked");
	r = check_members(p, in, "revoked", known, ARRAY_SIZE(known));
	r = r ? r : take_text(p, in, "reason", "revoked.reason", CL_POLICY_REASON, revoked);
	r = r ? r : take_text(p, in, "by", "revoked.by", CL_POLICY_NAME, revoked);
	return r ? r : take_time(p, in, "at", "revoked.at", revoked);
}

static int take_fingerprint(const struct place *p, const cJSON *in, cJSON *out)
{
	const char *text = cl_json_get_str(in, "fingerprint");
	char clean[sizeof(FP_PREFIX) + 2 * FP_BYTES] = FP_PREFIX;
	uint8_t bytes[FP_BYTES];

	if (!cl_starts_with(text, FP_PREFIX) || cl_parse_hex(text + strlen(FP_PREFIX), bytes, FP_BYTES))
		return bad(p, "fingerprint", "must be \"cred:\" and 32 hex digits");
	cl_hex(clean + strlen(FP_PREFIX), bytes, FP_BYTES);
	cl_json_str(out, "fingerprint", clean);
	return 0;
}

int cl_policy_take(const cJSON *in, const char *where, cJSON **out, struct cl_error *err)
{
	static const char *const known[] = {TOP};
	_cleanup_json_ cJSON *s = cJSON_CreateObject();
	const struct place p = {where, err};
	int r;

	if (!s)
		return -ENOMEM;
	if (!cJSON_IsObject(in))
		return bad(&p, "", "must be an object");
	r = check_members(&p, in, "", known, ARRAY_SIZE(known));
	r = r ? r : take_fingerprint(&p, in, s);
	r = r ? r : take_text(&p, in, "label", "label", CL_POLICY_NAME, s);
	r = r ? r : take_text(&p, in, "owner", "owner", CL_POLICY_NAME, s);
	r = r ? r : take_allow(&p, cJSON_GetObjectItemCaseSensitive(in, "allow"), s);
	r = r ? r : take_revoked(&p, cJSON_GetObjectItemCaseSensitive(in, "revoked"), s);
	if (!r)
		*out = TAKE_PTR(s);
	return r;
}

static bool is_there(const cJSON *list, const char *fingerprint)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list)
		if (!strcmp(cl_json_get_str(item, "fingerprint"), fingerprint))
			return true;
	return false;
}

int cl_policy_take_all(const cJSON *in, const char *where, cJSON **out, struct cl_error *err)
{
	_cleanup_json_ cJSON *list = cJSON_CreateArray();
	const struct place p = {where, err};
	const cJSON *item;
	char path[96];
	int i = 0;

	if (!list)
		return -ENOMEM;
	if (!cJSON_IsArray(in) || cJSON_GetArraySize(in) > CL_POLICY_STATEMENTS)
		return bad(&p, "", "must be a list of at most 4096 objects");
	cJSON_ArrayForEach (item, in) {
		cJSON *one = NULL;
		int r;

		snprintf(path, sizeof(path), "%s[%d]", where, i++);
		r = cl_policy_take(item, path, &one, err);
		if (r)
			return r;
		if (is_there(list, cl_json_get_str(one, "fingerprint"))) {
			cJSON_Delete(one);
			return cl_fail(err, -EINVAL,
				       "\"%s.fingerprint\" stands in the list already: one entry per credential", path);
		}
		cJSON_AddItemToArray(list, one);
	}
	*out = TAKE_PTR(list);
	return 0;
}

int cl_policy_parse(const char *text, size_t len, cJSON **out, struct cl_error *err)
{
	_cleanup_json_ cJSON *in = NULL;
	int r = len > CL_POLICY_TEXT ? -EINVAL : cl_json_parse("policy", text, len, &in, err);

	return r ? r : cl_policy_take(in, "", out, err);
}

bool cl_policy_is_empty(const cJSON *statement)
{
	return cJSON_GetArraySize(statement) <= 1;
}
