/* SPDX-License-Identifier: Apache-2.0 */
/* When an output is tried again, and how fast it may send. Arithmetic: the caller brings the time and the chance. */
#pragma once

#include <stdint.h>

/* Doubles with every failure, from min to max; some of it by chance, so that hosts do not come back all at once. */
struct cl_backoff {
	uint64_t min, max; /* ns */
	uint64_t delay;	   /* the last one before chance; 0: no failure yet */
};
#define CL_BACKOFF_MIN_NS (1000000000ull / 4)
#define CL_BACKOFF_MAX_NS (60 * 1000000000ull)
/* ns to wait after one more failure: between half and all of the delay. */
uint64_t cl_backoff_next(struct cl_backoff *b, uint32_t chance);
uint32_t cl_backoff_chance(void);
/* Until when the other end may have us wait that asks for `asked` (boot ns): an hour at most. */
uint64_t cl_backoff_asked(uint64_t now, uint64_t asked);

/* So many in so long; a second's worth (at least one) may go at once. */
struct cl_pace {
	uint64_t n, ns; /* n 0: no bound */
	uint64_t until; /* time up to which all is used */
};
uint64_t cl_pace_room(const struct cl_pace *p, uint64_t now); /* how many may go now; UINT64_MAX: no bound */
void cl_pace_take(struct cl_pace *p, uint64_t now, uint64_t n);
uint64_t cl_pace_next(const struct cl_pace *p); /* when there is room for one */
