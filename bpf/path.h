/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A file's path, walked from its dentry up to the root of the mount namespace: the same text in every tier, whatever
 * chroot the task is in. Components are written from the last to the first, each with its NUL.
 */
#pragma once

#include "task.h"

#define WALK_ROUNDS 128 /* components and mounts */
#define WALK_MASK 4095

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/* Appends a component; true when it could not be read. */
static __always_inline bool walk_name(volatile struct walk *w, __u8 *buf, struct dentry *dentry)
{
	__u64 off = w->off;
	long n = bpf_probe_read_kernel_str(buf + (off & WALK_MASK), 256, BPF_CORE_READ(dentry, d_name.name));

	if (n <= 0) {
		w->flags |= CL_F_PATH_FAULT;
		return true;
	}
	w->off = off + n;
	return false;
}

/* At a mount's root: on to where it is mounted. True at the topmost one. */
static __always_inline bool walk_mount(volatile struct walk *w, struct mount *mount)
{
	struct mount *up = BPF_CORE_READ(mount, mnt_parent);

	w->dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
	w->mount = (__u64)up;
	if (up != mount)
		return false;
	if ((__u64)BPF_CORE_READ(mount, mnt_ns) != w->ns)
		w->flags |= CL_F_UNREACHABLE;
	return true;
}

/* One component or mount; true at the end. */
static __always_inline bool walk_step(volatile struct walk *w, __u8 *buf)
{
	struct dentry *dentry = (struct dentry *)w->dentry, *parent = BPF_CORE_READ(dentry, d_parent);
	struct mount *mount = (struct mount *)w->mount;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root))
		return walk_mount(w, mount);
	if (dentry == parent) { /* no place in any tree: a memfd at once, a file outside of its mount's part later */
		if (!w->off) {
			w->flags |= CL_F_ANONYMOUS;
			walk_name(w, buf, dentry);
		} else {
			w->flags |= CL_F_UNREACHABLE;
		}
		return true;
	}
	if (w->off > WALK_MASK) {
		w->flags |= CL_F_PATH_TRUNCATED;
		return true;
	}
	w->dentry = (__u64)parent;
	return walk_name(w, buf, dentry);
}

/* Where the walk begins. In a slot, not in arguments: a global function takes numbers only. */
static __always_inline void walk_begin(struct walk *walk, struct file *file)
{
	volatile struct walk *w = walk;
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);

	w->dentry = (__u64)dentry;
	w->mount = (__u64)mount_of(BPF_CORE_READ(file, f_path.mnt));
	w->ns = (__u64)BPF_CORE_READ(current_task(), nsproxy, mnt_ns);
	w->off = 0;
	w->flags = 0;
	if (!BPF_CORE_READ(dentry, d_hash.pprev) && BPF_CORE_READ(dentry, d_parent) != dentry)
		w->flags = CL_F_DELETED;
}

/* Writes to buf (HEAD_ROOM bytes); flags and length are in *walk afterwards. */
static __always_inline void walk_path(struct walk *walk, __u8 *buf)
{
	volatile struct walk *w = walk;

	for (int i = 0; i < WALK_ROUNDS; i++) {
		if (walk_step(w, buf))
			return;
	}
	w->flags |= CL_F_PATH_TRUNCATED;
}

/*
 * The walk into a slot's data, as a global function: the verifier looks at it once and not anew for every caller and
 * state, which is most of what loading costs.
 */
__weak int walk_file(__u32 index)
{
	struct file_slot *s = bpf_map_lookup_elem(&file_slots, &index);

	if (s)
		walk_path(&s->walk, s->data);
	return 0;
}
