/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Connects, fentry tier, and what all tiers have: a TCP socket that begins to connect has its destination in it, fast
 * open included; `connecting` keeps one act from being told twice.
 */
#include "network_hooks.h"

char LICENSE[] SEC("license") = "GPL";

/* Set by the loader: the security hook tells the act, connect_state only what it did not see. */
const volatile bool connect_by_hook;
const volatile bool connect_by_state; /* connect_state is there */

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(connect_state, struct sock *sk, int old, int new)
{
	__u64 thread = bpf_get_current_pid_tgid(), self = (__u64)sk, *told;
	struct connect_record r = {};

	if (new != CL_TCP_SYN_SENT || !is_watched_connect())
		return 0;
	fill_socket(&r, BPF_CORE_READ(sk, sk_type), sk);
	if (r.c.protocol != CL_IPPROTO_TCP)
		return 0;
	if (connect_by_hook) {
		told = bpf_map_lookup_elem(&connecting, &thread);
		if (told && *told == self) {
			bpf_map_delete_elem(&connecting, &thread);
			return 0;
		}
	} else {
		bpf_map_update_elem(&connecting, &thread, &self, BPF_ANY);
	}
	if (fill_peer(&r, sk))
		send_connect(&r);
	return 0;
}
