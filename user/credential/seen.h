/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that were looked through and had nothing in them: the same bytes need no second look. Programs start with the
 * environment of who starts them, mostly byte for byte. No byte is kept, only a keyed hash of all of them under a key
 * that is made at the start and never leaves: who doesn't know it can't make a text that passes for another.
 *
 * Direct-mapped: a text gives way to the next one with its place.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cl_seen;
struct cl_seen_stats {
	uint64_t again;	  /* texts that were among them */
	uint64_t evicted; /* gave way */
};

/* `places`: how many at most, 16 bytes each; 0, -ENOMEM, -EIO (no randomness). */
int cl_seen_new(struct cl_seen **out, size_t places);
void cl_seen_free(struct cl_seen **p);
/* Whether it is among them. Else cl_seen_enter enters it, when nothing was found in it. */
bool cl_seen_has(struct cl_seen *s, const char *bytes, size_t len);
void cl_seen_enter(struct cl_seen *s);
/* What is looked for is something else now. */
void cl_seen_clear(struct cl_seen *s);
const struct cl_seen_stats *cl_seen_stats(const struct cl_seen *s);

/*
 * SipHash-2-4 with 128 bits (Aumasson, Bernstein 2012). OpenSSL's keeps the last bytes of a message on the ordinary heap,
 * where none of a process's environment may stay.
 */
void cl_siphash(const uint64_t key[2], const void *bytes, size_t len, uint64_t out[2]);
