/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "catalogue/jwt.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/base64.h"

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
	/* Claims longer than the buffer are cut off: what stands in the first part is told. */
	if (payload.len > cap / 3 * 4)
		payload.len = cap / 3 * 4;
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
	size_t depth = 0;

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

struct cl_json_reader cl_json_members(struct cl_view whole)
{
	const char *end = whole.p + whole.len, *p = skip_space(whole.p, end);
	bool ok = p < end && (*p == '{' || *p == '[');

	return (struct cl_json_reader){ok ? p + 1 : end, end};
}

/* The value at p; false when it goes on behind the end. */
static bool read_value(const char *p, const char *end, struct cl_json_value *value, const char **after)
{
	*after = value_end(p, end);
	if (*after == end || *after == p)
		return false;
	*value = (struct cl_json_value){{p, (size_t)(*after - p)}, *p};
	if (*p == '"')
		value->text = (struct cl_view){p + 1, (size_t)(*after - p) - 2};
	else if (*p != '{' && *p != '[')
		while (value->text.len && strchr(" \n\t\r", value->text.p[value->text.len - 1]))
			value->text.len--;
	return true;
}

bool cl_json_next_member(struct cl_json_reader *r, struct cl_view *name, struct cl_json_value *value)
{
	const char *p = skip_space(r->p, r->end), *after;

	if (name) {
		if (p == r->end || *p != '"')
			return false;
		after = string_end(p, r->end);
		*name = (struct cl_view){p + 1, (size_t)(after - p) - (after == r->end ? 1 : 2)};
		p = skip_space(after, r->end);
		if (p == r->end || *p != ':')
			return false;
		p = skip_space(p + 1, r->end);
	}
	if (!read_value(p, r->end, value, &after))
		return false;
	p = skip_space(after, r->end);
	r->p = p < r->end && *p == ',' ? p + 1 : r->end;
	return true;
}

bool cl_jwt_member(struct cl_view object, const char *key, struct cl_view *value)
{
	struct cl_json_reader r = cl_json_members(object);
	struct cl_json_value v;
	struct cl_view name;
	bool found = false;

	while (cl_json_next_member(&r, &name, &v)) {
		if (name.len != strlen(key) || memcmp(name.p, key, name.len))
			continue;
		*value = v.text;
		found = true;
	}
	return found;
}

static double number_of(const char *text)
{
	_cleanup_json_ cJSON *number = cJSON_Parse(text);

	return cJSON_IsNumber(number) ? number->valuedouble : 0;
}

uint64_t cl_json_seconds(const struct cl_json_value *v)
{
	char text[40];
	double d;

	if ((v->type != '"' && (v->type < '0' || v->type > '9')) || !v->text.len || v->text.len >= sizeof(text))
		return 0;
	memcpy(text, v->text.p, v->text.len);
	text[v->text.len] = '\0';
	d = number_of(text);
	/* Whole seconds are exact in a double for as long as the clock counts; what is out of its range is no time. */
	return d >= 1 && d < (double)(INT64_MAX / CL_NS_PER_S) ? (uint64_t)d * CL_NS_PER_S : 0;
}
