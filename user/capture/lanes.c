/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/lanes.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/secure.h"
#include "credlineage/event.h"

struct entry {
	uint64_t ts;
	uint64_t position; /* in the ring */
	uint32_t off, size;
};

/* Two buffers: what stays is copied into the other one, in order, and the first is wiped. */
struct lane {
	uint8_t *buf, *spare;
	size_t used;
	struct entry *index;
	size_t n, cap;
};

struct cl_lanes {
	struct lane lanes[CL_LANES];
	size_t bytes;
};

static size_t aligned(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static int lane_init(struct lane *l, size_t bytes)
{
	void *buf = NULL, *spare = NULL;

	if (cl_secure_alloc(&buf, bytes))
		return -ENOMEM;
	l->buf = buf;
	if (cl_secure_alloc(&spare, bytes))
		return -ENOMEM;
	l->spare = spare;
	l->cap = bytes / sizeof(struct cl_header);
	l->index = calloc(l->cap, sizeof(*l->index));
	return l->index ? 0 : -ENOMEM;
}

int cl_lanes_new(struct cl_lanes **out, size_t lane_bytes)
{
	struct cl_lanes *b;

	if (lane_bytes < CL_RECORD_MAX || lane_bytes > UINT32_MAX)
		return -EINVAL;
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	b->bytes = lane_bytes;
	for (int i = 0; i < CL_LANES; i++) {
		if (lane_init(&b->lanes[i], lane_bytes)) {
			cl_lanes_free(&b);
			return -ENOMEM;
		}
	}
	*out = b;
	return 0;
}

void cl_lanes_free(struct cl_lanes **p)
{
	struct cl_lanes *b = *p;

	if (!b)
		return;
	for (int i = 0; i < CL_LANES; i++) {
		void *buf = b->lanes[i].buf, *spare = b->lanes[i].spare;

		cl_secure_free(&buf, b->bytes);
		cl_secure_free(&spare, b->bytes);
		free(b->lanes[i].index);
	}
	free(b);
	*p = NULL;
}

bool cl_lanes_has_room(const struct cl_lanes *b, unsigned int lane)
{
	const struct lane *l = &b->lanes[lane];

	return l->used + CL_RECORD_MAX <= b->bytes && l->n < l->cap;
}

/* Later arrivals with the same time stay behind: the order is stable. */
static void insert(struct lane *l, struct entry e)
{
	size_t i = l->n++;

	for (; i > 0 && l->index[i - 1].ts > e.ts; i--)
		l->index[i] = l->index[i - 1];
	l->index[i] = e;
}

int cl_lanes_add(struct cl_lanes *b, unsigned int lane, const void *record, size_t size, uint64_t position)
{
	const struct cl_header *h = record;
	struct lane *l = &b->lanes[lane];

	/* A ring's slot may be longer than the record in it. */
	if (size < sizeof(*h) || h->size < sizeof(*h) || h->size > size || h->size > CL_RECORD_MAX)
		return -EPROTO;
	if (l->n >= l->cap || l->used + aligned(h->size) > b->bytes)
		return -ENOSPC;
	memcpy(l->buf + l->used, record, h->size);
	insert(l, (struct entry){.ts = h->ts, .position = position, .off = (uint32_t)l->used, .size = h->size});
	l->used += aligned(h->size);
	return 0;
}

/* Moves index[from..] into the spare buffer and makes it the buffer. */
static void keep_from(struct lane *l, size_t from)
{
	uint8_t *old = l->buf;
	size_t used = 0, n = 0;

	for (size_t i = from; i < l->n; i++) {
		struct entry e = l->index[i];

		memcpy(l->spare + used, old + e.off, e.size);
		e.off = (uint32_t)used;
		l->index[n++] = e;
		used += aligned(e.size);
	}
	explicit_bzero(old, l->used);
	l->buf = l->spare;
	l->spare = old;
	l->used = used;
	l->n = n;
}

static uint64_t horizon_of(const struct cl_lanes *b, uint64_t horizon, const bool more[CL_LANES])
{
	for (int i = 0; i < CL_LANES; i++) {
		const struct lane *l = &b->lanes[i];

		if (more[i] && l->n && l->index[l->n - 1].ts < horizon)
			horizon = l->index[l->n - 1].ts;
	}
	return horizon;
}

static size_t hand(struct cl_lanes *b, uint64_t horizon, cl_record_fn each, void *ctx)
{
	struct lane *l = b->lanes;
	size_t at[CL_LANES] = {0}, n = 0;

	for (;; n++) {
		int pick = -1;

		for (int i = 0; i < CL_LANES; i++) {
			if (at[i] < l[i].n && l[i].index[at[i]].ts <= horizon &&
			    (pick < 0 || l[i].index[at[i]].ts < l[pick].index[at[pick]].ts))
				pick = i;
		}
		if (pick < 0)
			break;
		each(ctx, l[pick].buf + l[pick].index[at[pick]].off, l[pick].index[at[pick]].size);
		at[pick]++;
	}
	for (int i = 0; i < CL_LANES; i++) {
		if (at[i])
			keep_from(&l[i], at[i]);
	}
	return n;
}

size_t cl_lanes_hand(struct cl_lanes *b, uint64_t horizon, const bool more[CL_LANES], cl_record_fn each, void *ctx)
{
	size_t n = hand(b, horizon_of(b, horizon, more), each, ctx);
	bool stuck = false;

	for (int i = 0; i < CL_LANES; i++)
		stuck |= !cl_lanes_has_room(b, (unsigned int)i);
	/* A lane full of records that are all too young would never drain: order yields to progress. */
	if (!n && stuck)
		n = hand(b, UINT64_MAX, each, ctx);
	return n;
}

size_t cl_lanes_waiting(const struct cl_lanes *b)
{
	size_t n = 0;

	for (int i = 0; i < CL_LANES; i++)
		n += b->lanes[i].n;
	return n;
}

uint64_t cl_lanes_oldest(const struct cl_lanes *b, unsigned int lane)
{
	const struct lane *l = &b->lanes[lane];
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < l->n; i++)
		oldest = l->index[i].position < oldest ? l->index[i].position : oldest;
	return oldest;
}

void cl_lanes_scan(struct cl_lanes *b, bool (*drop)(void *ctx, const void *record, size_t size), void *ctx)
{
	for (int i = 0; i < CL_LANES; i++) {
		struct lane *l = &b->lanes[i];
		size_t kept = 0;

		for (size_t k = 0; k < l->n; k++) {
			if (!drop(ctx, l->buf + l->index[k].off, l->index[k].size))
				l->index[kept++] = l->index[k];
		}
		l->n = kept;
		keep_from(l, 0);
	}
}
