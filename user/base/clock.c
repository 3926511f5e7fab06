/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/clock.h"

#include <string.h>
#include <time.h>

#define DAY_S 86400
#define DATE_LEN 10 /* "2026-11-25": no nanosecond that fits 64 bits is of a year with five digits */

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

static void put_digits(char *at, size_t width, uint64_t v)
{
	for (; width; v /= 10)
		at[--width] = (char)('0' + v % 10);
}

/* Neighbouring times are mostly of one day, and a lineage or a log has thousands of them. */
static const char *date_of(uint64_t day)
{
	static _Thread_local uint64_t last = UINT64_MAX;
	static _Thread_local char date[16];
	time_t s = (time_t)(day * DAY_S);
	struct tm tm;

	if (day != last) {
		gmtime_r(&s, &tm);
		strftime(date, sizeof(date), "%Y-%m-%d", &tm);
		last = day;
	}
	return date;
}

char *cl_time_format(char buf[CL_TIME_SIZE], uint64_t wall_ns)
{
	uint64_t s = wall_ns / CL_NS_PER_S, of_day = s % DAY_S;

	memcpy(buf, date_of(s / DAY_S), DATE_LEN);
	memcpy(buf + DATE_LEN, "T00:00:00.000000Z", sizeof("T00:00:00.000000Z"));
	put_digits(buf + 11, 2, of_day / 3600);
	put_digits(buf + 14, 2, of_day / 60 % 60);
	put_digits(buf + 17, 2, of_day % 60);
	put_digits(buf + 20, 6, wall_ns % CL_NS_PER_S / 1000);
	return buf;
}
