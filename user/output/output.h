/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formats x transports. A format turns a native finding (detect/detect.h) into bytes; a transport carries them.
 * Spec of an output: "stdout:", "file:/path", "syslog+tcp://host:port" with "?format=ocsf|human".
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "base/text.h"

struct cl_output_format {
	const char *name;
	/* One record without a final newline. logged_ns: wall time of writing. 0 or -errno. */
	int (*render)(const cJSON *finding, uint64_t logged_ns, struct cl_text *out);
};
const struct cl_output_format *cl_output_format_find(const char *name);
extern const struct cl_output_format cl_format_ocsf;  /* OCSF 1.9.0 Detection Finding, one line */
extern const struct cl_output_format cl_format_human; /* a few lines for people, escaped; colour is the caller's */

struct cl_output;
int cl_output_new(struct cl_output **out, const char *spec, struct cl_error *err);
void cl_output_free(struct cl_output **p);
const char *cl_output_name(const struct cl_output *o); /* the spec without its options: key of its position */
/* Sends one finding. 0; -EAGAIN: not now, call again later (not before *retry_ns of CLOCK_BOOTTIME); -errno: refused. */
int cl_output_send(struct cl_output *o, const cJSON *finding, uint64_t *retry_ns, struct cl_error *err);
