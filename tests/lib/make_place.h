/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a value of each format may stand: assignments, JSON, YAML, ini, XML, headers, netrc, addresses, log lines,
 * environments and command lines. "#" is the value, "%" a key of the format's own, "^" a NUL.
 */
#pragma once

#include <ctype.h>

#include "make_sample.h"

struct mk_place {
	const char *text;
	const char *name; /* of the value there; NULL: it has none */
	uint32_t source;
};

/* A value that is known by itself. */
static const struct mk_place mk_anywhere[] = {
	{"#", NULL, CL_SOURCE_FILE},
	{"first line\nTOKEN=#\n", "TOKEN", CL_SOURCE_FILE},
	{"export TOKEN='#'; run", "TOKEN", CL_SOURCE_FILE},
	{"{\"a\": 1, \"oauth_token\": \"#\", \"b\": 2}", "oauth_token", CL_SOURCE_FILE},
	{"{\\\"oauth_token\\\":\\\"#\\\"}", "oauth_token", CL_SOURCE_FILE},
	{"oauth_token: #\nuser: x\n", "oauth_token", CL_SOURCE_FILE},
	{"GET / HTTP/1.1\r\nAuthorization: Bearer #\r\n\r\n", "Authorization", CL_SOURCE_FILE},
	{"machine example.com login me password #\n", "password", CL_SOURCE_FILE},
	{"<password>#</password>", "password", CL_SOURCE_FILE},
	{"see (#), please.", NULL, CL_SOURCE_FILE},
	{"HOME=/root^GH_TOKEN=#^LANG=C^", "GH_TOKEN", CL_SOURCE_ENVIRONMENT},
	{"cmd^--token^#^x^", "token", CL_SOURCE_ARGUMENTS},
	{"cmd^--token=#^x^", "token", CL_SOURCE_ARGUMENTS},
	{"curl^-H^Authorization: token #^", "Authorization", CL_SOURCE_ARGUMENTS},
};

/* Where a value of word characters, but no address, may stand as well. */
static const struct mk_place mk_in_addresses[] = {
	{"https://user:#@example.com/x", NULL, CL_SOURCE_FILE},
	{"url = https://#:x@example.com/x", "url", CL_SOURCE_FILE},
	{"https://example.com/?token=#&x=1", "token", CL_SOURCE_FILE},
	{"https://example.com/?x%3D#%26", NULL, CL_SOURCE_FILE},
};

/* Beside a key of the format's own. The last one ends with "<", which a format may refuse. */
static const struct mk_place mk_beside_key[] = {
	{"; settings\n%=#\n", "%", CL_SOURCE_FILE},
	{"[default]\n%=#\r\nregion=x\r\n", "%", CL_SOURCE_FILE},
	{"a: 1\n% : '#'\nb: 2\n", "%", CL_SOURCE_FILE},
	{"X=1^%=#^Y=2^", "%", CL_SOURCE_ENVIRONMENT},
	{"cmd^%=#^x^", "%", CL_SOURCE_ARGUMENTS},
	{"2026-01-02 started with %=#\tin 3 s", "%", CL_SOURCE_FILE},
	{"export %=\"#\"; run", "%", CL_SOURCE_FILE},
	{"{\"a\": 1, \"%\": \"#\"}", "%", CL_SOURCE_FILE},
	{"<%>#</%>", "%", CL_SOURCE_FILE},
};

/* A password's context holds all that comes before it. */
static const struct mk_place mk_behind_context[] = {
	{"DATABASE_URL=%:#@db.example.com/app\n", NULL, CL_SOURCE_FILE},
	{"{\"url\": \"%:#@db\"}", NULL, CL_SOURCE_FILE},
	{"url: '%:#@db.example.com:1/x'", NULL, CL_SOURCE_FILE},
	{"X=1^URL=%:#@db^", NULL, CL_SOURCE_ENVIRONMENT},
	{"psql^%:#@db^-c^", NULL, CL_SOURCE_ARGUMENTS},
	{"connected to %:#@db", NULL, CL_SOURCE_FILE},
};
static const struct mk_place mk_behind_blank[] = {
	{"% #\n", NULL, CL_SOURCE_FILE},
	{"% #", NULL, CL_SOURCE_FILE},
	{"; mine\r\n% #\r\n", NULL, CL_SOURCE_FILE},
	{"\t%\t#\t\n", NULL, CL_SOURCE_FILE},
	{"X=%\n#\n^", NULL, CL_SOURCE_ENVIRONMENT},
	{"sh^-c^% # ^", NULL, CL_SOURCE_ARGUMENTS},
};
static const struct mk_place mk_behind_equals[] = {
	{"%=#\n", NULL, CL_SOURCE_FILE},
	{"Server=x;%=#;Encrypt=yes", NULL, CL_SOURCE_FILE},
	{"{\"dsn\": \"%=#\"}", NULL, CL_SOURCE_FILE},
	{"dsn: '%=#'\n", NULL, CL_SOURCE_FILE},
	{"DSN=%=#^", NULL, CL_SOURCE_ENVIRONMENT},
	{"cmd^%=#^", NULL, CL_SOURCE_ARGUMENTS},
};
static const struct mk_place mk_behind_colon[] = {
	{"%:#\n", NULL, CL_SOURCE_FILE},	 {"%:#", NULL, CL_SOURCE_FILE},
	{"x\r\n%:#\r\n", NULL, CL_SOURCE_FILE},	 {"X=%:#^", NULL, CL_SOURCE_ENVIRONMENT},
	{"cmd^%:#^", NULL, CL_SOURCE_ARGUMENTS}, {"a\n%:#\nb\n", NULL, CL_SOURCE_FILE},
};
static const struct mk_place mk_joined[] = {
	{"%#", NULL, CL_SOURCE_FILE},
	{"curl https://%#/getMe\n", NULL, CL_SOURCE_FILE},
	{"{\"url\": \"%#\"}", NULL, CL_SOURCE_FILE},
	{"url: '%#'", NULL, CL_SOURCE_FILE},
	{"U=%#^", NULL, CL_SOURCE_ENVIRONMENT},
	{"curl^%#/x^", NULL, CL_SOURCE_ARGUMENTS},
};

/* The places that a value of the format is found in. */
static inline size_t mk_places(const struct cl_format *f, const struct mk_place **out)
{
#define LIST(l) (*out = (l), sizeof(l) / sizeof(*(l)))
	if (!f->context)
		return LIST(mk_anywhere);
	if (f->joined)
		return LIST(mk_joined);
	if (strcmp(f->kind, "password"))
		return LIST(mk_beside_key) - (f->after != NULL);
	if (!strcmp(f->after, "@"))
		return LIST(mk_behind_context);
	if (strchr(f->after, ';'))
		return LIST(mk_behind_equals);
	return strchr(f->after, '"') || !strchr(f->after, ' ') ? LIST(mk_behind_colon) : LIST(mk_behind_blank);
#undef LIST
}

/* The place's text with the value in it; key: NULL when the format needs none. *len gets its length. malloc'ed. */
static inline char *mk_fill(const struct mk_place *place, const char *key, const char *value, size_t *len)
{
	size_t n = key ? strlen(key) : 0;
	char *t = malloc(strlen(place->text) + 4 * strlen(value) + 2 * n + 1), *o = t;

	assert(t);
	for (const char *p = place->text; *p; p++) {
		if (*p == '#')
			o += sprintf(o, "%s", value);
		else if (*p == '%' && key)
			o += sprintf(o, "%s", key);
		else
			*o++ = *p == '^' ? '\0' : *p;
	}
	*o = '\0';
	*len = (size_t)(o - t);
	return t;
}

/* As it is written where nothing else is: by itself, or beside the key that tells what it is. malloc'ed. */
static inline char *mk_shortest(const struct cl_format *f, const char *value)
{
	static const struct mk_place by_itself = {.text = "#"}, joined = {.text = "%#"}, assigned = {.text = "%=#"},
				     address = {.text = "%:#@db"}, behind = {.text = "%:#"}, word = {.text = "% #"};
	const struct mk_place *places, *one;
	char *key = f->context ? mk_sample_key(f) : NULL, *text;
	size_t len;

	mk_places(f, &places);
	one = places == mk_joined	    ? &joined
	      : places == mk_behind_context ? &address
	      : places == mk_behind_colon   ? &behind
	      : places == mk_behind_blank   ? &word
	      : places == mk_anywhere	    ? &by_itself
					    : &assigned;
	text = mk_fill(one, key, value, &len);
	free(key);
	return text;
}

/* Whether the key can be told as the name of its value: one word that is no value itself. */
static inline bool mk_is_name(const char *key)
{
	size_t n = strlen(key), plain = 0;

	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)key[i]) && !strchr("_.-", key[i]))
			return false;
		plain += !isupper((unsigned char)key[i]) && !isdigit((unsigned char)key[i]);
	}
	return (isalpha((unsigned char)key[0]) || key[0] == '_') && n < 64 && (plain || n < 16);
}
