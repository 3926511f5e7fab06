/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* An open, whatever hook saw it. */
#pragma once

#include "opener.h"
#include "record.h"
#include "watch.h"

extern volatile __u32 self_tgid; /* the monitor: what it does itself makes no events */

static __always_inline bool is_self(void)
{
	return bpf_get_current_pid_tgid() >> 32 == self_tgid;
}

static __always_inline struct file_slot *take_file_slot(__u32 kind, __u32 *index)
{
	if (!bpf_map_pop_elem(&file_free, index))
		return bpf_map_lookup_elem(&file_slots, index);
	count(kind, CL_STAGE_FAILED);
	return NULL;
}

static __always_inline void give_file_slot(__u32 *index)
{
	bpf_map_push_elem(&file_free, index, BPF_ANY);
}

/* Not told: the name only (O_PATH), execve's own open, a layer's file below the one that the process opened. */
static __always_inline bool is_plain_open(struct file *file)
{
	return !(FGET(struct file, file, f_flags) & (CL_O_PATH | CL_FMODE_EXEC)) &&
	       !(FGET(struct file, file, f_mode) & (CL_FMODE_NOACCOUNT | CL_FMODE_BACKING));
}

static __noinline int note_opener(struct file *file, struct inode *inode)
{
	struct cl_inode_key key;

	fill_key(&key, inode);
	remember_opener(file, &key);
	return 0;
}

static __noinline int send_open(struct file *file, struct inode *inode, struct cl_watch *w)
{
	struct file_slot *s;
	struct cl_open *r;
	__u32 index;
	__u64 len;

	if (!w)
		return 0;
	s = take_file_slot(CL_OPEN, &index);
	if (!s)
		return 0;
	r = &s->open;
	fill_header(&r->h, CL_OPEN, 0, 0);
	fill_current(&r->h.task);
	fill_file(&r->file, inode);
	r->open_flags = FGET(struct file, file, f_flags) & ~CL_O_CREATION;
	r->asked_len = 0;
	r->repeats = 0;
	walk_begin(&s->walk, file);
	walk_file(index);
	len = *(volatile __u64 *)&s->walk.off;
	opaque(len);
	if (len < CL_PATH_MAX) {
		r->path_len = len;
		r->h.size = sizeof(*r) + len;
		r->h.flags = s->walk.flags | watch_flag(w);
		if (!output(&credential_events, r, sizeof(*r) + len, CL_OPEN))
			w->path_sent = 1;
	}
	give_file_slot(&index);
	wake(&credential_events);
	return 0;
}

static __always_inline void on_open(struct file *file)
{
	struct inode *inode = FGET(struct file, file, f_inode);
	struct cl_watch *w;

	if (!is_plain_open(file) || (FGET(struct inode, inode, i_mode) & CL_S_IFMT) == CL_S_IFDIR)
		return;
	w = watch_open(file, inode);
	if (!w || is_self() || current_is_kernel_thread())
		return;
	note_opener(file, inode);
	send_open(file, inode, w);
}
