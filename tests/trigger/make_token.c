/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints a new random token with a valid checksum, for tests and the demonstration: a prefix, 30 characters, and their
 * CRC-32 in base 62, six digits. Nobody ever issued it.
 *   make_token [github|oauth|npm]
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define RANDOM_LEN 30
#define CHECK_LEN 6

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static uint32_t crc32(const char *s, size_t len)
{
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)s[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static const char *const kinds[][2] = {{"github", "ghp_"}, {"oauth", "gho_"}, {"npm", "npm_"}};

/* NULL: no such kind. */
static const char *prefix_of(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kind, kinds[i][0]))
			return kinds[i][1];
	return NULL;
}

int main(int argc, char **argv)
{
	const char *prefix = prefix_of(argc > 1 ? argv[1] : "github");
	char text[RANDOM_LEN + CHECK_LEN + 1] = "";
	unsigned char byte;
	uint32_t check;

	if (!prefix || argc > 2)
		return 2;
	for (size_t i = 0; i < RANDOM_LEN;) {
		if (getrandom(&byte, 1, 0) != 1)
			return 1;
		if (byte < 4 * 62) /* the rest would favour the first digits */
			text[i++] = digits[byte % 62];
	}
	check = crc32(text, RANDOM_LEN);
	for (int i = CHECK_LEN - 1; i >= 0; i--, check /= 62)
		text[RANDOM_LEN + i] = digits[check % 62];
	return printf("%s%s\n", prefix, text) < 0;
}
