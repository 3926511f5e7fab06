/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Who opened a file. Kept by the kernel's own object of the open file, which every copy of the descriptor shares
 * (fork, exec, dup, a message, pidfd_getfd), so whoever uses it later can be told from who opened it. The object's
 * memory is used again for other files: an entry counts only for the same inode, and every open of a watched file
 * makes its own.
 */
#pragma once

#include "file.h"

static __always_inline void remember_opener(struct file *file, const struct act_key *key)
{
	struct opener now = {.start = key->start, .ino = key->ino, .tgid = key->tgid, .dev = key->dev}, *before;
	__u64 at = (__u64)file;

	before = bpf_map_lookup_elem(&openers, &at);
	if (before && before->start == now.start && before->tgid == now.tgid && before->ino == now.ino &&
	    before->dev == now.dev)
		return;
	bpf_map_update_elem(&openers, &at, &now, BPF_ANY);
}

/* start and tgid are 0 when the open was not seen; whose rights the descriptor carries is always known. */
static __always_inline void fill_opener(struct file *file, const struct cl_file *f, __u64 *start, __u32 *tgid,
					__u32 *uid)
{
	struct opener *by;
	__u64 at = (__u64)file;

	*start = *tgid = 0;
	*uid = BPF_CORE_READ(file, f_cred, uid.val);
	by = bpf_map_lookup_elem(&openers, &at);
	if (!by || by->ino != f->ino || by->dev != f->dev)
		return;
	*start = by->start;
	*tgid = by->tgid;
}
