/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A read that begins at one hook and is told at another, the end of the system call. Which file it is, is known from the
 * kernel's own call: by its end another thread may have put another file in the descriptor's place.
 */
#pragma once

#include "read.h"

static __always_inline void note_reading(struct file *file)
{
	struct reading r = {.file = (__u64)file};
	__u64 thread = bpf_get_current_pid_tgid();

	if (!read_watched(file))
		return;
	fill_key(&r.inode, FGET(struct file, file, f_inode));
	bpf_map_update_elem(&readings, &thread, &r, BPF_ANY);
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
