/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Where a credential may go next: files that a process which holds one has open to write to. From then on their reads
 * are told, by whomever. What is told of it is in write.bpf.c, once for all hooks.
 */
#pragma once

#include "tag.h"

/* Global functions of numbers: see path.h. */
int tell_write(__u64 file, __u64 user_name);
int hold_tag(__u32 unused);
int sweep_writes(__u32 n); /* of descriptors, from 0 */
#define CL_SWEPT_DESCRIPTORS 16

/*
 * The process opens or reads a store: what it writes from now on is told. Before the act is told, so that no answer to
 * an earlier one takes it back. What it has open to write follows the act: sweep_taken().
 */
static __always_inline void take_tag(const struct cl_watch *w)
{
	if (w->state == CL_WATCH_CANDIDATE || w->state == CL_WATCH_CONFIRMED)
		hold_tag(0);
}

static __always_inline void sweep_taken(void)
{
	struct cl_tag *t = tag_of_current();

	if (t && t->state == CL_TAG_TAKES) {
		t->state = CL_TAG_HOLDS;
		sweep_writes(CL_SWEPT_DESCRIPTORS);
	}
}
