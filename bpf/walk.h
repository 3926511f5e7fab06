/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* The walk of path.h itself. Included once. */
#pragma once

#include "path.h"

#define WALK_ROUNDS 128 /* components and mounts */
#define WALK_MASK 4095

/* Appends a component; true when it could not be read. */
static __always_inline bool walk_name(volatile struct walk *w, __u8 *buf, struct dentry *dentry)
{
	__u64 off = w->off;
	long n = bpf_probe_read_kernel_str(buf + (off & WALK_MASK), 256, GET(struct dentry, dentry, d_name.name));

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
	struct mount *up = GET(struct mount, mount, mnt_parent);

	w->dentry = (__u64)GET(struct mount, mount, mnt_mountpoint);
	w->mount = (__u64)up;
	if (up != mount)
		return false;
	if ((__u64)GET(struct mount, mount, mnt_ns) != w->ns)
		w->flags |= CL_F_UNREACHABLE;
	return true;
}

/* One component or mount; true at the end. */
static __always_inline bool walk_step(volatile struct walk *w, __u8 *buf)
{
	struct dentry *dentry = (struct dentry *)w->dentry, *parent = GET(struct dentry, dentry, d_parent);
	struct mount *mount = (struct mount *)w->mount;

	if (dentry == GET(struct mount, mount, mnt.mnt_root))
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

int walk_file(__u32 index)
{
	struct file_slot *s = bpf_map_lookup_elem(&file_slots, &index);

	if (s)
		walk_path(&s->walk, s->data);
	return 0;
}

int walk_exec(__u32 index)
{
	struct exec_slot *s = bpf_map_lookup_elem(&exec_slots, &index);

	if (s)
		walk_path(&s->walk, s->data);
	return 0;
}
