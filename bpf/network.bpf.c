/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Sockets, fentry tier, and what all tiers have: a TCP socket that begins to connect has its destination in it, fast
 * open included, and says later what became of it. `pending` keeps one act from being told twice.
 */
#include "network_hooks.h"

char LICENSE[] SEC("license") = "GPL";

/* Set by the loader: the security hook tells the act, connect_state only what it did not see. */
const volatile bool connect_by_hook;
const volatile bool connect_by_state; /* connect_state is there */
const volatile bool unix_by_end;      /* the ends of unix connects are */
const volatile __u64 name_seeds[2];

/* ---- TCP's own word: where it goes, and the answer ---- */

static __always_inline bool goes_elsewhere(const struct contact_key *real, const struct contact_key *asked)
{
	const __u64 *a = (const __u64 *)real->address, *b = (const __u64 *)asked->address;

	return a[0] != b[0] || a[1] != b[1] || real->port != asked->port;
}

static __always_inline void begin_tcp(struct sock *sk)
{
	__u64 self = (__u64)sk, thread = bpf_get_current_pid_tgid();
	struct contact_act a = {.key.how = CL_CONNECT_CALL}, *told;
	struct contact_key asked, *from = NULL;

	fill_socket(&a, sk, BPF_CORE_READ(sk, sk_socket));
	if (a.key.protocol != CL_IPPROTO_TCP || !is_watched_connect() || !fill_peer(&a, sk))
		return;
	if (BPF_CORE_READ((const struct tcp_sock *)sk, fastopen_req)) {
		a.key.how = CL_CONNECT_SEND;
	} else if (connect_by_hook) {
		told = bpf_map_lookup_elem(&pending, &self);
		if (told && !goes_elsewhere(&a.key, &told->key))
			return;
		if (told) {
			asked = told->key;
			from = &asked;
			a.key.redirected = 1;
			a.flags = CL_F_REDIRECTED;
		}
	} else {
		bpf_map_update_elem(&connecting, &thread, &self, BPF_ANY);
	}
	a.told = tell(&a, from);
	bpf_map_update_elem(&pending, &self, &a, BPF_ANY);
}

static __always_inline void send_end(const struct contact_act *p, __s32 error)
{
	struct cl_connect_end e = {
		.socket = p->socket,
		.family = p->key.family,
		.type = p->type,
		.protocol = p->key.protocol,
		.port = p->key.port,
		.scope = p->scope,
		.error = error,
	};

	fill_header(&e.h, CL_CONNECT_END, sizeof(e), 0);
	e.h.task.start = p->key.start;
	e.h.task.tgid = p->key.tgid;
	__builtin_memcpy(e.address, p->key.address, sizeof(e.address));
	output(&credential_events, &e, sizeof(e), CL_CONNECT_END);
	wake_lazily(&credential_events);
}

/* In whatever task or interrupt brought the answer. The same answer to a connect that was not told is not told. */
static __always_inline void end_tcp(struct sock *sk, bool established)
{
	__u64 self = (__u64)sk;
	struct contact_act *p = bpf_map_lookup_elem(&pending, &self);
	struct contact *contact;
	__s32 error = 0;

	if (!p)
		return;
	if (!established)
		error = BPF_CORE_READ(sk, sk_err) ?: CL_ECANCELED;
	contact = bpf_map_lookup_elem(&contacts, &p->key);
	if (contact && !p->told && contact->outcome == error) {
		count(CL_CONNECT_END, CL_STAGE_REPEATED);
	} else {
		if (contact)
			contact->outcome = error;
		send_end(p, error);
	}
	bpf_map_delete_elem(&pending, &self);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(connect_state, struct sock *sk, int old, int new)
{
	if (new == CL_TCP_SYN_SENT)
		begin_tcp(sk);
	else if (old == CL_TCP_SYN_SENT)
		end_tcp(sk, new != CL_TCP_CLOSE);
	return 0;
}
