/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Connects, sends to an address and accepts, by the kernel's own functions (hook.h), which have the kernel's copy of the
 * address. A unix connect is told at its end, when the socket that it reached is known.
 */
#pragma once

#include "hook.h"
#include "unix.h"

#ifdef HOOKS_KPROBE
#define TYPED(pointer, field) BPF_CORE_READ(pointer, field)
#else
#define TYPED(pointer, field) ((pointer)->field)
#endif

extern const volatile bool unix_by_end;

/* ---- connects ---- */

static __always_inline void connect_unix(struct socket *sock, const void *address, int len, bool reached)
{
	const struct sock *sk = BPF_CORE_READ(sock, sk);
	const struct sock *peer = reached ? BPF_CORE_READ((const struct unix_sock *)sk, peer) : NULL;

	tell_unix(sk, peer, address, len, CL_CONNECT_CALL);
}

static __always_inline void connect_tcp(const struct sock *sk, struct contact_act *a)
{
	__u64 self = (__u64)sk;

	if (BPF_CORE_READ(sk, __sk_common.skc_state) != CL_TCP_CLOSE)
		return; /* asks again how a connect that began before is doing */
	a->told = tell(a, NULL);
	bpf_map_update_elem(&pending, &self, a, BPF_ANY);
}

static __always_inline void on_connect(struct socket *sock, const void *address, int len)
{
	struct contact_act a = {.key.how = CL_CONNECT_CALL};
	struct sock *sk = BPF_CORE_READ(sock, sk);

	if (BPF_CORE_READ(sk, __sk_common.skc_family) == CL_AF_UNIX) {
		if (!unix_by_end)
			connect_unix(sock, address, len, false);
		return;
	}
	if (!is_watched_connect() || !fill_address(&a, sk, address, len, false))
		return;
	fill_socket(&a, sk, sock);
	if (a.key.protocol == CL_IPPROTO_TCP)
		connect_tcp(sk, &a);
	else
		tell(&a, NULL);
}

AT_ENTRY(connect, security_socket_connect, struct socket *sock, struct sockaddr *address, int len)
{
	on_connect(sock, address, len);
	return 0;
}

AT_RETURN(unix_stream, unix_stream_connect, 4, always)
{
	connect_unix((struct socket *)args[0], (const void *)args[1], args[2], !(int)ret);
	return 0;
}

/* A datagram socket takes its peer's name for the address of all that it sends; another family takes it away. */
AT_RETURN(unix_dgram, unix_dgram_connect, 4, always)
{
	__u16 family = 0;

	bpf_probe_read_kernel(&family, sizeof(family), (const void *)args[1]);
	if (family == CL_AF_UNIX)
		connect_unix((struct socket *)args[0], (const void *)args[1], args[2], !(int)ret);
	return 0;
}

/* ---- sends to an address ---- */

static __always_inline void on_send(const struct sock *sk, const void *address, int len)
{
	struct contact_act a = {.key.how = CL_CONNECT_SEND};

	if (BPF_CORE_READ(sk, __sk_common.skc_family) == CL_AF_UNIX) {
		if (BPF_CORE_READ(sk, sk_type) == CL_SOCK_DGRAM)
			tell_unix(sk, NULL, address, len, CL_CONNECT_SEND);
		return;
	}
	fill_socket(&a, sk, BPF_CORE_READ(sk, sk_socket));
	/* TCP looks at an address for fast open only, and that connects */
	if (a.key.protocol != CL_IPPROTO_TCP && is_watched_connect() && fill_address(&a, sk, address, len, false))
		tell(&a, NULL);
}

/* Nearly no send has an address, and all come here. */
AT_ENTRY(send, security_socket_sendmsg, struct socket *sock, struct msghdr *msg)
{
	const void *name = TYPED(msg, msg_name);

	if (name)
		on_send(TYPED(sock, sk), name, TYPED(msg, msg_namelen));
	return 0;
}

/* ---- accepts ---- */

/* A new socket gets the connection that came: in the task that accepts, and with the peer in it. */
AT_ENTRY(accept, security_sock_graft, struct sock *sk, struct socket *parent)
{
	on_accept(sk, parent);
	return 0;
}
