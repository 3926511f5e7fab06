/* SPDX-License-Identifier: Apache-2.0 */
/* Reads big-endian numbers and counted strings from bytes that may be hostile: past the end everything is 0 and bad. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"

struct cl_bytes {
	const uint8_t *p, *end;
	bool bad;
};

static inline struct cl_bytes cl_bytes(struct cl_view v)
{
	return (struct cl_bytes){(const uint8_t *)v.p, (const uint8_t *)v.p + v.len, false};
}

static inline uint64_t cl_bytes_number(struct cl_bytes *r, size_t size)
{
	uint64_t v = 0;

	if ((size_t)(r->end - r->p) < size) {
		r->bad = true;
		r->p = r->end;
		return 0;
	}
	while (size--)
		v = v << 8 | *r->p++;
	return v;
}

static inline uint8_t cl_bytes_u8(struct cl_bytes *r)
{
	return (uint8_t)cl_bytes_number(r, 1);
}

static inline uint16_t cl_bytes_u16(struct cl_bytes *r)
{
	return (uint16_t)cl_bytes_number(r, 2);
}

static inline uint32_t cl_bytes_u32(struct cl_bytes *r)
{
	return (uint32_t)cl_bytes_number(r, 4);
}

static inline uint64_t cl_bytes_u64(struct cl_bytes *r)
{
	return cl_bytes_number(r, 8);
}

static inline struct cl_view cl_bytes_take(struct cl_bytes *r, size_t n)
{
	struct cl_view v = {(const char *)r->p, n};

	if ((size_t)(r->end - r->p) < n) {
		r->bad = true;
		r->p = r->end;
		return (struct cl_view){(const char *)r->end, 0};
	}
	r->p += n;
	return v;
}

/* A 32-bit length and that many bytes. */
static inline struct cl_view cl_bytes_string(struct cl_bytes *r)
{
	return cl_bytes_take(r, cl_bytes_u32(r));
}
