/* SPDX-License-Identifier: Apache-2.0 */
/* Text that stands for other bytes: hex, or base64, which may be wrapped in lines. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/*
 * Decodes what s begins with; `out` may be `s` itself. Returns the length and in *used how far the encoding went; 0 when
 * it is none. What does not fit `cap` is left out.
 */
size_t cl_encoded_decode(const char *s, size_t len, void *out, size_t cap, size_t *used);
