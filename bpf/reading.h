/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A read that is noted where it begins and told where it ends. Which file it is, is known from the kernel's own call: by
 * the end of the system call another thread may have put another file in the descriptor's place.
 *
 * It is told by the end of the system call: a read can wait, and the kernel follows no more than some ten kretprobes at a
 * time. Where the kernel pre-empts programs, and skips others meanwhile, the end of the call can be one that is skipped:
 * there a kretprobe tells what it can, and the end of the system call the rest.
 */
#pragma once

#include "read.h"

static __always_inline bool take_reading(struct reading *out)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct reading *r = bpf_map_lookup_elem(&readings, &thread);

	if (!r)
		return false;
	*out = *r;
	bpf_map_delete_elem(&readings, &thread);
	return true;
}

/* NULL: the file is closed by now, and its memory used again. */
static __always_inline struct file *read_file(const struct reading *r)
{
	struct file *file = (struct file *)r->args[0];
	struct cl_inode_key now;

	fill_key(&now, FGET(struct file, file, f_inode));
	if (now.ino == r->inode.ino && now.dev == r->inode.dev)
		return file;
	count(CL_READ, CL_STAGE_FAILED);
	return NULL;
}
