/* SPDX-License-Identifier: Apache-2.0 */
/* No planted byte survives redaction, and what is no secret does. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "credential/credential.h"
#include "credential/names.h"
#include "make_place.h"

static struct cl_catalogue *catalogue;
static struct cl_fp_key *key;
static struct cl_scanner *scanner;

static int setup(void **state)
{
	(void)state;
	return cl_catalogue_new(&catalogue, NULL, NULL) || cl_fp_key_once(&key, NULL) ||
	       cl_scanner_new(&scanner, catalogue, key, NULL);
}

static int teardown(void **state)
{
	(void)state;
	cl_scanner_free(&scanner);
	cl_fp_key_free(&key);
	cl_catalogue_free(&catalogue);
	return 0;
}

static char *redact(const char *bytes, size_t len)
{
	struct cl_text t = {0};
	char *copy = malloc(len ? len : 1);

	memcpy(copy, bytes, len);
	assert_int_equal(cl_redact(scanner, copy, len, &t), 0);
	free(copy);
	return cl_text_take(&t);
}

/* "^" stands for NUL; the last string ends with one, as the kernel has it. */
static void expect(const char *args, const char *text)
{
	char *raw = strdup(args), *got;
	size_t len = strlen(args);

	for (size_t i = 0; i < len; i++)
		raw[i] = raw[i] == '^' ? '\0' : raw[i];
	got = redact(raw, len);
	if (strcmp(got, text))
		fail_msg("\"%s\" became \"%s\", not \"%s\"", args, got, text);
	free(raw);
	free(got);
}

static void test_plain_text_stays(void **state)
{
	(void)state;
	expect("", "");
	expect("ls^-l^/tmp^", "ls -l /tmp");
	expect("ls^-l^/tmp", "ls -l /tmp");
	expect("echo^^x^", "echo  x");
	expect("gcc^-DKEY=1^-o^token.o^token.c^", "gcc -DKEY=1 -o token.o token.c");
	expect("git^commit^-m^add the token parser: see auth.c^", "git commit -m add the token parser: see auth.c");
	expect("psql^postgres://localhost:5432/db^", "psql postgres://localhost:5432/db");
	expect("git^clone^ssh://git@github.com/x/y^", "git clone ssh://git@github.com/x/y");
	expect("docker^run^-u^1000:1000^x^", "docker run -u 1000:1000 x");
	expect("cmd^--token-file^/run/t^--public-key=abc^", "cmd --token-file /run/t --public-key=abc");
	expect("PWD=/root^OLDPWD=/^SSH_AUTH_SOCK=/run/x^", "PWD=/root OLDPWD=/ SSH_AUTH_SOCK=/run/x");
	expect("GOOGLE_APPLICATION_CREDENTIALS=/etc/sa.json^", "GOOGLE_APPLICATION_CREDENTIALS=/etc/sa.json");
	expect("cmd^--password^--verbose^", "cmd --password --verbose");
	expect("cmd^--use-token=false^--auth=none^", "cmd --use-token=false --auth=none");
	expect("std::token::parse^", "std::token::parse");
}

static void test_control_characters(void **state)
{
	(void)state;
	expect("printf^a\nb\033[2J\\^", "printf a\\x0ab\\x1b[2J\\\\");
	expect("line one\nline two\n", "line one line two");
}

static void test_named_values(void **state)
{
	(void)state;
	expect("cmd^--password^hunter2^x^", "cmd --password [redacted] x");
	expect("cmd^--password=hunter two^x^", "cmd --password=[redacted] x");
	expect("cmd^--db-password hunter2 x^", "cmd --db-password [redacted] x");
	expect("cmd^-api_key^abc^", "cmd -api_key [redacted]");
	expect("cmd^--clientSecret=abc^", "cmd --clientSecret=[redacted]");
	expect("env^DB_PASS=a b c^cmd^", "env DB_PASS=[redacted] cmd");
	expect("env^MY_PRIVATE_KEY=a^cmd^", "env MY_PRIVATE_KEY=[redacted] cmd");
	expect("sh^-c^TOKEN='a b' run --fast^", "sh -c TOKEN='[redacted]' run --fast");
	expect("sh^-c^run --secret \"a b\" --fast^", "sh -c run --secret \"[redacted]\" --fast");
	expect("sh^-c^export X_TOKEN=abc; run^", "sh -c export X_TOKEN=[redacted]; run");
	expect("curl^-H^Authorization: Bearer abc^u^", "curl -H Authorization: [redacted] u");
	expect("curl^-H^X-Api-Key: abc^u^", "curl -H X-Api-Key: [redacted] u");
	expect("curl^-HCookie: a=b; c=d^u^", "curl -HCookie: [redacted] u");
	expect("sh^-c^curl -H 'Authorization: Basic a b' u^", "sh -c curl -H 'Authorization: [redacted]' u");
	expect("curl^-d^{\"user\": \"me\", \"password\": \"a\\\"b\", \"x\": 1}^",
	       "curl -d {\"user\": \"me\", \"password\": \"[redacted]\", \"x\": 1}");
	expect("curl^-d^{\\\"secret\\\":\\\"ab\\\",\\\"x\\\":1}^",
	       "curl -d {\\\\\"secret\\\\\":\\\\\"[redacted]\\\\\",\\\\\"x\\\\\":1}");
	expect("curl^https://h/x?access_token=abc&y=1^", "curl https://h/x?access_token=[redacted]&y=1");
	expect("curl^-u^me:pw^u^", "curl -u me:[redacted] u");
	expect("curl^--user^me:pw^u^", "curl --user me:[redacted] u");
	expect("sshpass^-p^pw^ssh^h^", "sshpass -p [redacted] ssh h");
	expect("/usr/bin/mysql^-ppw^db^", "/usr/bin/mysql -p[redacted] db");
	expect("tool^-ppw^db^", "tool -ppw db");
	expect("A=1\nDB_PASSWORD=x y\nB=2\n", "A=1 DB_PASSWORD=[redacted] B=2");
}

static void test_addresses(void **state)
{
	(void)state;
	expect("psql^postgres://me:pw@h/db^", "psql postgres://me:[redacted]@h/db");
	expect("x^redis://:pw@h^", "x redis://:[redacted]@h");
	expect("x^https://p@ss:w@rd@h/^", "x https://p@ss:[redacted]@h/");
	expect("git^clone^https://0123456789abcdef0123@h/x^", "git clone https://[redacted]@h/x");
	expect("git^clone^https://0123456789abcdef0123:x-oauth-basic@h/x^", "git clone https://[redacted]@h/x");
	expect("x^(https://a:b@h), https://c:d@h^", "x (https://a:[redacted]@h), https://c:[redacted]@h");
}

/* Every format, planted where arguments hold values. */
static void test_recognised_ones(void **state)
{
	static const char *const places[] = {"cmd^#^x^",
					     "cmd^--token^#^x^",
					     "cmd^--token=#^x^",
					     "cmd^--foo=#^x^",
					     "env^ANY=#^cmd^",
					     "curl^-H^Authorization: Bearer #^",
					     "sh^-c^run '#' && done^",
					     "sh^-c^echo {\"k\": \"#\"}^",
					     "a#^",
					     "x^#"};
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(catalogue, &formats);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		char *value = mk_sample(&formats[i]);

		if (formats[i].context) {
			free(value);
			continue; /* counts beside its key only: below */
		}
		for (size_t j = 0; j < ARRAY_SIZE(places); j++) {
			char *text = malloc(strlen(places[j]) + strlen(value) + 1), *o = text, *got;

			for (const char *p = places[j]; *p; p++) {
				if (*p == '#')
					o += sprintf(o, "%s", value);
				else
					*o++ = *p == '^' ? '\0' : *p;
			}
			got = redact(text, (size_t)(o - text));
			/* Also not a part of it. */
			for (size_t at = 0; at + 16 <= strlen(value); at += 8) {
				char part[17];

				snprintf(part, sizeof(part), "%.16s", value + at);
				if (strchr(part, '\n') || !strncmp(part, "-----", 5) || strstr(part, "-----"))
					continue;
				if (strstr(got, part))
					fail_msg("%s in \"%s\" leaves a part", formats[i].id, places[j]);
			}
			if (j < 8 && !strstr(got, "[credential]"))
				fail_msg("%s in \"%s\": %s", formats[i].id, places[j], got);
			free(text);
			free(got);
		}
		free(value);
	}
}

static void test_values_with_context(void **state)
{
	char *secret = mk_token_aws_secret(), text[256], *got;

	(void)state;
	snprintf(text, sizeof(text), "aws%c--aws-secret-key%c%s%cx", 0, 0, secret, 0);
	got = redact(text, 4 + 17 + 40 + 2);
	assert_string_equal(got, "aws --aws-secret-key [credential] x");
	free(got);
	snprintf(text, sizeof(text), "AWS_SECRET_ACCESS_KEY=%s", secret);
	got = redact(text, strlen(text) + 1);
	assert_string_equal(got, "AWS_SECRET_ACCESS_KEY=[credential]");
	free(got);
	free(secret);
}

/* Its key stands beside the first one only. */
static void test_a_value_that_stands_again(void **state)
{
	char *value = mk_token_simple("q7W-", 40, MK_ALNUM, "3x"), text[512], *out;

	(void)state;
	snprintf(text, sizeof(text), "curl%c-H%cAuthorization: Bearer %s%cuthorization: %s", 0, 0, value, 0, value);
	out = redact(text, 9 + strlen("Authorization: Bearer uthorization: ") + 2 * strlen(value));
	assert_null(strstr(out, value));
	assert_non_null(strstr(out, "Authorization: [credential] uthorization: [credential]"));
	free(out);
	free(value);
}

static void test_wrapped_ones(void **state)
{
	char *token = mk_token_github("ghp_"), pair[64], *b64, text[512], *got;

	(void)state;
	snprintf(pair, sizeof(pair), "me:%s", token);
	b64 = mk_base64(pair, strlen(pair), false);
	snprintf(text, sizeof(text), "curl --header=X auth=%s end", b64);
	got = redact(text, strlen(text));
	assert_string_equal(got, "curl --header=X auth=[credential] end");
	free(got);
	snprintf(text, sizeof(text), "curl https://h/?auth=%s&x=1", b64);
	got = redact(text, strlen(text));
	assert_string_equal(got, "curl https://h/?auth=[credential]&x=1");
	free(got);
	free(b64);
	free(token);
}

static void test_near_misses_are_hidden_too(void **state)
{
	char *token = mk_token_github("ghp_"), text[256], *got;

	(void)state;
	token[10] = token[10] == 'a' ? 'b' : 'a';
	snprintf(text, sizeof(text), "cmd %s x", token);
	got = redact(text, strlen(text));
	assert_string_equal(got, "cmd [redacted] x");
	free(got);
	free(token);
}

static void test_key_in_arguments(void **state)
{
	char *pem = mk_token_pem("PRIVATE KEY"), *text = malloc(4096), *got;
	size_t n = (size_t)sprintf(text, "cmd%c--cert%c%s%cend", 0, 0, pem, 0);

	(void)state;
	got = redact(text, n + 1);
	assert_string_equal(got, "cmd --cert [credential]\\x0a end");
	free(got);
	free(pem);
	free(text);
}

static void test_names_of_secrets(void **state)
{
	static const char *const secret[] = {
		"TOKEN",
		"GH_TOKEN",
		"gh_token",
		"client-secret",
		"clientSecret",
		"authtoken",
		"DB_PASSWORD",
		"PGPASSWORD",
		"MYSQL_PWD",
		"API_KEY",
		"apiKey",
		"X-Api-Key",
		"OPENAI_API_KEY",
		"MY_PASS",
		"MY_PASSPHRASE",
		"SENTRY_DSN",
		"GITHUB_PAT",
		"AWS_CREDENTIALS",
		"MY_CREDS",
		"TOKEN_2",
		"TOKEN3",
		"SECRET_KEY_BASE",
		"SSHPASS",
		"RAILS_MASTER_KEY",
		"SLACK_WEBHOOK_URL",
		"CONNECTION_STRING",
		"Authorization",
		"Proxy-Authorization",
		"Cookie",
		"_authToken",
		"aws.secret.key",
		"AWS_SECRET_ACCESS_KEY",
	};
	static const char *const other[] = {
		"",
		"K",
		"KEY",
		"KEYBOARD",
		"MONKEY",
		"PUBLIC_KEY",
		"PRIMARY_KEY",
		"SORT_KEY",
		"CSRF_TOKEN",
		"TOKEN_URL",
		"TOKEN_FILE",
		"AWS_ACCESS_KEY_ID",
		"KEY_PATH",
		"AUTHOR",
		"PWD",
		"OLDPWD",
		"XAUTHORITY",
		"SSH_AUTH_SOCK",
		"INVOCATION_ID",
		"CREDENTIALS_ID",
		"COMPASS",
		"PATH",
		"HOSTNAME",
		"compat",
		"tokens",
		"max_tokens",
		"password_file",
		"123",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(secret); i++)
		if (!cl_name_is_secret(secret[i], strlen(secret[i])))
			fail_msg("%s names no secret", secret[i]);
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		if (cl_name_is_secret(other[i], strlen(other[i])))
			fail_msg("%s names a secret", other[i]);
}

static void test_any_bytes(void **state)
{
	char buffer[600];

	(void)state;
	for (int round = 0; round < 3000; round++) {
		static const char alphabet[] = "-=:\"'\\/@ \n\tptokensecruhauz.&;%x";
		size_t len = mk_random(sizeof(buffer));
		char *got;

		for (size_t i = 0; i < len; i++)
			buffer[i] = mk_random(12) ? alphabet[mk_random(sizeof(alphabet) - 1)] : (char)mk_random(256);
		got = redact(buffer, len);
		for (const char *p = got; *p; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
		free(got);
	}
}

/* A value as it stands in an address, where some of its characters are quoted. */
static void test_quoted_ones(void **state)
{
	char *pem = mk_token_pem("RSA PRIVATE KEY"), text[8192] = "curl^https://example.org/?k=";
	size_t n = strlen(text);

	(void)state;
	for (const char *p = pem; *p; p++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, isalnum((unsigned char)*p) ? "%c" : "%%%02X", *p);
	snprintf(text + n, sizeof(text) - n, "&y=1^-v^");
	expect(text, "curl https://example.org/?k=[credential]&y=1 -v");
	expect("curl^https://example.org/?k=100%25&y=%zz%^", "curl https://example.org/?k=100%25&y=%zz%");
	free(pem);
}

/* Of a sentence only what is a credential is hidden, and nothing is escaped. */
static void test_messages(void **state)
{
	char *token = mk_token_github("ghp_"), text[256], wanted[256];
	struct cl_text t = {0};

	(void)state;
	snprintf(text, sizeof(text), "cannot open \"/x/%s\": token: missing\nsee https://me:FAKEpass@h/\n", token);
	snprintf(wanted, sizeof(wanted),
		 "cannot open \"/x/[credential]\": token: missing\nsee https://me:[redacted]@h/\n");
	assert_int_equal(cl_redact_message(scanner, text, strlen(text), &t), 0);
	if (!strstr(cl_text_str(&t), "[credential]\": token: missing\nsee https://me:[") ||
	    strstr(cl_text_str(&t), "FAKE"))
		assert_string_equal(cl_text_str(&t), wanted);
	cl_text_free(&t);
	free(token);
}

/* What follows a value in a path may be what its format refuses. */
static void test_parts_of_paths(void **state)
{
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(catalogue, &formats), left = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (int round = 0; round < 40 && formats[i].form != CL_FORM_PEM; round++) {
			char *value = mk_sample(&formats[i]), *text = mk_shortest(&formats[i], value), path[8192];
			size_t middle = strlen(value) / 2;
			struct cl_text t = {0};

			snprintf(path, sizeof(path), "/tmp/x/in-%s/.npmrc", text);
			assert_int_equal(cl_redact_message(scanner, path, strlen(path), &t), 0);
			value[middle + (middle < 10 ? 3 : 8)] = '\0';
			if (middle > 6 && strstr(cl_text_str(&t), value + middle - 6)) {
				print_message("%s leaves a part: %s\n", formats[i].id, cl_text_str(&t));
				left++;
			}
			cl_text_free(&t);
			free(text);
			free(value);
		}
	}
	assert_int_equal(left, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_text_stays),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_named_values),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_recognised_ones),
		cmocka_unit_test(test_values_with_context),
		cmocka_unit_test(test_wrapped_ones),
		cmocka_unit_test(test_a_value_that_stands_again),
		cmocka_unit_test(test_near_misses_are_hidden_too),
		cmocka_unit_test(test_key_in_arguments),
		cmocka_unit_test(test_names_of_secrets),
		cmocka_unit_test(test_quoted_ones),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_parts_of_paths),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
