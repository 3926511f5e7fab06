/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The same acts at the end of their system calls (tracepoint tier), when the kernel has said yes. A process is found as
 * the kernel found it, by the number in the caller's own pid namespace; descriptors that came in a message are in the
 * caller's memory, where another of its threads could hide them.
 */
#include "access.h"
#include "access_call.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline __u32 ptrace_how(__u64 request)
{
	if (request == CL_PTRACE_ATTACH || request == CL_PTRACE_SEIZE)
		return CL_ACCESS_PTRACE;
	return request == CL_PTRACE_TRACEME ? CL_ACCESS_TRACEME : 0;
}

int access_of_call(__u32 act, __u64 first, __u64 second, __s64 ret)
{
	__u32 how = act == CL_SYS_VM_READ ? CL_ACCESS_VM_READ : CL_ACCESS_VM_WRITE;
	struct task_struct *actor = current_task(), *target;

	if (ret < 0)
		return 0;
	if (act == CL_SYS_GETFD) {
		how = CL_ACCESS_FD;
		target = task_of_pidfd(first);
	} else if (act != CL_SYS_PTRACE) {
		target = ret ? task_of_number(first) : NULL; /* 0: nothing to copy, nobody asked */
	} else {
		how = ptrace_how(first);
		if (!how)
			return 0;
		target = how == CL_ACCESS_PTRACE ? task_of_number(second) : actor;
		if (how == CL_ACCESS_TRACEME)
			actor = BPF_CORE_READ(actor, real_parent);
	}
	if (target)
		tell_access(actor, target, how);
	return 0;
}

/* "mem" and "environ" of a process, wherever its proc file system is mounted. */
static __always_inline __u32 proc_how(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	char name[8] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	if (name[0] == 'm')
		return name[1] == 'e' && name[2] == 'm' && !name[3] ? CL_ACCESS_MEM : 0;
	return !__builtin_memcmp(name, "environ", 8) ? CL_ACCESS_ENVIRON : 0;
}

int access_of_open(__u32 fd)
{
	struct file *file = file_of(fd);
	struct task_struct *target;
	__u32 how;

	if (!file || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != CL_PROC_SUPER_MAGIC ||
	    BPF_CORE_READ(file, f_flags) & CL_O_PATH)
		return 0;
	how = proc_how(file);
	target = how ? task_of_proc(BPF_CORE_READ(file, f_inode)) : NULL;
	if (target)
		tell_access(current_task(), target, how);
	return 0;
}

int receive_descriptor(__u32 fd, __u32 how)
{
	struct file *file = file_of(fd);

	if (file)
		on_receive(file, how);
	return 0;
}

/* ---- messages ---- */

struct control {
	__u64 at, end;
};

/* Of struct msghdr; the kernel has written back how much it filled. */
static __always_inline bool read_header(struct control *c, __u64 header, bool narrow)
{
	__u64 wide[2];
	__u32 half[2];

	if (narrow) {
		if (bpf_probe_read_user(half, sizeof(half), (void *)header + 16))
			return false;
		wide[0] = half[0];
		wide[1] = half[1];
	} else if (bpf_probe_read_user(wide, sizeof(wide), (void *)header + 32)) {
		return false;
	}
	c->at = wide[0];
	c->end = wide[0] + wide[1];
	return wide[1];
}

struct part {
	__u64 len, head;
	__u32 level, type;
};

/* Of struct cmsghdr. */
static __always_inline bool read_part(struct part *p, const struct control *c, bool narrow)
{
	__u32 half[3];

	p->head = narrow ? 12 : 16;
	if (c->at + p->head > c->end)
		return false;
	if (narrow) {
		if (bpf_probe_read_user(half, sizeof(half), (void *)c->at))
			return false;
		p->len = half[0];
		p->level = half[1];
		p->type = half[2];
	} else if (bpf_probe_read_user(p, 8, (void *)c->at) || bpf_probe_read_user(&p->level, 8, (void *)c->at + 8)) {
		return false;
	}
	return p->len >= p->head;
}

#define MESSAGE_PARTS 8

int receive_descriptors(__u64 at, __u32 n)
{
	__u32 fd;

	for (__u32 i = 0; i < CL_SCM_MAX_FD; i++) {
		if (i >= n || bpf_probe_read_user(&fd, sizeof(fd), (void *)at + i * sizeof(fd)))
			break;
		receive_descriptor(fd, CL_RECEIVE_MESSAGE);
	}
	return 0;
}

int receive_message(__u64 header, __u32 narrow)
{
	struct control c;
	struct part p = {};

	if (!read_header(&c, header, narrow))
		return 0;
	for (int i = 0; i < MESSAGE_PARTS; i++) {
		if (!read_part(&p, &c, narrow))
			break;
		if (p.level == CL_SOL_SOCKET && p.type == CL_SCM_RIGHTS) {
			receive_descriptors(c.at + p.head, (p.len - p.head) / sizeof(__u32));
			break;
		}
		c.at += narrow ? (p.len + 3) & ~3ull : (p.len + 7) & ~7ull;
	}
	return 0;
}

#define MESSAGES 64

int receive_of_call(__u32 act, __u64 header, __u32 n, __u32 narrow)
{
	__u64 step = narrow ? 32 : 64; /* struct mmsghdr */

	if (act == CL_SYS_RECVMSG)
		n = 1;
	for (__u32 i = 0; i < MESSAGES; i++) {
		if (i >= n)
			break;
		receive_message(header + i * step, narrow);
	}
	return 0;
}
