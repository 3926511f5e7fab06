/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Descriptors of watched files that are open already, for whoever starts to look: the same filter as for opens. Each is
 * written to the iterator's file as one record; the iterator comes back to one that found no room.
 */
#pragma once

#include "open.h"

static __always_inline void write_held(struct seq_file *seq, struct file_slot *s, const struct cl_watch *w)
{
	struct cl_held_file *r = &s->held;
	__u64 len = *(volatile __u64 *)&s->walk.off;

	opaque(len);
	if (len >= CL_PATH_MAX)
		return;
	r->path_len = len;
	r->h.size = sizeof(*r) + len;
	r->h.flags = s->walk.flags | watch_flag(w);
	bpf_seq_write(seq, r, sizeof(*r) + len);
}

static __always_inline void list_file(struct seq_file *seq, struct task_struct *task, __u32 descriptor,
				      struct file *file)
{
	struct inode *inode = file->f_inode;
	struct cl_held_file *r;
	struct file_slot *s;
	struct cl_watch *w;
	__u32 index;

	if (!is_plain_open(file, file->f_mode) || !(file->f_mode & CL_FMODE_READ))
		return;
	w = watch_open(file, inode);
	if (!w || (__u32)task->tgid == self_tgid)
		return;
	s = take_file_slot(CL_HELD, &index);
	if (!s)
		return;
	r = &s->held;
	fill_header(&r->h, CL_HELD, 0, 0);
	fill_task(&r->h.task, task);
	fill_file(&r->file, inode);
	r->descriptor = descriptor;
	r->opener_uid = BPF_CORE_READ(file, f_cred, uid.val);
	r->content_len = 0;
	walk_begin(&s->walk, file);
	s->walk.ns = (__u64)BPF_CORE_READ(task, nsproxy, mnt_ns);
	walk_file(index);
	write_held(seq, s, w);
	give_file_slot(s, &index);
}
