/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/encoded.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "credential/base64.h"

#define LINE_MIN 60 /* encoders break lines at 64 or 76: a shorter line is the last one */
#define PROBE 16    /* decoded bytes that tell whether it is text */
#define NOT_ASCII_MAX 4

/* Letters, digits and the signs of both alphabets. */
static const bool digits[256] = {['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['+'] = true,
				 ['/'] = true,	       ['-'] = true,	     ['_'] = true};

/* The line break behind a line of `line` characters that another line follows; 0: the text ends there. */
static size_t line_break(const char *s, size_t left, size_t line)
{
	size_t n = left && s[0] == '\r' ? 1 : 0;

	if (line < LINE_MIN || n >= left || s[n] != '\n')
		return 0;
	n++;
	while (n < left && (s[n] == ' ' || s[n] == '\t'))
		n++;
	return n < left && digits[(unsigned char)s[n]] ? n : 0;
}

static bool begins_with_hex(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && isxdigit((unsigned char)s[n]))
		n++;
	return n >= 2 * PROBE && n % 2 == 0 && (n == len || !digits[(unsigned char)s[n]]);
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

static size_t decode_base64(const char *s, size_t len, uint8_t *out, size_t cap, size_t *used)
{
	struct cl_base64 b = {.out = out, .cap = cap};
	size_t i = 0, line = 0, skip;

	while (i < len) {
		if (digits[(unsigned char)s[i]]) {
			if (cl_base64_push(&b, cl_base64_digit(s[i])))
				break;
			line++;
			i++;
			continue;
		}
		skip = line_break(s + i, len - i, line);
		if (!skip)
			break;
		i += skip;
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

static bool is_text(const uint8_t *s, size_t n)
{
	size_t not_ascii = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < 0x20 ? s[i] != '\n' && s[i] != '\r' && s[i] != '\t' : s[i] == 0x7f)
			return false;
		not_ascii += s[i] >> 7;
	}
	return not_ascii <= NOT_ASCII_MAX;
}

/* Whether the first bytes that [s, s + len) decodes to are text. Most runs are paths or hashes and end at once. */
static bool decodes_to_text(const char *s, size_t len)
{
	uint8_t probe[PROBE];
	size_t used, n = len < 2 * PROBE ? 0 : decode_hex(s, 2 * PROBE, probe, PROBE, &used);
	bool text;

	if (n < PROBE || !is_text(probe, PROBE))
		n = decode_base64(s, len < CL_ENCODED_MIN ? len : CL_ENCODED_MIN, probe, PROBE, &used);
	text = n >= PROBE && is_text(probe, n);
	explicit_bzero(probe, sizeof(probe));
	return text;
}

/*
 * A run of CL_ENCODED_MIN characters covers every so-manyth place: where one of those is no digit, everything up to it
 * is done with. Text costs a look at few of its bytes.
 */
bool cl_encoded_next(const char *s, size_t len, size_t at, size_t *from)
{
	while (len - at >= CL_ENCODED_MIN) {
		size_t end = at + CL_ENCODED_MIN, back = end;

		while (back > at && digits[(unsigned char)s[back - 1]])
			back--;
		if (back > at) {
			at = back;
			continue;
		}
		while (end < len && digits[(unsigned char)s[end]])
			end++;
		if (decodes_to_text(s + at, end - at)) {
			*from = at;
			return true;
		}
		at = end;
	}
	return false;
}
