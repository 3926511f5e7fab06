/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Maps and settings that the object's files share. Each file defines them weak and alike; the linker keeps one.
 * Sizes that depend on the machine or the configuration are set by the loader before the load.
 */
#pragma once

#include "get.h"
#include "credlineage/event.h"
#include "credlineage/probe.h"

/* Where the pieces of a record are put together: room for a path walk's last copy, cgroup path included, then data. */
#define HEAD_ROOM 8192
#define HEAD_MASK (HEAD_ROOM - 1)
#define EXEC_MASK 0x1ffff /* arguments end below 8192 + 65536 */
#define EXEC_ROOM (EXEC_MASK + 1 + CL_ENV_MAX)
#define READ_MASK 0x7fff /* path and content so far */
#define FILE_ROOM (READ_MASK + 1 + CL_CONTENT_MAX)

/* Keeps clang from proving a bound that the verifier can't follow. */
#define opaque(x) asm volatile("" : "+r"(x))

/* State of a path walk. It lives in memory and is read back each round: in registers the verifier would follow every
 * combination of values. */
struct walk {
	__u64 dentry, mount;
	__u64 off; /* bytes written */
	__u64 ns;  /* the task's mount namespace */
	__u32 flags;
	__u32 pad;
};

struct exec_slot {
	struct walk walk;
	struct cl_exec exec;
	__u8 data[EXEC_ROOM];
};

/* The record ends where data begins, whichever it is. */
struct file_slot {
	struct walk walk;
	__u64 left; /* of a vector's bytes */
	union {
		struct {
			__u8 unused[sizeof(struct cl_read) - sizeof(struct cl_open)];
			struct cl_open open;
		};
		struct {
			__u8 unused_by_held[sizeof(struct cl_read) - sizeof(struct cl_held_file)];
			struct cl_held_file held;
		};
		struct {
			__u8 unused_too[sizeof(struct cl_read) - sizeof(struct cl_receive)];
			struct cl_receive receive;
		};
		struct cl_read read;
		struct cl_connect connect;
	};
	__u8 data[FILE_ROOM];
};

cl_static_assert(sizeof(struct cl_connect) == sizeof(struct cl_read), "the record ends where data begins");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 24);
} process_events SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 23);
} credential_events SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CL_COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps") __weak;

/*
 * Records are put together in slots, not on the CPU's own: an fentry program can be pre-empted by another one on the
 * same CPU. The free slots' numbers are in a queue, which takes and gives them under its own lock.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exec_slot);
} exec_slots SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__uint(key_size, 0);
	__type(value, __u32);
} exec_free SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct file_slot);
} file_slots SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__uint(key_size, 0);
	__type(value, __u32);
} file_free SEC(".maps") __weak;

/* Least recently used goes first: a flood of names that look like a store's can't keep a new file out. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct cl_inode_key);
	__type(value, struct cl_watch);
} watched_inodes SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct cl_name_key);
	__type(value, struct cl_name_rule);
} watched_names SEC(".maps") __weak;

/* Multi-threaded processes whose end was told: two last threads can both see that nobody else lives. */
struct exit_key {
	__u64 start;
	__u32 tgid;
	__u32 pad;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct exit_key);
	__type(value, __u8);
} ended SEC(".maps") __weak;

/* Sockets whose connect was told when it began, by thread: the end of the same call tells nothing more. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u64);
} connecting SEC(".maps") __weak;

/* Who opened what is open, by the kernel's object of the open file (opener.h). */
struct opener {
	__u64 start; /* of the process, as in cl_task */
	__u64 ino;
	__u32 tgid;
	__u32 dev;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct opener);
} openers SEC(".maps") __weak;

/* What processes did with watched files, and to each other, a moment ago (repeat.h). */
struct act_key {
	__u64 start; /* of the process, as in cl_task */
	__u64 ino;   /* access: the target's start */
	__u32 tgid;
	__u32 dev;  /* access: the target's tgid */
	__u32 kind; /* enum cl_kind */
	__u32 way;  /* open: its flags; else the kind's enum of how */
};
struct act {
	__u64 ts;	/* of the last record */
	__u64 same;	/* sameness() then */
	__u32 repeats;	/* not told, since ever */
	__u32 answered; /* of them, those that a later record answered for */
	__u32 from, to; /* part of the file that records of this version carried without a gap */
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct act_key);
	__type(value, struct act);
} acts SEC(".maps") __weak;

/* Threads in the middle of a copy_file_range from a watched file. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, __u8);
} copying SEC(".maps") __weak;

/* Of userspace alone: kept here because it has to live as long as the counters do. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cl_sign);
} last_sign SEC(".maps") __weak;

/* Threads in the middle of a read of a watched file (reading.h). */
struct reading {
	struct cl_inode_key inode;
	unsigned long long args[4]; /* of vfs_read or vfs_readv */
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct reading);
} readings SEC(".maps") __weak;
