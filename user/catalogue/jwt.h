/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what a signed token says of itself. Works on the token's text and a scratch buffer of the caller (secure
 * memory); nothing is allocated and nothing is verified: whether it is genuine is for its issuer to say.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"

/* Three base64url parts, a JSON header with a signing algorithm, a JSON payload, not a documentation sample.
 * A prefix before "eyJ" is allowed (ghs_<app>_<token>). */
bool cl_jwt_valid(const char *value, size_t len);
/* Decodes the payload into scratch, as far as it fits; *claims is a view into it. 0, -EINVAL. */
int cl_jwt_claims(const char *value, size_t len, char *scratch, size_t cap, struct cl_view *claims);

/*
 * Reads JSON that may be hostile, and may be cut off at its end, member by member in place: no tree, no recursion, a
 * value that is not whole is left out. A string's text is without its quotes, with its escapes; type is the value's
 * first character.
 */
struct cl_json_value {
	struct cl_view text;
	char type; /* '"', '[', '{', a digit, 't'...; 0: none */
};
struct cl_json_reader {
	const char *p, *end;
};
struct cl_json_reader cl_json_members(struct cl_view whole); /* of an object or an array; of anything else: none */
/* name NULL: elements of an array. */
bool cl_json_next_member(struct cl_json_reader *r, struct cl_view *name, struct cl_json_value *value);
/* Value of a top-level member of a JSON object; of a name that is said twice the last one. */
bool cl_jwt_member(struct cl_view object, const char *key, struct cl_view *value);
/* Seconds since 1970 as a number, or as a string that is one, in wall ns; 0: none, or out of range. */
uint64_t cl_json_seconds(const struct cl_json_value *v);
