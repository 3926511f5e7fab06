/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that a pattern cannot make: checksums, randomness, placeholders. Each takes the bare value, returns whether
 * it can be a real one, and keeps nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* By its name in the catalogue ("crc32-base62"); NULL: there is no such check. */
bool (*cl_check_find(const char *name))(const char *value, size_t len);
const char *const *cl_check_names(size_t *n);

double cl_entropy(const char *value, size_t len); /* bits per byte, of the bytes' own distribution */
/* A value that documentation or a template holds in the place of a real one. `binary`: runs of one character say
 * nothing (encoded binary data has them). */
bool cl_is_placeholder(const char *value, size_t len, bool binary);

/*
 * Body of a PEM block, decoded. `at` is behind the BEGIN line's dashes. Line breaks may be real, escaped ("\n" in
 * JSON) or missing, lines may be indented: the same key gives the same bytes. *end is behind the END line.
 * Returns the body's length; -EINVAL when it is not a whole block with the structure of a private key; -E2BIG.
 */
ssize_t cl_pem_body(const char *text, size_t len, size_t at, uint8_t *out, size_t cap, size_t *end);
