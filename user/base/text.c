/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cl_text_free(struct cl_text *t)
{
	if (t->s)
		explicit_bzero(t->s, t->cap);
	free(t->s);
	*t = (struct cl_text){0};
}

/* Not realloc: it would leave what was written so far where it was. */
static int grow(struct cl_text *t, size_t extra)
{
	size_t need, cap = t->cap ? t->cap : 64;
	char *s;

	if (__builtin_add_overflow(t->len, extra, &need) || __builtin_add_overflow(need, 1, &need))
		return -ENOMEM;
	if (need <= t->cap)
		return 0;
	while (cap < need)
		cap *= 2;
	s = malloc(cap);
	if (!s)
		return -ENOMEM;
	if (t->s) {
		memcpy(s, t->s, t->len + 1);
		explicit_bzero(t->s, t->cap);
		free(t->s);
	}
	t->s = s;
	t->cap = cap;
	return 0;
}

int cl_text_reserve(struct cl_text *t, size_t len)
{
	return grow(t, len);
}

int cl_text_append(struct cl_text *t, const char *s, size_t len)
{
	int r = grow(t, len);

	if (r)
		return r;
	if (len)
		memcpy(t->s + t->len, s, len);
	t->len += len;
	t->s[t->len] = '\0';
	return 0;
}

int cl_text_puts(struct cl_text *t, const char *s)
{
	return cl_text_append(t, s, strlen(s));
}

int cl_text_printf(struct cl_text *t, const char *fmt, ...)
{
	va_list ap, again;
	int n, r;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	r = n < 0 ? -EINVAL : grow(t, (size_t)n);
	if (!r) {
		vsnprintf(t->s + t->len, (size_t)n + 1, fmt, again);
		t->len += (size_t)n;
	}
	va_end(again);
	return r;
}

const char *cl_text_str(const struct cl_text *t)
{
	return t->s ? t->s : "";
}

char *cl_text_take(struct cl_text *t)
{
	char *s = t->s ? t->s : strdup("");

	*t = (struct cl_text){0};
	return s;
}

/*
 * Length of the well-formed UTF-8 sequence at s (Unicode 15, table 3-7), its code point in *cp; 0 when malformed.
 */
static size_t utf8_sequence(const unsigned char *s, size_t len, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n;

	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	n = s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 0;
	if (s[0] > 0xf4 || !n || n > len)
		return 0;
	*cp = s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3fu);
	}
	if (*cp < least[n] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return n;
}

/* Characters that change how their neighbours look, or that nobody sees; and code points that are none. */
static bool invisible(uint32_t cp)
{
	return (cp >= 0x80 && cp < 0xa0) || cp == 0xad || cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff ||
	       (cp >= 0xfff9 && cp <= 0xfffb) || (cp >= 0xe0000 && cp <= 0xe007f) || (cp & 0xfffe) == 0xfffe ||
	       (cp >= 0xfdd0 && cp <= 0xfdef);
}

/* Printable ASCII but the backslash. */
static size_t plain_span(const unsigned char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '\\')
		n++;
	return n;
}

int cl_text_escape(struct cl_text *t, const char *src, size_t len)
{
	const unsigned char *s = (const unsigned char *)src;
	int r = 0;

	for (size_t i = 0; i < len && !r;) {
		uint32_t cp = 0;
		size_t n = plain_span(s + i, len - i);

		/* Nearly all text is plain: whole runs of it at once. */
		if (n) {
			r = cl_text_append(t, src + i, n);
			i += n;
			continue;
		}
		n = utf8_sequence(s + i, len - i, &cp);
		if (!n || cp < 0x20 || cp == 0x7f)
			r = cl_text_printf(t, "\\x%02x", s[i]);
		else if (invisible(cp))
			r = cl_text_printf(t, "\\u{%x}", cp);
		else if (cp == '\\')
			r = cl_text_append(t, "\\\\", 2);
		else
			r = cl_text_append(t, src + i, n);
		i += n ? n : 1;
	}
	return r;
}

int cl_text_escape_short(struct cl_text *t, const char *name, size_t max)
{
	_cleanup_text_ struct cl_text clean = {0};
	size_t len = strlen(name), from = len > max ? len - max : 0, tail;
	int r;

	for (int i = 0; i < 3 && ((unsigned char)name[from] & 0xc0) == 0x80; i++)
		from++;
	r = cl_text_escape(&clean, name + from, len - from);
	if (r)
		return r;
	if (!from && clean.len <= max)
		return cl_text_append(t, cl_text_str(&clean), clean.len);
	tail = clean.len > max - 32 ? clean.len - (max - 32) : 0;
	while (((unsigned char)cl_text_str(&clean)[tail] & 0xc0) == 0x80)
		tail++;
	return cl_text_printf(t, "...%s", cl_text_str(&clean) + tail);
}

char *cl_escape(char *dst, size_t size, const char *src)
{
	_cleanup_text_ struct cl_text t = {0};

	if (cl_text_escape(&t, src, strlen(src)))
		snprintf(dst, size, "(out of memory)");
	else
		snprintf(dst, size, "%s", cl_text_str(&t));
	return dst;
}

int cl_text_utf8(struct cl_text *t, const char *src, size_t len)
{
	const unsigned char *s = (const unsigned char *)src;
	int r = 0;

	for (size_t i = 0; i < len && !r;) {
		uint32_t cp = 0;
		size_t n = utf8_sequence(s + i, len - i, &cp);

		if (!n || !cp)
			r = cl_text_printf(t, "\\x%02x", s[i]);
		else
			r = cl_text_append(t, src + i, n);
		i += n ? n : 1;
	}
	return r;
}

size_t cl_utf8_span(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		uint32_t cp = 0;
		size_t n = (unsigned char)s[i] < 0x80 ? 1 : utf8_sequence((const unsigned char *)s + i, len - i, &cp);

		if (!n)
			break;
		i += n;
	}
	return i;
}

void cl_hex(char *out, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

uint64_t cl_fnv1a(const char *s, size_t len)
{
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3ull;
	return h;
}

const char *cl_basename(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

bool cl_starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool cl_ends_with(const char *s, const char *suffix)
{
	size_t a = strlen(s), b = strlen(suffix);

	return a >= b && !strcmp(s + a - b, suffix);
}
