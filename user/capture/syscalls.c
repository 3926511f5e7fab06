/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/syscalls.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"

#define BIT(act) (1u << CL_ACT_##act)

static const struct {
	uint16_t number;
	uint16_t what; /* enum cl_syscall, shifted for 32-bit calls */
	uint16_t acts; /* that want it */
} table[] = {
#ifdef SYS_open /* newer architectures have only the *at calls */
	{SYS_open, CL_SYS_OPEN, BIT(OPEN) | BIT(ACCESS)},
	{SYS_creat, CL_SYS_OPEN, BIT(OPEN) | BIT(ACCESS)},
#endif
	{SYS_openat, CL_SYS_OPENAT, BIT(OPEN) | BIT(ACCESS)},
	{SYS_openat2, CL_SYS_OPENAT, BIT(OPEN) | BIT(ACCESS)},
	{SYS_open_by_handle_at, CL_SYS_OPEN_HANDLE, BIT(OPEN)},
	{SYS_read, CL_SYS_READ, BIT(READ)},
	{SYS_pread64, CL_SYS_PREAD, BIT(READ)},
	{SYS_readv, CL_SYS_READV, BIT(READ)},
	{SYS_preadv, CL_SYS_PREADV, BIT(READ)},
	{SYS_preadv2, CL_SYS_PREADV, BIT(READ)},
	{SYS_io_submit, CL_SYS_SUBMIT, BIT(READ)},
	{SYS_sendfile, CL_SYS_SENDFILE, BIT(READ)},
	{SYS_splice, CL_SYS_SPLICE, BIT(READ)},
	{SYS_copy_file_range, CL_SYS_COPY, BIT(READ)},
	{SYS_mmap, CL_SYS_MMAP, BIT(READ)},
	{SYS_connect, CL_SYS_CONNECT, BIT(CONNECT)},
	{SYS_sendto, CL_SYS_SENDTO, BIT(SEND)},
	{SYS_sendmsg, CL_SYS_SENDMSG, BIT(SEND)},
	{SYS_sendmmsg, CL_SYS_SENDMMSG, BIT(SEND)},
	{SYS_accept, CL_SYS_ACCEPT, BIT(ACCEPT)},
	{SYS_accept4, CL_SYS_ACCEPT, BIT(ACCEPT)},
	{SYS_ptrace, CL_SYS_PTRACE, BIT(ACCESS)},
	{SYS_process_vm_readv, CL_SYS_VM_READ, BIT(ACCESS)},
	{SYS_process_vm_writev, CL_SYS_VM_WRITE, BIT(ACCESS)},
	{SYS_pidfd_getfd, CL_SYS_GETFD, BIT(ACCESS) | BIT(RECEIVE)},
	{SYS_recvmsg, CL_SYS_RECVMSG, BIT(RECEIVE)},
	{SYS_recvmmsg, CL_SYS_RECVMMSG, BIT(RECEIVE)},
#ifdef __x86_64__
	/* The same of 32-bit programs: numbers of the i386 table. */
	{5, CL_SYS_COMPAT(CL_SYS_OPEN), BIT(OPEN) | BIT(ACCESS)},
	{8, CL_SYS_COMPAT(CL_SYS_OPEN), BIT(OPEN) | BIT(ACCESS)},     /* creat */
	{295, CL_SYS_COMPAT(CL_SYS_OPENAT), BIT(OPEN) | BIT(ACCESS)}, /* openat */
	{342, CL_SYS_COMPAT(CL_SYS_OPEN_HANDLE), BIT(OPEN)},	      /* open_by_handle_at */
	{437, CL_SYS_COMPAT(CL_SYS_OPENAT), BIT(OPEN) | BIT(ACCESS)}, /* openat2 */
	{3, CL_SYS_COMPAT(CL_SYS_READ), BIT(READ)},
	{180, CL_SYS_COMPAT(CL_SYS_PREAD), BIT(READ)},
	{145, CL_SYS_COMPAT(CL_SYS_READV), BIT(READ)},
	{333, CL_SYS_COMPAT(CL_SYS_PREADV), BIT(READ)},
	{378, CL_SYS_COMPAT(CL_SYS_PREADV), BIT(READ)},	  /* preadv2 */
	{248, CL_SYS_COMPAT(CL_SYS_SUBMIT), BIT(READ)},	  /* io_submit */
	{187, CL_SYS_COMPAT(CL_SYS_SENDFILE), BIT(READ)}, /* sendfile */
	{239, CL_SYS_COMPAT(CL_SYS_SENDFILE), BIT(READ)}, /* sendfile64 */
	{313, CL_SYS_COMPAT(CL_SYS_SPLICE), BIT(READ)},
	{377, CL_SYS_COMPAT(CL_SYS_COPY), BIT(READ)},
	{192, CL_SYS_COMPAT(CL_SYS_MMAP), BIT(READ)}, /* mmap2 */
	{362, CL_SYS_COMPAT(CL_SYS_CONNECT), BIT(CONNECT)},
	{369, CL_SYS_COMPAT(CL_SYS_SENDTO), BIT(SEND)},
	{370, CL_SYS_COMPAT(CL_SYS_SENDMSG), BIT(SEND)},
	{345, CL_SYS_COMPAT(CL_SYS_SENDMMSG), BIT(SEND)},
	{364, CL_SYS_COMPAT(CL_SYS_ACCEPT), BIT(ACCEPT)}, /* accept4; accept is one of socketcall's */
	{102, CL_SYS_COMPAT(CL_SYS_SOCKETCALL), BIT(CONNECT) | BIT(RECEIVE) | BIT(SEND) | BIT(ACCEPT)},
	{26, CL_SYS_COMPAT(CL_SYS_PTRACE), BIT(ACCESS)},
	{347, CL_SYS_COMPAT(CL_SYS_VM_READ), BIT(ACCESS)},
	{348, CL_SYS_COMPAT(CL_SYS_VM_WRITE), BIT(ACCESS)},
	{438, CL_SYS_COMPAT(CL_SYS_GETFD), BIT(ACCESS) | BIT(RECEIVE)},
	{372, CL_SYS_COMPAT(CL_SYS_RECVMSG), BIT(RECEIVE)},
	{337, CL_SYS_COMPAT(CL_SYS_RECVMMSG), BIT(RECEIVE)}, /* the older of two */
	{417, CL_SYS_COMPAT(CL_SYS_RECVMMSG), BIT(RECEIVE)},
#endif
};

/* At the kprobe tier the end of the call is asked for what a call that can wait has read. */
static bool is_wanted(const struct cl_plan *plan, uint32_t acts, uint16_t what)
{
	for (uint32_t act = 0; act < CL_ACT_MAX; act++) {
		if ((acts & 1u << act) && cl_plan_at(plan, act, CL_TIER_TRACEPOINT))
			return true;
	}
	if (what >= CL_SYS_MAX)
		what >>= 8;
	return (acts & BIT(READ)) && cl_plan_at(plan, CL_ACT_READ, CL_TIER_KPROBE) &&
	       (what == CL_SYS_READ || what == CL_SYS_PREAD || what == CL_SYS_READV || what == CL_SYS_PREADV ||
		what == CL_SYS_SUBMIT);
}

void cl_syscalls_fill(const struct cl_plan *plan, uint16_t acts[CL_SYSCALLS])
{
	memset(acts, 0, CL_SYSCALLS * sizeof(*acts));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (is_wanted(plan, table[i].acts, table[i].what))
			acts[table[i].number] |= table[i].what;
	}
}
