/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Who acts: everything that attribution needs, read from the task at the hook. */
#pragma once

#include "maps.h"

/* Typed since 5.11. */
static __always_inline bool current_is_typed(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf);
}

/*
 * The current task where it is typed. Each step from a trusted pointer makes the verifier of 6.3 to 6.18 and later search
 * the names of all the kernel's types, which took most of the time that a start took: a cast pointer is not trusted.
 */
static __always_inline struct task_struct *current_typed(void)
{
#ifdef CASTS
	if (can_cast)
		return bpf_rdonly_cast(bpf_get_current_task_btf(), bpf_core_type_id_kernel(struct task_struct));
#endif
	return bpf_get_current_task_btf();
}

static __always_inline bool is_kernel_thread(struct task_struct *task)
{
	return BPF_CORE_READ(task, flags) & CL_PF_KTHREAD;
}

static __always_inline bool current_is_kernel_thread(void)
{
	if (current_is_typed())
		return current_typed()->flags & CL_PF_KTHREAD;
	return is_kernel_thread((struct task_struct *)bpf_get_current_task());
}

static __always_inline struct nsproxy *current_nsproxy(void)
{
	if (current_is_typed())
		return current_typed()->nsproxy;
	return BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), nsproxy);
}

/* start_boottime of the process: with its number the name of one process of one boot. */
static __always_inline __u64 current_start(void)
{
	if (current_is_typed())
		return current_typed()->group_leader->start_boottime;
	return BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), group_leader, start_boottime);
}

/* Number of the exec that made the process what it is. */
static __always_inline __u32 current_image(void)
{
	if (current_is_typed())
		return current_typed()->self_exec_id;
	return BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), self_exec_id);
}

/* Number and namespace of the process in the innermost pid namespace that it belongs to, below the first one. */
static __always_inline void fill_inner_pid(struct cl_task *t, const struct task_struct *leader, __u32 level)
{
	struct pid_namespace *ns = NULL;
	struct upid *upid = NULL;

	bpf_core_read(&upid, sizeof(upid),
		      &leader->thread_pid); /* as a number: a typed pointer has no variable index */
	upid = (void *)upid + bpf_core_field_offset(struct pid, numbers) +
	       (__u64)level * bpf_core_type_size(struct upid);
	bpf_core_read(&t->ns_tgid, sizeof(t->ns_tgid), &upid->nr);
	bpf_core_read(&ns, sizeof(ns), &upid->ns);
	bpf_core_read(&t->pidns, sizeof(t->pidns), &ns->ns.inum);
}

/* The extents that fit the map itself; a longer list is rare and its uids stay unknown. */
static __noinline int fill_inner_uid(struct cl_task *t, const struct cred *cred)
{
	const struct uid_gid_map *map = &BPF_CORE_READ(cred, user_ns)->uid_map;
	struct uid_gid_extent e;
	__u32 n = BPF_CORE_READ(map, nr_extents);

	if (!t)
		return 0;
	t->ns_uid = -1;
	for (__u32 i = 0; i < 5; i++) {
		if (i >= n || n > 5)
			break;
		bpf_core_read(&e, sizeof(e), &map->extent[i]);
		if (t->uid - e.lower_first < e.count)
			t->ns_uid = t->uid - e.lower_first + e.first;
	}
	return 0;
}

/*
 * One text for both prices: DIRECT for a typed task, BPF_CORE_READ for 5.10's untyped current.
 * The credentials are real_cred, not cred: that one is another's while a file system or io_uring acts on somebody's
 * behalf. A kernel without audit has neither loginuid nor session.
 */
#define FILL_TASK(t, task, READ)                                                                                       \
	do {                                                                                                           \
		struct task_struct *_leader = READ(task, group_leader);                                                \
		struct task_struct *_parent = READ(_leader, real_parent, group_leader);                                \
		(t)->start = READ(_leader, start_boottime);                                                            \
		(t)->parent_start = READ(_parent, start_boottime);                                                     \
		(t)->cgroup = READ(task, cgroups, dfl_cgrp, kn, id);                                                   \
		(t)->tgid = READ(task, tgid);                                                                          \
		(t)->tid = READ(task, pid);                                                                            \
		(t)->parent_tgid = READ(_parent, tgid);                                                                \
		(t)->uid = READ(task, real_cred, uid.val);                                                             \
		(t)->euid = READ(task, real_cred, euid.val);                                                           \
		(t)->gid = READ(task, real_cred, gid.val);                                                             \
		(t)->mntns = READ(task, nsproxy, mnt_ns, ns.inum);                                                     \
		(t)->loginuid = (t)->session = -1;                                                                     \
		if (bpf_core_field_exists(struct task_struct, loginuid)) {                                             \
			(t)->loginuid = READ(task, loginuid.val);                                                      \
			(t)->session = READ(task, sessionid);                                                          \
		}                                                                                                      \
		(t)->userns = READ(task, real_cred, user_ns, ns.inum);                                                 \
		(t)->ns_uid = (t)->uid;                                                                                \
		(t)->pad = 0;                                                                                          \
		if ((t)->userns != CL_INIT_USERNS)                                                                     \
			fill_inner_uid(t, READ(task, real_cred));                                                      \
		if (READ(_leader, thread_pid, level)) {                                                                \
			fill_inner_pid(t, _leader, READ(_leader, thread_pid, level));                                  \
		} else {                                                                                               \
			(t)->ns_tgid = READ(_leader, thread_pid, numbers[0].nr);                                       \
			(t)->pidns = READ(_leader, thread_pid, numbers[0].ns, ns.inum);                                \
		}                                                                                                      \
	} while (0)

/* Of a typed task. io_uring's workers have names of the kernel's making: the process's says more. */
static __always_inline void fill_task(struct cl_task *t, struct task_struct *task)
{
	FILL_TASK(t, task, DIRECT);
	bpf_core_read(&t->comm, sizeof(t->comm), &task->comm);
	if (task->flags & CL_PF_IO_WORKER)
		bpf_core_read(&t->comm, sizeof(t->comm), &task->group_leader->comm);
}

static __always_inline void fill_current(struct cl_task *t)
{
	struct task_struct *task;

	if (current_is_typed()) {
		task = current_typed();
		fill_task(t, task);
	} else {
		task = (struct task_struct *)bpf_get_current_task();
		FILL_TASK(t, task, BPF_CORE_READ);
		bpf_get_current_comm(&t->comm, sizeof(t->comm));
	}
}

/* Whether the task is in a 32-bit system call: other numbers, narrow arguments. */
static __always_inline bool is_compat(void)
{
	__u64 flags;

#if defined(__TARGET_ARCH_x86)
	if (current_is_typed())
		flags = current_typed()->thread_info.status;
	else
		flags = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), thread_info.status);
	return flags & CL_TS_COMPAT;
#elif defined(__TARGET_ARCH_arm64)
	if (current_is_typed())
		flags = current_typed()->thread_info.flags;
	else
		flags = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), thread_info.flags);
	return flags & CL_TIF_32BIT;
#endif
}
