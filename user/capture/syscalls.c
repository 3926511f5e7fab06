/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/syscalls.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"

static const struct {
	uint16_t number;
	uint8_t what; /* enum cl_syscall */
	uint8_t act;  /* enum cl_act */
} table[] = {
#ifdef SYS_open /* newer architectures have only the *at calls */
	{SYS_open, CL_SYS_OPEN, CL_ACT_OPEN},
	{SYS_creat, CL_SYS_OPEN, CL_ACT_OPEN},
#endif
	{SYS_openat, CL_SYS_OPEN, CL_ACT_OPEN},
	{SYS_openat2, CL_SYS_OPEN, CL_ACT_OPEN},
	{SYS_open_by_handle_at, CL_SYS_OPEN, CL_ACT_OPEN},
	{SYS_read, CL_SYS_READ, CL_ACT_READ},
	{SYS_pread64, CL_SYS_PREAD, CL_ACT_READ},
	{SYS_readv, CL_SYS_READV, CL_ACT_READ},
	{SYS_preadv, CL_SYS_PREADV, CL_ACT_READ},
	{SYS_preadv2, CL_SYS_PREADV, CL_ACT_READ},
	{SYS_connect, CL_SYS_CONNECT, CL_ACT_CONNECT},
};

void cl_syscalls_fill(const struct cl_plan *plan, uint8_t acts[CL_SYSCALLS])
{
	memset(acts, CL_SYS_NONE, CL_SYSCALLS);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (cl_plan_at(plan, table[i].act, CL_TIER_TRACEPOINT))
			acts[table[i].number] = table[i].what;
	}
}
