/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A connect, a send to an address or an accept, whatever hook saw it. The address comes from the kernel's own copy or
 * from the socket; from user memory only where neither has it.
 */
#pragma once

#include "contact.h"

#define CL_IPPROTO_TCP 6
#define LOOPBACK4 __builtin_bswap32(0x7f000001)
#define LINK_LOCAL(address) ((address)[0] == 0xfe && ((address)[1] & 0xc0) == 0x80)

static __always_inline bool is_watched_connect(void)
{
	return !is_self() && !current_is_kernel_thread();
}

static __always_inline long read_address(void *dst, __u32 n, const void *src, bool user)
{
	return user ? bpf_probe_read_user(dst, n, src) : bpf_probe_read_kernel(dst, n, src);
}

/* Of the open file that it is. */
static __always_inline __u64 socket_inode(const struct socket *sock)
{
	const struct socket_alloc *whole = (const void *)sock - bpf_core_field_offset(struct socket_alloc, socket);

	return sock ? BPF_CORE_READ(whole, vfs_inode.i_ino) : 0;
}

static __always_inline void fill_socket(struct contact_act *a, const struct sock *sk, const struct socket *sock)
{
	a->type = BPF_CORE_READ(sk, sk_type);
	a->key.protocol = BPF_CORE_READ(sk, sk_protocol);
	a->socket = socket_inode(sock);
}

/* To no address at all means to this host: the kernel sends it to where the socket is bound, else to loopback. */
static __always_inline void fill_any(struct contact_key *key, const struct sock *sk)
{
	__u32 *word = (__u32 *)key->address;

	if (key->family == CL_AF_INET) {
		if (!word[0])
			word[0] = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr) ?: LOOPBACK4;
	} else if (!word[0] && !word[1] && !word[3]) {
		word[3] = word[2] ? LOOPBACK4 : __builtin_bswap32(1); /* ::ffff:0.0.0.0, :: */
	}
}

/* From an internet sockaddr in kernel or user memory; false when it is none that a socket takes anywhere. */
static __always_inline bool fill_address(struct contact_act *a, const struct sock *sk, const void *address, int len,
					 bool user)
{
	struct contact_key *key = &a->key;
	__u16 family = 0, port = 0;

	if (len < 16 || read_address(&family, 2, address, user) || read_address(&port, 2, address + 2, user))
		return false;
	if (family == CL_AF_UNSPEC && key->how == CL_CONNECT_SEND &&
	    BPF_CORE_READ(sk, __sk_common.skc_family) == CL_AF_INET)
		family = CL_AF_INET; /* UDP takes it for that */
	key->family = family;
	key->port = __builtin_bswap16(port);
	if (family == CL_AF_INET) {
		if (read_address(key->address, 4, address + 4, user))
			return false;
	} else if (family == CL_AF_INET6) {
		if (len < 24 || read_address(key->address, 16, address + 8, user))
			return false;
		if (len >= 28 && LINK_LOCAL(key->address))
			read_address(&a->scope, 4, address + 24, user);
	} else {
		return false;
	}
	fill_any(key, sk);
	return true;
}

/* From an internet socket that has its peer; false when it has none. */
static __always_inline bool fill_peer(struct contact_act *a, const struct sock *sk)
{
	__u16 port = BPF_CORE_READ(sk, __sk_common.skc_dport);
	struct contact_key *key = &a->key;
	bool some = port;

	key->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	key->port = __builtin_bswap16(port);
	if (key->family == CL_AF_INET) {
		__u32 daddr = BPF_CORE_READ(sk, __sk_common.skc_daddr);

		__builtin_memcpy(key->address, &daddr, 4);
		some |= daddr != 0;
	} else if (key->family == CL_AF_INET6) {
		bpf_probe_read_kernel(key->address, 16,
				      (const void *)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_daddr));
		if (LINK_LOCAL(key->address))
			a->scope = BPF_CORE_READ(sk, __sk_common.skc_bound_dev_if);
		some |= key->address[0] || key->address[15];
	} else {
		return false;
	}
	fill_any(key, sk);
	return some;
}

/* What every connect record has but its header's size and time. */
static __always_inline void fill_connect(struct cl_connect *c, const struct contact_act *a)
{
	__builtin_memset(c, 0, sizeof(*c));
	c->h.flags = a->flags;
	c->family = a->key.family;
	c->type = a->type;
	c->protocol = a->key.protocol;
	c->port = a->key.port;
	c->scope = a->scope;
	c->socket = a->socket;
	c->how = a->key.how;
	c->repeats = a->repeats;
	fill_current(&c->h.task);
}

/*
 * An internet address: 1 when it was told, 0 when it was only counted. *asked, for a redirected connect: where it was
 * to go.
 */
static __noinline int tell(struct contact_act *a, const struct contact_key *asked)
{
	struct cl_connect *c;

	if (!a)
		return 0;
	fill_contact_actor(&a->key);
	if (!is_new_contact(&a->key, &a->repeats))
		return 0;
	c = bpf_ringbuf_reserve(&credential_events, sizeof(*c), 0);
	if (!c) {
		count(CL_CONNECT, CL_STAGE_LOST);
		forget_contact(&a->key, a->repeats);
		return 0;
	}
	fill_connect(c, a);
	__builtin_memcpy(c->address, a->key.address, sizeof(c->address));
	if (asked) {
		__builtin_memcpy(c->asked, asked->address, sizeof(c->asked));
		c->asked_port = asked->port;
	}
	fill_header(&c->h, CL_CONNECT, sizeof(*c), a->flags);
	submit(c, CL_CONNECT);
	wake(&credential_events);
	return 1;
}

/* A peer that came: its address, and the port that it came to. */
static __always_inline void on_accept(const struct sock *sk, const struct socket *sock)
{
	struct contact_act a = {.key.how = CL_CONNECT_ACCEPT};

	if (!is_watched_connect() || !fill_peer(&a, sk))
		return;
	fill_socket(&a, sk, sock);
	a.key.port = BPF_CORE_READ(sk, __sk_common.skc_num);
	tell(&a, NULL);
}
