/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A file's path, walked from its dentry up to the root of the mount namespace: the same text in every tier, whatever
 * chroot the task is in. Components are written from the last to the first, each with its NUL.
 *
 * walk_begin says where, walk_file or walk_exec (walk.h) walk into the slot's data; length and flags are in its walk.
 */
#pragma once

#include "task.h"

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/* Where the walk begins. In a slot, not in arguments: a global function takes numbers only. */
static __always_inline void walk_begin_at(struct walk *walk, struct dentry *dentry, struct vfsmount *mnt)
{
	volatile struct walk *w = walk;

	w->dentry = (__u64)dentry;
	w->mount = (__u64)mount_of(mnt);
	w->ns = (__u64)GET(struct nsproxy, current_nsproxy(), mnt_ns);
	w->off = 0;
	w->flags = 0;
	if (!FGET(struct dentry, dentry, d_hash.pprev) && FGET(struct dentry, dentry, d_parent) != dentry)
		w->flags = CL_F_DELETED;
}

static __always_inline void walk_begin(struct walk *walk, struct file *file)
{
	walk_begin_at(walk, FGET(struct file, file, f_path.dentry), BPF_CORE_READ(file, f_path.mnt));
}

/*
 * Global functions of one number: the verifier looks at the walk once and not anew for every caller and state, which
 * was most of what loading cost.
 */
int walk_file(__u32 index);
int walk_exec(__u32 index);
