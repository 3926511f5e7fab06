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
/* Decodes the payload into scratch; *claims is a view into it. 0, -EINVAL, -E2BIG. */
int cl_jwt_claims(const char *value, size_t len, char *scratch, size_t cap, struct cl_view *claims);
/* Value of a top-level member of a JSON object: a string without its quotes, anything else as it stands. */
bool cl_jwt_member(struct cl_view object, const char *key, struct cl_view *value);
/* `exp` as wall ns; 0: absent or out of range. */
uint64_t cl_jwt_expires(struct cl_view claims);
