/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery/sleep.h"

#include <time.h>

#include "base/clock.h"

#define LONGEST_NS (60 * CL_NS_PER_S)

void cl_cond_init(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attr);
	pthread_condattr_destroy(&attr);
}

void cl_cond_wait_until(pthread_cond_t *c, pthread_mutex_t *lock, uint64_t boot_ns)
{
	uint64_t now = cl_boot_ns(), wait = boot_ns > now ? boot_ns - now : 0;
	struct timespec until;

	wait = wait < LONGEST_NS ? wait : LONGEST_NS;
	clock_gettime(CLOCK_MONOTONIC, &until);
	wait += (uint64_t)until.tv_nsec;
	until.tv_sec += (time_t)(wait / CL_NS_PER_S);
	until.tv_nsec = (long)(wait % CL_NS_PER_S);
	pthread_cond_timedwait(c, lock, &until);
}
