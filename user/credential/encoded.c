/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/encoded.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>

#include "credential/base64.h"

#define LINE_MIN 60 /* encoders break lines at 64 or 76: a shorter line is the last one */
#define HEX_MIN 32

/* The line break behind a line of `line` characters that another line follows; 0: the text ends there. */
static size_t line_break(const char *s, size_t left, size_t line)
{
	size_t n = left && s[0] == '\r' ? 1 : 0;

	if (line < LINE_MIN || n >= left || s[n] != '\n')
		return 0;
	n++;
	return n < left && cl_base64_digit(s[n]) >= 0 ? n : 0;
}

static bool begins_with_hex(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && isxdigit((unsigned char)s[n]))
		n++;
	return n >= HEX_MIN && n % 2 == 0 && (n == len || cl_base64_digit(s[n]) < 0);
}

static int hex_digit(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static size_t decode_hex(const char *s, size_t len, uint8_t *out, size_t cap, size_t *used)
{
	size_t n = 0, i = 0;

	for (; i + 1 < len && isxdigit((unsigned char)s[i]) && isxdigit((unsigned char)s[i + 1]); i += 2)
		if (n < cap)
			out[n++] = (uint8_t)(hex_digit(s[i]) << 4 | hex_digit(s[i + 1]));
	*used = i;
	return n;
}

size_t cl_encoded_decode(const char *s, size_t len, void *out, size_t cap, size_t *used)
{
	struct cl_base64 b = {.out = out, .cap = cap};
	size_t i = 0, line = 0;

	if (begins_with_hex(s, len))
		return decode_hex(s, len, out, cap, used);
	while (i < len) {
		int digit = cl_base64_digit(s[i]);

		if (digit >= 0) {
			if (cl_base64_push(&b, digit))
				break;
			line++;
			i++;
			continue;
		}
		digit = (int)line_break(s + i, len - i, line);
		if (!digit)
			break;
		i += (size_t)digit;
		line = 0;
	}
	while (i < len && s[i] == '=')
		i++;
	*used = i;
	return b.len;
}
