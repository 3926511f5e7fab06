/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The records that the kernel side writes into its two ring buffers and the maps that both sides share.
 *
 * Rules: fixed-width fields, natural alignment, explicit zeroed padding, no pointers. Enums are append-only.
 * Any change of layout or meaning raises CL_SCHEMA; scripts/check-schema.sh holds a hash of this file and fails
 * when it changes without one. Variable data follows the fixed part in the order in which its *_len fields stand,
 * without padding between the pieces.
 *
 * Units: times are nanoseconds since boot (CLOCK_BOOTTIME); devices are the kernel's own encoding
 * (major << 20 | minor, super_block.s_dev), not the one of stat(2).
 */
#pragma once

#ifndef __VMLINUX_H__ /* a full generated kernel header brings these types itself */
#include <linux/types.h>
#endif

#define CL_SCHEMA 3

#ifdef __cplusplus
#define cl_static_assert static_assert
#else
#define cl_static_assert _Static_assert
#endif

enum cl_kind {
	CL_EXEC = 1,
	CL_FORK = 2,
	CL_EXIT = 3,
	CL_OPEN = 4,
	CL_READ = 5,
	CL_CONNECT = 6,
	CL_ACCESS = 7,	    /* a process reaches into another one */
	CL_RECEIVE = 8,	    /* a descriptor of a watched file came from another process */
	CL_CONNECT_END = 9, /* a connect that could not be answered at once was answered */
	CL_HELD = 10,	    /* no act: a descriptor of a watched file that was open before anybody looked */
	CL_WRITE = 11,	    /* a process that holds a credential has a file open to write to it */
	CL_KIND_MAX = 12,
};

/* What could not be carried whole, and what the kernel noticed on the way. */
enum cl_flag {
	CL_F_PATH_TRUNCATED = 1u << 0,	   /* only the last components of the path are carried */
	CL_F_PATH_FAULT = 1u << 1,	   /* a name could not be read */
	CL_F_ARGS_TRUNCATED = 1u << 2,	   /* args_total > args_len */
	CL_F_ARGS_FAULT = 1u << 3,	   /* the argument pages could not be read */
	CL_F_ENV_TRUNCATED = 1u << 4,	   /* env_total > env_len */
	CL_F_ENV_FAULT = 1u << 5,	   /* the environment pages could not be read */
	CL_F_CONTENT_TRUNCATED = 1u << 6,  /* more was read than is carried */
	CL_F_CONTENT_FAULT = 1u << 7,	   /* the reader's buffer could not be read back */
	CL_F_CGROUP_TRUNCATED = 1u << 8,   /* only the last components of the cgroup's path are carried */
	CL_F_DELETED = 1u << 9,		   /* the file had no name any more */
	CL_F_ANONYMOUS = 1u << 10,	   /* memfd and the like: the path is a label, not a place */
	CL_F_UNREACHABLE = 1u << 11,	   /* the mount is not in the task's mount namespace (lazy unmount, clone) */
	CL_F_BY_INODE = 1u << 12,	   /* watched because its inode is known */
	CL_F_BY_NAME = 1u << 13,	   /* watched because its name matches a rule; userspace confirms by path */
	CL_F_ABSTRACT = 1u << 14,	   /* unix socket in the abstract name space: bytes, without the leading NUL */
	CL_F_ADDRESS_FROM_USER = 1u << 15, /* address read from user memory (another thread could have changed it) */
	CL_F_CONTENT_KNOWN = 1u << 16,	   /* same file version as one whose content was carried before: left out */
	CL_F_NAME_TRUNCATED = 1u << 17,	   /* only the first bytes of the name that was asked for are carried */
	CL_F_NAME_FROM_USER = 1u << 18, /* that name was read from user memory (another thread could have changed it) */
	CL_F_REDIRECTED = 1u << 19,	/* where the socket really goes, which is not where the process asked to go */
};

/* Who acted, read from the task itself at every hook. tgid + start name one process of one boot. */
struct cl_task {
	__u64 start;	    /* start_boottime of the thread group leader, ns */
	__u64 parent_start; /* the same of the real parent's leader */
	__u64 cgroup;	    /* id in the cgroup v2 hierarchy (kernfs inode) */
	__u32 tgid;
	__u32 tid;
	__u32 parent_tgid;
	__u32 ns_tgid; /* tgid as seen in the process's own pid namespace */
	__u32 uid;     /* real, in the initial user namespace */
	__u32 euid;
	__u32 gid;
	__u32 loginuid; /* (u32)-1: no login */
	__u32 session;	/* audit session, (u32)-1: none */
	__u32 mntns;	/* inode numbers of the namespaces */
	__u32 pidns;
	__u32 userns;
	__u32 ns_uid; /* uid as seen in userns; (u32)-1: not mapped there */
	__u32 pad;
	char comm[16];
};

struct cl_header {
	__u32 size; /* of the whole record, variable part included */
	__u16 kind; /* enum cl_kind */
	__u16 schema;
	__u32 flags; /* enum cl_flag */
	__u32 cpu;
	__u64 ts; /* when the act happened */
	struct cl_task task;
};

/* A file by what does not lie: device, inode, generation. Size and change time tell one version from the next. */
struct cl_file {
	__u64 ino;
	__u64 size;
	__u64 ctime; /* ns, wall clock of the file system */
	__u32 dev;
	__u32 generation;
	__u32 mode; /* i_mode */
	__u32 nlink;
};

/*
 * A path travels as its components from the last to the first, each NUL-terminated ("credentials\0.aws\0root\0").
 * decode.c turns it round.
 */

struct cl_exec {
	struct cl_header h;
	struct cl_file exe;
	__u32 args_total; /* bytes that the process really has */
	__u32 env_total;
	__u32 path_len;	    /* 1: the executable's path, components reversed */
	__u32 filename_len; /* 2: name given to execve (a script's own name), NUL-terminated */
	__u32 cgroup_len;   /* 3: cgroup path, components reversed */
	__u32 args_len;	    /* 4: argv strings, NUL-separated */
	__u32 env_len;	    /* 5: environment strings, NUL-separated */
	__u32 pad;
};

struct cl_fork {
	struct cl_header h; /* task: the creator */
	struct cl_task child;
};

struct cl_exit {
	struct cl_header h;
	__s32 code; /* as wait(2) gives it: status << 8 | signal */
	__u32 pad;
};

/* Of a write, too: told when the file is opened, or when the process comes to a credential with the file open. */
struct cl_open {
	struct cl_header h;
	struct cl_file file;
	__u32 open_flags; /* O_* */
	__u32 path_len;	  /* 1 */
	__u32 asked_len;  /* 2: the name that the process gave, NUL-terminated; 0: it gave none (a file handle) */
	__u32 repeats;	  /* opens by this process that were not told since its last record of this file */
};

/* How the bytes left the file. Append-only. */
enum cl_read_how {
	CL_READ_READ = 1,
	CL_READ_PREAD = 2,
	CL_READ_READV = 3,
	CL_READ_MMAP = 4,
	CL_READ_SPLICE = 5,
	CL_READ_IOURING = 6,
	CL_READ_COPY = 7,
	CL_READ_OTHER = 8, /* permission hook saw a read, the way is not known */
	CL_READ_AIO = 9,
};

struct cl_read {
	struct cl_header h;
	struct cl_file file;
	__s64 offset;	    /* in the file, before the read; -1: not known */
	__u64 length;	    /* bytes that the reader got */
	__u32 how;	    /* enum cl_read_how */
	__u32 path_len;	    /* 1: 0 when an open of this inode carried its path before */
	__u32 content_len;  /* 2: the bytes read, at most CL_CONTENT_MAX */
	__u32 repeats;	    /* reads by this process that were not told since its last record of this file */
	__u64 opener_start; /* who opened this descriptor, if that was seen; else 0 */
	__u32 opener_tgid;
	__u32 opener_uid; /* whose rights the descriptor carries (f_cred); always known */
};

/* How a process reached into another. Append-only. */
enum cl_access_how {
	CL_ACCESS_PTRACE = 1,	/* PTRACE_ATTACH, PTRACE_SEIZE */
	CL_ACCESS_TRACEME = 2,	/* the target asked its parent, the actor, to trace it */
	CL_ACCESS_VM_READ = 3,	/* process_vm_readv */
	CL_ACCESS_VM_WRITE = 4, /* process_vm_writev */
	CL_ACCESS_FD = 5,	/* pidfd_getfd */
	CL_ACCESS_MEM = 6,	/* opened /proc/PID/mem */
	CL_ACCESS_ENVIRON = 7,	/* opened /proc/PID/environ */
};

/* Only what was allowed, and never a process on itself. */
struct cl_access {
	struct cl_header h;
	struct cl_task target;
	__u32 how; /* enum cl_access_how */
	__u32 pad;
};

/* How a descriptor came. Append-only. */
enum cl_receive_how {
	CL_RECEIVE_MESSAGE = 1, /* SCM_RIGHTS */
	CL_RECEIVE_TAKEN = 2,	/* pidfd_getfd */
};

struct cl_receive {
	struct cl_header h;
	struct cl_file file;
	__u64 opener_start; /* as in cl_read */
	__u32 opener_tgid;
	__u32 opener_uid;
	__u32 how; /* enum cl_receive_how */
	__u32 path_len;
};

/* How a process came to a peer. Append-only. */
enum cl_connect_how {
	CL_CONNECT_CALL = 1,
	CL_CONNECT_SEND = 2,   /* a message to an address, without a connect: UDP, unix datagrams, TCP fast open */
	CL_CONNECT_ACCEPT = 3, /* the peer came: its address, and our own port */
};

struct cl_connect {
	struct cl_header h;
	__u16 family; /* AF_INET, AF_INET6, AF_UNIX */
	__u16 type;   /* SOCK_STREAM, ... */
	__u16 protocol;
	__u16 port;	  /* host order */
	__u8 address[16]; /* network order; AF_INET uses the first four */
	__u32 scope;	  /* IPv6 scope id */
	__u32 path_len;	  /* 1: unix, bound to a path: where that socket's file is now, components reversed */
	__u64 socket;	  /* inode number of the actor's socket, as in /proc/PID/fd */
	__u64 ino;	  /* unix, bound to a path: the inode of that file; else 0 */
	__u32 dev;
	__u32 how;	/* enum cl_connect_how */
	__u32 repeats;	/* the same by this process that was not told since its last record of this peer */
	__u32 name_len; /* 2: unix: the name that was asked for, at most 108 bytes, not NUL-terminated */
	__u8 asked[16]; /* redirected: the address and port that were asked for */
	__u16 asked_port;
	__u16 pad[3];
};

/* The answer comes in any context: of the task only tgid and start are known, the rest is 0. */
struct cl_connect_end {
	struct cl_header h;
	__u64 socket; /* as in the cl_connect before it */
	__u16 family; /* where to, as there */
	__u16 type;
	__u16 protocol;
	__u16 port;
	__u8 address[16];
	__u32 scope;
	__s32 error; /* 0: established; else a positive errno, ECANCELED: the process gave it up */
};

/* Listed by an iterator, in no ring; the content is added by userspace, which opens the descriptor's file again. */
struct cl_held_file {
	struct cl_header h; /* task: who has it open */
	struct cl_file file;
	__u32 descriptor;
	__u32 opener_uid;  /* whose rights the descriptor carries (f_cred) */
	__u32 path_len;	   /* 1 */
	__u32 content_len; /* 2: from the file's beginning, at most CL_CONTENT_MAX */
};

cl_static_assert(sizeof(struct cl_task) == 96, "cl_task");
cl_static_assert(sizeof(struct cl_header) == 120, "cl_header");
cl_static_assert(sizeof(struct cl_file) == 40, "cl_file");
cl_static_assert(sizeof(struct cl_exec) == 192, "cl_exec");
cl_static_assert(sizeof(struct cl_fork) == 216, "cl_fork");
cl_static_assert(sizeof(struct cl_exit) == 128, "cl_exit");
cl_static_assert(sizeof(struct cl_open) == 176, "cl_open");
cl_static_assert(sizeof(struct cl_read) == 208, "cl_read");
cl_static_assert(sizeof(struct cl_connect) == 208, "cl_connect");
cl_static_assert(sizeof(struct cl_access) == 224, "cl_access");
cl_static_assert(sizeof(struct cl_receive) == 184, "cl_receive");
cl_static_assert(sizeof(struct cl_connect_end) == 160, "cl_connect_end");
cl_static_assert(sizeof(struct cl_held_file) == 176, "cl_held_file");

#define CL_PATH_MAX 4352 /* 4096 + one component: the walk may start its last copy at 4095 */
#define CL_FILENAME_MAX 256
#define CL_CGROUP_MAX 1024
#define CL_ARGS_MAX 65536
#define CL_ENV_MAX 262144 /* one variable may have 128 KiB */
#define CL_CONTENT_MAX 16384
#define CL_UNIX_PATH_MAX 108

/* ---- maps that userspace fills ---- */

/* Key of `watched_inodes`. */
struct cl_inode_key {
	__u64 ino;
	__u32 dev;
	__u32 pad;
};

enum cl_watch_state {
	CL_WATCH_CANDIDATE = 1, /* entered by the kernel on a name match; userspace confirms or rejects */
	CL_WATCH_CONFIRMED = 2,
	CL_WATCH_IGNORED = 3, /* the path matches no store: no further events */
	CL_WATCH_WRITTEN =
		4, /* entered by the kernel: a process that holds a credential writes to it; reads are told */
};

struct cl_watch {
	__u32 state;	  /* enum cl_watch_state */
	__u32 generation; /* another generation is another file: the entry does not apply */
	__u32 path_sent;  /* an event carried the path already */
	__u32 mount;	  /* mount that it was opened through when it became a candidate */
	/*
	 * Confirmed: the version whose content userspace has fingerprinted; 0: none. Candidate and ignored: the change
	 * time when it was entered (and size -1): a renamed or re-linked file, or another mount, asks again.
	 */
	__u64 known_ctime;
	__u64 known_size;
	__u32 writer; /* written: the tgid of the last one that was told */
	__u32 pad;
};

/* Key and value of `watched_names`: basenames, and the names of the directory that may hold them. */
#define CL_NAME_MAX 64
#define CL_NAME_PARENTS 8
struct cl_name_key {
	char name[CL_NAME_MAX]; /* zero-padded */
};
struct cl_name_rule {
	__u32 parents; /* 0: any directory */
	__u32 pad;
	__u64 parent[CL_NAME_PARENTS]; /* FNV-1a 64 of the directory's name */
};

/* Coarse rules for `*.pem` and `id_rsa*`: the last or the first four bytes of a basename. */
#define CL_AFFIX_MAX 32

/* Per-CPU counters (`counters`), never reset. Index = kind * CL_STAGE_MAX + stage. */
enum cl_stage {
	CL_STAGE_SENT = 0,
	CL_STAGE_LOST = 1,     /* the ring had no room */
	CL_STAGE_FAILED = 2,   /* a helper failed: the record was not made */
	CL_STAGE_REPEATED = 3, /* suppressed as a repeat of one that was sent */
	CL_STAGE_SKIPPED = 4, /* the kernel did not run the program; added by userspace from the programs' own counts */
	CL_STAGE_CAPPED = 5,  /* write: more than is told of one process, or of all, in a second */
	CL_STAGE_MAX = 6,
};
#define CL_COUNTERS (CL_KIND_MAX * CL_STAGE_MAX)

/*
 * The collector's last sign of life, and which counters it had told by then (`last_sign`). Lies beside the counters, so
 * that whoever comes after it knows what was lost while nobody looked.
 */
struct cl_sign {
	__u64 ts; /* boot ns; 0: none yet */
	__u64 counters[CL_COUNTERS];
};
