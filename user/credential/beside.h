/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a credential's surroundings tell of it: when it ends, where that is written beside it; whether a refresh token
 * lies there, too; which pair of keys it belongs to; the certificate of a private key. All of it is inferred from the
 * place, none of it replaces what the credential says of itself.
 */
#pragma once

#include "credential/credential.h"
#include "event/event.h"
#include "event/facts.h"

struct cl_beside {
	uint32_t source;
	const char *bytes;
	size_t len, from, to; /* where the value stands in the text */
	const char *name;     /* of the value; NULL: none */
	const struct cl_format *format;
	uint64_t written; /* wall ns of the file's last change; 0: not known */
	const struct cl_fp_key *key;
	struct cl_view other; /* text of a file beside the one in hand: a key's certificate; len 0: none */
	void *scratch;	      /* secure */
	size_t scratch_size;
};

/* Adds facts; sets *expires where it is 0, and *class with it. */
void cl_beside_read(const struct cl_beside *b, struct cl_facts *facts, uint64_t *expires, uint32_t *class);
