/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * The tracepoint tier's view of sockets, at the end of a system call. Where a connect went and who came is read from
 * the socket; where a message was sent is in the caller's memory only, and the record says so. Included once.
 *
 * Global functions of numbers: the verifier looks at each once and not anew for every caller.
 */
#pragma once

#include "unix.h"

#define MESSAGES_MAX 1024 /* as many as the kernel sends in one call */

extern const volatile bool connect_by_state;

/* NULL when the descriptor is none of a socket. */
static __always_inline struct socket *socket_of(__u32 fd)
{
	struct file *file = file_of(fd);

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & CL_S_IFMT) != CL_S_IFSOCK)
		return NULL;
	return BPF_CORE_READ(file, private_data);
}

/* ---- connect ---- */

/* A TCP socket's connect was told when it began; only one that failed before that is left. */
static __always_inline bool is_told(const struct sock *sk, long ret)
{
	__u64 thread = bpf_get_current_pid_tgid(), *told = bpf_map_lookup_elem(&connecting, &thread);

	if (told) {
		bool same = *told == (__u64)sk;

		bpf_map_delete_elem(&connecting, &thread);
		if (same)
			return true;
	}
	return connect_by_state && BPF_CORE_READ(sk, sk_protocol) == CL_IPPROTO_TCP &&
	       (!ret || BPF_CORE_READ(sk, __sk_common.skc_state) != CL_TCP_CLOSE);
}

static __always_inline bool is_unix_address(const void *address)
{
	__u16 family = 0;

	return !bpf_probe_read_user(&family, sizeof(family), address) && family == CL_AF_UNIX;
}

static __always_inline void connect_unix_exit(const struct sock *sk, const void *address, __u32 len, long ret)
{
	const struct unix_sock *peer = NULL;
	const struct unix_address *bound;

	if (!is_unix_address(address)) /* an unspecified one takes a datagram socket's peer away */
		return;
	if (!ret)
		peer = (const void *)BPF_CORE_READ((const struct unix_sock *)sk, peer);
	if (!peer || BPF_CORE_READ(peer, path.dentry)) {
		tell_unix(sk, (const void *)peer, address, len, CL_CONNECT_CALL | ADDRESS_IN_USER);
		return;
	}
	/* an abstract name has no other form than the one that its owner gave it */
	bound = BPF_CORE_READ(peer, addr);
	tell_unix(sk, NULL, (const void *)bound + bpf_core_field_offset(struct unix_address, name),
		  BPF_CORE_READ(bound, len), CL_CONNECT_CALL);
}

__noinline int connect_inet_exit(__u64 at, __u64 own, long ret, __u64 address, __u32 len)
{
	struct contact_act a = {.key.how = CL_CONNECT_CALL};
	const struct sock *sk = (const void *)own;

	if (is_told(sk, ret))
		return 0;
	fill_socket(&a, sk, (const void *)at);
	if (ret) {
		a.flags = CL_F_ADDRESS_FROM_USER;
		if (!fill_address(&a, sk, (const void *)address, len, true))
			return 0;
	} else if (!fill_peer(&a, sk)) {
		return 0;
	}
	return tell(&a, NULL);
}

__noinline int connect_exit(__u32 fd, long ret, __u64 address, __u32 len)
{
	struct socket *sock = socket_of(fd);
	struct sock *sk;

	if (!sock || !is_watched_connect())
		return 0;
	sk = BPF_CORE_READ(sock, sk);
	if (BPF_CORE_READ(sk, __sk_common.skc_family) != CL_AF_UNIX)
		return connect_inet_exit((__u64)sock, (__u64)sk, ret, address, len);
	connect_unix_exit(sk, (const void *)address, len, ret);
	return 0;
}

/* ---- send ---- */

__noinline int send_inet_exit(__u64 at, __u64 own, __u64 address, __u32 len)
{
	struct contact_act a = {.key.how = CL_CONNECT_SEND, .flags = CL_F_ADDRESS_FROM_USER};
	const struct sock *sk = (const void *)own;

	fill_socket(&a, sk, (const void *)at);
	/* TCP looks at an address for fast open only, and that connects */
	if (a.key.protocol != CL_IPPROTO_TCP && fill_address(&a, sk, (const void *)address, len, true))
		tell(&a, NULL);
	return 0;
}

static __always_inline void send_exit(const struct socket *sock, __u64 address, __u32 len)
{
	const struct sock *sk = BPF_CORE_READ(sock, sk);

	if (BPF_CORE_READ(sk, __sk_common.skc_family) != CL_AF_UNIX)
		send_inet_exit((__u64)sock, (__u64)sk, address, len);
	else if (BPF_CORE_READ(sk, sk_type) == CL_SOCK_DGRAM && is_unix_address((const void *)address))
		tell_unix(sk, NULL, (const void *)address, len, CL_CONNECT_SEND | ADDRESS_IN_USER);
}

__noinline int sendto_exit(__u32 fd, __u64 address, __u32 len)
{
	struct socket *sock = socket_of(fd);

	if (sock && is_watched_connect())
		send_exit(sock, address, len);
	return 0;
}

/* The address of a struct msghdr in the caller's memory; 0: none. */
static __always_inline __u64 message_address(__u64 message, bool compat, __u32 *len)
{
	__u32 narrow[2];
	__u64 wide[2];

	if (compat) {
		if (bpf_probe_read_user(narrow, sizeof(narrow), (void *)message))
			return 0;
		*len = narrow[1];
		return narrow[0];
	}
	if (bpf_probe_read_user(wide, sizeof(wide), (void *)message))
		return 0;
	*len = wide[1];
	return wide[0];
}

__noinline int message_exit(__u64 sock, __u64 message, __u32 compat)
{
	__u32 len = 0;
	__u64 address = message_address(message, compat, &len);

	if (address)
		send_exit((const void *)sock, address, len);
	return 0;
}

__noinline int messages_exit(__u32 fd, __u64 vector, __u32 n, __u32 compat)
{
	__u64 step = compat ? 32 : 64, sock = (__u64)socket_of(fd);

	if (!sock || !is_watched_connect())
		return 0;
	for (__u32 i = 0; i < MESSAGES_MAX; i++) {
		if (i >= n)
			break;
		message_exit(sock, vector, compat);
		vector += step;
	}
	return 0;
}

/* ---- accept ---- */

__noinline int accept_exit(__u32 fd)
{
	struct socket *sock = socket_of(fd);

	if (sock)
		on_accept(BPF_CORE_READ(sock, sk), sock);
	return 0;
}
