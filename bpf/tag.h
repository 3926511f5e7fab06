/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Which processes hold a credential (struct cl_tag). Plain memory, one place for each number: whoever holds none, nearly
 * everybody, costs one load.
 */
#pragma once

#include "record.h"

extern struct cl_tag tags[CL_TAG_PLACES];

static __always_inline struct cl_tag *tag_place(__u32 tgid)
{
	return &tags[tgid & (CL_TAG_PLACES - 1)];
}

static __always_inline void tag_set(struct cl_tag *t, __u32 tgid, __u64 start, __u64 since, __u32 state)
{
	t->start = start;
	t->since = since;
	t->tgid = tgid;
	t->window = t->told = 0;
	t->state = state;
}

/* NULL: it holds none. */
static __always_inline struct cl_tag *tag_of_current(void)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;
	struct cl_tag *t = tag_place(tgid);

	return t->tgid == tgid && t->state && t->start == current_start() ? t : NULL;
}

/* A copy of the memory is a copy of what stands in it. */
static __always_inline void tag_fork(const struct task_struct *parent, const struct task_struct *child)
{
	__u32 tgid = parent->tgid;
	struct cl_tag *t = tag_place(tgid);

	if (t->tgid == tgid && t->state && t->start == parent->group_leader->start_boottime)
		tag_set(tag_place(child->tgid), child->tgid, child->start_boottime, 0, t->state);
}

static __always_inline void tag_exec(const struct task_struct *task, bool asked)
{
	__u64 start = task->group_leader->start_boottime, now = bpf_ktime_get_boot_ns();
	__u32 tgid = task->tgid;
	struct cl_tag *t = tag_place(tgid);

	if (t->tgid == tgid && t->start == start && t->state) {
		t->since = now;
		if (t->state >= CL_TAG_HOLDS)
			t->state = CL_TAG_HAD;
	} else if (asked) {
		tag_set(t, tgid, start, now, CL_TAG_ASKED);
	}
}
