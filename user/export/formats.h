/* SPDX-License-Identifier: Apache-2.0 */
/* One converter per file; export.c lists them. */
#pragma once

#include "export/export.h"

extern const struct cl_export_format cl_export_json; /* indented, so that two exports diff line by line */
extern const struct cl_export_format cl_export_dot;  /* Graphviz */

/* 0, or what stdio kept about the stream. */
int cl_export_check(FILE *out, const char *format, struct cl_error *err);
