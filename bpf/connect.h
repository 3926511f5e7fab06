/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * A connect, whatever hook saw it. The address comes from the kernel's own copy or from the socket; from user memory
 * only when a call failed before either existed.
 */
#pragma once

#include "open.h"

#define CL_IPPROTO_TCP 6

struct connect_record {
	struct cl_connect c;
	char path[112]; /* 108 bytes and the NUL of a string read */
};

static __always_inline long read_address(void *dst, __u32 n, const void *src, bool user)
{
	return user ? bpf_probe_read_user(dst, n, src) : bpf_probe_read_kernel(dst, n, src);
}

static __always_inline bool fill_unix(struct connect_record *r, const void *address, __u64 len, bool user)
{
	const char *path = address + 2;
	__u64 n = len - 2;
	char first = 0;
	long got;

	if (len <= 2 || read_address(&first, 1, path, user))
		return false;
	if (n > CL_UNIX_PATH_MAX)
		n = CL_UNIX_PATH_MAX;
	opaque(n);
	if (n > CL_UNIX_PATH_MAX)
		return false;
	if (!first) {
		r->c.h.flags |= CL_F_ABSTRACT;
		n = (n - 1) & 127;
		if (n >= CL_UNIX_PATH_MAX || read_address(r->path, n, path + 1, user))
			return false;
		r->c.name_len = n;
		return true;
	}
	n++;
	got = user ? bpf_probe_read_user_str(r->path, n, path) : bpf_probe_read_kernel_str(r->path, n, path);
	if (got <= 1)
		return false;
	r->c.name_len = got - 1;
	return true;
}

/* From a sockaddr in kernel or user memory; false when it is none that a connect takes anywhere. */
static __always_inline bool fill_address(struct connect_record *r, const void *address, int addrlen, bool user)
{
	__u64 len = addrlen;
	__u16 family = 0, port = 0;

	if (addrlen < 2 || read_address(&family, 2, address, user))
		return false;
	r->c.family = family;
	if (family == CL_AF_UNIX)
		return fill_unix(r, address, len, user);
	if (family == CL_AF_INET) {
		if (len < 16 || read_address(&port, 2, address + 2, user) ||
		    read_address(r->c.address, 4, address + 4, user))
			return false;
	} else if (family == CL_AF_INET6) {
		if (len < 24 || read_address(&port, 2, address + 2, user) ||
		    read_address(r->c.address, 16, address + 8, user))
			return false;
		if (len >= 28)
			read_address(&r->c.scope, 4, address + 24, user);
	} else {
		return false;
	}
	r->c.port = __builtin_bswap16(port);
	return true;
}

/* From an internet socket that has its destination; false when it has none. */
static __always_inline bool fill_peer(struct connect_record *r, const struct sock *sk)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__u16 port = BPF_CORE_READ(sk, __sk_common.skc_dport);

	r->c.family = family;
	r->c.port = __builtin_bswap16(port);
	if (family == CL_AF_INET) {
		__u32 daddr = BPF_CORE_READ(sk, __sk_common.skc_daddr);

		__builtin_memcpy(r->c.address, &daddr, 4);
		return port || daddr;
	}
	if (family != CL_AF_INET6)
		return false;
	bpf_probe_read_kernel(r->c.address, 16,
			      (const void *)sk + bpf_core_field_offset(struct sock, __sk_common.skc_v6_daddr));
	r->c.scope = 0;
	if (r->c.address[0] == 0xfe && (r->c.address[1] & 0xc0) == 0x80)
		r->c.scope = BPF_CORE_READ(sk, __sk_common.skc_bound_dev_if);
	return port || r->c.address[0] || r->c.address[15];
}

/* From the name that a unix socket's peer is bound to; a relative one means nothing to the connecting process. */
static __always_inline bool fill_unix_peer(struct connect_record *r, const struct sock *sk)
{
	const struct unix_sock *peer = (const void *)BPF_CORE_READ((const struct unix_sock *)sk, peer);
	const struct unix_address *address = BPF_CORE_READ(peer, addr);
	const void *name = (const void *)address + bpf_core_field_offset(struct unix_address, name);

	if (!address || !fill_address(r, name, BPF_CORE_READ(address, len), false))
		return false;
	return (r->c.h.flags & CL_F_ABSTRACT) || r->path[0] == '/';
}

static __always_inline void fill_socket(struct connect_record *r, short type, const struct sock *sk)
{
	r->c.how = CL_CONNECT_CALL;
	r->c.type = type;
	r->c.protocol = BPF_CORE_READ(sk, sk_protocol);
}

static __always_inline void send_connect(struct connect_record *r)
{
	__u64 size = r->c.name_len;
	__u32 flags = r->c.h.flags;

	opaque(size);
	if (size > CL_UNIX_PATH_MAX)
		return;
	size += sizeof(r->c);
	fill_header(&r->c.h, CL_CONNECT, size, flags);
	fill_current(&r->c.h.task);
	output(&credential_events, r, size, CL_CONNECT);
	wake(&credential_events);
}

static __always_inline bool is_watched_connect(void)
{
	return !is_self() && !current_is_kernel_thread();
}
