/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Making and sending records: header, counters, slots, wake-ups. Every record that is not made or not sent counts. */
#pragma once

#include "task.h"

#define LAZY_BYTES (1 << 18)

/* Set by userspace: it drains by the clock, nobody needs to be woken. */
extern volatile __u32 consumer_timed;

/*
 * Counts, per process, the records that may have taught it a credential: what it did before and does again after that
 * is a new act. Processes share a place by chance: then something is told that could have been counted.
 */
#define LEARNT_PLACES 4096
#define LEARNT_MASK (LEARNT_PLACES - 1)
extern volatile __u32 learnt[LEARNT_PLACES];

static __always_inline void count(__u32 kind, __u32 stage)
{
	__u32 index = kind * CL_STAGE_MAX + stage;
	__u64 *counter = bpf_map_lookup_elem(&counters, &index);

	if (counter)
		__sync_fetch_and_add(counter, 1);
}

/* All but the task. */
static __always_inline void fill_header(struct cl_header *h, __u16 kind, __u32 size, __u32 flags)
{
	h->size = size;
	h->kind = kind;
	h->schema = CL_SCHEMA;
	h->flags = flags;
	h->cpu = bpf_get_smp_processor_id();
	h->ts = bpf_ktime_get_boot_ns();
}

/*
 * Wakes the reader, as the last thing that a program does: who is woken may pre-empt the program on a kernel that lets
 * it, and until the program has ended the kernel skips every other run of it on this processor. The wake-up is a record
 * of its own, discarded at once. Not the ring's own choice when to wake: that is only a reader that has read everything
 * before, and records sent without a wake-up would keep later ones waiting.
 */
static __always_inline void wake(void *ring)
{
	void *nothing;

	if (consumer_timed)
		return;
	nothing = bpf_ringbuf_reserve(ring, 8, 0);
	if (nothing)
		bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}

/*
 * For what nothing is judged by alone: only when much has piled up. Long before the ring is full, since there a wake-up
 * would find no room either.
 */
static __always_inline void wake_lazily(void *ring)
{
	__u64 waiting;

	if (consumer_timed)
		return;
	waiting = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);
	if (waiting >= LAZY_BYTES || waiting >= bpf_ringbuf_query(ring, BPF_RB_RING_SIZE) / 4)
		wake(ring);
}

static __always_inline void submit(void *record, __u32 kind)
{
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	count(kind, CL_STAGE_SENT);
}

/*
 * Clears n bytes. A program has no memset of any length; a copy that fails clears the place where it would have gone to,
 * since Linux 5.5, and from above all addresses it fails at once.
 */
static __always_inline void wipe(void *to, __u64 n)
{
	bpf_probe_read_user(to, n, (const void *)-4096l);
}

/* 0 when the record is in the ring. */
static __always_inline long output(void *ring, void *record, __u64 size, __u32 kind)
{
	long err = bpf_ringbuf_output(ring, record, size, BPF_RB_NO_WAKEUP);

	count(kind, err ? CL_STAGE_LOST : CL_STAGE_SENT);
	if (kind == CL_OPEN || kind == CL_READ || kind == CL_RECEIVE)
		learnt[(bpf_get_current_pid_tgid() >> 32) & LEARNT_MASK]++;
	return err;
}
