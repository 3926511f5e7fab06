/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets known by what stands around them alone: named variables, options, headers, users of addresses. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cl_span {
	size_t from, to;
	bool credential; /* a recognised one, not only something that is named like one */
};

/* Places in a text of strings, each ended by the separator. */
struct cl_spans {
	const char *s;
	size_t len;
	char separator;
	bool addresses_only; /* looks for users of addresses alone */
	struct cl_span *spans;
	size_t n, cap;
};

int cl_spans_add(struct cl_spans *l, size_t from, size_t to, bool credential); /* 0, -ENOMEM */
void cl_spans_free(struct cl_spans *l);
/* Adds the places of values that are named as secrets. */
int cl_surroundings(struct cl_spans *l);
