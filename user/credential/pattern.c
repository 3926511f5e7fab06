/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/pattern.h"

#include <ctype.h>
#include <string.h>

static void add_range(struct cl_byte_set *set, unsigned char from, unsigned char to)
{
	for (unsigned int c = from; c <= to; c++)
		set->has[c] = true;
}

/* Adds what the escape at p ("\\d", "\\.") stands for; returns what follows it. */
static const char *add_escape(struct cl_byte_set *set, const char *p)
{
	p++;
	if (*p == 'd' || *p == 'w')
		add_range(set, '0', '9');
	if (*p == 'w') {
		add_range(set, 'A', 'Z');
		add_range(set, 'a', 'z');
		set->has['_'] = true;
	} else if (*p == 's') {
		add_range(set, '\t', '\r');
		set->has[' '] = true;
	} else if (*p && *p != 'd') {
		set->has[(unsigned char)*p] = true;
	}
	return *p ? p + 1 : p;
}

/* Adds the class whose '[' is at p; returns what follows its ']'. */
static const char *add_class(struct cl_byte_set *set, const char *p)
{
	bool first = true;

	for (p++; *p && (*p != ']' || first); first = false) {
		if (*p == '\\') {
			p = add_escape(set, p);
		} else if (p[1] == '-' && p[2] && p[2] != ']') {
			add_range(set, (unsigned char)p[0], (unsigned char)p[2]);
			p += 3;
		} else {
			set->has[(unsigned char)*p++] = true;
		}
	}
	return *p ? p + 1 : p;
}

/* Behind a group's "?:" or "?i:" and the like; p is behind the '('. */
static const char *skip_group_head(const char *p)
{
	const char *end = *p == '?' ? strpbrk(p, ":)") : NULL;

	return end ? end + 1 : p;
}

static const char *skip_braces(const char *p)
{
	const char *end = strchr(p, '}');

	return end ? end + 1 : p + strlen(p);
}

size_t cl_pattern_prefix(const char *pattern, char *out, size_t size)
{
	size_t n = 0;
	int depth = 0;

	for (const char *p = pattern; *p; p++) {
		p += *p == '\\' && p[1];
		depth += (*p == '(') - (*p == ')');
		if (*p == '|' && !depth)
			return 0;
	}
	for (const char *p = pattern; *p && n < size; p++) {
		bool escaped = *p == '\\' && ispunct((unsigned char)p[1]);

		if (!escaped && strchr("[({.|^$\\", *p))
			break;
		if (strchr("?*+{", *p) && !escaped)
			return n - (n > 0);
		p += escaped;
		out[n++] = *p;
	}
	return n;
}

void cl_pattern_bytes(const char *pattern, struct cl_byte_set *out)
{
	*out = (struct cl_byte_set){0};
	for (const char *p = pattern; *p;) {
		if (*p == '[')
			p = add_class(out, p);
		else if (*p == '\\')
			p = add_escape(out, p);
		else if (*p == '(')
			p = skip_group_head(p + 1);
		else if (*p == '{')
			p = skip_braces(p);
		else if (strchr(")|?*+", *p))
			p++;
		else
			out->has[(unsigned char)*p++] = true;
	}
}

void cl_pattern_first_class(const char *pattern, struct cl_byte_set *out)
{
	*out = (struct cl_byte_set){0};
	if (*pattern == '[')
		add_class(out, pattern);
}

void cl_pattern_last_class(const char *pattern, struct cl_byte_set *out)
{
	*out = (struct cl_byte_set){0};
	for (const char *p = pattern; *p;) {
		if (*p == '[') {
			*out = (struct cl_byte_set){0};
			p = add_class(out, p);
		} else {
			p += *p == '\\' && p[1] ? 2 : 1;
		}
	}
}
