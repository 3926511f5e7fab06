/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that stands for other text: hex, or base64 of either alphabet, which may be wrapped in lines. Whether a run of
 * letters is an encoding is told by what it decodes to: random bytes are hardly ever text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CL_ENCODED_MIN 32 /* characters of a run that is looked at: no token is shorter than 24 bytes */

/* The next run at or behind `at` that decodes to text; its first character in *from. False: there is none. */
bool cl_encoded_next(const char *s, size_t len, size_t at, size_t *from);
/*
 * Decodes what s begins with. Returns the length and in *used how far the encoding went; 0 when it is none. What does
 * not fit `cap` is left out.
 */
size_t cl_encoded_decode(const char *s, size_t len, void *out, size_t cap, size_t *used);
