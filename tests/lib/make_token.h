/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials made at run time, valid as far as their form goes and known to nobody. Each function returns a malloc'ed
 * string (the caller frees it), another one at each call. Needs no library, so that static test programs can use it.
 *   char *t = mk_token_github("ghp_");     "gho_", "ghu_", "ghr_", "ghs_"
 *   char *k = mk_token_pem("RSA PRIVATE KEY");
 */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define MK_TOKEN static inline __attribute__((unused))

#define MK_DIGITS "0123456789"
#define MK_HEX MK_DIGITS "abcdef"
#define MK_LOWER "abcdefghijklmnopqrstuvwxyz"
#define MK_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define MK_ALNUM MK_DIGITS MK_UPPER MK_LOWER
#define MK_URL64 MK_ALNUM "-_"
#define MK_BASE64 MK_UPPER MK_LOWER MK_DIGITS "+/"

MK_TOKEN unsigned int mk_random(unsigned int below)
{
	uint32_t v = 0;

	assert(getrandom(&v, sizeof(v), 0) == sizeof(v));
	return v % below;
}

/* n characters of the alphabet at dst, and a NUL. No character stands three times in a row: nobody takes it for a
 * placeholder. */
MK_TOKEN void mk_random_text(char *dst, size_t n, const char *alphabet)
{
	for (size_t i = 0; i < n; i++)
		do
			dst[i] = alphabet[mk_random((unsigned int)strlen(alphabet))];
		while (i >= 2 && dst[i] == dst[i - 1] && dst[i] == dst[i - 2]);
	dst[n] = '\0';
}

MK_TOKEN uint32_t mk_crc32(const char *s, size_t len)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)s[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* `digits` characters of v at dst, left-padded. The alphabet starts with the digits. */
MK_TOKEN void mk_number(char *dst, size_t digits, uint64_t v, const char *alphabet)
{
	size_t base = strlen(alphabet);

	for (size_t i = digits; i > 0; i--, v /= base)
		dst[i - 1] = alphabet[v % base];
	dst[digits] = '\0';
}

/* prefix, n random characters, suffix */
MK_TOKEN char *mk_token_simple(const char *prefix, size_t n, const char *alphabet, const char *suffix)
{
	char *t = malloc(strlen(prefix) + n + strlen(suffix) + 1);

	assert(t);
	memcpy(t, prefix, strlen(prefix));
	mk_random_text(t + strlen(prefix), n, alphabet);
	memcpy(t + strlen(prefix) + n, suffix, strlen(suffix) + 1);
	return t;
}

/* prefix, n random characters, their CRC-32 in base 62 */
MK_TOKEN char *mk_token_crc62(const char *prefix, size_t n)
{
	char *t = mk_token_simple(prefix, n, MK_ALNUM, "000000"), *body = t + strlen(prefix);

	mk_number(body + n, 6, mk_crc32(body, n), MK_ALNUM);
	return t;
}

MK_TOKEN char *mk_token_github(const char *prefix)
{
	return mk_token_crc62(prefix, strcmp(prefix, "ghr_") ? 30 : 70);
}

MK_TOKEN char *mk_token_npm(void)
{
	return mk_token_crc62("npm_", 30);
}

MK_TOKEN char *mk_token_gitlab(void)
{
	return mk_token_simple("glpat-", 20, MK_ALNUM, "");
}

/* glpat-<payload>.01.<length><CRC-32 of all before, base 36> */
MK_TOKEN char *mk_token_gitlab_routable(void)
{
	char *t = mk_token_simple("glpat-", 27, MK_ALNUM, ".01.0x0000000");
	size_t n = strlen(t) - 7;

	mk_number(t + n, 7, mk_crc32(t, n), MK_DIGITS MK_LOWER);
	return t;
}

/* The secret key; it counts beside a key that names it. */
MK_TOKEN char *mk_token_aws_secret(void)
{
	char *t = mk_token_simple("", 40, MK_BASE64, "");

	/* Random enough at every call. */
	memcpy(t, "aZ3", 3);
	t[3 + mk_random(20)] = '+';
	return t;
}

/* The id beside it; no credential of its own. */
MK_TOKEN char *mk_token_aws_id(void)
{
	return mk_token_simple("AKIA", 16, MK_UPPER "234567", "");
}

MK_TOKEN char *mk_token_aws_session(void)
{
	return mk_token_simple("IQoJb3JpZ2lu", 300, MK_BASE64, "=");
}

MK_TOKEN char *mk_token_openai(void)
{
	char *second = mk_token_simple("T3BlbkFJ", 58, MK_URL64, "");
	char *t = mk_token_simple("sk-proj-", 58, MK_URL64, second);

	free(second);
	return t;
}

MK_TOKEN char *mk_token_anthropic(void)
{
	return mk_token_simple("sk-ant-api03-", 93, MK_URL64, "AA");
}

MK_TOKEN char *mk_token_slack(void)
{
	char *second = mk_token_simple("-", 12, MK_DIGITS, "-"), *third = mk_token_simple(second, 24, MK_ALNUM, "");
	char *t = mk_token_simple("xoxb-", 12, MK_DIGITS, third);

	free(second);
	free(third);
	return t;
}

MK_TOKEN char *mk_token_stripe(void)
{
	return mk_token_simple("sk_live_", 24, MK_ALNUM, "");
}

MK_TOKEN char *mk_token_google(void)
{
	char *t = mk_token_simple("AIzaSy", 33, MK_URL64, "");

	memcpy(t + 6, "aB3dE5gH7", 9);
	return t;
}

/* Base64 of either alphabet, without padding when the alphabet is MK_URL64's. */
MK_TOKEN char *mk_base64(const void *bytes, size_t len, bool url)
{
	const char *alphabet = url ? MK_UPPER MK_LOWER MK_DIGITS "-_" : MK_BASE64;
	const uint8_t *p = bytes;
	char *t = malloc(len * 4 / 3 + 8), *o = t;

	assert(t);
	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		uint32_t v =
			(uint32_t)p[i] << 16 | (have > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (have > 2 ? p[i + 2] : 0);

		for (size_t j = 0; j < 4; j++) {
			if (j <= have)
				*o++ = alphabet[v >> (18 - 6 * j) & 63];
			else if (!url)
				*o++ = '=';
		}
	}
	*o = '\0';
	return t;
}

/* A signed token with these claims, a JSON object. */
MK_TOKEN char *mk_token_jwt_claims(const char *claims)
{
	static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"test\"}";
	char *h = mk_base64(header, strlen(header), true), *c = mk_base64(claims, strlen(claims), true), *start, *t;

	start = malloc(strlen(h) + strlen(c) + 3);
	assert(start);
	snprintf(start, strlen(h) + strlen(c) + 3, "%s.%s.", h, c);
	t = mk_token_simple(start, 86, MK_URL64, "");
	free(h);
	free(c);
	free(start);
	return t;
}

/* exp: seconds since 1970, 0: none. */
MK_TOKEN char *mk_token_jwt(uint64_t exp)
{
	char claims[160];

	snprintf(claims, sizeof(claims),
		 exp ? "{\"iss\":\"test\",\"sub\":\"job-%u\",\"exp\":%llu}" : "{\"iss\":\"test\",\"sub\":\"job-%u\"}",
		 mk_random(1u << 30), (unsigned long long)exp);
	return mk_token_jwt_claims(claims);
}

/* A block of random bytes with the outer structure that its label asks for; lines of 64, each ended by `newline`. */
MK_TOKEN char *mk_token_pem_lines(const char *label, const char *newline)
{
	uint8_t der[600];
	size_t n = sizeof(der);
	char *body, *t, *o;

	assert(getrandom(der, n, 0) == (ssize_t)n);
	if (strstr(label, "OPENSSH"))
		memcpy(der, "openssh-key-v1", 15);
	else if (strstr(label, "PGP"))
		der[0] = 0x95;
	else
		memcpy(der, (uint8_t[]){0x30, 0x82, (uint8_t)((n - 4) >> 8), (uint8_t)(n - 4)}, 4);
	body = mk_base64(der, n, false);
	t = malloc(strlen(body) * 2 + 2 * strlen(label) + 80);
	assert(t);
	o = t + sprintf(t, "-----BEGIN %s-----%s", label, newline);
	for (size_t i = 0; i < strlen(body); i += 64)
		o += sprintf(o, "%.64s%s", body + i, newline);
	sprintf(o, "-----END %s-----%s", label, newline);
	free(body);
	return t;
}

MK_TOKEN char *mk_token_pem(const char *label)
{
	return mk_token_pem_lines(label, "\n");
}
