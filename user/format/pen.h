/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences out of a finding. Whatever a watched program could choose goes through cl_pen_name: escaped and bounded.
 * The first failure sticks, so a sentence is written down without asking after each word.
 */
#pragma once

#include <cjson/cJSON.h>

#include "base/text.h"

struct cl_pen {
	struct cl_text *out;
	int r; /* 0 or -ENOMEM */
};

#define CL_PEN_NAME 64	/* bytes of a program, a run, a label */
#define CL_PEN_PATH 160 /* bytes of a path or a destination */

void cl_pen_puts(struct cl_pen *p, const char *s); /* our own words, never a finding's */
void cl_pen_printf(struct cl_pen *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cl_pen_name(struct cl_pen *p, const char *s, size_t max); /* the end of what is too long */
/* Of a whole sentence the begin, which becomes a capital where it is a letter. */
void cl_pen_sentence(struct cl_pen *p, const char *s, size_t max);
/* `before` and the member, when there is one. */
void cl_pen_member(struct cl_pen *p, const char *before, const cJSON *from, const char *path, size_t max);
/* RFC 3339 with whole seconds. */
void cl_pen_time(struct cl_pen *p, const char *before, const cJSON *from, const char *path);
void cl_pen_number(struct cl_pen *p, double n, const char *one, const char *many); /* "1 record", "3 records" */
