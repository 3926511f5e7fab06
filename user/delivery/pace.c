/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/pace.h"

#include "base/clock.h"

uint64_t cl_backoff_next(struct cl_backoff *b, uint32_t chance)
{
	uint64_t half;

	b->delay = !b->delay ? b->min : b->delay > b->max / 2 ? b->max : b->delay * 2;
	half = b->delay / 2;
	return b->delay - half + (uint64_t)((double)half * chance / UINT32_MAX);
}

static uint64_t interval(const struct cl_pace *p)
{
	return p->ns / p->n;
}

static uint64_t burst(const struct cl_pace *p)
{
	uint64_t in_a_second = p->n * CL_NS_PER_S / p->ns;

	return in_a_second ? in_a_second : 1;
}

uint64_t cl_pace_room(const struct cl_pace *p, uint64_t now)
{
	uint64_t used;

	if (!p->n)
		return UINT64_MAX;
	used = p->until > now ? (p->until - now + interval(p) - 1) / interval(p) : 0;
	return used < burst(p) ? burst(p) - used : 0;
}

void cl_pace_take(struct cl_pace *p, uint64_t now, uint64_t n)
{
	if (!p->n)
		return;
	p->until = (p->until > now ? p->until : now) + n * interval(p);
}

uint64_t cl_pace_next(const struct cl_pace *p)
{
	uint64_t room = p->n ? (burst(p) - 1) * interval(p) : 0;

	return p->until > room ? p->until - room : 0;
}
