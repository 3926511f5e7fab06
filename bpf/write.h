/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Where a credential may go next: files that a process which holds one has open to write to. From then on their reads
 * are told, by whomever. What is told of it is in write.bpf.c, once for all hooks.
 */
#pragma once

#include "tag.h"

/* Global functions of numbers: see path.h. */
int tell_write(__u64 file, __u64 user_name);
int sweep_writes(__u32 n); /* of descriptors, from 0 */
#define CL_SWEPT_DESCRIPTORS 16

/*
 * The process opens or reads a store: what it writes from now on is told. Before the act is told, so that no answer to
 * an earlier one takes it back. True: what it has open to write is new too.
 */
static __always_inline bool take_tag(const struct cl_watch *w)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct cl_tag *t;

	if (w->state != CL_WATCH_CANDIDATE && w->state != CL_WATCH_CONFIRMED)
		return false;
	t = tag_of_current();
	if (t && t->state == CL_TAG_HOLDS)
		return false;
	tag_set(tag_place(tgid), tgid, current_start(), bpf_ktime_get_boot_ns(), CL_TAG_HOLDS);
	return true;
}
