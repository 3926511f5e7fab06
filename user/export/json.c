/* SPDX-License-Identifier: Apache-2.0 */
/* The lineage itself: a line for each node, edge and finding, so that a large one can be searched and compared by line. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "export/formats.h"

/* Nearly every value fits into the buffer, which is not allocated anew for each of thousands. */
static int put(const cJSON *value, FILE *out)
{
	char buf[4096];
	char *text = NULL;

	if (cJSON_PrintPreallocated((cJSON *)(uintptr_t)value, buf, sizeof(buf), false)) {
		fputs(buf, out);
		return 0;
	}
	text = cJSON_PrintUnformatted(value);
	if (!text)
		return -ENOMEM;
	fputs(text, out);
	cJSON_free(text);
	return 0;
}

/* `lines`: of an array of objects each stands on its own line. */
static int put_member(const cJSON *member, bool lines, FILE *out)
{
	const cJSON *item;
	int r = 0;

	if (!lines || !cJSON_IsArray(member) || !member->child)
		return put(member, out);
	cJSON_ArrayForEach (item, member) {
		fputs(item == member->child ? "[\n\t\t" : ",\n\t\t", out);
		r = r ? r : put(item, out);
	}
	fputs("\n\t]", out);
	return r;
}

static int put_lineage(const cJSON *lineage, bool lines, FILE *out, struct cl_error *err)
{
	const cJSON *member;
	int r = 0;

	errno = 0;
	cJSON_ArrayForEach (member, lineage) {
		fputs(member == lineage->child ? "{" : ",", out);
		fprintf(out, lines ? "\n\t\"%s\": " : "\"%s\":", member->string);
		r = r ? r : put_member(member, lines, out);
	}
	fputs(lines ? "\n}\n" : "}\n", out);
	return r ? cl_fail(err, r, "cannot write the json export: out of memory") : cl_export_check(out, "json", err);
}

static int write_json(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	return put_lineage(lineage, true, out, err);
}

int cl_export_json_line(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	return put_lineage(lineage, false, out, err);
}

const struct cl_export_format cl_export_json = {.name = "json", .write = write_json};
