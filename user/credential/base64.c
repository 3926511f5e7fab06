/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/base64.h"

#include <errno.h>

int cl_base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

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
