/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sentence for the person who has to mend it. Functions that can fail for more than one reason take a
 * `struct cl_error *` (may be NULL) beside their 0 / -errno and fill in what, where, why and what to do.
 */
#pragma once

struct cl_error {
	char text[512];
};

/* Writes the sentence and returns `code` (negative errno), so that `return cl_fail(err, -EINVAL, "...")` reads well. */
int cl_fail(struct cl_error *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
