/* SPDX-License-Identifier: Apache-2.0 */
#include "format/attack.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

void cl_attack_split(const cJSON *entry, struct cl_attack *out)
{
	const char *id = cl_json_get_str(entry, "id"), *name = cl_json_get_str(entry, "name");
	const char *dot = strrchr(id, '.'), *colon = strstr(name, ": ");
	bool sub = dot && colon;

	*out = (struct cl_attack){.sub_id = sub ? id : NULL, .sub_name = sub ? colon + 2 : NULL};
	snprintf(out->id, sizeof(out->id), "%.*s", sub ? (int)(dot - id) : (int)strlen(id), id);
	snprintf(out->name, sizeof(out->name), "%.*s", sub ? (int)(colon - name) : (int)strlen(name), name);
}
