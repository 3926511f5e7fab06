/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What was told of late. A process that goes to the same place again within a second is counted and not told, unless it
 * learnt something since (`learnt`: it opened, read or received a watched file, or runs another program): then the same
 * place is another act. What was counted travels in the next record.
 */
#pragma once

#include "open.h"

#define CL_UNANSWERED (-1)

struct contact_key {
	__u64 start;
	__u32 tgid;
	__u32 image;	  /* number of this exec */
	__u8 address[16]; /* unix: inode and device, or a hash of the name */
	__u16 port;
	__u16 protocol;
	__u8 family;
	__u8 how;
	__u8 redirected;
	__u8 pad;
};

struct contact {
	__u64 told;
	__u32 repeats;
	__u32 learnt;
	__s32 outcome;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct contact_key);
	__type(value, struct contact);
} contacts SEC(".maps") __weak;

/* One act on a socket, on its way into a record. The stack has no room for the record itself. */
struct contact_act {
	struct contact_key key;
	__u64 socket;
	__u32 scope;
	__u32 flags;
	__u32 repeats;
	__u16 type;
	__u8 told;
	__u8 pad;
};

/* Connects that wait for their answer, by socket. Least recently used goes first: its answer is not told. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct contact_act);
} pending SEC(".maps") __weak;

static __always_inline void fill_contact_actor(struct contact_key *key)
{
	key->start = current_start();
	key->tgid = bpf_get_current_pid_tgid() >> 32;
	key->image = current_image();
}

/* False: the same as before, and counted. *before: how many were, up to this one. */
static __always_inline bool is_new_contact(const struct contact_key *key, __u32 *before)
{
	struct contact fresh = {.told = bpf_ktime_get_boot_ns(), .outcome = CL_UNANSWERED}, *old;

	*before = 0;
	fresh.learnt = learnt[key->tgid & LEARNT_MASK];
	old = bpf_map_lookup_elem(&contacts, key);
	if (!old) {
		bpf_map_update_elem(&contacts, key, &fresh, BPF_ANY);
		return true;
	}
	if (fresh.told - old->told < REPEAT_NS && fresh.learnt == old->learnt) {
		__sync_fetch_and_add(&old->repeats, 1);
		count(CL_CONNECT, CL_STAGE_REPEATED);
		return false;
	}
	old->told = fresh.told;
	old->learnt = fresh.learnt;
	old->outcome = CL_UNANSWERED;
	*before = old->repeats;
	__sync_fetch_and_add(&old->repeats, -*before); /* an exchange needs more than 5.10 has */
	return true;
}

/* Its record did not get through: the next one is told, whenever it comes, and counts this one. */
static __always_inline void forget_contact(const struct contact_key *key, __u32 before)
{
	struct contact *old = bpf_map_lookup_elem(&contacts, key);

	if (!old)
		return;
	old->told = 0;
	__sync_fetch_and_add(&old->repeats, before + 1);
}
