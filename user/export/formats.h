/* SPDX-License-Identifier: Apache-2.0 */
/* One converter per file; export.c lists them. */
#pragma once

#include "export/export.h"

extern const struct cl_export_format cl_export_json; /* indented, so that two exports diff line by line */
extern const struct cl_export_format cl_export_dot;  /* Graphviz */
extern const struct cl_export_format cl_export_graphml;
extern const struct cl_export_format cl_export_html; /* one page, to be looked at and walked through */
extern const struct cl_export_format cl_export_mermaid;
extern const struct cl_export_format cl_export_opengraph;
extern const struct cl_export_format cl_export_prov;
extern const struct cl_export_format cl_export_svg;
extern const struct cl_export_format cl_export_timesketch;

/* 0, or what stdio kept about the stream. */
int cl_export_check(FILE *out, const char *format, struct cl_error *err);
