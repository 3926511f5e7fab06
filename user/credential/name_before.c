/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads backwards from a value to the name that holds it, through whatever the container puts between. Looks at few
 * bytes, whatever they are.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "credential/names.h"
#include "event/observation.h"

#define QUOTES "\"'`\\"
#define BACK_MAX 512 /* bytes before a value that are looked at */

/* Names that need no separator. */
static const char *const bare[] = {"password", "passwd", "account", "_authToken"};

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static size_t string_start(const char *s, size_t at)
{
	const char *zero = memrchr(s, '\0', at);

	return zero ? (size_t)(zero - s) + 1 : 0;
}

/* s[from - back...] holds no NUL and no more than BACK_MAX bytes. */
static size_t lower_bound(const char *s, size_t from)
{
	size_t at = from;

	while (at && s[at - 1] && from - at < BACK_MAX)
		at--;
	return at;
}

static size_t back_over(const char *s, size_t low, size_t at, const char *set)
{
	while (at > low && strchr(set, s[at - 1]))
		at--;
	return at;
}

/* An access key id before its secret, or the like: long, and neither words nor small letters in it. */
static bool looks_like_value(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isupper((unsigned char)s[i]) && !isdigit((unsigned char)s[i]))
			return false;
	return len >= 16;
}

/* The name that ends at `end`. */
static size_t name_ending(const char *s, size_t low, size_t end, size_t *at)
{
	size_t start = end;

	while (start > low && is_name(s[start - 1]))
		start--;
	while (start < end && !isalpha((unsigned char)s[start]) && s[start] != '_')
		start++;
	if (end - start >= CL_NAME_SIZE || looks_like_value(s + start, end - start))
		return 0;
	*at = start;
	return end - start;
}

static bool is_word(const char *s, size_t n, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(list[i]) == n && !strncasecmp(s, list[i], n))
			return true;
	return false;
}

/* "https://user:" and "https://" before a value: back to where the address starts. */
static size_t before_address(const char *s, size_t low, size_t from)
{
	size_t at = from;

	while (at > low && !strchr(" \t\n\r\"'=", s[at - 1]))
		at--;
	for (size_t i = at; i + 3 <= from; i++)
		if (!memcmp(s + i, "://", 3))
			return at;
	return from;
}

/* ["x", "VALUE": from an element to the bracket of its list, whose name is what holds it. */
static size_t before_list(const char *s, size_t low, size_t from)
{
	size_t at = back_over(s, low, from, QUOTES " \t\r\n");

	if (at == low || (s[at - 1] != ',' && s[at - 1] != '['))
		return from;
	while (at > low && !strchr("{}[]:=", s[at - 1]))
		at--;
	return at > low && s[at - 1] == '[' ? at - 1 : from;
}

/* The same for "- VALUE" in lines. */
static size_t before_items(const char *s, size_t low, size_t from)
{
	size_t at = back_over(s, low, from, QUOTES " \t");

	while (at > low && s[at - 1] == '-') {
		size_t line = back_over(s, low, at - 1, " \t"), end = back_over(s, low, line, "\r\n \t");

		if (end == line || end == low)
			return from;
		if (s[end - 1] == ':')
			return end;
		/* Behind the dash of the line above. */
		for (at = end; at > low && s[at - 1] != '\n';)
			at--;
		while (at < end && (s[at] == ' ' || s[at] == '\t'))
			at++;
		at++;
	}
	return from;
}

/* {"name": "GH_TOKEN", "value": "..."}: the name that stands beside `value`, which is at `at`. */
static size_t named_beside(const char *s, size_t low, size_t value, size_t *at)
{
	static const char *const names[] = {"name", "key", "id"};
	size_t end = back_over(s, low, value, QUOTES " \t\r\n,;"), separator, key = 0, x = 0, n, k;

	n = name_ending(s, low, end, &x);
	end = back_over(s, low, n ? x : low, QUOTES " \t");
	separator = back_over(s, low, end, ":= \t");
	if (!n || separator == end)
		return 0;
	k = name_ending(s, low, back_over(s, low, separator, QUOTES " \t"), &key);
	if (!k || !is_word(s + key, k, names, ARRAY_SIZE(names)))
		return 0;
	*at = x;
	return n;
}

/* The sixth field of seven in a cookie file's line. */
static size_t cookie_before(const char *s, size_t low, size_t from, size_t *at)
{
	size_t line = from, tabs = 0, n;

	while (line > low && s[line - 1] != '\n')
		tabs += s[--line] == '\t';
	if (tabs != 6 || s[from - 1] != '\t')
		return 0;
	n = name_ending(s, line, from - 1, at);
	return n && s[*at - 1] == '\t' ? n : 0;
}

static bool only_blanks(const char *s, size_t n)
{
	while (n && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	return !n;
}

/* The name before the separator in [after, end); 0: there is none. */
static size_t separated(const char *s, size_t low, size_t end, const char *separators, size_t *at)
{
	size_t after = back_over(s, low, end, separators), n;

	if (after == end || only_blanks(s + after, end - after))
		return 0;
	n = name_ending(s, low, back_over(s, low, after, QUOTES " \t"), at);
	/* curl's -H with its header attached. */
	if (n > 2 && s[*at] == 'H' && *at > low && s[*at - 1] == '-' && isalpha((unsigned char)s[*at + 1]) &&
	    (*at - 1 == low || strchr(QUOTES " \t", s[*at - 2]))) {
		++*at;
		n--;
	}
	return n;
}

/* What stands on the lines before a value that begins its own: "key: |", or a name without a separator. */
static size_t on_line_before(const char *s, size_t low, size_t end, size_t *at)
{
	size_t line = back_over(s, low, end, "\n\r \t"), key = back_over(s, low, line, "|>-+"), n;

	if (key < line)
		return separated(s, low, key, "=:> \t", at);
	n = name_ending(s, low, line, at);
	return n && is_word(s + *at, n, bare, ARRAY_SIZE(bare)) ? n : 0;
}

/* Value of a key in free text. Quotes, their escapes and blanks may stand around the separator. */
static size_t key_before(const char *s, size_t low, size_t from, size_t *at)
{
	static const char *const schemes[] = {"bearer", "basic", "token", "apikey", "ssws", "bot"};
	size_t end = back_over(s, low, before_address(s, low, from), QUOTES " \t"), n;

	if (end > low && (s[end - 1] == '\n' || s[end - 1] == '\r'))
		return on_line_before(s, low, end, at);
	n = separated(s, low, end, "=:> \t", at);
	if (n && n == 5 && !strncasecmp(s + *at, "value", 5))
		return named_beside(s, low, *at, at) ?: n;
	if (n || end == low || strchr("=:>", s[end - 1]))
		return n;
	n = name_ending(s, low, end, at);
	if (n && is_word(s + *at, n, schemes, ARRAY_SIZE(schemes))) {
		size_t scheme = *at, m = separated(s, low, back_over(s, low, scheme, QUOTES " \t"), "=: \t", at);

		if (m)
			return m;
		*at = scheme;
	}
	return n && (is_word(s + *at, n, bare, ARRAY_SIZE(bare)) || (*at > low && s[*at - 1] == '-')) ? n : 0;
}

/* The string before the one that starts at `start`; its length. */
static size_t string_before(const char *s, size_t start, const char **out)
{
	size_t low = start > 1 ? string_start(s, start - 1) : 0;

	*out = s + low;
	return start ? start - 1 - low : 0;
}

static size_t name_in_argument(const char *s, size_t start, size_t from, size_t *at)
{
	static const char *const users[] = {"-u", "--user", "--proxy-user"};
	size_t low = lower_bound(s, from), n = key_before(s, low, from, at), len;
	const char *option;

	len = string_before(s, start, &option);
	if (n && *at == start && is_word(option, len, users, ARRAY_SIZE(users)))
		return 0;
	if (n || start < 2 || back_over(s, start, from, "\"'") != start)
		return n;
	/* A whole argument: the option before it. */
	return len && *option == '-' ? name_ending(s, start - 1 - len, start - 1, at) : 0;
}

size_t cl_name_before(uint32_t source, const char *bytes, size_t from, size_t *at)
{
	size_t low, n;

	if (source == CL_SOURCE_ENVIRONMENT) {
		size_t start = string_start(bytes, from);
		const char *equals = memchr(bytes + start, '=', from - start);

		*at = start;
		n = equals ? (size_t)(equals - (bytes + start)) : 0;
		return n < CL_NAME_SIZE ? n : 0;
	}
	if (source == CL_SOURCE_ARGUMENTS)
		return name_in_argument(bytes, string_start(bytes, from), from, at);
	low = lower_bound(bytes, from);
	n = cookie_before(bytes, low, from, at);
	return n ? n : key_before(bytes, low, before_items(bytes, low, before_list(bytes, low, from)), at);
}
