/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/names.h"

#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"

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
