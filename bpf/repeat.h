/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What a process does again within a second, with the same version of the same file and in the same way, makes no
 * record. It is counted (CL_STAGE_REPEATED), and the process's next record of the file says how often it was. When it
 * ends before there is one, the counter alone has the last of them.
 */
#pragma once

#include "file.h"
#include "record.h"

#define REPEAT_NS 1000000000ull

/* Raised by userspace when a repeat could mean something else than what was told: a run ended, for instance. */
extern volatile __u32 repeat_epoch;

struct act_now {
	struct act_key key;
	__u64 same, ts;
	struct act *before; /* NULL: the first of its kind that is remembered */
};

#define MIX(hash, value) (((hash) ^ (__u64)(value)) * 0x9e3779b97f4a7c15ull)

/* One number for all that has to be the same: who it is by now, which version, by which name. */
static __always_inline __u64 sameness(struct file *file, struct inode *inode)
{
	struct dentry *dentry = FGET(struct file, file, f_path.dentry);
	struct task_struct *task;
	__u64 hash;

	if (current_is_typed()) {
		task = current_typed();
		hash = MIX(MIX(0ull, task->real_cred->uid.val), task->real_cred->euid.val);
		hash = MIX(hash, task->self_exec_id);
	} else {
		task = (struct task_struct *)bpf_get_current_task();
		hash = MIX(MIX(0ull, BPF_CORE_READ(task, real_cred, uid.val)),
			   BPF_CORE_READ(task, real_cred, euid.val));
		hash = MIX(hash, BPF_CORE_READ(task, self_exec_id));
	}
	hash = MIX(hash, FGET(struct dentry, dentry, d_name.hash)); /* salted with the directory */
	hash = MIX(hash, ctime_of(inode));
	hash = MIX(hash, FGET(struct inode, inode, i_size));
	return MIX(hash, (__u64)repeat_epoch << 32 | FGET(struct inode, inode, i_generation));
}

/* Not inline, as act_told: what they keep on the stack must not be there while the record is made. */
static __noinline int act_begin(struct act_now *a, struct file *file, struct inode *inode, __u16 kind, __u32 way)
{
	struct super_block *sb = FGET(struct inode, inode, i_sb);

	a->key.start = current_start();
	a->key.ino = FGET(struct inode, inode, i_ino);
	a->key.tgid = bpf_get_current_pid_tgid() >> 32;
	a->key.dev = FGET(struct super_block, sb, s_dev);
	a->key.kind = kind;
	a->key.way = way;
	a->same = sameness(file, inode);
	a->ts = bpf_ktime_get_boot_ns();
	a->before = bpf_map_lookup_elem(&acts, &a->key);
	return 0;
}

static __always_inline bool act_is_recent(const struct act_now *a)
{
	return a->before && a->before->same == a->same && a->ts - a->before->ts < REPEAT_NS;
}

static __always_inline void act_repeated(const struct act_now *a, __u32 kind)
{
	if (a->before)
		__sync_fetch_and_add(&a->before->repeats, 1);
	count(kind, CL_STAGE_REPEATED);
}

/* How many the record that is about to be made has to answer for. */
static __always_inline __u32 act_repeats(const struct act_now *a)
{
	return a->before ? a->before->repeats - a->before->answered : 0;
}

/* After its record went out; from, to: the part of the file that the record carried. */
static __noinline int act_told(const struct act_now *a, __u32 repeats, __u32 from, __u32 to)
{
	struct act fresh = {.ts = a->ts, .same = a->same, .from = from, .to = to}, *b = a->before;

	if (!b) {
		bpf_map_update_elem(&acts, &a->key, &fresh, BPF_ANY);
		return 0;
	}
	b->answered += repeats;
	b->from = b->same == a->same && b->to == from ? b->from : from;
	b->to = to;
	b->same = a->same;
	b->ts = a->ts;
	return 0;
}
