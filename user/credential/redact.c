/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command line that may be shown. Hides what the scanner finds or suspects, and by their surroundings the values
 * that no format describes: of variables, keys, options and headers that name a secret, and the user part of an
 * address (see surroundings.c). In doubt it hides: a word too few in a report is no loss.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/secure.h"
#include "credential/scanner.h"
#include "credential/surroundings.h"

static int by_place(const void *a, const void *b)
{
	const struct cl_span *x = a, *y = b;

	return x->from != y->from ? (x->from < y->from ? -1 : 1) : 0;
}

/* Overlapping spans become one, which is a credential when one of them is. */
static void merge(struct cl_spans *l)
{
	size_t kept = 0;

	if (l->n > 1)
		qsort(l->spans, l->n, sizeof(*l->spans), by_place);
	for (size_t i = 0; i < l->n; i++) {
		struct cl_span *last = kept ? &l->spans[kept - 1] : NULL;

		if (!last || last->to <= l->spans[i].from) {
			l->spans[kept++] = l->spans[i];
			continue;
		}
		last->credential |= l->spans[i].credential;
		if (l->spans[i].to > last->to)
			last->to = l->spans[i].to;
	}
	l->n = kept;
}

/* Escapes [from, to) into out, separators as blanks. The last string's terminator separates nothing. */
static int write_text(const struct cl_spans *l, size_t from, size_t to, struct cl_text *out)
{
	while (from < to) {
		const char *p = l->s + from, *stop = memchr(p, l->separator, to - from);
		size_t n = stop ? (size_t)(stop - p) : to - from;
		int r = cl_text_escape(out, p, n);

		from += n + (stop != NULL);
		if (!r && stop && from < l->len)
			r = cl_text_append(out, " ", 1);
		if (r)
			return r;
	}
	return 0;
}

/* Every place where the value stands once more: what told it in one place may be missing in another. */
static int add_again(struct cl_spans *l, const struct cl_find *f)
{
	const char *value = l->s + f->from, *end = l->s + l->len, *p = l->s;
	size_t n = f->to - f->from;
	int r = 0;

	while (!r && (p = memmem(p, (size_t)(end - p), value, n))) {
		r = cl_spans_add(l, (size_t)(p - l->s), (size_t)(p - l->s) + n, f->sure);
		p += n;
	}
	return r;
}

static int add_finds(struct cl_spans *l, const struct cl_find *finds, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		r = finds[i].sure && finds[i].format->context
			    ? add_again(l, &finds[i])
			    : cl_spans_add(l, finds[i].from, finds[i].to, finds[i].sure);
	return r;
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

static bool is_quoted(const char *s, size_t left)
{
	return left >= 3 && *s == '%' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2]);
}

static size_t unquote(const char *s, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; n++) {
		bool quoted = is_quoted(s + i, len - i);

		out[n] = quoted ? (char)(hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2])) : s[i];
		i += quoted ? 3 : 1;
	}
	return n;
}

/* One part of an address, as it was before it was quoted: what is in there is hidden with all of the part. */
static int add_quoted(struct cl_scanner *s, struct cl_spans *l, size_t from, size_t to)
{
	const struct cl_find *finds;
	void *plain = NULL;
	ssize_t n;

	if (cl_secure_alloc(&plain, to - from))
		return -ENOMEM;
	n = cl_scanner_find(s, plain, unquote(l->s + from, to - from, plain), &finds);
	cl_secure_free(&plain, to - from);
	return n > 0 ? cl_spans_add(l, from, to, true) : (int)n;
}

/* Parts between the characters that a quoted text never holds. */
static int add_all_quoted(struct cl_scanner *s, struct cl_spans *l)
{
	static const char stops[] = " \t\r\n\"'`<>&?=/;,:@"; /* with its NUL */
	const char *at = l->s, *end = l->s + l->len;
	int r = 0;

	while (!r && at < end && (at = memchr(at, '%', (size_t)(end - at)))) {
		size_t from = (size_t)(at - l->s), to = from;

		if (!is_quoted(at++, l->len - from))
			continue;
		while (from && !memchr(stops, l->s[from - 1], sizeof(stops)))
			from--;
		while (to < l->len && !memchr(stops, l->s[to], sizeof(stops)))
			to++;
		r = add_quoted(s, l, from, to);
		at = l->s + to;
	}
	return r;
}

static int redact(struct cl_scanner *s, const char *bytes, size_t len, bool message, struct cl_text *out)
{
	_cleanup_(cl_spans_free) struct cl_spans l = {.s = bytes, .len = len, .addresses_only = message};
	const struct cl_find *finds = NULL;
	ssize_t n = cl_scanner_find(s, bytes, len, &finds);
	size_t at = 0;
	int r;

	if (n < 0)
		return (int)n;
	l.separator = memchr(bytes, '\0', len) ? '\0' : '\n';
	(void)((r = add_finds(&l, finds, (size_t)n)) || (r = add_all_quoted(s, &l)) || (r = cl_surroundings(&l)));
	if (r)
		return r;
	merge(&l);
	for (size_t i = 0; i < l.n && !r; i++) {
		r = message ? cl_text_append(out, bytes + at, l.spans[i].from - at)
			    : write_text(&l, at, l.spans[i].from, out);
		if (!r)
			r = cl_text_puts(out, l.spans[i].credential ? "[credential]" : "[redacted]");
		at = l.spans[i].to;
	}
	if (r)
		return r;
	return message ? cl_text_append(out, bytes + at, len - at) : write_text(&l, at, len, out);
}

int cl_redact(struct cl_scanner *s, const char *bytes, size_t len, struct cl_text *out)
{
	return redact(s, bytes, len, false, out);
}

int cl_redact_message(struct cl_scanner *s, const char *bytes, size_t len, struct cl_text *out)
{
	return redact(s, bytes, len, true, out);
}
