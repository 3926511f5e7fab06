/* SPDX-License-Identifier: Apache-2.0 */
/* What stands where a credential would, and is none: placeholders, templates, documented examples, hashes. */
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
#include "catalogue/check.h"
#include "credential/pattern.h"
#include "make_place.h"
#include "scanner_case.h"

static int scan(const char *text)
{
	return scan_bytes(CL_SOURCE_FILE, text, strlen(text));
}

static void test_words_and_runs(void **state)
{
	static const char *const placeholders[] = {
		"xxxxxxxxxxxxxxxxxxxx",
		"XXXXXXXX-XXXX",
		"abc00000000def",
		"yourtokenhere",
		"F00_ffF-f0-FFF__F0fF",
		"your-token-here-1a2b",
		"my_example_a1b2c3",
		"INSERTa1b2c3d4e5",
		"REDACTEDa1b2c3d4",
		"a1b2c3placeholder",
		"qw12345678rt",
		"zyxwvutsrq",
		"0123456789abcdef",
		"12341234123412341234",
		"abcabcabcabcabc",
		"deadbeefdeadbeef",
		"a1b2a1b2a1b2a1b2",
		"xXxxXxXXXxxXxXxXxX",
		"${GITHUB_TOKEN}",
		"$TOKEN",
		"$(cat token)",
		"<your token>",
		"{{ .Values.t }}",
		"%TOKEN%",
		"@token@",
	};
	static const char *const values[] = {
		"aZ3kQ9xW2mN7pL4vB8cD", "hunter2Correct1",
		"x7XxQq0Kz91mA",	"3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
		"$2pQ9xW2mN7pL4vB8c",	"50%offXk29!qWe",
		"a{{b7Q9xW2mN",		"7000000Kz91mAqW",
		"abcdefgKz91mAqW",	"Kz91@mAqW.example",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(placeholders); i++)
		if (!cl_is_placeholder(placeholders[i], strlen(placeholders[i]), false))
			fail_msg("\"%s\" is taken for a value", placeholders[i]);
	for (size_t i = 0; i + 1 < ARRAY_SIZE(values); i++)
		if (cl_is_placeholder(values[i], strlen(values[i]), false))
			fail_msg("\"%s\" is taken for a placeholder", values[i]);
}

static void test_random_values_are_none(void **state)
{
	static const char *const alphabets[] = {MK_HEX, MK_ALNUM, MK_LOWER MK_DIGITS, MK_URL64};
	char value[65];
	unsigned int taken = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		size_t n = 16 + mk_random(48);

		mk_random_text(value, n, alphabets[i % 4]);
		taken += cl_is_placeholder(value, n, false);
	}
	assert_in_range(taken, 0, 10); /* about one is expected */
}

/* A sample of each format with one letter, one digit throughout behind its beginning. */
static void test_every_format_filled_in(void **state)
{
	static const char *const fills[] = {"xX0", "aA1", "fF0"};
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(catalogue, &formats), tried = 0;
	char prefix[64];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct cl_format *f = &formats[i];
		size_t fixed;

		if (!f->pattern || f->context || f->valid || f->form == CL_FORM_PEM)
			continue;
		fixed = cl_pattern_prefix(f->pattern, prefix, sizeof(prefix));
		for (size_t k = 0; k < ARRAY_SIZE(fills); k++) {
			char *value = mk_sample(f), text[8192];

			for (char *p = value + fixed; *p; p++)
				*p = islower((unsigned char)*p)	  ? fills[k][0]
				     : isupper((unsigned char)*p) ? fills[k][1]
				     : isdigit((unsigned char)*p) ? fills[k][2]
								  : *p;
			if (strlen(value) <= 200) { /* a longer one is binary data */
				snprintf(text, sizeof(text), "TOKEN=%s\n", value);
				if (scan(text))
					fail_msg("\"%s\" is found as %s", value, found[0].format);
				tried++;
			}
			free(value);
		}
	}
	assert_in_range(tried, 300, 3 * n);
}

static void test_documented_examples(void **state)
{
	/* Put together here, so that no checker takes this file for what it is about. */
	static const char *const texts[][2] = {
		{"aws_access_key_id = AKIAIOSFODNN7",
		 "EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"},
		{"AWS_SECRET_ACCESS_KEY=je7MtGbClwBF/2Zp9Utk/h3yCo8nvb", "EXAMPLEKEY"},
		{"Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.",
		 "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"},
		{"https://user:$PASSWORD@db.example.com/", "app"},
		{"postgres://app:${DB_PASSWORD}@db.example.com/", "app"},
		{"DATABASE_URL=postgres://USER:<password>@HOST/", "NAME"},
		{"//registry.npmjs.org/:_authToken=${NPM_", "TOKEN}"},
		{"password: {{ vault_db_", "password }}"},
		{"set TOKEN=%GITHUB_", "TOKEN%"},
		{"STRIPE_KEY=sk_test_4eC39", "HqLyjWDarjtT1zdp7dc"},
		{"AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50u",
		 "SRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"},
		{"key=AIzaSyDaGmWKa4JsXZ", "-HjGw7ISLn_3namBGewQe"},
	};
	char text[1024];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		snprintf(text, sizeof(text), "%s%s\n", texts[i][0], texts[i][1]);
		if (scan(text))
			fail_msg("\"%s\" is found as %s", text, found[0].format);
	}
	/* Not the same, though like it. */
	assert_int_equal(scan("STRIPE_KEY=sk_test_4eC39FAKEjWDarjtT1zdp7dd\n"), 1);
}

static void test_hashes(void **state)
{
	static const char *const texts[] = {
		"\"integrity\": \"sha512-oRUElV0jLGYBbLn9GQ0VvFqgSAHkSd2sm5G7wbL1hKq0xKPdHzoEGN1JbqjB0d2MUD0KqTnRAFrPpTdyWw==\"",
		"  integrity sha512-oRUElV0jLGYBbLn9GQ0VvFqgSAHkSd2sm5G7wbL1hKq0xKPdHzoEGN1JbqjB0d2MUD0KqTnRAFrPpTdyWw==",
		"checksum = \"b5a1b6a1d4f2a1f6f0c7d9e1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5\"",
		"github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=",
		"--hash=sha256:70761cfe03c773ceb22aa2f671b4757976145175cdfca038c02654d061d6dcc6",
		"image: registry.example.com/app@sha256:3b18e512dba79e4c8300dd08aeb37f8e728b8dad3b18e512dba79e4c8300dd08",
		"commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad\nparent 8d5bc1e2f0a94b7c6d3e2f1a0b9c8d7e6f5a4b3c",
		"id: 9f8b6c1e-3d5a-4f27-8b6e-2c4d1a7f9e03",
		"key = 550e8400-e29b-41d4-a716-446655440000",
		"secret_key = 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
		"aws_secret_access_key = 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
		"etag: \"33a64df551425fcc55e4d42a148795d9f25f89d4\"",
		"SHA256 (file.tar.gz) = 70761cfe03c773ceb22aa2f671b4757976145175cdfca038c02654d061d6dcc6",
		"d41d8cd98f00b204e9800998ecf8427e  empty",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (scan(texts[i]))
			fail_msg("\"%s\" is found as %s", texts[i], found[0].format);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_and_runs),
		cmocka_unit_test(test_random_values_are_none),
		cmocka_unit_test(test_every_format_filled_in),
		cmocka_unit_test(test_documented_examples),
		cmocka_unit_test(test_hashes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
