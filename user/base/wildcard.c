/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wildcard.h"

#include <ctype.h>
#include <stddef.h>

/* Where to go on after a mismatch: behind a star that lets one more character pass. */
struct retry {
	const char *pattern, *text;
};

static bool same(char a, char b, bool any_case)
{
	return any_case ? tolower((unsigned char)a) == tolower((unsigned char)b) : a == b;
}

static bool match(const char *p, const char *s, char wall, bool any_case)
{
	struct retry star = {0}, deep = {0};

	for (;;) {
		if (*p == '*') {
			bool crosses = !wall || p[1] == '*';

			while (*p == '*')
				p++;
			if (crosses) {
				deep = (struct retry){p, s};
				star = (struct retry){0};
			} else {
				star = (struct retry){p, s};
			}
		} else if (*s && ((*p == '?' && *s != wall) || (*p && same(*p, *s, any_case)))) {
			p++;
			s++;
		} else if (!*s && !*p) {
			return true;
		} else if (star.pattern && *star.text && *star.text != wall) {
			p = star.pattern;
			s = ++star.text;
		} else if (deep.pattern && *deep.text) {
			p = deep.pattern;
			s = ++deep.text;
			star = (struct retry){0};
		} else {
			return false;
		}
	}
}

bool cl_wildcard_name(const char *pattern, const char *text)
{
	return match(pattern, text, '\0', false);
}

bool cl_wildcard_host(const char *pattern, const char *text)
{
	return match(pattern, text, '\0', true);
}

bool cl_wildcard_path(const char *pattern, const char *path)
{
	return match(pattern, path, '/', false);
}
