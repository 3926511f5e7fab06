/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Connects, at the security hook, which has the kernel's copy of the address. */
#pragma once

#include "connect.h"
#include "hook.h"

AT_ENTRY(connect, security_socket_connect, struct socket *sock, struct sockaddr *address, int addrlen)
{
	__u64 thread = bpf_get_current_pid_tgid(), sk = (__u64)BPF_CORE_READ(sock, sk);
	struct connect_record r = {};

	if (!is_watched_connect() || !fill_address(&r, address, addrlen, false))
		return 0;
	fill_socket(&r, BPF_CORE_READ(sock, type), (struct sock *)sk);
	if (r.c.protocol == CL_IPPROTO_TCP) {
		if (BPF_CORE_READ((struct sock *)sk, __sk_common.skc_state) != CL_TCP_CLOSE)
			return 0; /* asks again how a connect that began before is doing */
		bpf_map_update_elem(&connecting, &thread, &sk, BPF_ANY);
	}
	send_connect(&r);
	return 0;
}
