/* SPDX-License-Identifier: Apache-2.0 */
/* Every format is found wherever it stands, has one fingerprint everywhere, and near misses are not found. */
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
#include "make_place.h"
#include "scanner_case.h"

/* The text with "#" replaced by the value and "^" by NUL; *len gets its length. */
static char *around(const char *text, const char *value, size_t *len)
{
	return mk_fill(&(struct mk_place){.text = text}, NULL, value, len);
}

static int scan(const char *text)
{
	return scan_bytes(CL_SOURCE_FILE, text, strlen(text));
}

/* The engine takes another way through a text of more than a few dozen bytes. */
static void expect_in_long(const struct cl_format *f, const struct mk_place *place, const char *text, size_t len)
{
	static const char lines[] = "Nothing of interest stands in these lines, they are only there to be read.\n";
	uint8_t fp[CL_FP_SIZE];
	char *longer = malloc(40 * sizeof(lines) + len);
	size_t n = 0;

	memcpy(fp, found[0].fp, sizeof(fp));
	for (int i = 0; i < 20; i++, n += sizeof(lines) - 1)
		memcpy(longer + n, lines, sizeof(lines) - 1);
	if (place->source != CL_SOURCE_FILE)
		longer[n - 1] = '\0';
	memcpy(longer + n, text, len);
	if (scan_bytes(place->source, longer, n + len) != 1 || memcmp(fp, found[0].fp, sizeof(fp)))
		fail_msg("%s in \"%s\" is not found behind 1.5 KB: %s", f->id, place->text, text);
	free(longer);
}

static void expect_one(const struct cl_format *f, const struct mk_place *place, const char *beside, const char *value,
		       const struct cl_fp_names *fp)
{
	const char *name = place->name && beside ? beside : place->name;
	size_t len;
	char *text = mk_fill(place, beside, value, &len);
	int n;

	scan_bytes(place->source, text, len);
	expect_in_long(f, place, text, len);
	n = scan_bytes(place->source, text, len);
	if (n != 1 || strcmp(found[0].format, f->id))
		fail_msg("%s in \"%s\" with key %s: %d found, %s; a value of %zu bytes", f->id, place->text, beside, n,
			 n > 0 ? found[0].format : "-", strlen(value));
	if (place->name && beside && !mk_is_name(beside))
		name = found[0].name;
	if (!beside || place->name) {
		if (!name != !found[0].name || (name && strcmp(found[0].name, name)))
			fail_msg("%s in \"%s\": name %s, not %s", f->id, place->text, found[0].name, name);
	}
	assert_string_equal(found[0].provider, f->provider);
	assert_int_equal(found[0].source, place->source);
	assert_int_equal(found[0].key_id, fp->key_id);
	if (memcmp(fp->fp, found[0].fp, CL_FP_SIZE))
		fail_msg("%s in \"%s\" with key %s: another fingerprint", f->id, place->text, beside);
	free(text);
}

static void expect_in(const struct cl_format *f, const struct mk_place *list, size_t n, const char *value)
{
	char *beside = f->context ? mk_sample_key(f) : NULL;
	struct cl_fp_names fp;

	/* Over the bare value, nothing else; what people choose under a key of this host. */
	assert_int_equal(cl_fp_name(key, value, strlen(value), cl_format_is_guessable(f), &fp), 0);
	for (size_t i = 0; i < n; i++)
		expect_one(f, &list[i], beside, value, &fp);
	free(beside);
}

static void test_every_format_everywhere(void **state)
{
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(catalogue, &formats);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct cl_format *f = &formats[i];
		const struct mk_place *places;
		size_t n_places = mk_places(f, &places);
		char *value;

		if (f->form == CL_FORM_PEM)
			continue; /* has its own test */
		value = mk_sample(f);
		assert_in_range(n_places, 6, 32);
		expect_in(f, places, n_places, value);
		if (!f->context && strcmp(f->kind, "webhook-url") && !strpbrk(value, "+/=%:"))
			expect_in(f, mk_in_addresses, ARRAY_SIZE(mk_in_addresses), value);
		free(value);
	}
}

static void expect_none(const char *what, const struct cl_format *f, const char *value)
{
	size_t len;
	char *text = around("TOKEN=#\n{\"key\": \"#\"} #", value, &len);

	if (scan_bytes(CL_SOURCE_FILE, text, len))
		fail_msg("%s of %s is found as %s", what, f->id, found[0].format);
	free(text);
}

/* The last part is repeated an exact number of times: one character more or less is another thing. */
static bool ends_exactly(const char *pattern)
{
	const char *brace = strrchr(pattern, '{');

	return brace && strspn(brace + 1, "0123456789") + 2 == strlen(brace) && !strstr(pattern, ",}") &&
	       !strchr(pattern, '|') && !strchr(pattern, '?') && !strstr(pattern, ",");
}

static void test_near_misses(void **state)
{
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(catalogue, &formats), exact = 0, checked = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct cl_format *f = &formats[i];
		char *value, *longer;
		size_t len;

		if (!f->pattern || f->context || f->form == CL_FORM_PEM)
			continue;
		value = mk_sample(f);
		len = strlen(value);
		longer = malloc(len + 2);
		sprintf(longer, "x%s", value);
		expect_none("the end of a word", f, longer);
		if (ends_exactly(f->pattern)) {
			exact++;
			sprintf(longer, "%s%c", value, value[len - 1]);
			expect_none("one too long", f, longer);
			value[len - 1] = '!';
			expect_none("another character", f, value);
			value[len - 1] = '\0';
			expect_none("one too short", f, value);
		}
		if (f->valid == cl_check_find("crc32-base62") || f->valid == cl_check_find("crc32-base36")) {
			checked++;
			free(value);
			value = mk_sample(f);
			value[12] = value[12] == 'a' ? 'b' : 'a';
			expect_none("another body under the checksum", f, value);
			free(value);
			value = mk_sample(f);
			len = strlen(value);
			value[len - 1] = value[len - 1] == 'a' ? 'b' : 'a';
			expect_none("another checksum", f, value);
		}
		free(value);
		free(longer);
	}
	assert_in_range(exact, 80, n);
	assert_in_range(checked, 10, n);
}

/* Not as this format: what is left may be another, shorter one. */
static void expect_not(const char *what, const struct cl_format *f, const char *text, size_t len)
{
	int n = scan_bytes(CL_SOURCE_FILE, text, len);

	for (int i = 0; i < n; i++)
		if (!strcmp(found[i].format, f->id))
			fail_msg("%s is found as %s: %s", what, f->id, text);
}

static void expect_not_beside(const char *what, const struct cl_format *f, const char *beside, const char *value)
{
	const struct mk_place *places;
	char *text;
	size_t len;

	mk_places(f, &places);
	text = mk_fill(&places[0], beside, value, &len);
	expect_not(what, f, text, len);
	free(text);
}

static void test_near_misses_beside_keys(void **state)
{
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(catalogue, &formats), exact = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct cl_format *f = &formats[i];
		char *value, *beside, longer[8192];
		size_t len;

		if (!f->context)
			continue;
		value = mk_sample(f);
		/* Such a sign is the separator's as well. */
		if (strchr("=:>,;|", *value))
			*value = 'k';
		beside = mk_sample_key(f);
		len = strlen(value);
		snprintf(longer, sizeof(longer), "unrelated = %s\n%s\n", value, value);
		expect_not("one without its key", f, longer, strlen(longer));
		if (f->after) {
			snprintf(longer, sizeof(longer), "%s?", value);
			expect_not_beside("one that goes on", f, beside, longer);
		}
		if (ends_exactly(f->pattern)) {
			exact++;
			snprintf(longer, sizeof(longer), "%s%c", value, value[len - 1]);
			expect_not_beside("one too long", f, beside, longer);
			value[len - 1] = '\\';
			expect_not_beside("another character", f, beside, value);
			value[len - 1] = '\0';
			expect_not_beside("one too short", f, beside, value);
		}
		free(value);
		free(beside);
	}
	assert_in_range(exact, 30, n);
}

static void test_one_fingerprint_however_wrapped(void **state)
{
	char *token = mk_token_github("ghp_"), *pair = malloc(128), *b64;
	uint8_t fp[CL_FP_SIZE];
	size_t len;
	static const char *const wraps[] = {
		"{\"auths\": {\"ghcr.io\": {\"auth\": \"#\"}}}",
		"Authorization: Basic #\r\n",
		"//registry.example.com/:_auth=#",
		"http.extraheader=AUTHORIZATION: basic #",
		"auth = '#'",
	};

	(void)state;
	assert_int_equal(scan(token), 1);
	memcpy(fp, found[0].fp, sizeof(fp));
	for (size_t user = 0; user < 3; user++) {
		static const char *const users[] = {"me", "x-access-token", "a"};

		snprintf(pair, 128, "%s:%s", users[user], token);
		b64 = mk_base64(pair, strlen(pair), false);
		for (size_t i = 0; i < ARRAY_SIZE(wraps); i++) {
			char *text = around(wraps[i], b64, &len);

			if (scan(text) != 1)
				fail_msg("not found in \"%s\"", wraps[i]);
			free(text);
			assert_memory_equal(fp, found[0].fp, sizeof(fp));
			assert_string_equal(found[0].format, "github_pat_classic");
		}
		free(b64);
	}
	assert_string_equal(found[0].name, "auth");
	/* A Kubernetes Secret. */
	b64 = mk_base64(token, strlen(token), false);
	snprintf(pair, 128, "kind: Secret\ndata:\n  gh-token: %s\n", b64);
	assert_int_equal(scan(pair), 1);
	assert_memory_equal(fp, found[0].fp, sizeof(fp));
	assert_string_equal(found[0].name, "gh-token");
	assert_int_equal(found[0].line, 3);
	free(b64);
	free(token);
	free(pair);
}

static char *hex_of(const char *s)
{
	char *hex = malloc(2 * strlen(s) + 1);

	assert_non_null(hex);
	cl_hex(hex, (const uint8_t *)s, strlen(s));
	return hex;
}

/* Lines of 76, as encoders make them. */
static char *wrapped(const char *s)
{
	char *out = calloc(2, strlen(s) + 2), *to = out;

	assert_non_null(out);
	for (size_t i = 0; s[i]; i++) {
		*to++ = s[i];
		if (i % 76 == 75 || !s[i + 1])
			*to++ = '\n';
	}
	return out;
}

static char *encoded(char *s, char how)
{
	char *out = how == 'h' ? hex_of(s) : how == 'w' ? wrapped(s) : mk_base64(s, strlen(s), how == 'u');

	free(s);
	return out;
}

/* b: base64, u: of the other alphabet, w: in lines, h: hex; from the innermost to the outermost. */
static void test_wholly_encoded(void **state)
{
	static const char *const found_through[] = {"b", "u", "bw", "h", "bb", "bwbw", "bbb", "hb", "bh", "hbh", "bhb"};
	static const char *const not_through[] = {"bbbb", "hhhh"};
	char *token = mk_token_github("ghp_");
	uint8_t fp[CL_FP_SIZE];

	(void)state;
	assert_int_equal(scan(token), 1);
	memcpy(fp, found[0].fp, sizeof(fp));
	for (size_t i = 0; i < ARRAY_SIZE(found_through) + ARRAY_SIZE(not_through); i++) {
		bool seen = i < ARRAY_SIZE(found_through);
		const char *how = seen ? found_through[i] : not_through[i - ARRAY_SIZE(found_through)];
		char *text = malloc(256);

		assert_non_null(text);
		snprintf(text, 256, "[default]\ntoken = %s\n", token);
		for (const char *p = how; *p; p++)
			text = encoded(text, *p);
		if (scan(text) != seen)
			fail_msg("%d found through %s", scan(text), how);
		if (seen)
			assert_memory_equal(fp, found[0].fp, sizeof(fp));
		free(text);
	}
	free(token);
}

static void test_one_key_however_written(void **state)
{
	static const char *const labels[] = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY",
					     "PGP PRIVATE KEY BLOCK"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(labels); i++) {
		char *pem = mk_token_pem(labels[i]), *text = malloc(8192), *o, *b64;
		uint8_t fp[CL_FP_SIZE];

		assert_int_equal(scan(pem), 1);
		memcpy(fp, found[0].fp, sizeof(fp));
		assert_int_equal(found[0].line, 1);
		for (int way = 0; way < 6; way++) {
			/* CRLF, indented, \n in JSON, \\n in JSON in JSON, blanks, one line of base64 */
			static const char *const breaks[] = {"\r\n", "\n    ", "\\n", "\\\\n", " "};

			o = text + sprintf(text, "key: \"");
			for (const char *p = pem; *p && way < 5; p++)
				o += *p == '\n' ? sprintf(o, "%s", breaks[way]) : sprintf(o, "%c", *p);
			if (way == 5) {
				b64 = mk_base64(pem, strlen(pem), false);
				o += sprintf(o, "%s", b64);
				free(b64);
			}
			sprintf(o, "\"");
			if (scan(text) != 1)
				fail_msg("%s, way %d: not found", labels[i], way);
			assert_memory_equal(fp, found[0].fp, sizeof(fp));
			assert_string_equal(found[0].name, "key");
		}
		free(pem);
		free(text);
	}
}

static void test_broken_keys_are_none(void **state)
{
	char *pem = mk_token_pem("RSA PRIVATE KEY"), *end = strstr(pem, "-----END");

	(void)state;
	pem[40] = pem[40] == '\n' ? '\n' : '*';
	assert_int_equal(scan(pem), 0);
	free(pem);
	pem = mk_token_pem("RSA PRIVATE KEY");
	end = strstr(pem, "-----END");
	memmove(end - 65, end, strlen(end) + 1); /* without its last line: the length inside is wrong */
	assert_int_equal(scan(pem), 0);
	*strstr(pem, "-----END") = '\0';
	assert_int_equal(scan(pem), 0);
	assert_int_equal(scan("-----BEGIN RSA PRIVATE KEY-----"), 0);
	assert_int_equal(scan("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"), 0);
	assert_int_equal(scan("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"), 0);
	free(pem);
}

static void test_encrypted_key_with_headers(void **state)
{
	char *pem = mk_token_pem("RSA PRIVATE KEY"), *text = malloc(8192);
	char *body = strchr(pem, '\n') + 1;

	(void)state;
	body[0] = 'Z'; /* encrypted: no structure inside */
	snprintf(text, 8192, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n%s",
		 body);
	assert_int_equal(scan(text), 1);
	assert_string_equal(found[0].format, "pem_private_key");
	free(pem);
	free(text);
}

static void test_jwt_says_when_it_ends(void **state)
{
	char *t = mk_token_jwt(1900000000), *s = mk_token_jwt(0), *c;

	(void)state;
	assert_int_equal(scan(t), 1);
	assert_int_equal(found[0].class, CL_CLASS_EPHEMERAL);
	assert_int_equal(found[0].expires, 1900000000ull * 1000000000);
	assert_int_equal(scan(s), 1);
	assert_int_equal(found[0].class, CL_CLASS_STATIC);
	assert_int_equal(found[0].expires, 0);
	c = mk_token_jwt_claims(
		"{\"iss\":\"https://x\",\"a\":\"\\\"exp\\\":5\",\"n\":{\"exp\":7,\"l\":[1,{\"exp\":8}]},\n"
		" \"kubernetes.io\" : {\"namespace\":\"default\"}, \"exp\": 1800000000.5}");
	assert_int_equal(scan(c), 1);
	assert_string_equal(found[0].format, "kubernetes_service_account");
	assert_string_equal(found[0].provider, "Kubernetes");
	assert_int_equal(found[0].class, CL_CLASS_EPHEMERAL);
	assert_int_equal(found[0].expires, 1800000000ull * 1000000000);
	free(t);
	free(s);
	free(c);
}

static void test_jwt_near_misses(void **state)
{
	static const char header[] = "{\"alg\":\"none\"}", plain[] = "{\"typ\":\"JWT\"}",
			  payload[] = "{\"sub\":\"x\",\"y\":1}";
	char *none = mk_base64(header, strlen(header), true), *without = mk_base64(plain, strlen(plain), true);
	char *p = mk_base64(payload, strlen(payload), true), text[512], *t = mk_token_jwt(0);
	static const char *const sample = "{\"sub\":\"1234567890\",\"name\":\"Somebody\"}";
	char *documented = mk_token_jwt_claims(sample);

	(void)state;
	snprintf(text, sizeof(text), "%s.%s.AbCdEfGhIjKlMnOpQrStUv", none, p);
	assert_int_equal(scan(text), 0);
	snprintf(text, sizeof(text), "%s.%s.AbCdEfGhIjKlMnOpQrStUv", without, p);
	assert_int_equal(scan(text), 0);
	snprintf(text, sizeof(text), "%s.%s.", none, p);
	assert_int_equal(scan(text), 0);
	assert_int_equal(scan(documented), 0);
	*strrchr(t, '.') = '\0';
	assert_int_equal(scan(t), 0);
	free(none);
	free(without);
	free(p);
	free(t);
	free(documented);
}

static void test_classes_of_the_rows(void **state)
{
	char *gho = mk_token_github("gho_"), *ghs = mk_token_github("ghs_");

	(void)state;
	assert_int_equal(scan(gho), 1);
	assert_int_equal(found[0].class, CL_CLASS_STATIC);
	assert_int_equal(scan(ghs), 1);
	assert_int_equal(found[0].class, CL_CLASS_EPHEMERAL);
	assert_int_equal(found[0].expires, 0);
	free(gho);
	free(ghs);
}

static void test_lines_and_repeats(void **state)
{
	char *a = mk_token_github("ghp_"), *b = mk_token_npm(), text[1024];

	(void)state;
	snprintf(text, sizeof(text), "1\n2\nA=%s\n4\nB=%s\nC=%s C=%s\n\nD=%s", a, b, a, b, a);
	assert_int_equal(scan(text), 2);
	assert_int_equal(found[0].line, 3);
	assert_string_equal(found[0].name, "A");
	assert_int_equal(found[1].line, 5);
	assert_string_equal(found[1].format, "npm");
	/* Two variables are two places. */
	snprintf(text, sizeof(text), "A=%s%cB=%s%cA=%s", a, 0, a, 0, a);
	assert_int_equal(scan_bytes(CL_SOURCE_ENVIRONMENT, text, 3 * 43 - 1), 2);
	assert_int_equal(found[0].line, 0);
	free(a);
	free(b);
}

static void test_at_most_max(void **state)
{
	uint64_t cut = cl_scanner_stats(scanner)->sightings_cut;
	size_t n = 0;
	char *text = malloc(200 * 48);

	(void)state;
	for (int i = 0; i < 200; i++) {
		char *t = mk_token_github("ghp_");

		n += (size_t)sprintf(text + n, "%s\n", t);
		free(t);
	}
	assert_int_equal(scan_bytes(CL_SOURCE_FILE, text, n), FOUND_MAX);
	assert_int_equal(cl_scanner_stats(scanner)->sightings_cut - cut, 200 - FOUND_MAX);
	free(text);
}

static void test_a_name_is_never_a_value(void **state)
{
	char *a = mk_token_github("ghp_"), *b = mk_token_npm(), text[1024];

	(void)state;
	snprintf(text, sizeof(text), "%s:%s %s=%s", a, b, b, a);
	assert_int_equal(scan(text), 2);
	assert_null(found[0].name);
	assert_null(found[1].name);
	snprintf(text, sizeof(text), "%s=%s", a, b);
	for (int source = CL_SOURCE_FILE; source <= CL_SOURCE_ARGUMENTS; source++) {
		assert_int_equal(scan_bytes((uint32_t)source, text, strlen(text)), 2);
		assert_null(found[1].name);
	}
	snprintf(text, sizeof(text), "A\033[2J\n\"=%s", a);
	assert_int_equal(scan_bytes(CL_SOURCE_ENVIRONMENT, text, strlen(text)), 1);
	assert_string_equal(found[0].name, "A\\x1b[2J\\x0a\"");
	free(a);
	free(b);
}

static void test_placeholders(void **state)
{
	/* As documentation and templates have them. */
	static const char *const texts[] = {
		"aws_access_key_id = AKI"
		"AIOSFODNN7EXAMPLE",
		"aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"GITLAB_TOKEN=glp"
		"at-xxxxxxxxxxxxxxxxxxxx",
		"GITLAB_TOKEN=glp"
		"at-XXXXXXXXXXXXXXXXXXXX",
		"GITLAB_TOKEN=glp"
		"at-${TOKEN}",
		"glp"
		"at-<your-token-here-now>",
		"glp"
		"at-your-token-goes-here",
		"OPENAI_API_KEY=sk-000000000000000000000000000000000000000000000000",
		"STRIPE=sk_"
		"test_1234567890abcdefghijklmn",
		"hf_"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"TOKEN=changeme PASSWORD=REDACTED",
		"xox"
		"b-000000000000-000000000000-xxxxxxxxxxxxxxxxxxxxxxxx",
		"https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
		"AIz"
		"aSyXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
		"dop"
		"_v1_0000000000000000000000000000000000000000000000000000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (scan(texts[i]))
			fail_msg("\"%s\" is found as %s", texts[i], found[0].format);
}

static void test_what_only_looks_random(void **state)
{
	static const char *const texts[] = {
		"commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
		"\"integrity\": \"sha512-oRUElV0jLGYBbLn9GQ0VvFqgSAHkSd2sm5G7wbL1hKq0xKPdHzoEGN1JbqjB0d2MUD0KqTnRAFrPpTdyWw==\"",
		"secret_access_key = 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
		"secret_key = /usr/share/doc/some/long/path/to/a/file",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"550e8400-e29b-41d4-a716-446655440000",
		"auth: someBackendWithALongCamelCaseName",
		"Basic realm=\"this is not base64 of anything\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (scan(texts[i]))
			fail_msg("\"%s\" is found as %s", texts[i], found[0].format);
}

static void test_aws_id_alone_is_no_credential(void **state)
{
	char *id = mk_token_aws_id(), *secret = mk_token_aws_secret(), text[256];

	(void)state;
	snprintf(text, sizeof(text), "aws_access_key_id = %s\n", id);
	assert_int_equal(scan(text), 0);
	snprintf(text, sizeof(text), "value: %s\n", secret);
	assert_int_equal(scan(text), 0);
	snprintf(text, sizeof(text), "%s,%s\n", id, secret);
	assert_int_equal(scan(text), 1);
	assert_string_equal(found[0].format, "aws_secret_key");
	free(id);
	free(secret);
}

static void test_the_specific_one_goes_first(void **state)
{
	char *gitlab = mk_token_gitlab_routable(), *jwt = mk_token_jwt(1900000000), text[2048];

	(void)state;
	assert_int_equal(scan(gitlab), 1);
	assert_string_equal(found[0].format, "gitlab_pat_routable");
	snprintf(text, sizeof(text), "ghs_12345_%s", jwt);
	assert_int_equal(scan(text), 1);
	assert_string_equal(found[0].format, "github_server_to_server_jwt");
	assert_int_equal(found[0].expires, 1900000000ull * 1000000000);
	free(gitlab);
	free(jwt);
}

static void test_any_bytes(void **state)
{
	char buffer[4096];
	const struct cl_format *formats;
	size_t n = cl_catalogue_formats(catalogue, &formats);

	(void)state;
	assert_int_equal(scan_bytes(CL_SOURCE_FILE, "", 0), 0);
	for (int round = 0; round < 200; round++) {
		char *value = mk_sample(&formats[mk_random((unsigned int)n)]);
		size_t len = strlen(value) < 3000 ? strlen(value) : 3000, at = mk_random(1000);

		for (size_t i = 0; i < sizeof(buffer); i++)
			buffer[i] = (char)mk_random(256);
		memcpy(buffer + at, value, len);
		buffer[at + mk_random((unsigned int)len)] = (char)mk_random(256);
		for (uint32_t source = CL_SOURCE_FILE; source <= CL_SOURCE_ARGUMENTS; source++)
			assert_in_range(scan_bytes(source, buffer, at + len + mk_random(20)), 0, FOUND_MAX);
		free(value);
	}
}

static void test_a_bad_pattern_is_named(void **state)
{
	struct cl_scanner *s = NULL;
	struct cl_catalogue *c = NULL;
	struct cl_error err = {0};
	char directory[] = "/tmp/test_scanner.XXXXXX", path[64];
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/x.json", directory);
	f = fopen(path, "w");
	fputs("{\"formats\":[{\"id\":\"mine\",\"provider\":\"M\",\"kind\":\"k\",\"pattern\":\"abcd(?=x)\"}]}", f);
	fclose(f);
	assert_int_equal(cl_catalogue_new(&c, directory, &err), 0);
	assert_int_equal(cl_scanner_new(&s, c, key, &err), -EINVAL);
	assert_non_null(strstr(err.text, "\"mine\""));
	cl_catalogue_free(&c);
	unlink(path);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_format_everywhere),
		cmocka_unit_test(test_near_misses),
		cmocka_unit_test(test_near_misses_beside_keys),
		cmocka_unit_test(test_one_fingerprint_however_wrapped),
		cmocka_unit_test(test_one_key_however_written),
		cmocka_unit_test(test_wholly_encoded),
		cmocka_unit_test(test_broken_keys_are_none),
		cmocka_unit_test(test_encrypted_key_with_headers),
		cmocka_unit_test(test_jwt_says_when_it_ends),
		cmocka_unit_test(test_jwt_near_misses),
		cmocka_unit_test(test_classes_of_the_rows),
		cmocka_unit_test(test_lines_and_repeats),
		cmocka_unit_test(test_at_most_max),
		cmocka_unit_test(test_a_name_is_never_a_value),
		cmocka_unit_test(test_placeholders),
		cmocka_unit_test(test_what_only_looks_random),
		cmocka_unit_test(test_aws_id_alone_is_no_credential),
		cmocka_unit_test(test_the_specific_one_goes_first),
		cmocka_unit_test(test_any_bytes),
		cmocka_unit_test(test_a_bad_pattern_is_named),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
