/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "catalogue/check.h"

#include <ctype.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/base64.h"
#include "catalogue/jwt.h"

#define SEQUENCE_MIN 8 /* characters: less of them in a row is chance */
#define PERIOD_MAX 8

/* `digits` characters of v in the given base, left-padded with '0', as the tokens end. */
static bool ends_with_number(const char *end, size_t digits, uint64_t v, unsigned int base)
{
	static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char base36[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	const char *alphabet = base == 62 ? base62 : base36;

	for (size_t i = 1; i <= digits; i++, v /= base)
		if (end[-(ssize_t)i] != alphabet[v % base])
			return false;
	return v == 0;
}

static uint32_t crc(const char *s, size_t len)
{
	return (uint32_t)crc32(0, (const Bytef *)s, (uInt)len);
}

/* prefix_ body checksum(6): CRC-32 of the body. GitHub's classic forms, npm, Vercel. */
static bool crc32_base62(const char *value, size_t len)
{
	const char *body = memchr(value, '_', len);

	if (!body || (size_t)(value + len - ++body) <= 6)
		return false;
	return ends_with_number(value + len, 6, crc(body, (size_t)(value + len - body) - 6), 62);
}

/* ... checksum(7): CRC-32 of every byte before it. GitLab's routable forms. */
static bool crc32_base36(const char *value, size_t len)
{
	return len > 7 && ends_with_number(value + len, 7, crc(value, len - 7), 36);
}

/* Base-2 logarithm of n >= 1, to 2^-16: sixteen squarings of the mantissa; saves linking libm. */
static double log2_of(uint32_t n)
{
	unsigned int whole = 31u - (unsigned int)__builtin_clz(n);
	double m = (double)n / (double)(1u << whole), bit = 0.5, out = whole;

	for (int i = 0; i < 16; i++) {
		m *= m;
		if (m >= 2) {
			m /= 2;
			out += bit;
		}
		bit /= 2;
	}
	return out;
}

double cl_entropy(const char *value, size_t len)
{
	uint32_t count[256] = {0};
	double bits = 0;

	for (size_t i = 0; i < len; i++)
		count[(unsigned char)value[i]]++;
	for (size_t i = 0; i < 256; i++)
		if (count[i])
			bits += count[i] * log2_of(count[i]);
	return len ? log2_of((uint32_t)len) - bits / (double)len : 0;
}

/* Base64 of random bytes: a long one without capitals, small letters or digits is a path, a word or a hash. */
static bool random_base64(const char *value, size_t len)
{
	bool upper = false, lower = false, digit = false;

	for (size_t i = 0; i < len; i++) {
		upper |= isupper((unsigned char)value[i]) != 0;
		lower |= islower((unsigned char)value[i]) != 0;
		digit |= isdigit((unsigned char)value[i]) != 0;
	}
	return upper && lower && digit && cl_entropy(value, len) >= 4.0;
}

static bool holds(const char *value, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if ((value[i] | 0x20) == word[0] && !strncasecmp(value + i, word, n))
			return true;
	return false;
}

/*
 * A secret that somebody chose or some service made, in a place where documentation has one as well: letters and
 * digits, and none of the words that stand for a secret there.
 */
static bool opaque(const char *value, size_t len)
{
	static const char *const words[] = {"passw", "secret", "token",	 "sample", "demo",    "test", "user", "admin",
					    "guest", "qwerty", "foobar", "dummy",  "hunter2", "1234", "abcd", "mypass"};
	bool letter = false, digit = false;

	for (size_t i = 0; i < len; i++) {
		letter |= isalpha((unsigned char)value[i]) != 0;
		digit |= isdigit((unsigned char)value[i]) != 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (holds(value, len, words[i]))
			return false;
	return letter && digit && cl_entropy(value, len) >= 2.8;
}

/* Five parts, and a header that names the encryption of the content (RFC 7516, 4.1.2). */
static bool jwe(const char *value, size_t len)
{
	const char *dot = memchr(value, '.', len);
	struct cl_view enc;
	size_t dots = 0;
	char header[1024];
	ssize_t n;
	bool ok;

	for (size_t i = 0; i < len; i++)
		dots += value[i] == '.';
	if (dots != 4 || !dot || (size_t)(dot - value) > sizeof(header))
		return false;
	n = cl_base64_decode(value, (size_t)(dot - value), header, sizeof(header));
	if (n <= 0)
		return false;
	ok = cl_jwt_member((struct cl_view){header, (size_t)n}, "enc", &enc) && enc.len;
	explicit_bzero(header, sizeof(header));
	return ok;
}

static const char *const names[] = {"crc32-base62", "crc32-base36", "random-base64", "opaque", "jwt", "jwe"};
static bool (*const checks[])(const char *, size_t) = {crc32_base62, crc32_base36, random_base64,
						       opaque,	     cl_jwt_valid, jwe};

bool (*cl_check_find(const char *name))(const char *value, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return checks[i];
	return NULL;
}

const char *const *cl_check_names(size_t *n)
{
	*n = ARRAY_SIZE(names);
	return names;
}

/* "12345678", "hgfedcba", "6789abcd": each character is the next one, or each the one before. */
static bool has_sequence(const char *value, size_t len)
{
	size_t up = 1, down = 1;

	for (size_t i = 1; i < len; i++) {
		char a = value[i - 1], b = value[i];

		up = b == a + 1 || (a == '9' && (b == '0' || b == 'a' || b == 'A')) ? up + 1 : 1;
		down = b == a - 1 ? down + 1 : 1;
		if (up >= SEQUENCE_MIN || down >= SEQUENCE_MIN)
			return true;
	}
	return false;
}

/* "xxxxxxxx", "1234123412341234", "deadbeefdeadbeefdeadbeef": something short, over and over. */
static bool has_repeats(const char *value, size_t len)
{
	for (size_t period = 1; period <= PERIOD_MAX; period++) {
		size_t enough = period * 3 > SEQUENCE_MIN ? period * 3 : SEQUENCE_MIN, run = period;

		for (size_t i = period; i < len; i++) {
			run = value[i] == value[i - period] ? run + 1 : period;
			if (run >= enough)
				return true;
		}
	}
	return false;
}

/* Three letters or digits, with whatever stands between them. */
static bool has_few_characters(const char *value, size_t len)
{
	bool seen[256] = {false};
	size_t different = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)value[i]))
			continue;
		different += !seen[(unsigned char)value[i]];
		seen[(unsigned char)value[i]] = true;
	}
	return len >= 16 && different <= 3;
}

/* "${X}", "$X", "$(x)", "{{ x }}", "<x>", "%X%", "@x@": somebody fills it in later. */
static bool is_template(const char *value, size_t len)
{
	char first = len ? value[0] : 0, second = len > 1 ? value[1] : 0, last = len > 1 ? value[len - 1] : 0;

	if (first == '$')
		return isalpha((unsigned char)second) || second == '_' || second == '{' || second == '(';
	return first == '<' || (first == '{' && second == '{') || (first == '%' && last == '%') ||
	       (first == '@' && last == '@');
}

bool cl_is_placeholder(const char *value, size_t len, bool binary)
{
	/* Long enough that random text does not hold them by chance. */
	static const char *const words[] = {
		"example", "redacted", "placeholder", "changeme", "change_me", "change-me", "yourtoken",	"your_",
		"your-",   "insert",   "replace",     "dummy",	  "sample",    "foobar",    "deadbeefdeadbeef",
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (holds(value, len, words[i]))
			return true;
	return is_template(value, len) ||
	       (!binary && (has_sequence(value, len) || has_repeats(value, len) || has_few_characters(value, len)));
}
