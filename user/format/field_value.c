/* SPDX-License-Identifier: Apache-2.0 */
#include "format/fields.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

/* ---- the first word of a path ---- */

static const cJSON *find_actor(const cJSON *finding)
{
	const cJSON *sides = cl_json_at(finding, "sides");

	return cJSON_GetArrayItem(sides, cJSON_GetArraySize(sides) - 1);
}

static const cJSON *find_origin(const cJSON *finding)
{
	const cJSON *sides = cl_json_at(finding, "sides");

	return cJSON_GetArraySize(sides) > 1 ? cJSON_GetArrayItem(sides, 0) : NULL;
}

static const cJSON *find_agent(const cJSON *finding)
{
	const cJSON *run = cl_json_at(find_actor(finding), "run");

	return strcmp(cl_json_get_str(run, "kind"), "agent") ? NULL : run;
}

const cJSON *cl_field_destination(const cJSON *finding, const char *shown)
{
	static const char prefix[] = "destination:";
	const cJSON *d;

	cJSON_ArrayForEach (d, cl_json_at(finding, "destinations")) {
		const char *id = cl_json_get_str(d, "id");

		if (cl_starts_with(id, prefix) && !strcmp(id + strlen(prefix), shown))
			return d;
	}
	return NULL;
}

static const cJSON *find_destination(const cJSON *finding)
{
	return cl_field_destination(finding, cl_json_get_str(find_actor(finding), "use.destination"));
}

const cJSON *cl_field_at(const cJSON *finding, const char *path)
{
	static const struct {
		const char *word;
		const cJSON *(*find)(const cJSON *finding);
	} places[] = {
		{"actor.", find_actor},
		{"origin.", find_origin},
		{"agent.", find_agent},
		{"destination.", find_destination},
	};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (cl_starts_with(path, places[i].word))
			return cl_json_at(places[i].find(finding), path + strlen(places[i].word));
	return cl_json_at(finding, path);
}

/* ---- values ---- */

const struct cl_field_severity *cl_field_severity(const char *word)
{
	static const struct cl_field_severity severities[] = {
		{"Unknown", 0, 1, 0}, {"Low", 2, 3, 21},       {"Medium", 3, 6, 47},
		{"High", 4, 8, 73},   {"Critical", 5, 10, 99},
	};
	size_t i = ARRAY_SIZE(severities) - 1;

	while (i && strcmp(severities[i].word, word))
		i--;
	return &severities[i];
}

int cl_field_report(const cJSON *finding, struct cl_text *out)
{
	const char *reviewed = cl_json_get_str(finding, "review.time");

	return cl_text_printf(out, "%s:%s:%.0f%s%s", cl_json_get_str(finding, "id"),
			      cl_json_get_str(finding, "activity"), cl_json_get_num(finding, "count"),
			      *reviewed ? ":" : "", reviewed);
}

static bool is_address(const char *s, enum cl_field_kind kind)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return (kind != CL_FIELD_IPV6 && inet_pton(AF_INET, s, bytes) == 1) ||
	       (kind != CL_FIELD_IPV4 && inet_pton(AF_INET6, s, bytes) == 1);
}

static int put_list(const struct cl_field *field, const cJSON *list, struct cl_text *out)
{
	const cJSON *item;
	int r = 0;

	cJSON_ArrayForEach (item, list) {
		const char *s = cl_json_get_str(item, field->member);

		if (!*s || r)
			continue;
		r = out->len ? cl_text_puts(out, ", ") : 0;
		r = r ? r : cl_text_puts(out, s);
	}
	return r;
}

int cl_field_text(const struct cl_field *field, const cJSON *finding, struct cl_text *out)
{
	const cJSON *item = cl_field_at(finding, field->path);
	const char *s = cJSON_IsString(item) ? item->valuestring : "";

	switch (field->kind) {
	case CL_FIELD_TEXT:
	case CL_FIELD_TIME:
		return cl_text_puts(out, s);
	case CL_FIELD_NUMBER:
	case CL_FIELD_DIGITS:
		return cJSON_IsNumber(item) ? cl_text_printf(out, "%.0f", item->valuedouble) : 0;
	case CL_FIELD_FLAG:
		return cJSON_IsBool(item) ? cl_text_puts(out, cJSON_IsTrue(item) ? "true" : "false") : 0;
	case CL_FIELD_IP:
	case CL_FIELD_IPV4:
	case CL_FIELD_IPV6:
		return is_address(s, field->kind) ? cl_text_puts(out, s) : 0;
	case CL_FIELD_SEVERITY:
		return cl_text_printf(out, "%d", cl_field_severity(s)->flat);
	case CL_FIELD_REPORT:
		return cl_field_report(finding, out);
	case CL_FIELD_LIST:
		return put_list(field, item, out);
	case CL_FIELD_TREE:
		break;
	}
	return 0;
}
