/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Tracepoint tier: one program at the end of every system call, for open, read and connect. Files and sockets come
 * from the descriptor, never from a path in user memory. A number that `syscall_acts` does not name leaves at once.
 */
#define CASTS
#include "connect.h"
#include "read.h"
#include "walk.h"

char LICENSE[] SEC("license") = "GPL";

const volatile bool can_cast;
const volatile __u8 syscall_acts[CL_SYSCALLS];

#if defined(__TARGET_ARCH_x86)
#define syscall_number(regs) ((regs)->orig_ax)
#define argument1(regs) ((regs)->di)
#define argument2(regs) ((regs)->si)
#define argument3(regs) ((regs)->dx)
#define argument4(regs) ((regs)->r10)
#elif defined(__TARGET_ARCH_arm64)
#define syscall_number(regs) ((__u32)(regs)->syscallno)
#define argument1(regs) ((regs)->orig_x0) /* regs[0] is the result by now */
#define argument2(regs) ((regs)->regs[1])
#define argument3(regs) ((regs)->regs[2])
#define argument4(regs) ((regs)->regs[3])
#endif

static __always_inline void read_exit(struct pt_regs *regs, __u32 act, long ret)
{
	struct file *file = file_of(argument1(regs));
	struct read_args a = {.length = ret, .address = argument2(regs), .how = CL_READ_READ, .offset = -1};
	struct cl_watch *w = file ? read_watched(file) : NULL;

	if (!w)
		return;
	a.vector = act == CL_SYS_READV || act == CL_SYS_PREADV;
	if (a.vector)
		a.how = CL_READ_READV;
	else if (act == CL_SYS_PREAD)
		a.how = CL_READ_PREAD;
	if (act == CL_SYS_PREAD || act == CL_SYS_PREADV)
		a.offset = argument4(regs);
	if (a.offset == -1) /* preadv2 with -1 reads on, too */
		a.offset = GET(struct file, file, f_pos) - ret;
	on_read(file, w, &a);
}

/* The socket has its destination once the call came far enough; what failed earlier is in the caller's memory only. */
static __always_inline bool fill_after(struct connect_record *r, const struct sock *sk, long ret, const void *address,
				       int addrlen)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (!ret && family == CL_AF_UNIX) {
		if (fill_unix_peer(r, sk))
			return true;
		r->c.h.flags = 0;
	} else if (!ret && (family == CL_AF_INET || family == CL_AF_INET6)) {
		return fill_peer(r, sk);
	}
	r->c.h.flags |= CL_F_ADDRESS_FROM_USER;
	return fill_address(r, address, addrlen, true);
}

static __noinline int connect_exit(struct file *file, long ret, const void *address, int addrlen)
{
	__u64 thread = bpf_get_current_pid_tgid(), *told;
	struct connect_record r = {};
	struct socket *sock;
	struct sock *sk;

	if ((BPF_CORE_READ(file, f_inode, i_mode) & CL_S_IFMT) != CL_S_IFSOCK || !is_watched_connect())
		return 0;
	sock = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(sock, sk);
	told = bpf_map_lookup_elem(&connecting, &thread);
	if (told) {
		bool same = *told == (__u64)sk;

		bpf_map_delete_elem(&connecting, &thread);
		if (same)
			return 0;
	}
	if (!fill_after(&r, sk, ret, address, addrlen))
		return 0;
	fill_socket(&r, BPF_CORE_READ(sock, type), sk);
	send_connect(&r);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(syscall_exit, struct pt_regs *regs, long ret)
{
	__u64 number = syscall_number(regs);
	struct file *file;
	__u32 act;

	if (number >= CL_SYSCALLS)
		return 0;
	act = syscall_acts[number];
	if (!act)
		return 0;
	if (act == CL_SYS_CONNECT) {
		file = file_of(argument1(regs));
		if (file)
			connect_exit(file, ret, (void *)argument2(regs), argument3(regs));
	} else if (act == CL_SYS_OPEN) {
		file = ret >= 0 ? file_of(ret) : NULL;
		if (file)
			on_open(file);
	} else if (ret > 0) {
		read_exit(regs, act, ret);
	}
	return 0;
}
