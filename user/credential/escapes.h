/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs that a container writes otherwise than they are: "\/" and "\u002b" in JSON (with as many backslashes as strings
 * lie around each other), "%2F" in an address or a form. Only signs and letters that a credential is made of count:
 * what separates values keeps separating them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CL_ESCAPES_MAX 1024

/* A text without its escapes, and where its bytes come from. */
struct cl_plain {
	char *s;
	size_t len, cap;
	struct {
		size_t at, from; /* s[at] stands at `from`, and so on until the next mark */
	} marks[CL_ESCAPES_MAX + 1];
	size_t n_marks;
};

/* The next escape at or behind `at`; len: there is none. */
size_t cl_escapes_next(const char *s, size_t len, size_t at);
/* Writes the text of [from, to) into p->s, as far as p->cap and the marks reach. Returns where it stopped. */
size_t cl_escapes_undo(struct cl_plain *p, const char *s, size_t from, size_t to);
/* Where a byte of p->s (or its end) comes from. */
size_t cl_plain_origin(const struct cl_plain *p, size_t at);
