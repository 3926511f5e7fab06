/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/syscalls.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"

static const struct {
	uint16_t number;
	uint16_t what; /* enum cl_syscall, shifted for 32-bit calls */
	uint8_t act;   /* enum cl_act */
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
	{SYS_sendfile, CL_SYS_SENDFILE, CL_ACT_READ},
	{SYS_splice, CL_SYS_SPLICE, CL_ACT_READ},
	{SYS_copy_file_range, CL_SYS_COPY, CL_ACT_READ},
	{SYS_mmap, CL_SYS_MMAP, CL_ACT_READ},
	{SYS_connect, CL_SYS_CONNECT, CL_ACT_CONNECT},
#ifdef __x86_64__
	/* The same of 32-bit programs: numbers of the i386 table. */
	{5, CL_SYS_COMPAT(CL_SYS_OPEN), CL_ACT_OPEN},
	{8, CL_SYS_COMPAT(CL_SYS_OPEN), CL_ACT_OPEN},	/* creat */
	{295, CL_SYS_COMPAT(CL_SYS_OPEN), CL_ACT_OPEN}, /* openat */
	{342, CL_SYS_COMPAT(CL_SYS_OPEN), CL_ACT_OPEN}, /* open_by_handle_at */
	{437, CL_SYS_COMPAT(CL_SYS_OPEN), CL_ACT_OPEN}, /* openat2 */
	{3, CL_SYS_COMPAT(CL_SYS_READ), CL_ACT_READ},
	{180, CL_SYS_COMPAT(CL_SYS_PREAD), CL_ACT_READ},
	{145, CL_SYS_COMPAT(CL_SYS_READV), CL_ACT_READ},
	{333, CL_SYS_COMPAT(CL_SYS_PREADV), CL_ACT_READ},
	{378, CL_SYS_COMPAT(CL_SYS_PREADV), CL_ACT_READ},   /* preadv2 */
	{187, CL_SYS_COMPAT(CL_SYS_SENDFILE), CL_ACT_READ}, /* sendfile */
	{239, CL_SYS_COMPAT(CL_SYS_SENDFILE), CL_ACT_READ}, /* sendfile64 */
	{313, CL_SYS_COMPAT(CL_SYS_SPLICE), CL_ACT_READ},
	{377, CL_SYS_COMPAT(CL_SYS_COPY), CL_ACT_READ},
	{192, CL_SYS_COMPAT(CL_SYS_MMAP), CL_ACT_READ}, /* mmap2 */
	{362, CL_SYS_COMPAT(CL_SYS_CONNECT), CL_ACT_CONNECT},
	{102, CL_SYS_COMPAT(CL_SYS_SOCKETCALL), CL_ACT_CONNECT},
#endif
};

/* At the kprobe tier the end of the call is asked for what a call that can wait has read. */
static bool is_wanted(const struct cl_plan *plan, uint8_t act, uint16_t what)
{
	if (cl_plan_at(plan, act, CL_TIER_TRACEPOINT))
		return true;
	if (what >= CL_SYS_MAX)
		what >>= 8;
	return act == CL_ACT_READ && cl_plan_at(plan, act, CL_TIER_KPROBE) &&
	       (what == CL_SYS_READ || what == CL_SYS_PREAD || what == CL_SYS_READV || what == CL_SYS_PREADV);
}

void cl_syscalls_fill(const struct cl_plan *plan, uint16_t acts[CL_SYSCALLS])
{
	memset(acts, 0, CL_SYSCALLS * sizeof(*acts));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (is_wanted(plan, table[i].act, table[i].what))
			acts[table[i].number] |= table[i].what;
	}
}
