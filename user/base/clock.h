/* SPDX-License-Identifier: Apache-2.0 */
/* Event times are ns since boot; people see wall time. One offset, taken once per observation of the host, joins them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CL_NS_PER_S 1000000000ull
#define CL_TIME_SIZE 32 /* "2026-11-25T16:00:00.123456Z" and room */

uint64_t cl_boot_ns(void); /* CLOCK_BOOTTIME */
uint64_t cl_wall_ns(void); /* CLOCK_REALTIME */
/* wall - boot, so that boot time + offset = wall time. */
int64_t cl_wall_offset_ns(void);
/* RFC 3339, UTC, microseconds. Returns buf. */
char *cl_time_format(char buf[CL_TIME_SIZE], uint64_t wall_ns);
