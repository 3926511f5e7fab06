/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "credential/block.h"

#include <ctype.h>
#include <string.h>

#include "event/observation.h"

#define REACH 8192 /* bytes to each side */

static size_t line_start(const char *bytes, size_t low, size_t at)
{
	const char *p = at > low ? memrchr(bytes + low, '\n', at - low) : NULL;

	return p ? (size_t)(p - bytes) + 1 : low;
}

static size_t line_end(const char *bytes, size_t at, size_t high)
{
	const char *p = at < high ? memchr(bytes + at, '\n', high - at) : NULL;

	return p ? (size_t)(p - bytes) : high;
}

/* Columns before the text of a line; a list's "- " counts as such. */
static size_t indent(const char *bytes, size_t at, size_t end)
{
	size_t n = at;

	while (n < end &&
	       (bytes[n] == ' ' || bytes[n] == '\t' || (bytes[n] == '-' && n + 1 < end && bytes[n + 1] == ' ')))
		n++;
	return n - at;
}

static bool is_blank(const char *bytes, size_t at, size_t end)
{
	size_t n = at + indent(bytes, at, end);

	return n == end || bytes[n] == '\r' || bytes[n] == '#';
}

/* A section's header, or a line that stands further out, ends the block; the first line of a list's item begins it. */
static bool is_outside(const char *bytes, size_t at, size_t end, size_t depth)
{
	if (is_blank(bytes, at, end))
		return false;
	return bytes[at] == '[' || indent(bytes, at, end) < depth;
}

static bool begins_item(const char *bytes, size_t at, size_t end)
{
	while (at < end && bytes[at] == ' ')
		at++;
	return at + 1 < end && bytes[at] == '-' && bytes[at + 1] == ' ';
}

static struct cl_view lines_around(const char *bytes, size_t low, size_t high, size_t from, size_t to)
{
	size_t start = line_start(bytes, low, from), end = line_end(bytes, to, high);
	size_t depth = indent(bytes, start, end);

	while (start > low && !begins_item(bytes, start, line_end(bytes, start, high))) {
		size_t before = line_start(bytes, low, start - 1);

		if (is_outside(bytes, before, start - 1, depth))
			break;
		start = before;
	}
	while (end < high) {
		size_t next = end + 1, next_end = line_end(bytes, next, high);

		if (is_outside(bytes, next, next_end, depth) || (depth && begins_item(bytes, next, next_end)))
			break;
		end = next_end;
	}
	return (struct cl_view){bytes + start, end - start};
}

/* The braces around it; false: there are none near. Braces within strings are too rare to matter. */
static bool braces_around(const char *bytes, size_t low, size_t high, size_t from, size_t to, struct cl_view *out)
{
	size_t start = from, end = to;
	int depth = 0;

	for (; start > low; start--) {
		char c = bytes[start - 1];

		if (c == '{' && !depth)
			break;
		depth += (c == '}') - (c == '{');
	}
	if (start == low)
		return false;
	for (depth = 0; end < high; end++) {
		if (bytes[end] == '}' && !depth)
			break;
		depth += (bytes[end] == '{') - (bytes[end] == '}');
	}
	*out = (struct cl_view){bytes + start, end - start};
	return true;
}

struct cl_view cl_block_around(uint32_t source, const char *bytes, size_t len, size_t from, size_t to)
{
	size_t low = from > REACH ? from - REACH : 0, high = len - to > REACH ? to + REACH : len;
	struct cl_view out;

	if (source == CL_SOURCE_ENVIRONMENT)
		return (struct cl_view){bytes + low, high - low};
	if (!braces_around(bytes, low, high, from, to, &out))
		out = lines_around(bytes, low, high, from, to);
	return out;
}

struct cl_block_reader cl_block_members(struct cl_view block)
{
	return (struct cl_block_reader){block.p, block.p + block.len};
}

static bool is_key(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static const char *skip(const char *p, const char *end, const char *set)
{
	while (p < end && *p && strchr(set, *p))
		p++;
	return p;
}

/* False: it does not fit, and is none that anybody asks for. */
static bool normal(char key[CL_BLOCK_KEY], const char *p, const char *end)
{
	size_t n = 0;

	for (; p < end; p++) {
		if (*p == '_' || *p == '-' || *p == '.')
			continue;
		if (n == CL_BLOCK_KEY - 1)
			return false;
		key[n++] = (char)tolower((unsigned char)*p);
	}
	key[n] = '\0';
	return n > 0;
}

static struct cl_view value_at(const char *p, const char *end)
{
	bool quoted;
	const char *stop;

	while (p < end && *p == '\\')
		p++;
	quoted = p < end && (*p == '"' || *p == '\'');
	p += quoted;
	for (stop = p; stop < end && *stop && !strchr(quoted ? "\"'\\\n" : "\",}\r\n", *stop); stop++)
		;
	while (!quoted && stop > p && (stop[-1] == ' ' || stop[-1] == '\t'))
		stop--;
	return (struct cl_view){p, (size_t)(stop - p)};
}

bool cl_block_next(struct cl_block_reader *r, char key[CL_BLOCK_KEY], struct cl_view *value)
{
	while (r->p < r->end) {
		const char *start = r->p, *stop = start, *sign;

		while (stop < r->end && is_key(*stop))
			stop++;
		if (stop == start) {
			r->p++;
			continue;
		}
		r->p = stop;
		sign = skip(stop, r->end, "\"'\\ \t");
		if (sign == r->end || (*sign != ':' && *sign != '=') || !normal(key, start, stop))
			continue;
		*value = value_at(skip(sign + 1, r->end, " \t"), r->end);
		/* An object or a list is entered, anything else passed over. */
		if (value->len && *value->p != '{' && *value->p != '[') {
			r->p = value->p + value->len;
			return true;
		}
	}
	return false;
}
