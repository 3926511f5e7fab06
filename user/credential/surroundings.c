/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/surroundings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "credential/names.h"

#define USER_NAME_MAX 15 /* a longer user part of an address is a token */

/* One string: [start, end) of the text. */
struct cursor {
	struct cl_spans *l;
	const char *s;
	size_t start, end;
};

int cl_spans_add(struct cl_spans *l, size_t from, size_t to, bool credential)
{
	if (to <= from)
		return 0;
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 16;
		struct cl_span *bigger = realloc(l->spans, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		l->spans = bigger;
		l->cap = cap;
	}
	l->spans[l->n++] = (struct cl_span){from, to, credential};
	return 0;
}

void cl_spans_free(struct cl_spans *l)
{
	free(l->spans);
	l->spans = NULL;
	l->n = l->cap = 0;
}

static bool is_name(char c)
{
	static const bool table[256] = {['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
					['_'] = true,	      ['-'] = true,	    ['.'] = true};

	return table[(unsigned char)c];
}

static bool is_one_of(char c, const char *set)
{
	while (*set && *set != c)
		set++;
	return *set != '\0';
}

static size_t skip(const struct cursor *c, size_t at, const char *set)
{
	while (at < c->end && is_one_of(c->s[at], set))
		at++;
	return at;
}

static size_t string_end(const struct cl_spans *l, size_t at)
{
	const char *stop = at < l->len ? memchr(l->s + at, l->separator, l->len - at) : NULL;

	return stop ? (size_t)(stop - l->s) : l->len;
}

static bool is_word(const char *s, size_t n, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(list[i]) == n && !strncasecmp(s, list[i], n))
			return true;
	return false;
}

/* Values that say nothing, and the place of a file instead of a value. */
static bool is_harmless(const char *name, size_t name_len, const char *value, size_t len)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "0", "1", "null", "none"};

	return is_word(value, len, words, ARRAY_SIZE(words)) ||
	       (len && *value == '/' && name_len >= 11 && !strncasecmp(name + name_len - 11, "credentials", 11));
}

/* End of a quoted value; one quote with a backslash is closed by the same ("{\"token\": \"x\"}" in a string). */
static size_t quoted_end(const struct cursor *c, size_t at, char quote, bool escaped)
{
	while (at < c->end) {
		bool backslash = c->s[at] == '\\' && at + 1 < c->end;

		if (c->s[at] == quote || (escaped && backslash && c->s[at + 1] == quote))
			return at;
		at += backslash ? 2 : 1;
	}
	return at;
}

static size_t plain_end(const struct cursor *c, size_t at, const char *stop)
{
	while (at < c->end && !is_one_of(c->s[at], stop))
		at++;
	return at;
}

/* End of the value at *from, which moves behind an opening quote. */
static size_t value_end(const struct cursor *c, size_t *from, const char *stop)
{
	size_t at = *from;
	bool escaped = at + 1 < c->end && c->s[at] == '\\' && is_one_of(c->s[at + 1], "\"'");

	at += escaped;
	if (at < c->end && is_one_of(c->s[at], "\"'`")) {
		*from = at + 1;
		return quoted_end(c, at + 1, c->s[at], escaped);
	}
	return plain_end(c, at, stop);
}

/* "name=value", "name: value", "\"name\": \"value\"". Returns the end of the value, `name_end` when there is none. */
static size_t assigned(const struct cursor *c, size_t name, size_t name_end, size_t *from)
{
	static const char *const headers[] = {"authorization", "proxy-authorization", "cookie", "set-cookie"};
	size_t at = skip(c, skip(c, name_end, "\"'\\"), " \t");
	bool colon = at < c->end && c->s[at] == ':', equals = at < c->end && c->s[at] == '=';

	if ((!colon && !equals) || (colon && at + 1 < c->end && c->s[at + 1] == ':'))
		return name_end;
	*from = skip(c, at + 1, ":=>");
	if (colon || at > name_end)
		*from = skip(c, *from, " \t");
	if (is_word(c->s + name, name_end - name, headers, ARRAY_SIZE(headers)))
		return value_end(c, from, "\"'`\r\n");
	/* A string that is one assignment: its value is all the rest, blanks included. */
	if (equals && at == name_end && skip(c, c->start, "-") == name) {
		size_t start = *from, end = value_end(c, from, "");

		/* Quoted in the middle of a shell's text: that ends where the quote is closed. */
		if (*from == start || end == c->end || skip(c, end + 1, "\"'`") == c->end ||
		    isspace((unsigned char)c->s[end + 1]))
			return end;
		*from = start;
		return c->end;
	}
	return value_end(c, from, " \t\r\n\"'`&;|)}");
}

/* "--password" and its value, as two strings or as two words of one. The same return. */
static size_t following(const struct cursor *c, size_t option, size_t name_end, size_t *from)
{
	size_t end;

	if (name_end == c->end) {
		*from = name_end + 1;
		if (option != c->start || *from >= c->l->len)
			return name_end;
		end = string_end(c->l, *from);
	} else {
		*from = skip(c, name_end, " \t");
		if (*from == name_end)
			return name_end;
		end = value_end(c, from, " \t\r\n\"'`&;|)");
	}
	/* Another option: this one has no value. */
	return end - *from >= 2 && !memcmp(c->s + *from, "--", 2) ? name_end : end;
}

/* curl's "-u user:password". "1000:1000" is a container's user. */
static int add_user(const struct cursor *c, size_t name_end, size_t *next)
{
	size_t from = skip(c, name_end, " \t="), end, colon, at;

	end = from < c->end ? value_end(c, &from, " \t\r\n\"'") : 0;
	if (name_end == c->end && name_end + 1 < c->l->len) {
		from = name_end + 1;
		end = string_end(c->l, from);
	}
	for (colon = from; colon < end && c->s[colon] != ':'; colon++)
		;
	at = colon + 1;
	while (at < end && isdigit((unsigned char)c->s[at]))
		at++;
	if (at >= end)
		return 0;
	*next = end;
	return cl_spans_add(c->l, colon + 1, end, false);
}

/* "://user:password@host": the password, and a user that is a token. `at` is behind the slashes. */
static int add_userinfo(const struct cursor *c, size_t at, size_t *next)
{
	size_t sign = 0, colon = 0;

	*next = at;
	for (size_t i = at; i < c->end && !is_one_of(c->s[i], "/?# \t\r\n\"'`<>"); i++) {
		if (c->s[i] == '@')
			sign = i;
	}
	if (!sign)
		return 0;
	for (size_t i = at; i < sign && !colon; i++)
		colon = c->s[i] == ':' ? i : 0;
	*next = sign;
	if (colon && colon - at <= USER_NAME_MAX)
		return cl_spans_add(c->l, colon + 1, sign, false);
	return sign - at > USER_NAME_MAX ? cl_spans_add(c->l, at, sign, false) : 0;
}

static bool is_program(const struct cl_spans *l, const char *const *list, size_t n)
{
	size_t end = string_end(l, 0), base = end;

	while (base && l->s[base - 1] != '/')
		base--;
	return is_word(l->s + base, end - base, list, n);
}

/* mysql -pPASSWORD, sshpass -pPASSWORD and sshpass -p PASSWORD. */
static int add_attached(const struct cursor *c, size_t *next)
{
	static const char *const programs[] = {"sshpass", "mysql",	  "mysqldump",	  "mysqladmin",
					       "mariadb", "mariadb-dump", "mariadb-admin"};
	size_t from = c->start + 2, end = c->end;

	if (!c->start || c->end < from || memcmp(c->s + c->start, "-p", 2) ||
	    !is_program(c->l, programs, ARRAY_SIZE(programs)))
		return 0;
	if (from == c->end && is_program(c->l, programs, 1)) {
		from = c->end + 1;
		end = from < c->l->len ? string_end(c->l, from) : from;
	}
	*next = end;
	return cl_spans_add(c->l, from, end, false);
}

/* Reads the name at `at` and adds the value that belongs to it. */
static int read_name(const struct cursor *c, size_t at, size_t *next)
{
	static const char *const users[] = {"-u", "--user", "--proxy-user"};
	size_t name = skip(c, at, "-"), end = at, from = 0, value, at_value;

	while (end < c->end && is_name(c->s[end]))
		end++;
	*next = end;
	if (c->s[at] == '-' && is_word(c->s + at, end - at, users, ARRAY_SIZE(users)))
		return add_user(c, end, next);
	if (end - at > 2 && c->s[at] == '-' && c->s[at + 1] == 'H') /* curl's -H with its header attached */
		name = at + 2;
	/* Most words are neither an option nor followed by a value: spares asking what they are called. */
	at_value = skip(c, end, "\"'\\ \t");
	if (name >= end || (name == at && (at_value == c->end || !is_one_of(c->s[at_value], ":="))) ||
	    !cl_name_is_secret(c->s + name, end - name))
		return 0;
	value = assigned(c, name, end, &from);
	if (value == end && name > at)
		value = following(c, at, end, &from);
	if (value == end || is_harmless(c->s + name, end - name, c->s + from, value - from))
		return 0;
	*next = value > end ? value : end;
	return cl_spans_add(c->l, from, value, false);
}

static int read_string(struct cursor *c, size_t *next)
{
	size_t at = c->start;
	int r = c->l->addresses_only ? 0 : add_attached(c, &at);

	while (!r && at < c->end) {
		if (!c->l->addresses_only && is_name(c->s[at]))
			r = read_name(c, at, &at);
		else if (c->s[at] == ':' && c->end - at >= 3 && !memcmp(c->s + at, "://", 3))
			r = add_userinfo(c, at + 3, &at);
		else
			at++;
	}
	*next = at > c->end ? at : c->end;
	return r;
}

int cl_surroundings(struct cl_spans *l)
{
	struct cursor c = {.l = l, .s = l->s};
	int r = 0;

	/* *next is at a separator or at the end. */
	for (size_t at = 0; at < l->len && !r; at++) {
		c.start = at;
		c.end = string_end(l, at);
		r = read_string(&c, &at);
	}
	return r;
}
