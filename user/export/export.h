/* SPDX-License-Identifier: Apache-2.0 */
/* Converters of one lineage object (schema credlineage.lineage/1) into the formats of `lineage --format`. */
#pragma once

#include <stdio.h>

#include <cjson/cJSON.h>

#include "base/error.h"

struct cl_export_format {
	const char *name;
	int (*write)(const cJSON *lineage, FILE *out, struct cl_error *err); /* 0 or -errno */
};

/* The json format on one line, for machines that read line by line. */
int cl_export_json_line(const cJSON *lineage, FILE *out, struct cl_error *err);

const struct cl_export_format *cl_export_find(const char *name); /* NULL: none */
const char *cl_export_names(void);				 /* "json, dot" for messages */
const char *cl_export_schema(void);				 /* text of the shipped JSON Schema (2020-12) */
