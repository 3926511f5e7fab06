/* SPDX-License-Identifier: Apache-2.0 */
/* Strict parsers: the whole string must be the value and lie in range; -EINVAL or -ERANGE else, *out untouched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int cl_parse_u64(const char *s, uint64_t max, uint64_t *out);
/* "90s", "15m", "24h", "7d", "500ms" -> ns. A bare number is refused: which unit would be a guess. */
int cl_parse_duration(const char *s, uint64_t *out_ns);
/* RFC 3339 ("2026-11-25T16:00:00.5Z", "+01:00"), a date, or a duration = that long before `now_ns`; wall ns. */
int cl_parse_time(const char *s, uint64_t now_ns, uint64_t *out_ns);
/* Even number of hex digits of either case into exactly `len` bytes. */
int cl_parse_hex(const char *s, uint8_t *out, size_t len);
/* Edit distance for "did you mean"; strings over 63 characters count as far. */
const char *cl_nearest(const char *word, const char *const *candidates, size_t n);
