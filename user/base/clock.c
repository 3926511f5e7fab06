/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static uint64_t now(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * CL_NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t cl_boot_ns(void)
{
	return now(CLOCK_BOOTTIME);
}

uint64_t cl_wall_ns(void)
{
	return now(CLOCK_REALTIME);
}

int64_t cl_wall_offset_ns(void)
{
	return (int64_t)(cl_wall_ns() - cl_boot_ns());
}

char *cl_time_format(char buf[CL_TIME_SIZE], uint64_t wall_ns)
{
	time_t s = (time_t)(wall_ns / CL_NS_PER_S);
	struct tm tm;
	char date[24];

	gmtime_r(&s, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, CL_TIME_SIZE, "%s.%06uZ", date, (unsigned int)(wall_ns % CL_NS_PER_S / 1000));
	return buf;
}
