/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <errno.h>

/* clang-format off */
const int8_t cl_base64_digits[256] = {
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, 62, -1, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
	-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, 63,
	-1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
	[128 ... 255] = -1,
};
/* clang-format on */

int cl_base64_push(struct cl_base64 *b, int digit)
{
	b->bits = b->bits << 6 | (uint32_t)digit;
	b->n_bits += 6;
	if (b->n_bits < 8)
		return 0;
	if (b->len == b->cap)
		return -E2BIG;
	b->n_bits -= 8;
	b->out[b->len++] = (uint8_t)(b->bits >> b->n_bits);
	return 0;
}

ssize_t cl_base64_decode(const char *s, size_t len, void *out, size_t cap)
{
	struct cl_base64 b = {.out = out, .cap = cap};

	for (size_t i = 0; i < len && s[i] != '='; i++) {
		int digit = cl_base64_digit(s[i]);
		int r = digit < 0 ? -EINVAL : cl_base64_push(&b, digit);

		if (r)
			return r;
	}
	return (ssize_t)b.len;
}
