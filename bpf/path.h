/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A file's path, walked from its dentry up to the root of the mount namespace: the same text in every tier, whatever
 * chroot the task is in. Components are written from the last to the first, each with its NUL.
 */
#pragma once

#include "maps.h"

#define WALK_ROUNDS 128 /* components and mounts */
#define WALK_MASK 4095

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline void walk_name(volatile struct walk *w, __u8 *buf, struct dentry *dentry)
{
	__u64 off = w->off;
	long n = bpf_probe_read_kernel_str(buf + (off & WALK_MASK), 256, BPF_CORE_READ(dentry, d_name.name));

	if (n <= 0) {
		w->flags |= CL_F_PATH_FAULT;
		w->done = 1;
		return;
	}
	w->off = off + n;
}

static __always_inline void walk_step(volatile struct walk *w, __u8 *buf)
{
	struct dentry *dentry = (struct dentry *)w->dentry, *parent = BPF_CORE_READ(dentry, d_parent);
	struct mount *mount = (struct mount *)w->mount, *up;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		up = BPF_CORE_READ(mount, mnt_parent);
		if (up == mount || !up) {
			if ((__u64)BPF_CORE_READ(mount, mnt_ns) != w->ns)
				w->flags |= CL_F_UNREACHABLE;
			w->done = 1;
			return;
		}
		w->dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
		w->mount = (__u64)up;
		return;
	}
	if (dentry == parent) { /* no place in any tree: a memfd at once, a file outside of its mount's part later */
		if (!w->off) {
			w->flags |= CL_F_ANONYMOUS;
			walk_name(w, buf, dentry);
		} else {
			w->flags |= CL_F_UNREACHABLE;
		}
		w->done = 1;
		return;
	}
	if (w->off > WALK_MASK) {
		w->flags |= CL_F_PATH_TRUNCATED;
		w->done = 1;
		return;
	}
	walk_name(w, buf, dentry);
	w->dentry = (__u64)parent;
}

/* Writes to buf (HEAD_ROOM bytes); flags and length are in *walk afterwards. */
static __noinline int walk_path(struct walk *walk, __u8 *buf, struct file *file, struct task_struct *task)
{
	volatile struct walk *w = walk;
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);

	w->dentry = (__u64)dentry;
	w->mount = (__u64)mount_of(BPF_CORE_READ(file, f_path.mnt));
	w->ns = (__u64)BPF_CORE_READ(task, nsproxy, mnt_ns);
	w->off = 0;
	w->flags = 0;
	w->done = 0;
	if (!BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry)
		w->flags = CL_F_DELETED;
	for (int i = 0; i < WALK_ROUNDS; i++) {
		if (w->done)
			return 0;
		walk_step(w, buf);
	}
	if (!w->done)
		w->flags |= CL_F_PATH_TRUNCATED;
	return 0;
}
