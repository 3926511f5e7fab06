/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "catalogue/check.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/base64.h"

#define BODY_MIN 40	/* an Ed25519 key in PKCS#8 has 48 bytes */
#define HEADER_LINE 200 /* "DEK-Info: ..." */

struct reader {
	const char *text;
	size_t at, len;
	bool line_start, headers, openpgp;
};

/* A line break or blank, real or escaped (any number of backslashes before n, r or t); its length, 0: none here. */
static size_t blank(const char *s, size_t len, bool *newline)
{
	size_t i = 0;

	if (len && (*s == '\n' || *s == '\r' || *s == ' ' || *s == '\t')) {
		*newline |= *s == '\n' || *s == '\r';
		return 1;
	}
	while (i < len && s[i] == '\\')
		i++;
	if (!i || i == len || (s[i] != 'n' && s[i] != 'r' && s[i] != 't'))
		return 0;
	*newline |= s[i] != 't';
	return i + 1;
}

static void skip_line(struct reader *r)
{
	bool newline = false;

	while (r->at < r->len && !newline) {
		size_t n = blank(r->text + r->at, r->len - r->at, &newline);

		r->at += n ? n : 1;
	}
	r->line_start = true;
}

/* "Proc-Type: 4,ENCRYPTED" and the like stand before the body, OpenPGP's "=abcd" checksum after it. */
static bool is_extra_line(const struct reader *r)
{
	bool newline = false;

	if (r->text[r->at] == '=')
		return true;
	for (size_t i = r->at; i < r->len && i < r->at + HEADER_LINE; i++) {
		if (r->text[i] == ':')
			return true;
		if (blank(r->text + i, r->len - i, &newline) && newline)
			return false;
	}
	return false;
}

/* 1: a body character is at r->at, 0: the END line is, -EINVAL. */
static int advance(struct reader *r)
{
	while (r->at < r->len) {
		bool newline = false;
		size_t n = blank(r->text + r->at, r->len - r->at, &newline);

		if (n) {
			r->at += n;
			r->line_start |= newline;
		} else if (r->line_start && r->text[r->at] == '-') {
			return 0;
		} else if (r->line_start && is_extra_line(r)) {
			r->headers |= r->text[r->at] != '=';
			skip_line(r);
		} else if (r->text[r->at] == '=') {
			r->at++; /* padding */
		} else if (r->text[r->at] == '-') {
			return 0; /* blanks instead of line breaks */
		} else {
			r->line_start = false;
			return 1;
		}
	}
	return -EINVAL;
}

/* A length that DER states must be the length that is there. */
static bool is_der(const uint8_t *p, size_t len)
{
	size_t n = 0, octets;

	if (len < 4 || p[0] != 0x30)
		return false;
	if (p[1] < 0x80)
		return p[1] + 2u == len;
	octets = p[1] & 0x7f;
	if (!octets || octets > 3 || octets + 2 > len)
		return false;
	for (size_t i = 0; i < octets; i++)
		n = n << 8 | p[2 + i];
	return n + 2 + octets == len;
}

ssize_t cl_pem_body(const char *text, size_t len, size_t at, uint8_t *out, size_t cap, size_t *end)
{
	static const char magic[] = "openssh-key-v1", pgp[] = " BLOCK-----";
	struct cl_base64 body = {.out = out, .cap = cap};
	struct reader r = {.text = text, .at = at, .len = len, .line_start = true};
	const char *dashes;
	bool ok;
	int s;

	r.openpgp = at >= strlen(pgp) && !memcmp(text + at - strlen(pgp), pgp, strlen(pgp));
	while ((s = advance(&r)) > 0) {
		int digit = cl_base64_digit(text[r.at++]);

		s = digit < 0 ? -EINVAL : cl_base64_push(&body, digit);
		if (s)
			return s;
	}
	if (s || len - r.at < 9 || memcmp(text + r.at, "-----END ", 9))
		return -EINVAL;
	dashes = memmem(text + r.at + 9, len - r.at - 9, "-----", 5);
	if (!dashes || dashes - (text + r.at) > 64 || body.len < BODY_MIN)
		return -EINVAL;
	/* What is encrypted the old way (with headers) has no structure to check. */
	ok = r.openpgp ? out[0] & 0x80 : r.headers || is_der(out, body.len) || !memcmp(out, magic, sizeof(magic));
	if (!ok)
		return -EINVAL;
	*end = (size_t)(dashes - text) + 5;
	return (ssize_t)body.len;
}
