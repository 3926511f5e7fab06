/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "delivery/pace.h"

#include <sys/random.h>

#include "base/clock.h"

#define ASKED_MAX_NS (3600 * CL_NS_PER_S)

uint64_t cl_backoff_next(struct cl_backoff *b, uint32_t chance)
{
	uint64_t half;

	b->delay = !b->delay ? b->min : b->delay > b->max / 2 ? b->max : b->delay * 2;
	half = b->delay / 2;
	return b->delay - half + (uint64_t)((double)half * chance / UINT32_MAX);
}

uint32_t cl_backoff_chance(void)
{
	uint32_t chance = 0;

	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		chance = (uint32_t)cl_boot_ns();
	return chance;
}

uint64_t cl_backoff_asked(uint64_t now, uint64_t asked)
{
	return asked < now + ASKED_MAX_NS ? asked : now + ASKED_MAX_NS;
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
