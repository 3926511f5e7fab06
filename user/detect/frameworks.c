/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/frameworks.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"

#define FILE_NAME "user/detect/frameworks.json"

__asm__(".section .rodata\n"
	".global cl_frameworks_begin\n"
	".global cl_frameworks_end\n"
	"cl_frameworks_begin:\n"
	".incbin \"" FILE_NAME "\"\n"
	"cl_frameworks_end:\n"
	".byte 0\n"
	".previous\n");
extern const char cl_frameworks_begin[], cl_frameworks_end[];

/* Every id that a detector names must have a name in its framework. */
static int check(const cJSON *data, struct cl_error *err)
{
	const cJSON *frameworks = cl_json_at(data, "frameworks"), *detector, *list, *id;

	cJSON_ArrayForEach (detector, cl_json_at(data, "detectors"))
		cJSON_ArrayForEach (list, detector)
			cJSON_ArrayForEach (id, list) {
				const cJSON *framework = cJSON_GetObjectItemCaseSensitive(frameworks, list->string);
				const cJSON *entries = cJSON_GetObjectItemCaseSensitive(framework, "entries");

				if (!cJSON_IsString(id) || !cJSON_GetObjectItemCaseSensitive(entries, id->valuestring))
					return cl_fail(err, -EINVAL,
						       "cannot use \"" FILE_NAME "\": %s: %s \"%s\" has no name",
						       detector->string, list->string,
						       cJSON_IsString(id) ? id->valuestring : "");
			}
	return 0;
}

int cl_frameworks_load(cJSON **out, struct cl_error *err)
{
	_cleanup_json_ cJSON *data = NULL;
	int r = cl_json_parse(FILE_NAME, cl_frameworks_begin, (size_t)(cl_frameworks_end - cl_frameworks_begin), &data,
			      err);

	if (!r && strcmp(cl_json_get_str(data, "schema"), "credlineage.frameworks/1"))
		r = cl_fail(err, -EINVAL, "cannot use \"" FILE_NAME "\": not of schema credlineage.frameworks/1");
	if (!r)
		r = check(data, err);
	if (r)
		return r;
	*out = data;
	data = NULL;
	return 0;
}

static void add_entry(cJSON *out, const cJSON *framework, const char *id)
{
	cJSON *entry = cl_json_push(out);

	cl_json_str(entry, "framework", cl_json_get_str(framework, "name"));
	cl_json_str(entry, "version", cl_json_get_str(framework, "version"));
	cl_json_str(entry, "id", id);
	cl_json_str(entry, "name",
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
			    cJSON_GetObjectItemCaseSensitive(framework, "entries"), id)));
}

void cl_frameworks_json(const cJSON *data, const char *detector, cJSON *finding)
{
	const cJSON *frameworks = cJSON_GetObjectItemCaseSensitive(data, "frameworks"), *list, *id;
	cJSON *out = cl_json_arr(finding, "frameworks");

	cJSON_ArrayForEach (
		list, cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(data, "detectors"), detector))
		cJSON_ArrayForEach (id, list)
			add_entry(out, cJSON_GetObjectItemCaseSensitive(frameworks, list->string), id->valuestring);
}
