/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bare value, out of every container that credentials are kept in: which format, which name, which line, and the
 * fingerprint of the value as it stands alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "credential/credential.h"
#include "make_token.h"
#include "scanner_case.h"

/* What stands in a template for the value, in one of its forms. */
#define BARE "\x01"
#define BASE64 "\x02"	  /* of the value */
#define PAIR "\x03"	  /* base64 of "user:value" */
#define HEX "\x04"	  /* of the value */
#define TWICE "\x05"	  /* base64 of its base64 */
#define PERCENT "\x06"	  /* as a part of an address */
#define SLASHES "\x07"	  /* as a string of JSON whose writer escapes slashes and signs */
#define QUOTED "\x0e"	  /* the same in a string in a string */
#define HEX_BASE64 "\x0f" /* hex of its base64 */

static char *hex_of(const char *s)
{
	char *hex = malloc(2 * strlen(s) + 1);

	assert_non_null(hex);
	cl_hex(hex, (const uint8_t *)s, strlen(s));
	return hex;
}

/* "a/b" as a\/b and "a=b" as a\u003db, with so many backslashes. */
static char *json_escaped(const char *s, const char *backslashes)
{
	char *out = malloc(strlen(s) * 9 + 1), *o = out;

	assert_non_null(out);
	for (; *s; s++)
		if (*s == '/')
			o += sprintf(o, "%s/", backslashes);
		else if (*s == '+' || *s == '=')
			o += sprintf(o, "%su%04x", backslashes, (unsigned char)*s);
		else
			*o++ = *s;
	*o = '\0';
	return out;
}

static char *percent_encoded(const char *s)
{
	char *out = malloc(strlen(s) * 3 + 1), *o = out;

	assert_non_null(out);
	for (; *s; s++)
		o += strchr("+/=:@", *s) ? sprintf(o, "%%%02X", (unsigned char)*s) : sprintf(o, "%c", *s);
	*o = '\0';
	return out;
}

static char *form_of(char form, const char *value)
{
	char *pair, *out, *first;

	switch (form) {
	case '\x02':
		return mk_base64(value, strlen(value), false);
	case '\x03':
		pair = malloc(strlen(value) + 6);
		assert_non_null(pair);
		sprintf(pair, "user:%s", value);
		out = mk_base64(pair, strlen(pair), false);
		free(pair);
		return out;
	case '\x04':
		return hex_of(value);
	case '\x05':
		first = mk_base64(value, strlen(value), false);
		out = mk_base64(first, strlen(first), false);
		free(first);
		return out;
	case '\x06':
		return percent_encoded(value);
	case '\x07':
		return json_escaped(value, "\\");
	case '\x0e':
		return json_escaped(value, "\\\\\\");
	case '\x0f':
		first = mk_base64(value, strlen(value), false);
		out = hex_of(first);
		free(first);
		return out;
	default:
		return strdup(value);
	}
}

static bool is_form(char c)
{
	return c && strchr(BARE BASE64 PAIR HEX TWICE PERCENT SLASHES QUOTED HEX_BASE64, c);
}

/* The template with the value in its places, "^" as NUL; *len gets the length. */
static char *fill(const char *template, const char *value, size_t *len)
{
	char *out = malloc(strlen(template) + 20 * strlen(value) + 1), *o = out;

	assert_non_null(out);
	for (; *template; template ++) {
		if (is_form(*template)) {
			char *form = form_of(*template, value);

			o += sprintf(o, "%s", form);
			free(form);
		} else {
			*o++ = *template == '^' ? '\0' : *template;
		}
	}
	*len = (size_t)(o - out);
	return out;
}

struct container {
	const char *what, *text;
	const char *name; /* NULL: none */
	uint32_t line;	  /* 0: not in a file */
	uint32_t source;  /* 0: a file */
};

static void expect(const struct container *c, const char *format, const char *value)
{
	uint8_t fp[CL_FP_SIZE];
	size_t len;
	char *text = fill(c->text, value, &len);
	int n = scan_file(c->source ? c->source : CL_SOURCE_FILE, NULL, text, len);

	if (n != 1 || strcmp(found[0].format, format))
		fail_msg("%s in %s: %d found, %s", format, c->what, n, n > 0 ? found[0].format : "-");
	assert_int_equal(cl_fingerprint(key, value, strlen(value), fp), 0);
	if (memcmp(fp, found[0].fp, CL_FP_SIZE))
		fail_msg("%s in %s: another fingerprint than the bare value's", format, c->what);
	if (!c->name != !found[0].name || (c->name && strcmp(c->name, found[0].name)))
		fail_msg("%s in %s: name %s", format, c->what, found[0].name ? found[0].name : "(none)");
	if (found[0].line != c->line)
		fail_msg("%s in %s: line %u", format, c->what, found[0].line);
	free(text);
}

static void expect_all(const struct container *list, size_t n, const char *format, char *value)
{
	for (size_t i = 0; i < n; i++)
		expect(&list[i], format, value);
	free(value);
}

/* Where any value may stand. */
static const struct container plain[] = {
	{"ini", "[default]\nuser = me\ntoken = " BARE "\nregion = x\n", "token", 3, 0},
	{"ini, blanks and quotes", "[a]\n  token\t=\t\"" BARE "\"  ; the token\n", "token", 2, 0},
	{"ini, CRLF", "[a]\r\nuser=me\r\ntoken=" BARE "\r\nx=y\r\n", "token", 3, 0},
	{"properties", "api.token:" BARE "\nnext=1\n", "api.token", 1, 0},
	{"toml", "[registry]\ntoken = '" BARE "'\n", "token", 2, 0},
	{"json", "{\n  \"user\": \"me\",\n  \"token\": \"" BARE "\"\n}\n", "token", 3, 0},
	{"json, nested", "{\"a\": {\"b\": [1, {\"token\" : \"" BARE "\"}]}}", "token", 1, 0},
	{"json, minified", "{\"v\":1,\"t\":true,\"token\":\"" BARE "\",\"n\":null,\"l\":[1,2]}", "token", 1, 0},
	{"json in json", "{\"body\":\"{\\\"token\\\":\\\"" BARE "\\\"}\"}", "token", 1, 0},
	{"json in json in json", "{\"b\":\"{\\\"c\\\":\\\"{\\\\\\\"token\\\\\\\":\\\\\\\"" BARE "\\\\\\\"}\\\"}\"}",
	 "token", 1, 0},
	{"json list", "{\"tokens\":[\"" BARE "\"]}", "tokens", 1, 0},
	{"json list, second", "{\"tokens\":[\"x\",\n \"" BARE "\"]}", "tokens", 2, 0},
	{"yaml", "a: 1\ntoken: " BARE "\nb: 2\n", "token", 2, 0},
	{"yaml, single quotes", "  token: '" BARE "'\n", "token", 1, 0},
	{"yaml, double quotes", "- name: x\n  token: \"" BARE "\" # the token\n", "token", 2, 0},
	{"yaml, literal block", "token: |\n  " BARE "\nb: 2\n", "token", 2, 0},
	{"yaml, folded block", "a:\n  token: >-\n    " BARE "\n  b: 2\n", "token", 3, 0},
	{"yaml, list", "tokens:\n  - " BARE "\n", "tokens", 2, 0},
	{"yaml, flow", "{user: me, token: " BARE ", x: 1}", "token", 1, 0},
	{"yaml, name and value", "env:\n- name: GH_TOKEN\n  value: " BARE "\n", "GH_TOKEN", 3, 0},
	{".env", "A=1\nTOKEN=" BARE "\nB=2\n", "TOKEN", 2, 0},
	{".env, export", "export TOKEN=" BARE "\n", "TOKEN", 1, 0},
	{".env, single quotes", "TOKEN='" BARE "'\n", "TOKEN", 1, 0},
	{".env, double quotes", "export TOKEN=\"" BARE "\" # mine\n", "TOKEN", 1, 0},
	{"powershell", "$env:TOKEN = \"" BARE "\"\r\n", "TOKEN", 1, 0},
	{"netrc", "machine example.com login me password " BARE "\n", "password", 1, 0},
	{"netrc, lines", "machine example.com\n  login me\n  password " BARE "\nmacdef x\n", "password", 3, 0},
	{"netrc, value on its own line", "machine example.com\nlogin me\npassword\n" BARE "\n", "password", 4, 0},
	{"netrc, quoted", "default login \"me\" password \"" BARE "\"", "password", 1, 0},
	{"npmrc", "registry=https://r.example.com/\n//r.example.com/:_authToken=" BARE "\n", "_authToken", 2, 0},
	{"npmrc, quoted", "//r.example.com/npm/:_authToken=\"" BARE "\"\n", "_authToken", 1, 0},
	{"npmrc, _password", "//r.example.com/:username=me\n//r.example.com/:_password=" BASE64 "\n", "_password", 2,
	 0},
	{"npmrc, _auth", "//r.example.com/:_auth=" PAIR "\n", "_auth", 1, 0},
	{"pypirc", "[pypi]\n  username = __token__\n  password = " BARE "\n", "password", 3, 0},
	{"git-credentials", "https://me:" PERCENT "@example.com\n", NULL, 1, 0},
	{"address in json", "{\"url\": \"https://x-access-token:" PERCENT "@example.com/a.git\"}", "url", 1, 0},
	{"address in an environment", "HOME=/^REPO=https://" PERCENT ":x@example.com/^", "REPO", 0,
	 CL_SOURCE_ENVIRONMENT},
	{"query of an address", "GET /x?a=b&access_token=" PERCENT "&c=d HTTP/1.1\r\n", "access_token", 1, 0},
	{"form", "grant=x&access_token=" PERCENT "&scope=y", "access_token", 1, 0},
	{"docker", "{\"auths\":{\"ghcr.io\":{\"auth\":\"" PAIR "\"}}}", "auth", 1, 0},
	{"docker, lines", "{\n\t\"auths\": {\n\t\t\"ghcr.io\": {\n\t\t\t\"auth\": \"" PAIR "\"\n\t\t}\n\t}\n}", "auth",
	 4, 0},
	{"docker, identitytoken", "{\"auths\":{\"r\":{\"auth\":\"AAA=\",\"identitytoken\":\"" BARE "\"}}}",
	 "identitytoken", 1, 0},
	{"kubeconfig", "users:\n- name: a\n  user:\n    token: " BARE "\n", "token", 4, 0},
	{"kubernetes secret", "apiVersion: v1\ndata:\n  token: " BASE64 "\nkind: Secret\n", "token", 3, 0},
	{"kubernetes secret, any key", "apiVersion: v1\ndata:\n  gh: " BASE64 "\nkind: Secret\n", "gh", 3, 0},
	{"kubernetes secret, json", "{\"data\":{\"value\":\"" BASE64 "\"},\"kind\":\"Secret\"}", "value", 1, 0},
	{"kubernetes secret, stringData", "stringData:\n  gh: " BARE "\n", "gh", 2, 0},
	{"terraform credentials", "{\"credentials\":{\"app.example.io\":{\"token\":\"" BARE "\"}}}", "token", 1, 0},
	{"terraformrc", "credentials \"app.example.io\" {\n  token = \"" BARE "\"\n}\n", "token", 2, 0},
	{"xml", "<server>\n <id>x</id>\n <password>" BARE "</password>\n</server>\n", "password", 3, 0},
	{"xml attribute", "<add key=\"ClearTextPassword\" value=\"" BARE "\" />", "ClearTextPassword", 1, 0},
	{"cookies", "# Netscape HTTP Cookie File\n.example.com\tTRUE\t/\tTRUE\t1999999999\tsession\t" BARE "\n",
	 "session", 2, 0},
	{"cookies, http only", "#HttpOnly_.example.com\tTRUE\t/\tTRUE\t0\tsid\t" BARE "\r\n", "sid", 1, 0},
	{"cookie header", "GET / HTTP/1.1\r\nCookie: a=b; session=" BARE "; c=d\r\n", "session", 2, 0},
	{"bearer in a log", "10:01 GET /x {\"Authorization\": \"Bearer " BARE "\"} 200\n", "Authorization", 1, 0},
	{"basic in a log", "10:01 > authorization: Basic " PAIR "\n10:02 < 200\n", "authorization", 1, 0},
	{"bearer argument", "curl^-H^Authorization: Bearer " BARE "^", "Authorization", 0, CL_SOURCE_ARGUMENTS},
	{"basic argument", "curl^-HAuthorization: Basic " PAIR "^", "Authorization", 0, CL_SOURCE_ARGUMENTS},
	{"argument of git", "git^-c^http.extraheader=AUTHORIZATION: basic " PAIR "^", "AUTHORIZATION", 0,
	 CL_SOURCE_ARGUMENTS},
	{"user argument", "curl^-u^me:" BARE "^", NULL, 0, CL_SOURCE_ARGUMENTS},
	{"shell argument", "sh^-c^TOKEN=" BARE " ./run --x^", "TOKEN", 0, CL_SOURCE_ARGUMENTS},
	{"base64", BASE64, NULL, 1, 0},
	{"base64, twice", TWICE "\n", NULL, 1, 0},
	{"hex", HEX, NULL, 1, 0},
	{"hex of base64", HEX_BASE64 "\n", NULL, 1, 0},
	{"base64 of a variable", "A=1^TOKEN_B64=" BASE64 "^", "TOKEN_B64", 0, CL_SOURCE_ENVIRONMENT},
	{"base64 twice of a variable", "A=1^TOKEN=" TWICE "^", "TOKEN", 0, CL_SOURCE_ENVIRONMENT},
	{"hex of a key", "token: " HEX "\n", "token", 1, 0},
};

static void test_containers(void **state)
{
	(void)state;
	expect_all(plain, ARRAY_SIZE(plain), "github_pat_classic", mk_token_github("ghp_"));
	expect_all(plain, ARRAY_SIZE(plain), "npm", mk_token_npm());
	expect_all(plain, ARRAY_SIZE(plain), "anthropic_api", mk_token_anthropic());
	expect_all(plain, ARRAY_SIZE(plain), "jwt", mk_token_jwt(1900000000));
}

/* Signs in a value that its container writes otherwise. */
static const struct container aws[] = {
	{"json", "{\"SecretAccessKey\":\"" BARE "\"}", "SecretAccessKey", 1, 0},
	{"json with escapes", "{\"a\": 1,\n\"SecretAccessKey\":\"" SLASHES "\"}", "SecretAccessKey", 2, 0},
	{"json with escapes in json", "{\"b\":\"{\\\"SecretAccessKey\\\":\\\"" QUOTED "\\\"}\"}", "SecretAccessKey", 1,
	 0},
	{"form", "aws_secret_access_key=" PERCENT "&x=1", "aws_secret_access_key", 1, 0},
	{"environment", "AWS_SECRET_ACCESS_KEY=" BARE "^", "AWS_SECRET_ACCESS_KEY", 0, CL_SOURCE_ENVIRONMENT},
	{"aws credentials",
	 "[default]\naws_access_key_id = AKI"
	 "AQWERTYUIOPASDFGH\naws_secret_access_key = " BARE "\n",
	 "aws_secret_access_key", 3, 0},
};

static void test_escaped_signs(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		char *value = mk_token_aws_secret();

		value[30] = '/';
		expect_all(aws, ARRAY_SIZE(aws), "aws_secret_key", value);
	}
}

static const char *const labels[] = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY"};

static const struct container keys[] = {
	{"ssh", BARE, NULL, 1, 0},
	{"yaml block", "a: 1\nkey: |\n" BARE "b: 2\n", "key", 3, 0},
	{"kubeconfig", "users:\n- user:\n    client-key-data: " BASE64 "\n", "client-key-data", 3, 0},
	{"kubernetes secret", "data:\n  tls.crt: AAAA\n  tls.key: " BASE64 "\n", "tls.key", 3, 0},
	{"environment", "A=1^KEY=" BARE "^B=2^", "KEY", 0, CL_SOURCE_ENVIRONMENT},
	{"base64 in an environment", "KEY=" BASE64 "^B=2^", "KEY", 0, CL_SOURCE_ENVIRONMENT},
	{"base64 twice", "key: " TWICE "\n", "key", 1, 0},
};

/* What the fingerprint of a key is made of: its decoded body. */
static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		char *pem = mk_token_pem(labels[i]);
		uint8_t fp[CL_FP_SIZE];

		assert_int_equal(scan_file(CL_SOURCE_FILE, NULL, pem, strlen(pem)), 1);
		memcpy(fp, found[0].fp, sizeof(fp));
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			const struct container *c = &keys[k];
			size_t len;
			char *text = fill(c->text, pem, &len);
			int n = scan_file(c->source ? c->source : CL_SOURCE_FILE, NULL, text, len);

			if (n != 1 || memcmp(found[0].fp, fp, sizeof(fp)))
				fail_msg("%s in %s: %d found", labels[i], c->what, n);
			if (!c->name != !found[0].name || (c->name && strcmp(c->name, found[0].name)))
				fail_msg("%s in %s: name %s", labels[i], c->what, found[0].name);
			if (found[0].line != c->line)
				fail_msg("%s in %s: line %u", labels[i], c->what, found[0].line);
			free(text);
		}
		free(pem);
	}
}

/* A service account's file: the key with its line breaks escaped. */
static void test_service_account(void **state)
{
	char *pem = mk_token_pem_lines("PRIVATE KEY", "\\n"), *bare = mk_token_pem("PRIVATE KEY"), text[4096], *o;
	uint8_t fp[CL_FP_SIZE];
	const char *p;

	(void)state;
	free(pem);
	assert_int_equal(scan_file(CL_SOURCE_FILE, NULL, bare, strlen(bare)), 1);
	memcpy(fp, found[0].fp, sizeof(fp));
	o = text + sprintf(text, "{\n  \"type\": \"service_account\",\n  \"private_key_id\": "
				 "\"3b18e512dba79e4c8300dd08aeb37f8e728b8dad\",\n  \"private_key\": \"");
	for (p = bare; *p; p++)
		o += *p == '\n' ? sprintf(o, "\\n") : sprintf(o, "%c", *p);
	sprintf(o, "\",\n  \"client_email\": \"a@b.example.com\"\n}\n");
	assert_int_equal(scan_file(CL_SOURCE_FILE, NULL, text, strlen(text)), 1);
	assert_memory_equal(fp, found[0].fp, sizeof(fp));
	assert_string_equal(found[0].name, "private_key");
	assert_int_equal(found[0].line, 4);
	free(bare);
}

/* s in 16-bit characters. */
static char *utf16(const char *s, size_t n, bool big, bool mark, size_t *len)
{
	char *out = malloc(2 * n + 2);
	size_t at = 0;

	assert_non_null(out);
	if (mark) {
		out[at++] = big ? '\xfe' : '\xff';
		out[at++] = big ? '\xff' : '\xfe';
	}
	for (size_t i = 0; i < n; i++) {
		out[at + big] = s[i];
		out[at + !big] = '\0';
		at += 2;
	}
	*len = at;
	return out;
}

static void test_character_sets(void **state)
{
	static const char *const texts[] = {"[a]\r\nuser = me\r\ntoken = " BARE "\r\nx = y\r\n",
					    "{\"a\": 1,\n\n\"token\": \"" BARE "\"}", "\n\ntoken: " BARE};
	char *value = mk_token_github("ghp_");
	uint8_t fp[CL_FP_SIZE];

	(void)state;
	assert_int_equal(cl_fingerprint(key, value, strlen(value), fp), 0);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		for (int how = 0; how < 5; how++) {
			size_t n, len;
			char *text = fill(texts[i], value, &n), *wide;

			if (how < 4) {
				wide = utf16(text, n, how & 1, how & 2, &len);
			} else {
				wide = malloc(n + 3);
				memcpy(wide, "\xef\xbb\xbf", 3);
				memcpy(wide + 3, text, n);
				len = n + 3;
			}
			if (scan_file(CL_SOURCE_FILE, NULL, wide, len) != 1)
				fail_msg("text %zu, way %d: not found", i, how);
			assert_memory_equal(fp, found[0].fp, sizeof(fp));
			assert_string_equal(found[0].name, "token");
			assert_int_equal(found[0].line, 3);
			free(wide);
			free(text);
		}
	free(value);
}

/* The mark at a file's very beginning is no part of the name or value. */
static void test_mark_before_a_name(void **state)
{
	char *value = mk_token_github("ghp_"), text[128];

	(void)state;
	snprintf(text, sizeof(text), "\xef\xbb\xbfTOKEN=%s\n", value);
	assert_int_equal(scan_file(CL_SOURCE_FILE, NULL, text, strlen(text)), 1);
	assert_string_equal(found[0].name, "TOKEN");
	snprintf(text, sizeof(text), "\xef\xbb\xbf%s\n", value);
	assert_int_equal(scan_file(CL_SOURCE_FILE, NULL, text, strlen(text)), 1);
	assert_null(found[0].name);
	free(value);
}

static void test_zeros_in_a_file(void **state)
{
	char *a = mk_token_github("ghp_"), *b = mk_token_npm(), text[512];
	size_t n = 0;

	(void)state;
	memset(text, 0, sizeof(text));
	n = 64 + (size_t)sprintf(text + 64, "token=%s", a);
	n = n + 1 + (size_t)sprintf(text + n + 1, "%s", b);
	assert_int_equal(scan_file(CL_SOURCE_FILE, NULL, text, n + 40), 2);
	assert_string_equal(found[0].format, "github_pat_classic");
	assert_string_equal(found[0].name, "token");
	assert_string_equal(found[1].format, "npm");
	assert_null(found[1].name);
	free(a);
	free(b);
}

static void test_big_environment(void **state)
{
	char *value = mk_token_github("ghp_"), *text = malloc(300 * 1024);
	uint8_t fp[CL_FP_SIZE];
	size_t n = 0;

	(void)state;
	assert_non_null(text);
	assert_int_equal(cl_fingerprint(key, value, strlen(value), fp), 0);
	while (n < 250 * 1024)
		n += (size_t)sprintf(text + n, "VARIABLE_%zu=/usr/lib/some/path:/and/another/%zu", n, n * 7) + 1;
	n += (size_t)sprintf(text + n, "GH_TOKEN=%s", value) + 1;
	n += (size_t)sprintf(text + n, "LAST=1") + 1;
	assert_int_equal(scan_file(CL_SOURCE_ENVIRONMENT, NULL, text, n), 1);
	assert_memory_equal(fp, found[0].fp, sizeof(fp));
	assert_string_equal(found[0].name, "GH_TOKEN");
	free(text);
	free(value);
}

/* Where a format that is known by its key alone would take any value: one that is known by itself goes first. */
static const struct container generic[] = {
	{"bearer", "Authorization: Bearer " BARE "\r\n", "Authorization", 1, 0},
	{"netrc", "machine db.example.com login me password " BARE "\n", "password", 1, 0},
	{"address of a database", "DATABASE_URL=postgres://app:" BARE "@db.example.com/app\n", "DATABASE_URL", 1, 0},
	{"address", "https://app:" BARE "@db.example.com/app\n", NULL, 1, 0},
	{"user argument", "curl^--user^app:" BARE "^https://example.com/^", NULL, 0, CL_SOURCE_ARGUMENTS},
	{"connection string", "Server=db;User Id=app;Password=" BARE ";Encrypt=true\n", "Password", 1, 0},
	{"its base64 beside a password's key", "DB_PASSWORD=" BASE64 "\n", "DB_PASSWORD", 1, 0},
	{"its hex beside a password's key", "DB_PASSWORD=" HEX "\n", "DB_PASSWORD", 1, 0},
};

static void test_known_by_itself_goes_first(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		expect_all(generic, ARRAY_SIZE(generic), "github_pat_classic", mk_token_github("ghp_"));
		expect_all(generic, ARRAY_SIZE(generic), "anthropic_api", mk_token_anthropic());
		expect_all(generic, ARRAY_SIZE(generic), "gitlab_pat_routable", mk_token_gitlab_routable());
		expect_all(generic, ARRAY_SIZE(generic), "jwt", mk_token_jwt(1900000000));
	}
}

static void test_the_specific_one(void **state)
{
	static const struct {
		const char *format, *claims;
	} issuers[] = {
		{"kubernetes_service_account", "{\"iss\":\"https://k\",\"kubernetes.io\":{\"namespace\":\"a\"}}"},
		{"github_actions_oidc",
		 "{\"iss\":\"https://token.actions.githubusercontent.com\",\"sub\":\"repo:a/b\"}"},
		{"google_id_token", "{\"iss\":\"https://accounts.google.com\",\"aud\":\"x\"}"},
		{"spiffe_jwt_svid", "{\"sub\":\"spiffe://example.org/a\",\"aud\":[\"b\"]}"},
		{"jwt", "{\"iss\":\"https://example.com\",\"sub\":\"a\"}"},
	};
	static const struct container bare = {"itself", BARE, NULL, 1, 0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(issuers); i++) {
		char *value = mk_token_jwt_claims(issuers[i].claims);

		expect(&bare, issuers[i].format, value);
		expect_all(generic, ARRAY_SIZE(generic), issuers[i].format, value);
	}
	expect_all(&bare, 1, "openai_project", mk_token_openai());
	expect_all(&bare, 1, "anthropic_api", mk_token_anthropic());
	expect_all(&bare, 1, "openai_legacy", mk_token_simple("sk-aB3dE5gH7jK9mN1pQ2rST3BlbkFJ", 20, MK_ALNUM, ""));
	expect_all(&bare, 1, "openrouter", mk_token_simple("sk-or-v1-", 64, MK_HEX, ""));
	expect_all(&bare, 1, "gitlab_pat", mk_token_gitlab());
}

/* A value that comes after its beginning, in the same text. */
static void test_two_in_one_text(void **state)
{
	char *a = mk_token_github("ghp_"), *b = mk_token_npm(), *jwt = mk_token_jwt(0), text[4096];

	(void)state;
	snprintf(text, sizeof(text), "%s,%s;%s|%s", a, b, jwt, a);
	assert_int_equal(scan_file(CL_SOURCE_FILE, NULL, text, strlen(text)), 3);
	assert_string_equal(found[0].format, "github_pat_classic");
	assert_string_equal(found[1].format, "npm");
	assert_string_equal(found[2].format, "jwt");
	free(a);
	free(b);
	free(jwt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_escaped_signs),
		cmocka_unit_test(test_known_by_itself_goes_first),
		cmocka_unit_test(test_the_specific_one),
		cmocka_unit_test(test_two_in_one_text),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_service_account),
		cmocka_unit_test(test_character_sets),
		cmocka_unit_test(test_mark_before_a_name),
		cmocka_unit_test(test_zeros_in_a_file),
		cmocka_unit_test(test_big_environment),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
