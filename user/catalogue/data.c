/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled-in catalogue, byte for byte. Built from the repository's root, where the paths start. */
#include "catalogue/data.h"

#define INCLUDE(symbol, file)                                                                                          \
	__asm__(".section .rodata\n"                                                                                   \
		".global " #symbol "\n"                                                                                \
		".type " #symbol ", @object\n" #symbol ":\n"                                                           \
		".incbin \"" file "\"\n"                                                                               \
		".byte 0\n"                                                                                            \
		".size " #symbol ", . - " #symbol "\n"                                                                 \
		".previous\n")

INCLUDE(cl_catalogue_formats_json, "user/catalogue/data/formats.json");
INCLUDE(cl_catalogue_stores_json, "user/catalogue/data/stores.json");
INCLUDE(cl_catalogue_services_json, "user/catalogue/data/services.json");
INCLUDE(cl_catalogue_workflows_json, "user/catalogue/data/workflows.json");
INCLUDE(cl_catalogue_schema_json, "user/catalogue/data/catalogue.schema.json");
INCLUDE(cl_catalogue_left_out_json, "user/catalogue/data/left_out.json");
