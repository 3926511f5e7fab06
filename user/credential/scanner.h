/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the scanner, shared with redaction: every place in a text that holds a credential or looks like it. */
#pragma once

#include "credential/credential.h"

struct cl_find {
	const struct cl_format *format;
	size_t from, to; /* in the text that was given: the value, or the base64 that wraps it */
	bool sure;	 /* false: only looks like one; no fingerprint, class and expires */
	uint8_t fp[CL_FP_SIZE];
	uint32_t class;
	uint64_t expires;
};

/* Sorted by place; *finds is valid until the next call. Returns how many, or -errno. */
ssize_t cl_scanner_find(struct cl_scanner *s, const char *bytes, size_t len, const struct cl_find **finds);
