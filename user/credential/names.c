/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "event/observation.h"

#define BACK_MAX 512 /* bytes before a value that are looked at */

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/*
 * "clientSecret", "client-secret" -> "CLIENT_SECRET"; digits at the end go ("TOKEN_2"). Returns the length, 0 when it
 * does not fit: no name of a secret is that long.
 */
static size_t normalise(const char *name, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		bool hump = i && isupper((unsigned char)name[i]) && islower((unsigned char)name[i - 1]);

		if (n + 2 >= size)
			return 0;
		if (hump)
			out[n++] = '_';
		out[n++] = isalnum((unsigned char)name[i]) ? (char)toupper((unsigned char)name[i]) : '_';
	}
	while (n && (isdigit((unsigned char)out[n - 1]) || out[n - 1] == '_'))
		n--;
	out[n] = '\0';
	return n;
}

/* `word` at the end, as whole words: "DB_PASS" ends with PASS, "COMPASS" does not. */
static bool ends_with_words(const char *name, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && !memcmp(name + len - n, word, n) && (len == n || name[len - n - 1] == '_');
}

/* Whether a name that means a secret may end with these letters: most names are done with here. */
static bool may_end_so(char before, char last)
{
#define BIT(c) (1u << ((c) - 'a'))
	/* By the last letter, the letters before it: tok-en, secr-et, passwo-rd, ... */
	static const uint32_t befores[26] = {
		['n' - 'a'] = BIT('e') | BIT('s') | BIT('o'),		 /* token, dsn, authorization */
		['t' - 'a'] = BIT('e') | BIT('a') | BIT('w'),		 /* secret, pat, jwt */
		['d' - 'a'] = BIT('r') | BIT('w'),			 /* password, passwd, pwd */
		['y' - 'a'] = BIT('e'),					 /* key */
		['e' - 'a'] = BIT('s') | BIT('i'),			 /* passphrase, key_base, cookie */
		['s' - 'a'] = BIT('s') | BIT('l') | BIT('d') | BIT('a'), /* pass, credentials, creds, sas */
		['l' - 'a'] = BIT('a') | BIT('r'),			 /* credential, webhook_url */
		['h' - 'a'] = BIT('t'),					 /* auth */
		['g' - 'a'] = BIT('n'),					 /* connection_string */
		['r' - 'a'] = BIT('t'),					 /* conn_str */
		['c' - 'a'] = BIT('r'),					 /* npmrc */
	};
#undef BIT
	unsigned int x = (unsigned char)(before | 0x20) - 'a', y = (unsigned char)(last | 0x20) - 'a';

	return x < 26 && y < 26 && befores[y] >> x & 1;
}

bool cl_name_is_secret(const char *name, size_t len)
{
	/* Not the secret although the end says so. */
	static const char *const harmless[] = {"PUBLIC_KEY",	"PRIMARY_KEY", "FOREIGN_KEY", "SORT_KEY",
					       "PARTITION_KEY", "CACHE_KEY",   "HOST_KEY",    "CSRF_TOKEN",
					       "NEXT_TOKEN",	"OLD_PWD"};
	/* At the end of a name, also grown together with what stands before ("authtoken"). */
	static const char *const always[] = {"TOKEN", "SECRET", "PASSWORD", "PASSWD", "APIKEY", "PASSPHRASE"};
	static const char *const words[] = {
		"PASS",	    "CREDENTIALS", "CREDENTIAL", "CREDS",    "AUTH",
		"PAT",	    "JWT",	   "COOKIE",	 "DSN",	     "AUTHORIZATION",
		"API_KEY",  "ACCESS_KEY",  "SECRET_KEY", "KEY_BASE", "CONNECTION_STRING",
		"CONN_STR", "WEBHOOK_URL", "SAS",	 "SSHPASS",  "NPMRC",
	};
	char n[CL_NAME_SIZE + 32];
	size_t size;

	while (len && !isalpha((unsigned char)name[len - 1]))
		len--;
	if (len < 3)
		return false;
	size = may_end_so(name[len - 2], name[len - 1]) ? normalise(name, len, n, sizeof(n)) : 0;
	if (size < 3)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		if (ends_with_words(n, size, harmless[i]))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		if (size >= strlen(always[i]) && !strcmp(n + size - strlen(always[i]), always[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (ends_with_words(n, size, words[i]))
			return true;
	/* Alone, "key" is a field of a table and PWD the working directory. */
	return size > 4 && (ends_with_words(n, size, "KEY") || ends_with_words(n, size, "PWD"));
}

static size_t string_start(const char *s, size_t at)
{
	while (at && s[at - 1])
		at--;
	return at;
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

/* Value of a key in free text. Quotes, their escapes and blanks may stand around the separator. */
static size_t key_before(const char *s, size_t low, size_t from, size_t *at)
{
	static const char *const schemes[] = {"bearer", "basic", "token", "apikey", "ssws", "bot"};
	static const char *const bare[] = {"password", "passwd", "account", "_authToken"};
	size_t end = back_over(s, low, before_address(s, low, from), "\"'`\\ \t"), n, after;

	/* A block of its own: "key: |" and the value on the next lines. */
	if (end > low && (s[end - 1] == '\n' || s[end - 1] == '\r')) {
		after = back_over(s, low, end, "\n\r \t");
		if (after == back_over(s, low, after, "|>-+"))
			return 0;
		end = back_over(s, low, after, "|>-+ ");
	}
	after = back_over(s, low, end, "=:> \t");
	if (after < end && strcspn(s + after, "=:>") < end - after)
		return name_ending(s, low, back_over(s, low, after, "\"'`\\ \t"), at);
	n = name_ending(s, low, end, at);
	if (n && is_word(s + *at, n, schemes, ARRAY_SIZE(schemes))) {
		end = back_over(s, low, *at, "\"'`\\ \t");
		after = back_over(s, low, end, "=: \t");
		if (after < end)
			return name_ending(s, low, back_over(s, low, after, "\"'`\\ \t"), at);
	}
	if (n && (is_word(s + *at, n, bare, ARRAY_SIZE(bare)) || (*at > low && s[*at - 1] == '-')))
		return n;
	return 0;
}

size_t cl_name_before(uint32_t source, const char *bytes, size_t from, size_t *at)
{
	size_t start = string_start(bytes, from), low = lower_bound(bytes, from), n;

	if (source == CL_SOURCE_ENVIRONMENT) {
		const char *equals = memchr(bytes + start, '=', from - start);

		*at = start;
		n = equals ? (size_t)(equals - (bytes + start)) : 0;
		return n < CL_NAME_SIZE ? n : 0;
	}
	n = key_before(bytes, low, from, at);
	if (n || source != CL_SOURCE_ARGUMENTS || start < 2 || back_over(bytes, start, from, "\"'") != start)
		return n;
	/* A whole argument: the option before it. */
	low = string_start(bytes, start - 1);
	return bytes[low] == '-' ? name_ending(bytes, low, start - 1, at) : 0;
}
