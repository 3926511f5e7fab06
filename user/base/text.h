/* SPDX-License-Identifier: Apache-2.0 */
/* Growing strings, escaping and hex: everything that a hostile name must pass before people or parsers see it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing, always NUL-terminated string. Zero-initialise; free with cl_text_free, which wipes it: on its way out a text
 * may be one of a watched process. */
struct cl_text {
	char *s; /* NULL until the first append */
	size_t len;
	size_t cap;
};

void cl_text_free(struct cl_text *t);
#define _cleanup_text_ __attribute__((cleanup(cl_text_free)))
int cl_text_reserve(struct cl_text *t, size_t len);		  /* room for so much more at once; 0, -ENOMEM */
int cl_text_append(struct cl_text *t, const char *s, size_t len); /* 0, -ENOMEM */
int cl_text_puts(struct cl_text *t, const char *s);
int cl_text_printf(struct cl_text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "" when nothing was appended; borrowed. */
const char *cl_text_str(const struct cl_text *t);
/* Passes the string to the caller, who frees it; the text is empty afterwards. */
char *cl_text_take(struct cl_text *t);

/*
 * Printable copy for terminals and logs: control characters, DEL, invalid UTF-8, bidi and other invisible format
 * characters become \xNN or \u{N...}; a backslash becomes \\. Always terminates; returns dst.
 */
char *cl_escape(char *dst, size_t size, const char *src);
/* The same without a bound; 0 or -ENOMEM. */
int cl_text_escape(struct cl_text *t, const char *src, size_t len);
/* The same for a name within a sentence: of one that is longer than `max` (over 32) when escaped the end is kept, which
 * tells more than the begin of a path does. */
int cl_text_escape_short(struct cl_text *t, const char *name, size_t max);
/* Bytes -> valid UTF-8 for JSON values: each bad byte and NUL becomes \xNN as text; the writer escapes the controls. */
int cl_text_utf8(struct cl_text *t, const char *src, size_t len);

/* Length of the well-formed UTF-8 at the beginning of s; len when all of it is. */
size_t cl_utf8_span(const char *s, size_t len);

/* `out` holds 2 * len + 1 characters. */
void cl_hex(char *out, const uint8_t *bytes, size_t len);
/* FNV-1a 64: the hash that bpf/ uses for directory names. */
uint64_t cl_fnv1a(const char *s, size_t len);
/* Last component of a path; the whole when it has no slash, "" for NULL. */
const char *cl_basename(const char *path);
bool cl_starts_with(const char *s, const char *prefix);
bool cl_ends_with(const char *s, const char *suffix);
