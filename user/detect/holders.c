/* SPDX-License-Identifier: Apache-2.0 */
/* The process side of the holdings: what a process has in memory, and what fork, exec and exit do to it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/holdings.h"
#include "detect/snapshot.h"

#define BIT(source) (1u << (source))
/* No source: it was read by the program that the process ran before, which may have left it in a descriptor or pipe. */
#define BEFORE BIT(31)

struct cl_holder *cl_holdings_holder(const struct cl_holdings *h, struct cl_process_key key)
{
	struct cl_holder *p = NULL;

	key.pad = 0;
	HASH_FIND(hh, h->holders, &key, sizeof(key), p);
	return p;
}

static void holder_free(struct cl_holdings *h, struct cl_holder *p)
{
	HASH_DEL(h->holders, p);
	h->stats->holders--;
	cl_snapshot_unref(&p->snapshot);
	free(p->held);
	free(p);
}

static int holder_new(struct cl_holdings *h, struct cl_process_key key, struct cl_holder **out)
{
	struct cl_holder *p;

	while (HASH_COUNT(h->holders) >= CL_HOLDERS_MAX) {
		holder_free(h, h->holders);
		h->stats->holders_evicted++;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->key = key;
	p->key.pad = 0;
	HASH_ADD(hh, h->holders, key, sizeof(p->key), p);
	if (!p->hh.tbl) {
		free(p);
		return -ENOMEM;
	}
	h->stats->holders++;
	*out = p;
	return 0;
}

void cl_holdings_touch(struct cl_holdings *h, struct cl_holder *p)
{
	if (!p->hh.next) /* uthash keeps the order of insertion: the head is the least recent */
		return;
	HASH_DEL(h->holders, p);
	HASH_ADD(hh, h->holders, key, sizeof(p->key), p);
}

static struct cl_held *find_held(const struct cl_holder *p, const uint8_t fp[CL_FP_SIZE])
{
	for (size_t i = 0; i < p->n; i++)
		if (!memcmp(p->held[i].fp, fp, CL_FP_SIZE))
			return &p->held[i];
	return NULL;
}

int cl_holdings_hold(struct cl_holdings *h, struct cl_process_key key, const uint8_t fp[CL_FP_SIZE], uint32_t source)
{
	struct cl_holder *p = cl_holdings_holder(h, key);
	struct cl_held *held;
	int r = p ? 0 : holder_new(h, key, &p);

	if (r)
		return r;
	cl_holdings_touch(h, p);
	held = find_held(p, fp);
	if (held) {
		held->sources = (held->sources & ~BEFORE) | BIT(source);
		held->own = true;
		return 0;
	}
	if (p->n == CL_HELD_MAX) {
		h->stats->held_cut++;
		return 0;
	}
	held = realloc(p->held, (p->n + 1) * sizeof(*held));
	if (!held)
		return -ENOMEM;
	p->held = held;
	held[p->n].sources = BIT(source);
	held[p->n].own = true;
	held[p->n].came = CL_CAME_ALONG;
	memcpy(held[p->n++].fp, fp, CL_FP_SIZE);
	return 0;
}

uint32_t cl_holder_sources(const struct cl_holder *holder, const uint8_t fp[CL_FP_SIZE])
{
	const struct cl_held *held = holder ? find_held(holder, fp) : NULL;

	return held ? held->sources : 0;
}

bool cl_held_is_in_hand(const struct cl_held *held, const struct cl_holder *parent)
{
	uint32_t sources = held->sources & ~(BEFORE | BIT(CL_SOURCE_REACHED));

	return sources == BIT(CL_SOURCE_ENVIRONMENT) ? !cl_holder_carries(parent, held->fp) : sources != 0;
}

/* The strongest counts. */
void cl_holdings_came(struct cl_holdings *h, struct cl_process_key key, const uint8_t fp[CL_FP_SIZE], uint32_t came)
{
	struct cl_holder *p = cl_holdings_holder(h, key);
	struct cl_held *held = p ? find_held(p, fp) : NULL;

	if (held && came > held->came)
		held->came = (uint8_t)came;
}

uint32_t cl_holder_came(const struct cl_holder *holder, const uint8_t fp[CL_FP_SIZE])
{
	const struct cl_held *held = holder ? find_held(holder, fp) : NULL;

	return held && held->sources != BEFORE ? held->came : CL_CAME_ALONG;
}

bool cl_holder_carries(const struct cl_holder *holder, const uint8_t fp[CL_FP_SIZE])
{
	return cl_holder_sources(holder, fp) & BIT(CL_SOURCE_ENVIRONMENT);
}

bool cl_held_is_given(const struct cl_held *held)
{
	return held->sources == BIT(CL_SOURCE_GAVE);
}

bool cl_holder_had(const struct cl_holder *holder, const uint8_t fp[CL_FP_SIZE])
{
	const struct cl_held *held = holder ? find_held(holder, fp) : NULL;

	return held && held->sources == BEFORE;
}

int cl_holdings_copy(struct cl_holdings *h, struct cl_process_key from, struct cl_process_key to)
{
	struct cl_holder *p = cl_holdings_holder(h, from);
	struct cl_holder *child = cl_holdings_holder(h, to);
	int r;

	if (!p || !p->n || child)
		return 0;
	cl_holdings_touch(h, p); /* making room takes the least recent, not the creator */
	r = holder_new(h, to, &child);
	if (r)
		return r;
	child->held = malloc(p->n * sizeof(*child->held));
	if (!child->held)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		if (p->held[i].sources == BEFORE)
			continue;
		child->held[child->n] = p->held[i];
		child->held[child->n++].own = false;
	}
	if (!child->n)
		holder_free(h, child);
	return 0;
}

void cl_holdings_exec(struct cl_holdings *h, struct cl_process_key key, bool keep_environment)
{
	struct cl_holder *p = cl_holdings_holder(h, key);
	size_t kept = 0;

	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		struct cl_held held = p->held[i];
		bool carried = keep_environment && held.sources & BIT(CL_SOURCE_ENVIRONMENT);
		bool read = held.own && held.sources & (BIT(CL_SOURCE_FILE) | BIT(CL_SOURCE_DESCRIPTOR) | BEFORE);

		held.came = CL_CAME_ALONG;
		held.sources = carried ? BIT(CL_SOURCE_ENVIRONMENT) : BEFORE;
		if (carried || read)
			p->held[kept++] = held;
	}
	p->n = kept;
	cl_snapshot_unref(&p->snapshot);
	if (!kept)
		holder_free(h, p);
}

void cl_holdings_drop(struct cl_holdings *h, struct cl_process_key key)
{
	struct cl_holder *p = cl_holdings_holder(h, key);

	if (p)
		holder_free(h, p);
}
