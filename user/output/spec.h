/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spec of an output: "scheme:target?option=value&...".
 *   stdout:                      file:/absolute/path                      syslog+tcp://host:port
 * Options: format. An unknown scheme or option is an error that names what there is.
 */
#pragma once

#include <stdint.h>

#include "base/error.h"

struct cl_output_spec {
	char *name;   /* without the options */
	char *scheme; /* "stdout", "file", "syslog+tcp" */
	char *path;   /* file */
	char *host;   /* network; an IPv6 address without its brackets */
	char *port;
	char *format; /* NULL: not given */
};

int cl_output_spec_parse(struct cl_output_spec *out, const char *spec, struct cl_error *err);
void cl_output_spec_free(struct cl_output_spec *s);
