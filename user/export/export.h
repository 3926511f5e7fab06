/* SPDX-License-Identifier: Apache-2.0 */
/* Converters of one lineage object (schema credlineage.lineage/1) into the formats of `lineage --format`. */
#pragma once

#include <stdio.h>

#include <cjson/cJSON.h>

#include "base/error.h"

/* For messages and help texts. */
#define CL_EXPORT_NAMES "json, opengraph, timesketch, prov, mermaid, dot, svg, graphml, html"

struct cl_export_format {
	const char *name;
	int (*write)(const cJSON *lineage, FILE *out, struct cl_error *err); /* 0 or -errno */
};

/* The json format on one line, for machines that read line by line. */
int cl_export_json_line(const cJSON *lineage, FILE *out, struct cl_error *err);

const struct cl_export_format *cl_export_find(const char *name); /* NULL: none */
const char *cl_export_names(void);				 /* CL_EXPORT_NAMES */
/*
 * What describes a format, as it is shipped: of json its JSON Schema (2020-12), of opengraph the definition that makes
 * BloodHound know its kinds and walk its edges. NULL: nothing does.
 */
const char *cl_export_schema(const char *format);
