/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The filter: which files make events. An open is watched by its inode (one hash) or by its name (one hash of the
 * basename, or its first or last four bytes); a read by its inode alone, so an inherited descriptor counts too.
 * A name that matches enters the inode as a candidate; userspace confirms or rejects it by its path.
 */
#pragma once

#include "file.h"
#include "path.h"

/*
 * Set by the loader. name_marks: a watched name falls on this place (place_of_name); affixes as words of four bytes,
 * their masks by affix_bit. All but a few of the unwatched opens end here.
 */
extern const volatile __u8 name_marks[NAME_PLACES];
extern const volatile __u64 prefix_mask, suffix_mask;
extern const volatile __u32 prefixes[CL_AFFIX_MAX], suffixes[CL_AFFIX_MAX];

/* An inode of `watched_inodes` falls on this place: a plain load instead of a hash look-up for all others. */
extern __u8 inode_marks[INODE_PLACES];

static __always_inline __u32 mount_id(struct file *file)
{
	struct mount *mount = mount_of(BPF_CORE_READ(file, f_path.mnt));

	return BPF_CORE_READ(mount, mnt_id);
}

static __always_inline bool is_ignored(const struct cl_watch *w, struct file *file, struct inode *inode)
{
	return w->state == CL_WATCH_IGNORED && w->known_ctime == ctime_of(inode) && w->mount == mount_id(file);
}

/* FNV-1a 64 of a directory's name, as base/text.c makes it. */
static __always_inline __u64 name_hash(const unsigned char *directory)
{
	__u64 hash = 0xcbf29ce484222325ull;
	char name[CL_NAME_MAX] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), directory);
	for (int i = 0; i < CL_NAME_MAX; i++) {
		if (!name[i])
			break;
		hash = (hash ^ (__u8)name[i]) * 0x100000001b3ull;
	}
	return hash;
}

static __noinline bool parent_matches(const struct cl_name_rule *rule, const unsigned char *directory)
{
	__u64 hash;

	if (!rule)
		return false;
	if (!rule->parents)
		return true;
	hash = name_hash(directory);
	for (__u32 i = 0; i < CL_NAME_PARENTS; i++) {
		if (i < rule->parents && rule->parent[i] == hash)
			return true;
	}
	return false;
}

static __noinline bool affix_listed(const volatile __u32 *list, __u32 word)
{
	for (int i = 0; i < CL_AFFIX_MAX; i++) {
		if (list[i] == word)
			return true;
	}
	return false;
}

#define affix_bit(word) (1ull << (((__u32)(word)*0x9e3779b1u) >> 26))

static __noinline bool exact_matches(const unsigned char *name, __u32 len, const unsigned char *directory)
{
	struct cl_name_key key = {};

	if (len >= CL_NAME_MAX)
		return false;
	bpf_probe_read_kernel(key.name, len & (CL_NAME_MAX - 1), name);
	return parent_matches(bpf_map_lookup_elem(&watched_names, &key), directory);
}

enum { NOT_LISTED = 0, LISTED_IN_DIRECTORY, LISTED_ANYWHERE };

/* The first and last four bytes decide: kernel names are never shorter than four bytes of memory. */
static __always_inline int how_listed(const unsigned char *name, __u32 len)
{
	__u32 first = 0, last = 0;

	bpf_probe_read_kernel(&first, sizeof(first), name);
	if (len < 4)
		last = first &= (1u << (8 * (len & 3))) - 1;
	else
		bpf_probe_read_kernel(&last, sizeof(last), name + len - 4);
	if (len >= 4 && (((prefix_mask & affix_bit(first)) && affix_listed(prefixes, first)) ||
			 ((suffix_mask & affix_bit(last)) && affix_listed(suffixes, last))))
		return LISTED_ANYWHERE;
	return name_marks[CL_NAME_PLACE(first, last, len)] ? LISTED_IN_DIRECTORY : NOT_LISTED;
}

#define MOUNTS_ON_MOUNTS 4

struct place {
	struct dentry *dentry;
	struct mount *mount;
};

/* The root of a mount has a name of its own file system; in the tree it is called as what it is mounted on. */
static __always_inline void leave_root(struct place *p)
{
	for (int i = 0; i < MOUNTS_ON_MOUNTS && p->dentry == GET(struct mount, p->mount, mnt.mnt_root); i++) {
		p->dentry = GET(struct mount, p->mount, mnt_mountpoint);
		p->mount = GET(struct mount, p->mount, mnt_parent);
	}
}

/* By the names that its path has: a volume at ~/.aws, a file mounted over ~/.docker/config.json. */
static __noinline bool matches_as_mounted(struct dentry *dentry, struct vfsmount *mnt)
{
	struct place at = {.dentry = dentry, .mount = mount_of(mnt)};
	const unsigned char *name;
	__u32 len;
	int how;

	leave_root(&at);
	name = GET(struct dentry, at.dentry, d_name.name);
	len = GET(struct dentry, at.dentry, d_name.len);
	how = how_listed(name, len);
	if (how != LISTED_IN_DIRECTORY)
		return how == LISTED_ANYWHERE;
	at.dentry = GET(struct dentry, at.dentry, d_parent);
	leave_root(&at);
	return exact_matches(name, len, GET(struct dentry, at.dentry, d_name.name));
}

/* By the names of its own file system, which are those of its path but at the root of a mount. */
static __always_inline bool name_matches(struct file *file)
{
	struct dentry *dentry = FGET(struct file, file, f_path.dentry), *parent;
	const unsigned char *name = FGET(struct dentry, dentry, d_name.name);
	__u32 len = FGET(struct dentry, dentry, d_name.len);
	int how = how_listed(name, len);
	struct vfsmount *mnt;

	if (how == LISTED_ANYWHERE)
		return true;
	mnt = FGET(struct file, file, f_path.mnt);
	if (how == NOT_LISTED)
		return dentry == FGET(struct vfsmount, mnt, mnt_root) && matches_as_mounted(dentry, mnt);
	parent = FGET(struct dentry, dentry, d_parent);
	if (exact_matches(name, len, FGET(struct dentry, parent, d_name.name)))
		return true;
	return (dentry == FGET(struct vfsmount, mnt, mnt_root) || parent == FGET(struct vfsmount, mnt, mnt_root)) &&
	       matches_as_mounted(dentry, mnt);
}

static __always_inline void fill_key(struct cl_inode_key *key, struct inode *inode)
{
	struct super_block *sb = FGET(struct inode, inode, i_sb);

	key->ino = FGET(struct inode, inode, i_ino);
	key->dev = FGET(struct super_block, sb, s_dev);
	key->pad = 0;
}

static __always_inline struct cl_watch *find_watch(struct inode *inode)
{
	struct super_block *sb = FGET(struct inode, inode, i_sb);
	struct cl_inode_key key;
	__u64 ino = FGET(struct inode, inode, i_ino);
	__u32 dev = FGET(struct super_block, sb, s_dev);

	if (!inode_marks[CL_INODE_PLACE(ino, dev)])
		return NULL;
	key.ino = ino;
	key.dev = dev;
	key.pad = 0;
	return bpf_map_lookup_elem(&watched_inodes, &key);
}

/* Its name is one to look for. Out of line: nearly no open comes here, and those that do not are to pay nothing for it. */
static __noinline struct cl_watch *watch_new(struct file *file, struct inode *inode)
{
	struct cl_watch fresh = {.state = CL_WATCH_CANDIDATE, .known_size = -1};
	struct cl_inode_key key;

	fill_key(&key, inode);
	fresh.generation = FGET(struct inode, inode, i_generation);
	fresh.known_ctime = ctime_of(inode);
	fresh.mount = mount_id(file);
	bpf_map_update_elem(&watched_inodes, &key, &fresh, BPF_ANY);
	inode_marks[CL_INODE_PLACE(key.ino, key.dev)] = 1;
	return bpf_map_lookup_elem(&watched_inodes, &key);
}

static __always_inline bool is_directory(struct inode *inode)
{
	return (FGET(struct inode, inode, i_mode) & CL_S_IFMT) == CL_S_IFDIR;
}

/* What an open makes an event for; NULL: nothing. */
static __always_inline struct cl_watch *watch_open(struct file *file, struct inode *inode)
{
	struct cl_watch *w = find_watch(inode);

	if (w && w->generation == FGET(struct inode, inode, i_generation)) {
		if (w->state == CL_WATCH_CANDIDATE || w->state == CL_WATCH_CONFIRMED)
			return w;
		if (is_ignored(w, file, inode))
			return NULL;
	}
	return name_matches(file) && !is_directory(inode) ? watch_new(file, inode) : NULL;
}

static __always_inline struct cl_watch *watch_read(struct inode *inode)
{
	struct cl_watch *w = find_watch(inode);

	if (!w || w->state == CL_WATCH_IGNORED || w->generation != FGET(struct inode, inode, i_generation))
		return NULL;
	return w;
}

static __always_inline __u32 watch_flag(const struct cl_watch *w)
{
	return w->state == CL_WATCH_CANDIDATE ? CL_F_BY_NAME : CL_F_BY_INODE;
}
