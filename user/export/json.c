/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdbool.h>

#include "base/cleanup.h"
#include "export/formats.h"

static int put(const cJSON *lineage, bool indented, FILE *out, struct cl_error *err)
{
	_cleanup_free_ char *text = indented ? cJSON_Print(lineage) : cJSON_PrintUnformatted(lineage);

	if (!text)
		return cl_fail(err, -ENOMEM, "cannot write the json export: out of memory");
	errno = 0;
	fputs(text, out);
	fputc('\n', out);
	return cl_export_check(out, "json", err);
}

static int write_json(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	return put(lineage, true, out, err);
}

int cl_export_json_line(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	return put(lineage, false, out, err);
}

const struct cl_export_format cl_export_json = {.name = "json", .write = write_json};
