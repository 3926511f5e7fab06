/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/registrar_request.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/text.h"

#define NAME_MAX_BYTES 200
#define CGROUP_MAX_BYTES 1000

/* What local programs say is bounded, printable, without control characters. */
static int take_text(const cJSON *request, const char *key, size_t max, const char **out, struct cl_error *err)
{
	const cJSON *item = cl_json_at(request, key);
	_cleanup_text_ struct cl_text safe = {0};
	const char *s;

	if (!item || cJSON_IsNull(item))
		return 0;
	s = cJSON_IsString(item) ? item->valuestring : "";
	if (!*s || strlen(s) > max || cl_text_escape(&safe, s, strlen(s)) || strcmp(cl_text_str(&safe), s))
		return cl_fail(err, -EINVAL, "\"%s\" must be a printable string of 1 to %zu bytes without backslashes",
			       key, max);
	*out = s;
	return 0;
}

static int take_name(const cJSON *request, const char *key, const char **out, struct cl_error *err)
{
	return take_text(request, key, NAME_MAX_BYTES, out, err);
}

static int take_ttl(const cJSON *request, uint64_t *out, struct cl_error *err)
{
	const char *ttl = NULL;
	int r = take_name(request, "ttl", &ttl, err);

	if (r || !ttl)
		return r;
	if (cl_parse_duration(ttl, out) || !*out)
		return cl_fail(err, -EINVAL, "\"ttl\" must be a duration such as \"15m\"");
	return 0;
}

/* Words with a blank between. */
static int take_list(const cJSON *request, const char *key, int (*check)(const char *), const char *what,
		     char out[CL_DECLARED_LIST], struct cl_error *err)
{
	const cJSON *list = cl_json_at(request, key), *item;
	size_t len = 0;

	out[0] = '\0';
	if (!list || cJSON_IsNull(list))
		return 0;
	if (!cJSON_IsArray(list) || !list->child || cJSON_GetArraySize(list) > CL_PERMITS_MAX)
		return cl_fail(err, -EINVAL, "\"%s\" must be a list of 1 to %d texts", key, CL_PERMITS_MAX);
	cJSON_ArrayForEach (item, list) {
		if (!cJSON_IsString(item) || check(item->valuestring))
			return cl_fail(err, -EINVAL, "\"%s\" holds something that is not %s", key, what);
		len += (size_t)snprintf(out + len, CL_DECLARED_LIST - len, "%s%s", len ? " " : "", item->valuestring);
	}
	return 0;
}

int cl_registrar_declaration(const cJSON *request, struct cl_declaration *out, struct cl_error *err)
{
	int r;

	*out = (struct cl_declaration){0};
	(void)((r = take_name(request, "workflow", &out->workflow, err)) ||
	       (r = take_name(request, "run_id", &out->run_id, err)) ||
	       (r = take_name(request, "environment", &out->environment, err)) ||
	       (r = take_name(request, "spiffe_id", &out->spiffe_id, err)) ||
	       (r = take_name(request, "owner", &out->owner, err)) || (r = take_ttl(request, &out->ttl, err)) ||
	       (r = take_list(request, "allow_credentials", cl_permit_check_credential, "a fingerprint",
			      out->credentials, err)) ||
	       (r = take_list(request, "allow_destinations", cl_permit_check_destination,
			      "\"HOST:PORT\" or a socket's path", out->destinations, err)));
	if (r)
		return r;
	if (!out->workflow)
		return cl_fail(err, -EINVAL, "\"workflow\" is missing");
	if (out->spiffe_id && !cl_starts_with(out->spiffe_id, "spiffe://"))
		return cl_fail(err, -EINVAL, "\"spiffe_id\" must begin with spiffe://");
	return 0;
}

void cl_registrar_first_names(const struct cl_registrar *reg, struct cl_declaration *d)
{
	char list[CL_DECLARED_LIST], text[CL_FP_TEXT], *rest = list, *word;
	size_t len = 0;
	uint8_t fp[CL_FP_SIZE];

	memcpy(list, d->credentials, sizeof(list));
	d->credentials[0] = '\0';
	while ((word = strsep(&rest, " ")))
		if (!cl_fp_parse(word, fp))
			len += (size_t)snprintf(d->credentials + len, CL_DECLARED_LIST - len, "%s%s", len ? " " : "",
						cl_fp_format(text, reg->first(reg->ctx, fp)));
}

void cl_registrar_fill(const struct cl_declaration *d, struct cl_observation *obs)
{
	obs->workflow = d->workflow;
	obs->run_id = d->run_id;
	obs->environment = d->environment;
	obs->spiffe_id = d->spiffe_id;
	obs->owner = d->owner;
	obs->ttl = d->ttl;
	obs->allowed_credentials = *d->credentials ? d->credentials : NULL;
	obs->allowed_destinations = *d->destinations ? d->destinations : NULL;
}

int cl_registrar_cgroup(const cJSON *request, const char **out, struct cl_error *err)
{
	int r = take_text(request, "cgroup", CGROUP_MAX_BYTES, out, err);

	return r || *out ? r : cl_fail(err, -EINVAL, "\"cgroup\" must be a path as in /proc/PID/cgroup");
}

int cl_registrar_end(const cJSON *request, struct cl_observation *obs, struct cl_error *err)
{
	static const char *const outcomes[] = {"success", "failure", "cancelled"};
	int r = take_name(request, "run_id", &obs->run_id, err);

	obs->outcome = outcomes[0];
	r = r ? r : take_name(request, "outcome", &obs->outcome, err);
	if (r)
		return r;
	if (!obs->run_id)
		return cl_fail(err, -EINVAL, "\"run_id\" is missing");
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
		if (!strcmp(obs->outcome, outcomes[i]))
			return 0;
	return cl_fail(err, -EINVAL, "\"outcome\" must be success, failure or cancelled");
}
