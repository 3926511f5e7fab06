/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Who acts: everything that attribution needs, read from the task at the hook. */
#pragma once

#include "maps.h"

static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline bool is_kernel_thread(struct task_struct *task)
{
	return BPF_CORE_READ(task, flags) & CL_PF_KTHREAD;
}

/* Number and namespace of the process in the innermost pid namespace that it belongs to. */
static __always_inline void fill_pidns(struct cl_task *t, struct task_struct *leader)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	__u32 level = BPF_CORE_READ(pid, level);
	struct upid *upid = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
			    (__u64)level * bpf_core_type_size(struct upid);

	t->ns_tgid = BPF_CORE_READ(upid, nr);
	t->pidns = BPF_CORE_READ(upid, ns, ns.inum);
}

static __always_inline void fill_audit(struct cl_task *t, struct task_struct *task)
{
	t->loginuid = t->session = -1;
	if (bpf_core_field_exists(task->loginuid)) { /* a kernel without audit has neither */
		t->loginuid = BPF_CORE_READ(task, loginuid.val);
		t->session = BPF_CORE_READ(task, sessionid);
	}
}

static __always_inline void fill_task(struct cl_task *t, struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct task_struct *parent = BPF_CORE_READ(leader, real_parent, group_leader);
	const struct cred *cred = BPF_CORE_READ(task, real_cred);

	t->start = BPF_CORE_READ(leader, start_boottime);
	t->parent_start = BPF_CORE_READ(parent, start_boottime);
	t->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	t->tgid = BPF_CORE_READ(task, tgid);
	t->tid = BPF_CORE_READ(task, pid);
	t->parent_tgid = BPF_CORE_READ(parent, tgid);
	/* Not `cred`: it is another's while a file system or io_uring acts on somebody's behalf. */
	t->uid = BPF_CORE_READ(cred, uid.val);
	t->euid = BPF_CORE_READ(cred, euid.val);
	t->gid = BPF_CORE_READ(cred, gid.val);
	t->mntns = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	t->pad = 0;
	fill_audit(t, task);
	fill_pidns(t, leader);
	BPF_CORE_READ_INTO(&t->comm, task, comm);
}
