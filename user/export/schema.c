/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON Schema of the lineage export, compiled in as it stands. */
#include "export/export.h"

#define FILE_NAME "user/export/lineage.schema.json"

__asm__(".section .rodata\n"
	".global cl_lineage_schema_text\n"
	".type cl_lineage_schema_text, @object\n"
	"cl_lineage_schema_text:\n"
	".incbin \"" FILE_NAME "\"\n"
	".byte 0\n"
	".size cl_lineage_schema_text, . - cl_lineage_schema_text\n"
	".previous\n");
extern const char cl_lineage_schema_text[];

const char *cl_export_schema(void)
{
	return cl_lineage_schema_text;
}
