/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spec of an output: "scheme:target?option=value&...".
 *   stdout:    file:/absolute/path    journald:    syslog+udp://host[:514]    syslog+tcp://host:port    syslog+tls://host[:6514]
 * Every output takes format=NAME, name=NAME and what output/terms.h lists; a transport has options of its own
 * (output/transport.h). Values are percent-decoded.
 * An unknown scheme or option is an error that names what there is. No secret stands in a spec: an option names the
 * file that has it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CL_SPEC_OPTIONS 24
#define CL_SPEC_NAME 120 /* bytes */

struct cl_transport;

struct cl_output_spec {
	char *text;   /* whole */
	char *name;   /* name=, else without the options */
	char *scheme; /* "stdout", "file", "syslog+tcp" */
	char *path;   /* PATH; of a URL what follows the host, "" when nothing does */
	char *host;   /* ADDRESS, URL; an IPv6 address without its brackets */
	char *port;   /* ADDRESS; URL: NULL when not given */
	const struct cl_transport *transport;
	struct cl_spec_option {
		char *key, *value;
	} options[CL_SPEC_OPTIONS];
	size_t n_options;
};

int cl_output_spec_parse(struct cl_output_spec *out, const char *spec, struct cl_error *err);
void cl_output_spec_free(struct cl_output_spec *s);

const char *cl_spec_get(const struct cl_output_spec *s, const char *key); /* NULL: not given */
/* A whole number of min to max; *out stays as it is when the option is not given. */
int cl_spec_number(const struct cl_output_spec *s, const char *key, uint64_t min, uint64_t max, uint64_t *out,
		   struct cl_error *err);
