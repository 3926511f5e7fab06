/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * One process reaches into another, and descriptors of watched files that come from another: what both tiers share.
 * Rare acts: nothing here needs typed pointers, so one text serves every tier.
 */
#pragma once

#include "read.h"

/* Of a task that no hook gave us typed. */
static __noinline int fill_other(struct cl_task *t, struct task_struct *task)
{
	if (!t)
		return 0;
	FILL_TASK(t, task, BPF_CORE_READ);
	if (BPF_CORE_READ(task, flags) & CL_PF_IO_WORKER)
		task = BPF_CORE_READ(task, group_leader);
	bpf_core_read(&t->comm, sizeof(t->comm), &task->comm);
	return 0;
}

/* 0 when the record is in the ring. */
static __always_inline int send_access(struct task_struct *actor, struct task_struct *target, __u32 how)
{
	struct cl_access *r = bpf_ringbuf_reserve(&credential_events, sizeof(*r), 0);

	if (!r) {
		count(CL_ACCESS, CL_STAGE_LOST);
		return 1;
	}
	fill_header(&r->h, CL_ACCESS, sizeof(*r), 0);
	fill_other(&r->h.task, actor);
	fill_other(&r->target, target);
	r->how = how;
	r->pad = 0;
	submit(r, CL_ACCESS);
	wake(&credential_events);
	return 0;
}

/* As repeat.h does it, with the target in the file's place. */
static __noinline int tell_access(struct task_struct *actor, struct task_struct *target, __u32 how)
{
	struct act_now now = {
		.key =
			{
				.start = BPF_CORE_READ(actor, group_leader, start_boottime),
				.ino = BPF_CORE_READ(target, group_leader, start_boottime),
				.tgid = BPF_CORE_READ(actor, tgid),
				.dev = BPF_CORE_READ(target, tgid),
				.kind = CL_ACCESS,
				.way = how,
			},
		.same = repeat_epoch,
	};

	if (now.key.tgid == now.key.dev || now.key.tgid == self_tgid || is_kernel_thread(actor) ||
	    is_kernel_thread(target))
		return 0;
	now.ts = bpf_ktime_get_boot_ns();
	now.before = bpf_map_lookup_elem(&acts, &now.key);
	if (act_is_recent(&now))
		act_repeated(&now, CL_ACCESS);
	else if (!send_access(actor, target, how))
		act_told(&now, act_repeats(&now), 0, 0);
	return 0;
}

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

/* ---- from a number, a pidfd or a file of /proc to the process ---- */

/* A pid that was read while it went away leads to no task that says the same. */
static __always_inline struct task_struct *task_of(struct pid *pid)
{
	struct hlist_node *first = BPF_CORE_READ(pid, tasks[0].first);
	struct task_struct *task;

	if (!first)
		return NULL;
	task = (void *)first - bpf_core_field_offset(struct task_struct, pid_links);
	return BPF_CORE_READ(task, thread_pid) == pid ? task : NULL;
}

#define TREE_ROUNDS 6 /* of 6 bits each: all numbers that there can be */

/*
 * The number means what the caller's own pid namespace says: the tree in which the kernel has just looked it up.
 */
static __always_inline struct task_struct *task_of_number(__u32 number)
{
	struct pid *own = BPF_CORE_READ(current_task(), thread_pid);
	struct pid_namespace *ns = NULL;
	struct upid *upid = (void *)own + bpf_core_field_offset(struct pid, numbers) +
			    (__u64)BPF_CORE_READ(own, level) * bpf_core_type_size(struct upid);
	__u64 entry;

	bpf_core_read(&ns, sizeof(ns), &upid->ns);
	entry = (__u64)BPF_CORE_READ(ns, idr.idr_rt.xa_head);
	for (int i = 0; i < TREE_ROUNDS && (entry & 3) == 2; i++) {
		struct xa_node *node = (void *)(entry & ~3ull);
		__u64 index = number >> (BPF_CORE_READ(node, shift) & 31);
		void *slots = (void *)node + bpf_core_field_offset(struct xa_node, slots);

		if (!i && index > 63)
			return NULL;
		bpf_probe_read_kernel(&entry, sizeof(entry), slots + (index & 63) * sizeof(void *));
	}
	return entry && !(entry & 3) ? task_of((struct pid *)entry) : NULL;
}

/* Since 6.9 a pidfd has an inode of its own. */
static __always_inline struct task_struct *task_of_pidfd(__u32 fd)
{
	struct file *file = file_of(fd);

	if (!file)
		return NULL;
	if (BPF_CORE_READ(file, f_inode, i_sb, s_magic) == CL_PID_FS_MAGIC)
		return task_of((struct pid *)BPF_CORE_READ(file, f_inode, i_private));
	return task_of((struct pid *)BPF_CORE_READ(file, private_data));
}

static __always_inline struct task_struct *task_of_proc(struct inode *inode)
{
	struct proc_inode *p = (void *)inode - bpf_core_field_offset(struct proc_inode, vfs_inode);
	struct pid *pid = BPF_CORE_READ(p, pid);

	return pid ? task_of(pid) : NULL;
}

/* ---- descriptors ---- */

/* 0 when the record is in the ring. */
static __noinline int send_receive(struct file *file, struct cl_watch *w, __u32 how)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct file_slot *s;
	struct cl_receive *r;
	int unsent = 1;
	__u32 index;
	__u64 len;

	if (!w)
		return 1;
	s = take_file_slot(CL_RECEIVE, &index);
	if (!s)
		return 1;
	r = &s->receive;
	fill_header(&r->h, CL_RECEIVE, 0, 0);
	fill_current(&r->h.task);
	fill_file(&r->file, inode);
	fill_opener(file, &r->file, &r->opener_start, &r->opener_tgid, &r->opener_uid);
	r->how = how;
	walk_begin(&s->walk, file);
	if (!w->path_sent)
		walk_file(index);
	len = *(volatile __u64 *)&s->walk.off;
	opaque(len);
	if (len < CL_PATH_MAX) {
		r->path_len = len;
		r->h.size = sizeof(*r) + len;
		r->h.flags = s->walk.flags | watch_flag(w);
		unsent = output(&credential_events, r, sizeof(*r) + len, CL_RECEIVE) != 0;
		if (!unsent && len)
			w->path_sent = 1;
	}
	give_file_slot(s, &index);
	wake(&credential_events);
	return unsent;
}

static __always_inline void on_receive(struct file *file, __u32 how)
{
	struct cl_watch *w = read_watched(file);
	struct act_now now;

	if (!w)
		return;
	act_begin(&now, file, BPF_CORE_READ(file, f_inode), CL_RECEIVE, how);
	if (act_is_recent(&now))
		act_repeated(&now, CL_RECEIVE);
	else if (!send_receive(file, w, how))
		act_told(&now, act_repeats(&now), 0, 0);
}
