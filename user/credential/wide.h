/* SPDX-License-Identifier: Apache-2.0 */
/* Text in 16-bit characters, of either byte order, with or without a mark: made narrow, since credentials are ASCII. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

bool cl_wide_text(const char *s, size_t len);
/* One byte for each character, 0x80 for those that are not ASCII. `out` holds len / 2; returns how many it got. */
size_t cl_wide_narrow(const char *s, size_t len, char *out);
