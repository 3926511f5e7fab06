/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "credential/jwt.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "credential/base64.h"

#define HEADER_MAX 1024 /* decoded bytes that are looked at; a certificate chain may make a header longer */

/* The n-th of the three parts; false when there are not exactly three. */
static bool part(const char *value, size_t len, int n, struct cl_view *out)
{
	const char *p = memmem(value, len, "eyJ", 3), *end = value + len;
	struct cl_view parts[3];

	for (int i = 0; i < 3; i++) {
		const char *dot = p ? memchr(p, '.', (size_t)(end - p)) : NULL;

		if (!p || !dot != (i == 2))
			return false;
		parts[i] = (struct cl_view){p, (size_t)((dot ? dot : end) - p)};
		p = dot ? dot + 1 : NULL;
	}
	*out = parts[n];
	return true;
}

bool cl_jwt_valid(const char *value, size_t len)
{
	/* {"sub":"1234567890": the payload that introductions to the format use, base64 of its start. */
	static const char sample[] = "eyJzdWIiOiIxMjM0NTY3ODkw";
	struct cl_view header, payload, alg;
	char text[HEADER_MAX];
	bool whole, ok;
	ssize_t n;

	if (!part(value, len, 0, &header) || !part(value, len, 1, &payload))
		return false;
	if (payload.len >= strlen(sample) && !memcmp(payload.p, sample, strlen(sample)))
		return false;
	whole = header.len <= HEADER_MAX;
	n = cl_base64_decode(header.p, whole ? header.len : HEADER_MAX, text, sizeof(text));
	if (n <= 0)
		return false;
	ok = cl_jwt_member((struct cl_view){text, (size_t)n}, "alg", &alg) ? alg.len != 4 || memcmp(alg.p, "none", 4)
									   : !whole;
	explicit_bzero(text, sizeof(text));
	return ok;
}

int cl_jwt_claims(const char *value, size_t len, char *scratch, size_t cap, struct cl_view *claims)
{
	struct cl_view payload;
	ssize_t n;

	if (!part(value, len, 1, &payload))
		return -EINVAL;
	n = cl_base64_decode(payload.p, payload.len, scratch, cap);
	if (n < 0)
		return (int)n;
	*claims = (struct cl_view){scratch, (size_t)n};
	return 0;
}

/* Behind the string that starts at *p (its opening quote); end when it is not closed. */
static const char *string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\';
	return p < end ? p + 1 : end;
}

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/* Behind the value that starts at p, whatever it is; nested ones are counted, not descended into. */
static const char *value_end(const char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = string_end(p, end);
			if (!depth)
				return p;
			continue;
		}
		if (!depth && (*p == ',' || *p == '}' || *p == ']'))
			return p;
		depth += *p == '{' || *p == '[';
		if (*p == '}' || *p == ']') {
			if (!--depth)
				return p + 1;
		}
		p++;
	}
	return p;
}

bool cl_jwt_member(struct cl_view object, const char *key, struct cl_view *value)
{
	const char *end = object.p + object.len, *p = skip_space(object.p, end);
	size_t n = strlen(key);

	if (p == end || *p++ != '{')
		return false;
	for (;;) {
		const char *name = skip_space(p, end), *after, *v;
		bool found;

		if (name == end || *name != '"')
			return false;
		after = string_end(name, end);
		found = (size_t)(after - name) == n + 2 && !memcmp(name + 1, key, n);
		v = skip_space(after, end);
		if (v == end || *v != ':')
			return false;
		v = skip_space(v + 1, end);
		p = value_end(v, end);
		if (found) {
			bool quoted = v < p && *v == '"' && p - v >= 2;

			*value = (struct cl_view){v + quoted, (size_t)(p - v) - 2 * quoted};
			return true;
		}
		p = skip_space(p, end);
		if (p == end || *p++ != ',')
			return false;
	}
}

uint64_t cl_jwt_expires(struct cl_view claims)
{
	struct cl_view exp;
	uint64_t s = 0;

	if (!cl_jwt_member(claims, "exp", &exp))
		return 0;
	/* Seconds; some issuers add a fraction, which is dropped. */
	for (size_t i = 0; i < exp.len && exp.p[i] >= '0' && exp.p[i] <= '9' && s < UINT64_MAX / CL_NS_PER_S / 10; i++)
		s = s * 10 + (uint64_t)(exp.p[i] - '0');
	return s > INT64_MAX / CL_NS_PER_S ? 0 : s * CL_NS_PER_S;
}
