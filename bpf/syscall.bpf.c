/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Tracepoint tier: one program at the end of every system call, for open, read and connect. Files and sockets come
 * from the descriptor, never from a path in user memory. A number that `syscall_acts` does not name leaves at once.
 * Kprobe tier: the end of a read that a kprobe saw begin.
 */
#define CASTS
#include "access_call.h"
#include "connect.h"
#include "reading.h"
#include "walk.h"

char LICENSE[] SEC("license") = "GPL";

const volatile bool can_cast;
/* Several acts share a call: which of them are seen here. */
const volatile bool open_by_call, access_by_call, receive_by_call;
extern const volatile bool connect_by_state;
const volatile bool reads_noted; /* kprobe tier: which file is read is known from where the read began */
const volatile __u16 syscall_acts[CL_SYSCALLS];

struct call {
	__u64 a[6];
	bool compat; /* a 32-bit call: other numbers, narrow arguments */
};

#if defined(__TARGET_ARCH_x86)
#define syscall_number(regs) ((regs)->orig_ax)

static __always_inline void fill_arguments(struct call *c, struct pt_regs *regs)
{
	if (c->compat) {
		c->a[0] = (__u32)regs->bx;
		c->a[1] = (__u32)regs->cx;
		c->a[2] = (__u32)regs->dx;
		c->a[3] = (__u32)regs->si;
		c->a[4] = (__u32)regs->di;
	} else {
		c->a[0] = regs->di;
		c->a[1] = regs->si;
		c->a[2] = regs->dx;
		c->a[3] = regs->r10;
		c->a[4] = regs->r8;
	}
}
#elif defined(__TARGET_ARCH_arm64)
#define syscall_number(regs) ((__u32)(regs)->syscallno)

static __always_inline void fill_arguments(struct call *c, struct pt_regs *regs)
{
	c->a[0] = regs->orig_x0; /* regs[0] is the result by now */
	c->a[1] = regs->regs[1];
	c->a[2] = regs->regs[2];
	c->a[3] = regs->regs[3];
	c->a[4] = regs->regs[4];
}
#endif

/* Where a call began that moved the file's own position, or the caller's when it gave one. */
static __always_inline __s64 moved_from(struct file *file, __u64 pointer, long got)
{
	__s64 after;

	if (!pointer)
		return GET(struct file, file, f_pos) - got;
	return bpf_probe_read_user(&after, sizeof(after), (void *)pointer) ? -1 : after - got;
}

/* Reads into the caller's memory. */
static __always_inline void fill_plain_read(struct read_args *a, const struct call *c, __u32 act)
{
	a->address = c->a[1];
	a->vector = act == CL_SYS_READV || act == CL_SYS_PREADV;
	a->narrow = c->compat;
	a->how = CL_READ_READ;
	if (a->vector)
		a->how = CL_READ_READV;
	else if (act == CL_SYS_PREAD)
		a->how = CL_READ_PREAD;
	if (act == CL_SYS_PREAD || act == CL_SYS_PREADV)
		a->offset = c->compat ? c->a[3] | c->a[4] << 32 : c->a[3];
}

static __always_inline __u32 read_descriptor(const struct call *c, __u32 act)
{
	if (act == CL_SYS_SENDFILE)
		return c->a[1];
	return act == CL_SYS_MMAP ? c->a[4] : c->a[0];
}

/* NULL: it was no read of a watched file. One that is closed by now, and its memory used again, cannot be told. */
static __noinline struct file *end_reading(void)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct reading *r = bpf_map_lookup_elem(&readings, &thread);
	struct cl_inode_key inode, now;
	struct file *file;

	if (!r)
		return NULL;
	file = (struct file *)r->file;
	inode = r->inode;
	bpf_map_delete_elem(&readings, &thread);
	fill_key(&now, FGET(struct file, file, f_inode));
	if (now.ino == inode.ino && now.dev == inode.dev)
		return file;
	count(CL_READ, CL_STAGE_FAILED);
	return NULL;
}

static __always_inline void read_exit(const struct call *c, __u32 act, long ret)
{
	struct read_args a = {.length = ret, .offset = -1};
	struct cl_watch *w;
	struct file *file;

	if (act == CL_SYS_MMAP && ((c->a[3] & CL_MAP_ANONYMOUS) || !(c->a[2] & CL_PROT_READ)))
		return;
	file = reads_noted ? end_reading() : file_of(read_descriptor(c, act));
	w = file ? read_watched(file) : NULL;
	if (!w)
		return;
	if (act == CL_SYS_MMAP) {
		a.how = CL_READ_MMAP;
		a.length = 0; /* what of it is read nobody sees */
	} else if (act == CL_SYS_SENDFILE) {
		a.how = CL_READ_SPLICE;
		a.offset = moved_from(file, c->compat ? 0 : c->a[2], ret);
	} else if (act == CL_SYS_SPLICE || act == CL_SYS_COPY) {
		a.how = act == CL_SYS_COPY ? CL_READ_COPY : CL_READ_SPLICE;
		a.offset = moved_from(file, c->a[1], ret);
	} else {
		fill_plain_read(&a, c, act);
		if (a.offset == -1) /* preadv2 with -1 reads on, too */
			a.offset = moved_from(file, 0, ret);
	}
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

/* A TCP socket's connect was told when it began; only one that failed before that is left. */
static __always_inline bool is_told(const struct sock *sk, long ret)
{
	return connect_by_state && BPF_CORE_READ(sk, sk_protocol) == CL_IPPROTO_TCP &&
	       (!ret || BPF_CORE_READ(sk, __sk_common.skc_state) != CL_TCP_CLOSE);
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
	if (is_told(sk, ret))
		return 0;
	if (!fill_after(&r, sk, ret, address, addrlen))
		return 0;
	fill_socket(&r, BPF_CORE_READ(sock, type), sk);
	send_connect(&r);
	return 0;
}

/* socketcall(2): the arguments are in memory. What it is. */
static __always_inline __u32 unpack_socketcall(struct call *c)
{
	__u32 packed[3], act = CL_SYS_NONE;

	if (c->a[0] == CL_SYS_CONNECT_CALL)
		act = CL_SYS_CONNECT;
	else if (c->a[0] == CL_SYS_RECVMSG_CALL)
		act = CL_SYS_RECVMSG;
	else if (c->a[0] == CL_SYS_RECVMMSG_CALL)
		act = CL_SYS_RECVMMSG;
	if (!act || bpf_probe_read_user(packed, sizeof(packed), (void *)c->a[1]))
		return CL_SYS_NONE;
	c->a[0] = packed[0];
	c->a[1] = packed[1];
	c->a[2] = packed[2];
	return act;
}

static __always_inline void open_exit(__u32 fd)
{
	struct file *file = file_of(fd);

	if (!file)
		return;
	if (open_by_call)
		on_open(file);
	if (access_by_call && GET(struct super_block, GET(struct inode, GET(struct file, file, f_inode), i_sb),
				  s_magic) == CL_PROC_SUPER_MAGIC)
		access_of_open(fd);
}

static __always_inline void access_exit(const struct call *c, __u32 act, long ret)
{
	if (act == CL_SYS_RECVMSG || act == CL_SYS_RECVMMSG) {
		if (receive_by_call && ret >= 0)
			receive_of_call(act, c->a[1], ret, c->compat);
		return;
	}
	if (access_by_call)
		access_of_call(act, c->a[0], c->a[1], ret);
	if (receive_by_call && act == CL_SYS_GETFD && ret >= 0)
		receive_descriptor(ret, CL_RECEIVE_TAKEN);
}

static __always_inline void act_exit(struct call *c, __u32 act, long ret)
{
	struct file *file;

	if (act == CL_SYS_SOCKETCALL)
		act = unpack_socketcall(c);
	if (act == CL_SYS_NONE)
		return;
	if (act == CL_SYS_OPEN) {
		if (ret >= 0)
			open_exit(ret);
	} else if (act == CL_SYS_CONNECT) {
		file = file_of(c->a[0]);
		if (file)
			connect_exit(file, ret, (void *)c->a[1], c->a[2]);
	} else if (act >= CL_SYS_PTRACE && act <= CL_SYS_RECVMMSG) {
		access_exit(c, act, ret);
	} else if (ret > 0) {
		read_exit(c, act, ret);
	}
}

SEC("tp_btf/sys_exit")
int BPF_PROG(syscall_exit, struct pt_regs *regs, long ret)
{
	__u64 number = syscall_number(regs);
	struct call c;
	__u32 acts;

	if (number >= CL_SYSCALLS)
		return 0;
	acts = syscall_acts[number];
	if (!acts)
		return 0;
	c.compat = is_compat();
	acts = c.compat ? acts >> 8 : acts & (CL_SYS_MAX - 1);
	if (!acts)
		return 0;
	fill_arguments(&c, regs);
	act_exit(&c, acts, ret);
	return 0;
}
