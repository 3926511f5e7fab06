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
