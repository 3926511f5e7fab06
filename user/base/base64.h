/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 of both alphabets (+/ and -_). Decodes credentials: the caller gives secure memory and wipes it. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

extern const int8_t cl_base64_digits[256];
/* 0..63; -1: not a base64 character. */
static inline int cl_base64_digit(char c)
{
	return cl_base64_digits[(unsigned char)c];
}
/* Decodes up to padding or the end. Returns the length, -EINVAL for another character, -E2BIG when out is too small. */
ssize_t cl_base64_decode(const char *s, size_t len, void *out, size_t cap);

/* The same a character at a time, for text with line breaks between. */
struct cl_base64 {
	uint8_t *out;
	size_t len, cap;
	uint32_t bits;
	unsigned int n_bits;
};
int cl_base64_push(struct cl_base64 *b, int digit); /* 0, -E2BIG */
