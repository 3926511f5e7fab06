/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of formats, compiled in as they stand. */
#include <string.h>

#include "export/export.h"

#define COMPILED_IN(symbol, file)                                                                                      \
	__asm__(".section .rodata\n"                                                                                   \
		".global " #symbol "\n"                                                                                \
		".type " #symbol ", @object\n" #symbol ":\n"                                                           \
		".incbin \"" file "\"\n"                                                                               \
		".byte 0\n"                                                                                            \
		".size " #symbol ", . - " #symbol "\n"                                                                 \
		".previous\n");                                                                                        \
	extern const char symbol[]

COMPILED_IN(cl_lineage_schema_text, "user/export/lineage.schema.json");
COMPILED_IN(cl_opengraph_schema_text, "user/export/opengraph.schema.json");

const char *cl_export_schema(const char *format)
{
	if (!strcmp(format, "json"))
		return cl_lineage_schema_text;
	return strcmp(format, "opengraph") ? NULL : cl_opengraph_schema_text;
}
