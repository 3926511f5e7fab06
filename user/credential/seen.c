/* SPDX-License-Identifier: Apache-2.0 */
#include "credential/seen.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"

struct tag {
	uint64_t half[2]; /* both 0: no text */
};

struct cl_seen {
	uint64_t key[2];
	struct tag asked; /* the text of the last question */
	struct cl_seen_stats stats;
	size_t n;
	struct tag places[];
};

/* ---- the hash ---- */

static inline uint64_t turn(uint64_t v, unsigned int bits)
{
	return v << bits | v >> (64 - bits);
}

static inline void mix(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = turn(v[1], 13) ^ v[0];
	v[0] = turn(v[0], 32);
	v[2] += v[3];
	v[3] = turn(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = turn(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = turn(v[1], 17) ^ v[2];
	v[2] = turn(v[2], 32);
}

static inline void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v);
	mix(v);
	v[0] ^= word;
}

static uint64_t finish(uint64_t v[4])
{
	for (int i = 0; i < 4; i++)
		mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void cl_siphash(const uint64_t key[2], const void *bytes, size_t len, uint64_t out[2])
{
	uint64_t v[4] = {key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull ^ 0xee,
			 key[0] ^ 0x6c7967656e657261ull, key[1] ^ 0x7465646279746573ull};
	const uint8_t *s = bytes;
	uint64_t word;
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		memcpy(&word, s + i, 8);
		absorb(v, le64toh(word));
	}
	word = 0;
	memcpy(&word, s + i, len - i);
	absorb(v, le64toh(word) | (uint64_t)len << 56);
	v[2] ^= 0xee;
	out[0] = finish(v);
	v[1] ^= 0xdd;
	out[1] = finish(v);
}

/* ---- the texts ---- */

int cl_seen_new(struct cl_seen **out, size_t places)
{
	_cleanup_(cl_seen_free) struct cl_seen *s = calloc(1, sizeof(*s) + places * sizeof(*s->places));

	if (!s)
		return -ENOMEM;
	if (getrandom(s->key, sizeof(s->key), 0) != sizeof(s->key))
		return -EIO;
	s->n = places;
	*out = TAKE_PTR(s);
	return 0;
}

void cl_seen_free(struct cl_seen **p)
{
	free(TAKE_PTR(*p));
}

static struct tag *place_of(struct cl_seen *s, const struct tag *t)
{
	return &s->places[t->half[0] % s->n];
}

bool cl_seen_has(struct cl_seen *s, const char *bytes, size_t len)
{
	bool has;

	cl_siphash(s->key, bytes, len, s->asked.half);
	has = !memcmp(place_of(s, &s->asked), &s->asked, sizeof(s->asked));
	s->stats.again += has;
	return has;
}

void cl_seen_enter(struct cl_seen *s)
{
	static const struct tag none;
	struct tag *place = place_of(s, &s->asked);

	s->stats.evicted += memcmp(place, &none, sizeof(none)) && memcmp(place, &s->asked, sizeof(*place));
	*place = s->asked;
}

void cl_seen_clear(struct cl_seen *s)
{
	memset(s->places, 0, s->n * sizeof(*s->places));
}

const struct cl_seen_stats *cl_seen_stats(const struct cl_seen *s)
{
	return &s->stats;
}
