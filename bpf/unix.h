/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Unix sockets. The name that was asked for is a hint: relative, through a symbolic link, in another mount namespace.
 * The socket that was reached knows better: the inode that it is bound to, and where that is now.
 */
#pragma once

#include "connect.h"
#include "path.h"

/* Set by the loader. Secret, so that nobody makes names that count as the same. */
extern const volatile __u64 name_seeds[2];

#define NAME_WORDS 14 /* of a name with its padding */
#define CL_SUN_PATH 2 /* where the name begins in a sockaddr_un */

/* The address is in user memory. With the manner of the act in one argument: a function of 5.10 takes five. */
#define ADDRESS_IN_USER 0x100

/* Where a slot keeps an act that is not told yet: behind the longest path and name. On the stack is no room for it. */
#define ACT_AT 8192
_Static_assert(CL_PATH_MAX + CL_UNIX_PATH_MAX < ACT_AT && ACT_AT + sizeof(struct contact_act) <= FILE_ROOM, "ACT_AT");

/* Bytes of the name, not counting the NUL at either end; 0: none. Names start with a NUL in the abstract name space. */
static __always_inline __u32 read_name(struct cl_connect *c, __u8 *to, const void *address, __u32 len, bool user)
{
	const void *name = address + CL_SUN_PATH;
	__u64 n = (__u64)len - CL_SUN_PATH;
	__u8 first = 0;
	long got;

	if (len <= CL_SUN_PATH || read_address(&first, 1, name, user))
		return 0;
	if (n > CL_UNIX_PATH_MAX)
		n = CL_UNIX_PATH_MAX;
	opaque(n);
	if (n > CL_UNIX_PATH_MAX)
		return 0;
	if (user)
		c->h.flags |= CL_F_ADDRESS_FROM_USER;
	if (!first) {
		c->h.flags |= CL_F_ABSTRACT;
		n = (n - 1) & 127;
		return n >= CL_UNIX_PATH_MAX || read_address(to, n, name + 1, user) ? 0 : n;
	}
	n++;
	got = user ? bpf_probe_read_user_str(to, n, name) : bpf_probe_read_kernel_str(to, n, name);
	return got <= 1 ? 0 : got - 1;
}

/* Each word has its own secret multiplier: without them nobody finds two names of the same hash. */
static __always_inline __u64 hash_name(const __u8 *name, __u64 seed)
{
	const __u64 *word = (const __u64 *)name;
	__u64 hash = seed;

	for (int i = 0; i < NAME_WORDS; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		hash += (word[i] ^ (word[i] >> 32)) * (seed | 1);
	}
	return hash ^ (hash >> 29);
}

/* In place of an address: the file, which has one inode whatever its names are; a hash of the name where it has none. */
static __always_inline void fill_identity(struct contact_key *key, const struct cl_connect *c, const __u8 *name)
{
	__u64 *id = (__u64 *)key->address;

	id[0] = c->ino ?: hash_name(name, name_seeds[0]);
	id[1] = c->ino ? c->dev : hash_name(name, name_seeds[1]);
}

static __always_inline void fill_bound(struct cl_connect *c, const struct dentry *dentry)
{
	const struct inode *inode = BPF_CORE_READ(dentry, d_inode);

	c->ino = BPF_CORE_READ(inode, i_ino);
	c->dev = BPF_CORE_READ(inode, i_sb, s_dev);
}

/* The path goes where the name was, the name behind it. */
static __always_inline bool append_path(struct file_slot *s, __u32 index, struct dentry *dentry, struct vfsmount *mnt)
{
	struct cl_connect *c = &s->connect;
	__u64 len;

	walk_begin_at(&s->walk, dentry, mnt);
	walk_file(index);
	len = *(volatile __u64 *)&s->walk.off;
	opaque(len);
	if (len >= CL_PATH_MAX)
		return false;
	c->path_len = len;
	c->h.flags |= s->walk.flags;
	return true;
}

/* False: nothing to tell. What decides that is the inode, or the name where there is none. */
static __always_inline bool is_new_unix(struct file_slot *s, struct contact_act *a, const struct dentry *dentry,
					const void *address, __u32 len, __u32 how)
{
	struct cl_connect *c = &s->connect;

	c->ino = c->dev = c->h.flags = 0;
	__builtin_memset(a, 0, sizeof(*a));
	__builtin_memset(s->data, 0, NAME_WORDS * 8);
	if (dentry)
		fill_bound(c, dentry);
	if (!read_name(c, s->data, address, len, how & ADDRESS_IN_USER) && !c->ino)
		return false;
	a->key.how = how;
	a->key.family = CL_AF_UNIX;
	fill_contact_actor(&a->key);
	fill_identity(&a->key, c, s->data);
	return is_new_contact(&a->key, &a->repeats);
}

static __always_inline void send_unix(struct file_slot *s, const struct contact_act *a)
{
	struct cl_connect *c = &s->connect;
	__u64 size = c->path_len + c->name_len;
	__u32 flags = c->h.flags;

	opaque(size);
	if (size > CL_PATH_MAX + CL_UNIX_PATH_MAX)
		return;
	size += sizeof(*c);
	fill_header(&c->h, CL_CONNECT, size, flags);
	if (output(&credential_events, c, size, CL_CONNECT))
		forget_contact(&a->key, a->repeats);
	wake(&credential_events);
}

static __always_inline void tell_unix_in(struct file_slot *s, __u32 index, const struct sock *sk,
					 const struct unix_sock *peer, const void *address, __u32 len, __u32 how)
{
	struct dentry *dentry = peer ? BPF_CORE_READ(peer, path.dentry) : NULL;
	struct contact_act *a = (void *)(s->data + ACT_AT);
	struct cl_connect *c = &s->connect;
	__u64 end = 0;

	if (!is_new_unix(s, a, dentry, address, len, how))
		return;
	a->type = BPF_CORE_READ(sk, sk_type);
	a->socket = socket_inode(BPF_CORE_READ(sk, sk_socket));
	fill_connect(c, a);
	if (dentry) {
		fill_bound(c, dentry);
		if (!append_path(s, index, dentry, BPF_CORE_READ(peer, path.mnt)))
			return;
		end = c->path_len;
	}
	opaque(end);
	if (end < CL_PATH_MAX)
		c->name_len = read_name(c, s->data + end, address, len, how & ADDRESS_IN_USER);
	send_unix(s, a);
}

/* peer: the socket that was reached; NULL: none, or not known. address: the sockaddr_un that was asked for. */
static __noinline int tell_unix(const struct sock *sk, const struct sock *peer, const void *address, __u32 len,
				__u32 how)
{
	struct file_slot *s;
	__u32 index;

	if (!is_watched_connect())
		return 0;
	s = take_file_slot(CL_CONNECT, &index);
	if (!s)
		return 0;
	tell_unix_in(s, index, sk, (const struct unix_sock *)peer, address, len, how);
	give_file_slot(s, &index);
	return 0;
}
