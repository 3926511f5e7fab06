/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/encoded.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/base64.h"

#define LINE_MIN 60	/* encoders break lines at 64 or 76: a shorter line is the last one */
#define NOT_ASCII_MAX 3 /* of them, since names of users have umlauts */

/* Control characters that no text has. */
static const bool binary[256] = {[0 ... 8] = true, [11 ... 12] = true, [14 ... 31] = true, [127] = true};

static bool is_digit(char c)
{
	return cl_base64_digit(c) >= 0;
}

/* The line break behind a line of `line` characters that another line follows; 0: the text ends there. */
static size_t line_break(const char *s, size_t left, size_t line)
{
	size_t n = left && s[0] == '\r' ? 1 : 0;

	if (line < LINE_MIN || n >= left || s[n] != '\n')
		return 0;
	n++;
	while (n < left && (s[n] == ' ' || s[n] == '\t'))
		n++;
	return n < left && is_digit(s[n]) ? n : 0;
}

static bool begins_with_hex(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && isxdigit((unsigned char)s[n]))
		n++;
	return n >= CL_ENCODED_MIN && n % 2 == 0 && (n == len || !is_digit(s[n]));
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

/* Four digits at once, as long as they are text. Returns how many were read. */
static size_t decode_quads(struct cl_base64 *b, const char *s, size_t len)
{
	size_t i = 0;

	for (; i + 4 <= len && b->len + 3 <= b->cap; i += 4) {
		int w = cl_base64_digit(s[i]), x = cl_base64_digit(s[i + 1]);
		int y = cl_base64_digit(s[i + 2]), z = cl_base64_digit(s[i + 3]);
		uint8_t *o = b->out + b->len;

		if ((w | x | y | z) < 0)
			break;
		o[0] = (uint8_t)(w << 2 | x >> 4);
		o[1] = (uint8_t)(x << 4 | y >> 2);
		o[2] = (uint8_t)(y << 6 | z);
		if (binary[o[0]] | binary[o[1]] | binary[o[2]])
			break;
		b->len += 3;
	}
	return i;
}

/* As far as it is text. */
static size_t decode_base64(const char *s, size_t len, uint8_t *out, size_t cap, size_t *used)
{
	struct cl_base64 b = {.out = out, .cap = cap};
	size_t i = 0, line = 0, n;

	while (i < len) {
		n = b.n_bits ? 0 : decode_quads(&b, s + i, len - i);
		line += n;
		i += n;
		if (i < len && is_digit(s[i])) {
			if (cl_base64_push(&b, cl_base64_digit(s[i])) ||
			    (b.n_bits < 6 && b.len && binary[out[b.len - 1]]))
				break;
			line++;
			i++;
			continue;
		}
		n = line_break(s + i, len - i, line);
		if (!n)
			break;
		i += n;
		line = 0;
	}
	while (i < len && s[i] == '=')
		i++;
	*used = i;
	return b.len;
}

size_t cl_encoded_decode(const char *s, size_t len, void *out, size_t cap, size_t *used)
{
	return begins_with_hex(s, len) ? decode_hex(s, len, out, cap, used) : decode_base64(s, len, out, cap, used);
}

/* Whether what s begins with decodes to text. Most runs are paths, names or hashes and end within the first quads. */
static bool base64_of_text(const char *s, size_t len)
{
	uint8_t quad[3];
	int not_ascii = 0;

	if (len < CL_ENCODED_MIN || cl_base64_digit(*s) >= 32)
		return false;
	for (size_t i = 0; i < CL_ENCODED_MIN; i += 4) {
		struct cl_base64 b = {.out = quad, .cap = sizeof(quad)};

		if (!decode_quads(&b, s + i, 4))
			return false;
		not_ascii += (quad[0] >> 7) + (quad[1] >> 7) + (quad[2] >> 7);
		if (not_ascii > NOT_ASCII_MAX)
			return false;
	}
	return true;
}

static bool hex_of_text(const char *s, size_t len)
{
	if (len < CL_ENCODED_MIN)
		return false;
	for (size_t i = 0; i < CL_ENCODED_MIN; i += 2) {
		int c;

		if (!isxdigit((unsigned char)s[i]) || !isxdigit((unsigned char)s[i + 1]))
			return false;
		c = hex_digit(s[i]) << 4 | hex_digit(s[i + 1]);
		if (binary[c] || c & 0x80)
			return false;
	}
	return begins_with_hex(s, len);
}

#define BLOCK 8

/* No blank, quote or bracket in these eight bytes: cheaper than a look at each, and true for some that are no digits. */
static bool may_be_digits(const char *s)
{
	const uint64_t each = UINT64_MAX / 255;
	uint64_t v;

	memcpy(&v, s, sizeof(v));
	/* The high bit of each byte that is below '+', or that has it already. */
	return !(((v - each * '+') | v) & each * 0x80);
}

static bool are_digits(const char *s)
{
	int all = 0;

	for (size_t i = 0; i < BLOCK; i++)
		all |= cl_base64_digit(s[i]);
	return all >= 0;
}

/* Every run of CL_ENCODED_MIN digits holds one of the blocks whole that are looked at. */
#define STRIDE (CL_ENCODED_MIN - BLOCK + 1)

bool cl_encoded_next(const char *s, size_t len, size_t at, size_t *from)
{
	for (size_t i = at; i + BLOCK <= len; i += STRIDE) {
		size_t start = i, end = i + BLOCK;

		if (!may_be_digits(s + i) || !are_digits(s + i))
			continue;
		while (start > at && is_digit(s[start - 1]))
			start--;
		if (base64_of_text(s + start, len - start) || hex_of_text(s + start, len - start)) {
			*from = start;
			return true;
		}
		while (end < len && is_digit(s[end]))
			end++;
		at = end;
		if (end > i + STRIDE)
			i = end - STRIDE;
	}
	return false;
}
