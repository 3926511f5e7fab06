/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/escapes.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define BACKSLASHES_MAX 16
#define BLOCK 4096 /* looked through for one sign and then for the other */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Two hex digits that stand for a byte of a credential; -1: they do not. */
static int credential_byte(const char *s)
{
	int high = hex_digit(s[0]), low = hex_digit(s[1]), c = high < 0 || low < 0 ? 0 : high << 4 | low;

	return c && c < 0x7f && (isalnum(c) || strchr("/+=:._~-", c)) ? c : -1;
}

/* The escape at s, which is a backslash or a percent sign: its length and what it stands for; 0: it is none. */
static size_t escape_at(const char *s, size_t len, char *c)
{
	size_t n = 0;
	int byte = -1;

	if (*s == '%' && len >= 3) {
		byte = credential_byte(s + 1);
		n = 3;
	} else if (*s == '\\') {
		while (n < len && s[n] == '\\' && n < BACKSLASHES_MAX)
			n++;
		if (n < len && s[n] == '/') {
			byte = '/';
			n++;
		} else if (len - n >= 5 && !memcmp(s + n, "u00", 3)) {
			byte = credential_byte(s + n + 3);
			n += 5;
		}
	}
	*c = (char)byte;
	return byte < 0 ? 0 : n;
}

static const char *next_of(char sign, const char *p, const char *end, const char *text_end)
{
	char c;

	while (p < end && (p = memchr(p, sign, (size_t)(end - p)))) {
		if (escape_at(p, (size_t)(text_end - p), &c))
			return p;
		p++;
	}
	return end;
}

size_t cl_escapes_next(const char *s, size_t len, size_t at)
{
	const char *end = s + len;

	for (const char *p = s + at; p < end; p += BLOCK) {
		const char *stop = end - p > BLOCK ? p + BLOCK : end, *found = next_of('%', p, stop, end);

		found = next_of('\\', p, found, end);
		if (found < stop)
			return (size_t)(found - s);
	}
	return len;
}

static void mark(struct cl_plain *p, size_t from)
{
	p->marks[p->n_marks].at = p->len;
	p->marks[p->n_marks++].from = from;
}

size_t cl_escapes_undo(struct cl_plain *p, const char *s, size_t from, size_t to)
{
	size_t at = from;

	p->len = p->n_marks = 0;
	mark(p, from);
	while (at < to && p->len < p->cap && p->n_marks <= CL_ESCAPES_MAX) {
		char c = s[at];
		size_t n = c == '%' || c == '\\' ? escape_at(s + at, to - at, &c) : 0;

		p->s[p->len++] = n ? c : s[at];
		at += n ? n : 1;
		if (n)
			mark(p, at);
	}
	return at;
}

size_t cl_plain_origin(const struct cl_plain *p, size_t at)
{
	size_t low = 0, high = p->n_marks;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (p->marks[middle].at <= at)
			low = middle;
		else
			high = middle;
	}
	return p->marks[low].from + (at - p->marks[low].at);
}
