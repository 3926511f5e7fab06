/* SPDX-License-Identifier: Apache-2.0 */
#include "format/format.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"

static const struct cl_output_format *const formats[] = {&cl_format_ocsf, &cl_format_ocsf_1_8, &cl_format_ecs,
							 &cl_format_cef,  &cl_format_leef,     &cl_format_human,
							 &cl_format_line};

const struct cl_output_format *cl_output_format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

bool cl_format_is_act(const cJSON *record)
{
	return !strcmp(cl_json_get_str(record, "schema"), "credlineage.act/1");
}

const char *cl_output_format_names(void)
{
	return "ocsf, ocsf-1.8.0, ecs, cef, leef, human and line";
}
