/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What the loader tells the probes before they are loaded. Not part of the record format: both sides are always built
 * together, nothing here is stored.
 */
#pragma once

/* How the system call exit program treats a number (`syscall_acts`). */
enum cl_syscall {
	CL_SYS_NONE = 0,
	CL_SYS_OPEN = 1, /* the name is the first argument */
	CL_SYS_READ = 2,
	CL_SYS_PREAD = 3,
	CL_SYS_READV = 4,
	CL_SYS_PREADV = 5,
	CL_SYS_OPENAT = 6,	/* the name is the second argument */
	CL_SYS_OPEN_HANDLE = 7, /* no name */
	CL_SYS_SENDFILE = 8,
	CL_SYS_SPLICE = 9,
	CL_SYS_COPY = 10,
	CL_SYS_MMAP = 11,
	CL_SYS_PTRACE = 12,
	CL_SYS_VM_READ = 13,
	CL_SYS_VM_WRITE = 14,
	CL_SYS_GETFD = 15,
	CL_SYS_RECVMSG = 16,
	CL_SYS_RECVMMSG = 17,
	CL_SYS_CONNECT = 18,
	CL_SYS_SENDTO = 19,
	CL_SYS_SENDMSG = 20,
	CL_SYS_SENDMMSG = 21,
	CL_SYS_ACCEPT = 22,
	CL_SYS_SOCKETCALL = 23, /* 32-bit x86 only: many in one */
	CL_SYS_SUBMIT = 24,
	CL_SYS_MAX = 256, /* a number's native meaning is in the low byte, the 32-bit one in the high */
};
#define CL_SYS_COMPAT(what) ((what) << 8)
#define CL_SYSCALLS 512 /* higher numbers are left alone */

/*
 * Coarse marks in front of the hash tables, one byte a place (bytes can be set without an atomic operation that 5.10
 * lacks). A mark too many costs one look-up, a mark too few would lose an event: both sides use these macros.
 */
#define NAME_PLACES 16384
#define INODE_PLACES 65536
/* first, last: four bytes of the name, little-endian; a name shorter than that is zero-padded and is both. */
#define CL_NAME_PLACE(first, last, len)                                                                                \
	((((__u32)(first)*0x9e3779b1u) ^ ((__u32)(last)*0x85ebca6bu) ^ ((__u32)(len)*0xc2b2ae35u)) >> 18)
#define CL_INODE_PLACE(ino, dev)                                                                                       \
	((((__u32)(ino)*0x9e3779b1u) ^ ((__u32)((ino) >> 32) * 0x85ebca6bu) ^ ((__u32)(dev)*0xc2b2ae35u)) >> 16)

/*
 * Processes that hold a credential, by their number: each place is one process's, the next one whose number falls there
 * takes it. Set by the kernel at once when a process opens a store, copied at its forks, kept as `had` over exec; after
 * an exec it is asked, and userspace, which looks at what the process was given, answers for good.
 */
#define CL_TAG_PLACES 32768
enum cl_tag_state {
	CL_TAG_NONE = 0,
	CL_TAG_ASKED = 1, /* it was just executed: nobody has looked at what it was given */
	CL_TAG_HAD = 2,	  /* the program before it had one, or it carries one like all around it */
	CL_TAG_HOLDS = 3, /* it read one, or was given one */
	CL_TAG_TAKES = 4, /* it is about to; what it has open to write was not looked through yet */
};
struct cl_tag {
	__u64 start; /* of the process, as in cl_task */
	__u64 since; /* boot ns of what the probes set it for: the answer to an earlier act does not lower it */
	__u32 tgid;
	__u32 state;  /* enum cl_tag_state */
	__u32 window; /* of about a second, in which `told` files were told */
	__u32 told;
};

/* Empty records that are sent over what was read (wipe.bpf.c): so many in one run, each as long with its header. */
#define CL_WIPE_RINGS 2
#define CL_WIPE_PIECES 8
#define CL_WIPE_PIECE 32768
