/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Files that a holder of a credential writes to. Told once for each writer of a file, when it is opened: every tier sees
 * opens alike, and what is written then is in the file when somebody reads it. Only regular files with a name, where
 * files are kept. Bounded for each process and for all, so that one that unpacks an archive drowns nobody; what goes
 * beyond is counted (CL_STAGE_CAPPED).
 */
#include "open.h"

char LICENSE[] SEC("license") = "GPL";

struct cl_tag tags[CL_TAG_PLACES];

/* Told in all within the window, which is the upper part, the count the lower. */
volatile __u64 writes_told;

#define WINDOW(ts) ((__u32)((ts) >> 30)) /* about a second */
#define TOLD_BY_ALL 512

static __always_inline __u32 told_at_most(__u32 state)
{
	return state >= CL_TAG_HOLDS ? 64 : state == CL_TAG_HAD ? 16 : 4;
}

/* The two sums may miss what two processors do at the same time: they are bounds, not counts. */
static __always_inline bool may_tell(struct cl_tag *t, __u64 ts)
{
	__u64 all = writes_told;

	if (t->window != WINDOW(ts) && t->state != CL_TAG_ASKED) {
		t->window = WINDOW(ts);
		t->told = 0;
	}
	if (all >> 32 != WINDOW(ts))
		all = (__u64)WINDOW(ts) << 32;
	if (t->told >= told_at_most(t->state) || (__u32)all >= TOLD_BY_ALL)
		return false;
	t->told++;
	writes_told = all + 1;
	return true;
}

static __always_inline bool is_kernels_own(__u64 magic)
{
	switch (magic) {
	case CL_PROC_SUPER_MAGIC:
	case CL_SYSFS_MAGIC:
	case CL_CGROUP_MAGIC:
	case CL_CGROUP2_MAGIC:
	case CL_DEBUGFS_MAGIC:
	case CL_TRACEFS_MAGIC:
	case CL_SECURITYFS_MAGIC:
	case CL_SELINUX_MAGIC:
	case CL_CONFIGFS_MAGIC:
		return true;
	default:
		return false;
	}
}

static __always_inline bool is_kept_file(struct inode *inode)
{
	return (GET(struct inode, inode, i_mode) & CL_S_IFMT) == CL_S_IFREG && GET(struct inode, inode, i_nlink) &&
	       !is_kernels_own(GET(struct super_block, GET(struct inode, inode, i_sb), s_magic));
}

/* A store is watched as what it is; of the rest each writer is told once. */
static __always_inline bool is_watched_already(const struct cl_watch *w, struct inode *inode, __u32 tgid)
{
	if (!w || w->generation != GET(struct inode, inode, i_generation) || w->state == CL_WATCH_IGNORED)
		return false;
	return w->state != CL_WATCH_WRITTEN || w->writer == tgid;
}

/* 0 when the record is in the ring. */
static __noinline int send_write(struct file *file, struct inode *inode, __u64 user_name)
{
	struct cl_watch w = {.state = CL_WATCH_WRITTEN};
	struct file_slot *s;
	struct cl_open *r;
	int unsent = 1;
	__u32 index;
	__u64 size;

	s = take_file_slot(CL_WRITE, &index);
	if (!s)
		return 1;
	r = &s->open;
	fill_open(s, index, file, inode, &w, user_name);
	r->h.kind = CL_WRITE;
	r->open_flags = open_flags(file);
	r->repeats = 0;
	size = sizeof(*r) + *(volatile __u64 *)&s->walk.off;
	r->h.size = size;
	opaque(size);
	if (size <= sizeof(*r) + CL_PATH_MAX + CL_FILENAME_MAX)
		unsent = output(&credential_events, r, size, CL_WRITE) != 0;
	give_file_slot(s, &index);
	wake(&credential_events);
	return unsent;
}

static __always_inline void watch_write(struct file *file, struct inode *inode, __u64 user_name)
{
	struct cl_watch w = {.state = CL_WATCH_WRITTEN, .known_size = -1};
	struct cl_inode_key key;

	w.writer = bpf_get_current_pid_tgid() >> 32;
	w.generation = GET(struct inode, inode, i_generation);
	fill_key(&key, inode);
	/* Before the record: what reads it next must not be missed. */
	bpf_map_update_elem(&watched_inodes, &key, &w, BPF_ANY);
	inode_marks[CL_INODE_PLACE(key.ino, key.dev)] = 1;
	if (send_write(file, inode, user_name))
		bpf_map_delete_elem(&watched_inodes, &key);
}

int tell_write(__u64 at, __u64 user_name)
{
	struct file *file = (struct file *)at;
	struct inode *inode = GET(struct file, file, f_inode);
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct cl_tag *t;

	if (!is_kept_file(inode) || tgid == self_tgid || current_is_kernel_thread())
		return 0;
	if (is_watched_already(find_watch(inode), inode, tgid))
		return 0;
	t = tag_of_current();
	if (!t)
		return 0;
	if (may_tell(t, bpf_ktime_get_boot_ns()))
		watch_write(file, inode, user_name);
	else
		count(CL_WRITE, CL_STAGE_CAPPED);
	return 0;
}

static __always_inline bool is_open_to_write(struct file *file)
{
	return file && (GET(struct file, file, f_mode) & CL_FMODE_WRITE);
}

/* `cat store >log`: the log was open before. */
int hold_tag(__u32 unused)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	__u64 now = bpf_ktime_get_boot_ns();
	struct cl_tag *t = tag_of_current();

	/* The answer to the store before may say that it holds nothing, and comes too late. */
	if (t && t->state >= CL_TAG_HOLDS)
		t->since = now;
	else
		tag_set(tag_place(tgid), tgid, current_start(), now, CL_TAG_TAKES);
	return 0;
}

int sweep_writes(__u32 n)
{
	struct file *file;

	for (__u32 i = 0; i < CL_SWEPT_DESCRIPTORS; i++) {
		file = i < n ? file_of(i) : NULL;
		if (is_open_to_write(file))
			tell_write((__u64)file, NO_NAME);
	}
	return 0;
}
