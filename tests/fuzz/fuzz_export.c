/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lineage as a damaged or foreign store might give it, through every converter: none crashes, what is JSON is JSON,
 * all is UTF-8 without a control character, and a chart holds no directive. The picture is left out: it is drawn by a
 * program of its own from the dot text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "export/export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *convert(const cJSON *lineage, const char *format, size_t *len)
{
	char *text = NULL;
	FILE *f = open_memstream(&text, len);

	if (!f || cl_export_find(format)->write(lineage, f, NULL))
		abort();
	fclose(f);
	return text;
}

static void must_parse(const char *text, size_t len)
{
	cJSON *o = cJSON_ParseWithLength(text, len);

	if (!o)
		abort();
	cJSON_Delete(o);
}

/* One value to a line. */
static void lines_must_parse(const char *text)
{
	for (const char *end; (end = strchr(text, '\n')); text = end + 1)
		must_parse(text, (size_t)(end - text));
	if (*text)
		abort();
}

static void must_be_plain(const char *text, size_t len)
{
	if (strlen(text) != len || cl_utf8_span(text, len) != len)
		abort();
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = {"opengraph", "timesketch", "prov", "mermaid", "dot", "graphml", "html"};
	cJSON *lineage = cJSON_ParseWithLength((const char *)data, size);
	/* The page is a megabyte around the same data: it is for some. */
	size_t n = sizeof(formats) / sizeof(formats[0]) - (size % 64 != 0);

	for (size_t i = 0; lineage && i < n; i++) {
		size_t len = 0;
		char *text = convert(lineage, formats[i], &len);

		must_be_plain(text, len);
		if (i == 0 || i == 2)
			must_parse(text, len);
		else if (i == 1)
			lines_must_parse(text);
		else if (i == 3 && strstr(text, "%%{"))
			abort();
		free(text);
	}
	cJSON_Delete(lineage);
	return 0;
}
