/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Tracepoint tier: one program at the end of every system call, for opens, reads and what sockets do. Files and sockets come
 * from the descriptor, never from a path in user memory. A number that `syscall_acts` does not name leaves at once.
 * Kprobe tier: the end of a read that a kprobe saw begin.
 */
#define CASTS
#include "access_call.h"
#include "io_uring.h"
#include "reading.h"
#include "socket_exit.h"
#include "walk.h"

char LICENSE[] SEC("license") = "GPL";

const volatile bool can_cast;
/* Several acts share a call: which of them are seen here. */
const volatile bool open_by_call, access_by_call, receive_by_call;
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
		c->a[5] = (__u32)regs->bp;
	} else {
		c->a[0] = regs->di;
		c->a[1] = regs->si;
		c->a[2] = regs->dx;
		c->a[3] = regs->r10;
		c->a[4] = regs->r8;
		c->a[5] = regs->r9;
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
	c->a[5] = regs->regs[5];
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

/* It gave nothing: the end of the file, or an error. */
static __noinline int forget_reading(void)
{
	__u64 thread = bpf_get_current_pid_tgid();

	if (bpf_map_lookup_elem(&readings, &thread))
		bpf_map_delete_elem(&readings, &thread);
	return 0;
}

/* NULL: it was no read of a watched file. */
static __noinline struct file *noted_file(void)
{
	struct reading r;

	return take_reading(&r) ? read_file(&r) : NULL;
}

static __noinline int read_exit(const struct call *c, __u32 act, long ret)
{
	struct read_args a = {.length = ret, .offset = -1};
	struct cl_watch *w;
	struct file *file;

	if (act == CL_SYS_MMAP && (c->a[3] & CL_MAP_ANONYMOUS))
		return 0;
	file = reads_noted ? noted_file() : file_of(read_descriptor(c, act));
	w = file ? read_watched(file) : NULL;
	if (!w)
		return 0;
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
	return 0;
}

/* socketcall(2): the arguments are in memory, behind a number. What it is. */
static __always_inline __u32 unpack_socketcall(struct call *c)
{
	static const __u8 acts[] = {
		[3] = CL_SYS_CONNECT,  [5] = CL_SYS_ACCEPT,  [11] = CL_SYS_SENDTO,   [16] = CL_SYS_SENDMSG,
		[17] = CL_SYS_RECVMSG, [18] = CL_SYS_ACCEPT, [19] = CL_SYS_RECVMMSG, [20] = CL_SYS_SENDMMSG,
	};
	__u32 number = c->a[0], packed[6] = {}, act;

	if (number >= sizeof(acts))
		return CL_SYS_NONE;
	act = acts[number];
	if (!act || bpf_probe_read_user(packed, act == CL_SYS_SENDTO ? 24 : 12, (void *)c->a[1]))
		return CL_SYS_NONE;
	for (int i = 0; i < 6; i++)
		c->a[i] = packed[i];
	return act;
}

static __noinline int open_exit(const struct call *c, __u32 act, __u32 fd)
{
	struct file *file = file_of(fd);

	if (!file)
		return 0;
	if (open_by_call)
		on_open(file, act == CL_SYS_OPEN ? c->a[0] : act == CL_SYS_OPENAT ? c->a[1] : 0);
	if (access_by_call && GET(struct super_block, GET(struct inode, GET(struct file, file, f_inode), i_sb),
				  s_magic) == CL_PROC_SUPER_MAGIC)
		access_of_open(fd);
	return 0;
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

static __always_inline void socket_exit(const struct call *c, __u32 act, long ret)
{
	__u32 len;

	if (act == CL_SYS_CONNECT)
		connect_exit(c->a[0], ret, c->a[1], c->a[2]);
	else if (act == CL_SYS_SENDTO && c->a[4])
		sendto_exit(c->a[0], c->a[4], c->a[5]);
	else if (act == CL_SYS_SENDMSG && message_address(c->a[1], c->compat, &len))
		messages_exit(c->a[0], c->a[1], 1, c->compat);
	else if (act == CL_SYS_SENDMMSG)
		messages_exit(c->a[0], c->a[1], ret > 0 ? ret : 1, c->compat);
	else if (act == CL_SYS_ACCEPT && ret >= 0)
		accept_exit(ret);
}

#define SUBMITTED_MAX 8

/* Places in a struct iocb, the same for 32-bit programs. */
#define IOCB_OPCODE 16
#define IOCB_ADDRESS 24
struct submitted {
	__u16 opcode;
	__u16 priority;
	__u32 fd;
};

/*
 * One read of io_submit, from its description in the caller's memory. Of a file in the kernel's cache the bytes are there
 * by now; how many there are is in the ring of results, but no more than the file has. A global function: see path.h.
 */
int submitted_read(__u64 call, bool narrow)
{
	struct read_args a = {.how = CL_READ_AIO, .narrow = narrow};
	struct submitted s = {};
	struct cl_watch *w;
	struct file *file;
	__u64 rest;

	if (bpf_probe_read_user(&s, sizeof(s), (void *)call + IOCB_OPCODE) ||
	    (s.opcode != IOCB_PREAD && s.opcode != IOCB_PREADV))
		return 0;
	file = file_of(s.fd);
	w = file ? read_watched(file) : NULL;
	/* Address, length and offset stand there in this order, too. */
	if (!w || bpf_probe_read_user(&a, offsetof(struct read_args, how), (void *)call + IOCB_ADDRESS))
		return 0;
	rest = GET(struct inode, GET(struct file, file, f_inode), i_size);
	rest = rest > (__u64)a.offset ? rest - a.offset : 0;
	if (s.opcode == IOCB_PREADV || (GET(struct file, file, f_flags) & CL_O_DIRECT))
		a.address = a.length = 0;
	else if (a.length > rest)
		a.length = rest;
	if (a.address && !a.length)
		return 0;
	on_read(file, w, &a);
	return 0;
}

static __noinline int submit_exit(__u64 calls, long n, bool narrow)
{
	__u64 call;

	for (long i = 0; i < SUBMITTED_MAX; i++) {
		call = 0;
		if (i >= n || bpf_probe_read_user(&call, narrow ? 4 : 8, (void *)calls + i * (narrow ? 4 : 8)))
			break;
		submitted_read(call, narrow);
	}
	return 0;
}

static __always_inline bool is_open(__u32 act)
{
	return act == CL_SYS_OPEN || act == CL_SYS_OPENAT || act == CL_SYS_OPEN_HANDLE;
}

static __always_inline void act_exit(struct call *c, __u32 act, long ret)
{
	if (act == CL_SYS_SOCKETCALL)
		act = unpack_socketcall(c);
	if (act == CL_SYS_NONE)
		return;
	if (is_open(act)) {
		if (ret >= 0)
			open_exit(c, act, ret);
	} else if (act >= CL_SYS_PTRACE && act <= CL_SYS_RECVMMSG) {
		access_exit(c, act, ret);
	} else if (act == CL_SYS_SUBMIT) {
		submit_exit(c->a[2], ret, c->compat);
	} else if (act >= CL_SYS_CONNECT) {
		socket_exit(c, act, ret);
	} else if (ret > 0) {
		read_exit(c, act, ret);
	} else if (reads_noted) {
		forget_reading();
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
