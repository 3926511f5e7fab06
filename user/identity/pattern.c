/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of command lines and of cgroups' paths. No backtracking: "..." and "**" end at the first that fits, a part
 * ends at the next literal, so that the time is that of one pass whatever a process calls itself.
 */
#define _GNU_SOURCE
#include <string.h>

#include "identity/recognise.h"

struct piece {
	const char *s;
	size_t len;
};

static void capture(struct cl_scope *scope, struct piece name, struct piece value)
{
	if (scope->n < CL_CAPTURES)
		scope->captures[scope->n++] = (struct cl_capture){name.s, value.s, name.len, value.len};
}

/* Where `literal` stands in the text: at its end when nothing follows in the pattern, else at its first place. */
static bool find_literal(struct piece text, struct piece literal, bool last, size_t *at)
{
	if (text.len < literal.len)
		return false;
	if (last) {
		*at = text.len - literal.len;
		return !memcmp(text.s + *at, literal.s, literal.len);
	}
	for (*at = 0; *at + literal.len <= text.len; (*at)++)
		if (!memcmp(text.s + *at, literal.s, literal.len))
			return true;
	return false;
}

static struct piece literal_of(struct piece pattern)
{
	size_t n = 0;

	while (n < pattern.len && pattern.s[n] != '{' && pattern.s[n] != '*')
		n++;
	return (struct piece){pattern.s, n};
}

static void drop(struct piece *p, size_t n)
{
	p->s += n;
	p->len -= n;
}

/* One word or component: literals, "*" for anything, {name} for something. */
static bool fits(struct piece pattern, struct piece text, struct cl_scope *scope)
{
	struct piece literal = literal_of(pattern);

	if (text.len < literal.len || memcmp(text.s, literal.s, literal.len))
		return false;
	drop(&pattern, literal.len);
	drop(&text, literal.len);
	while (pattern.len) {
		bool named = *pattern.s == '{';
		struct piece name = {pattern.s + 1, 0};
		size_t at;

		if (named)
			while (name.len + 1 < pattern.len && name.s[name.len] != '}')
				name.len++;
		drop(&pattern, named ? name.len + 2 < pattern.len ? name.len + 2 : pattern.len : 1);
		literal = literal_of(pattern);
		if (!find_literal(text, literal, literal.len == pattern.len, &at) || (named && !at))
			return false;
		if (named)
			capture(scope, name, (struct piece){text.s, at});
		drop(&text, at + literal.len);
		drop(&pattern, literal.len);
	}
	return !text.len;
}

static bool is(struct piece p, const char *s)
{
	return p.len == strlen(s) && !memcmp(p.s, s, p.len);
}

static struct piece take(const char **s, char end)
{
	const char *stop = strchr(*s, end);
	struct piece p = {*s, stop ? (size_t)(stop - *s) : strlen(*s)};

	*s += p.len;
	while (**s == end)
		(*s)++;
	return p;
}

static struct piece basename_of(struct piece p)
{
	const char *slash = memrchr(p.s, '/', p.len);

	if (slash)
		drop(&p, (size_t)(slash - p.s) + 1);
	return p;
}

/* As `fits`, leaving no parts behind of what does not. */
static bool matches(struct piece pattern, struct piece text, struct cl_scope *scope)
{
	size_t before = scope->n;
	bool yes = fits(pattern, text, scope);

	if (!yes)
		scope->n = before;
	return yes;
}

/* ---- command lines ---- */

static bool word_matches(struct piece pattern, struct piece word, struct cl_scope *scope)
{
	return matches(pattern, memchr(pattern.s, '/', pattern.len) ? word : basename_of(word), scope);
}

static bool words_match(const char *pattern, const char *const *words, const size_t *lens, size_t n,
			struct cl_scope *scope)
{
	bool skip = false;
	size_t i = 0;

	while (*pattern) {
		struct piece p = take(&pattern, ' ');

		if (is(p, "...")) {
			skip = true;
			continue;
		}
		while (skip && i < n && !word_matches(p, (struct piece){words[i], lens[i]}, scope))
			i++;
		if (i == n || (!skip && !word_matches(p, (struct piece){words[i], lens[i]}, scope)))
			return false;
		i++;
		skip = false;
	}
	return i == n || skip;
}

bool cl_pattern_command(const char *pattern, const char *const *words, const size_t *lens, size_t n,
			struct cl_scope *scope)
{
	size_t before = scope->n;
	bool yes = words_match(pattern, words, lens, n, scope);

	if (!yes)
		scope->n = before;
	return yes;
}

/* ---- paths ---- */

static bool components_match(const char *pattern, const char *path, struct cl_scope *scope)
{
	bool skip = false;

	path += strspn(path, "/");
	pattern += strspn(pattern, "/");
	while (*pattern) {
		struct piece p = take(&pattern, '/');

		if (is(p, "**")) {
			skip = true;
			continue;
		}
		for (bool found = false; !found;) {
			if (!*path)
				return false;
			found = matches(p, take(&path, '/'), scope);
			if (!found && !skip)
				return false;
		}
		skip = false;
	}
	return !*path || skip;
}

bool cl_pattern_path(const char *pattern, const char *path, struct cl_scope *scope)
{
	size_t before = scope->n;
	bool yes = components_match(pattern, path, scope);

	if (!yes)
		scope->n = before;
	return yes;
}
