/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * What was read of a ring stays in its memory until newer records come to lie there, and userspace may map it for
 * reading only. So userspace lets this run: each run sends empty records over the old ones. It is an iterator over one
 * element because that is what every kernel runs when it is asked to.
 */
#include "record.h"

char LICENSE[] SEC("license") = "GPL";

extern volatile __u32 consumer_timed;

/* Set by userspace before each run: how many pieces, and whether they lie where old records do. */
volatile __u32 wipe_pieces[CL_WIPE_RINGS];
volatile __u32 wipe_clears;

static __always_inline void send_nothing(void *ring, __u32 pieces)
{
	for (__u32 i = 0; i < CL_WIPE_PIECES; i++) {
		void *piece;

		if (i >= pieces)
			return;
		piece = bpf_ringbuf_reserve(ring, CL_WIPE_PIECE - 8, 0);
		if (!piece)
			return;
		if (wipe_clears)
			wipe(piece, CL_WIPE_PIECE - 8);
		bpf_ringbuf_discard(piece, BPF_RB_NO_WAKEUP);
	}
}

SEC("iter/bpf_map_elem")
int wipe_rings(struct bpf_iter__bpf_map_elem *ctx)
{
	if (!ctx->key) /* the end of the list */
		return 0;
	send_nothing(&process_events, wipe_pieces[0]);
	send_nothing(&credential_events, wipe_pieces[1]);
	return 0;
}
