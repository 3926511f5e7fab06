/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * Processes: fork, exec, exit, and those that were there before. The same programs in every tier: these tracepoints
 * are on all kernels.
 */
#define FILES_TYPED /* the tracepoints' arguments */
#include "file.h"
#include "path.h"
#include "record.h"
#include "write.h"

char LICENSE[] SEC("license") = "GPL";

volatile __u32 consumer_timed;
extern volatile __u32 self_tgid;
volatile __u32 learnt[LEARNT_PLACES];
extern const volatile bool reads_noted;

/*
 * Where the kernel pre-empts programs, it skips other runs of a program that waits on the same processor. There each of
 * the three hangs on its tracepoint twice (set by the loader), and the second does what the first was not run for.
 */
const volatile bool twice;

/* One act of a task. */
struct run_key {
	const struct task_struct *task;
	__u64 kind;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct run_key);
	__type(value, __u8);
} run_once SEC(".maps");

static __always_inline void mark_run(const struct task_struct *task, __u32 kind)
{
	struct run_key key = {task, kind};
	__u8 one = 1;

	if (twice)
		bpf_map_update_elem(&run_once, &key, &one, BPF_ANY);
}

static __always_inline bool was_run(const struct task_struct *task, __u32 kind)
{
	struct run_key key = {task, kind};

	return !bpf_map_delete_elem(&run_once, &key);
}

static __always_inline int on_fork(struct task_struct *parent, struct task_struct *child)
{
	struct cl_fork *r;

	if (child->pid != child->tgid || (child->flags & CL_PF_KTHREAD))
		return 0;
	tag_fork(parent, child);
	r = bpf_ringbuf_reserve(&process_events, sizeof(*r), 0);
	if (!r) {
		count(CL_FORK, CL_STAGE_LOST);
		return 0;
	}
	fill_header(&r->h, CL_FORK, sizeof(*r), 0);
	fill_task(&r->h.task, parent);
	fill_task(&r->child, child);
	submit(r, CL_FORK);
	wake_lazily(&process_events);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	mark_run(child, CL_FORK);
	return on_fork(parent, child);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork_again, struct task_struct *parent, struct task_struct *child)
{
	return was_run(child, CL_FORK) ? 0 : on_fork(parent, child);
}

/*
 * The last thread tells; two that end together are told apart by `ended`. A leader that is alone has no company now, but
 * the last of the others may have told already, while the leader was on its way here.
 */
static __always_inline bool is_process_end(struct task_struct *task, struct task_struct *leader)
{
	struct exit_key key = {.start = leader->start_boottime, .tgid = task->tgid};
	__u8 one = 1;

	if (task->signal->live.counter)
		return false;
	if (task == leader && task->signal->nr_threads <= 1)
		return !bpf_map_lookup_elem(&ended, &key);
	return !bpf_map_update_elem(&ended, &key, &one, BPF_NOEXIST);
}

/* A thread's last read of a watched file, of which no end was seen. */
static __always_inline void count_reading(struct task_struct *task)
{
	__u64 thread = (__u64)task->tgid << 32 | (__u32)task->pid;

	if (reads_noted && !bpf_map_delete_elem(&readings, &thread))
		count(CL_READ, CL_STAGE_SKIPPED);
}

static __always_inline int on_exit(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct cl_exit *r;

	count_reading(task);
	if ((task->flags & CL_PF_KTHREAD) || !is_process_end(task, leader))
		return 0;
	if ((__u32)task->tgid == self_tgid) {
		self_tgid = 0; /* its number may be anybody's next, and nobody knows what it knew */
		consumer_timed = 0;
	}
	r = bpf_ringbuf_reserve(&process_events, sizeof(*r), 0);
	if (!r) {
		count(CL_EXIT, CL_STAGE_LOST);
		return 0;
	}
	fill_header(&r->h, CL_EXIT, sizeof(*r), 0);
	fill_task(&r->h.task, task);
	if (task->flags & CL_PF_IO_WORKER) /* the kernel's own thread was the last one by chance */
		r->h.task.tid = r->h.task.tgid;
	r->code = task->signal->flags & CL_SIGNAL_GROUP_EXIT ? task->signal->group_exit_code : leader->exit_code;
	r->pad = 0;
	submit(r, CL_EXIT);
	wake_lazily(&process_events);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	mark_run(task, CL_EXIT);
	return on_exit(task);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit_again, struct task_struct *task)
{
	return was_run(task, CL_EXIT) ? 0 : on_exit(task);
}

#define CGROUP_ROUNDS 32
#define OUTPUTS 3 /* descriptors up to and with that of errors: a shell opens them before it starts a program */

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___v615 *v615 = (void *)kn;
	struct kernfs_node___old *old = (void *)kn;

	if (bpf_core_field_exists(v615->__parent))
		return BPF_CORE_READ(v615, __parent);
	return BPF_CORE_READ(old, parent);
}

static __always_inline struct kernfs_node *controller_node(struct css_set *set, __u64 controller)
{
	struct cgroup_subsys_state *css = NULL;

	bpf_core_read(&css, sizeof(css),
		      (void *)set + bpf_core_field_offset(struct css_set, subsys) + controller * sizeof(css));
	return BPF_CORE_READ(css, cgroup, kn);
}

#define TRY_CONTROLLER(id)                                                                                             \
	do {                                                                                                           \
		if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, id))                                            \
			break;                                                                                         \
		kn = controller_node(set, bpf_core_enum_value(enum cgroup_subsys_id, id));                             \
		if (kernfs_parent(kn))                                                                                 \
			return kn;                                                                                     \
	} while (0)

/*
 * Where nothing uses the unified hierarchy everybody is in its root: then the first controller's hierarchy that says
 * more, in the order of procfs.c.
 */
static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct kernfs_node *kn = BPF_CORE_READ(set, dfl_cgrp, kn), *root = kn;

	if (kernfs_parent(kn))
		return kn;
	TRY_CONTROLLER(pids_cgrp_id);
	TRY_CONTROLLER(memory_cgrp_id);
	TRY_CONTROLLER(devices_cgrp_id);
	TRY_CONTROLLER(cpu_cgrp_id);
	return root;
}

/* Appends the cgroup's path at data + w->off, components reversed as in a file's path. */
static __noinline int walk_cgroup(struct walk *walk, __u8 *data, struct task_struct *task)
{
	struct kernfs_node *kn = cgroup_node(task);
	volatile struct walk *w = walk;
	__u64 end = w->off + CL_CGROUP_MAX - 256;
	long n;

	w->dentry = (__u64)kn;
	for (int i = 0; i < CGROUP_ROUNDS; i++) {
		struct kernfs_node *at = (struct kernfs_node *)w->dentry, *parent = kernfs_parent(at);
		__u64 off = w->off;

		if (!parent) /* the root has no name */
			return 0;
		if (off > end)
			break;
		n = bpf_probe_read_kernel_str(data + (off & HEAD_MASK), 256, BPF_CORE_READ(at, name));
		if (n <= 0)
			break;
		w->off = off + n;
		w->dentry = (__u64)parent;
	}
	w->flags |= CL_F_CGROUP_TRUNCATED;
	return 0;
}

static __always_inline __u32 copy_strings(struct exec_slot *s, unsigned long from, unsigned long to, __u64 max,
					  __u32 truncated, __u32 fault, __u32 *total)
{
	volatile struct walk *w = &s->walk;
	__u64 off = w->off, n = to > from ? to - from : 0;

	*total = n > 0xffffffff ? 0xffffffff : n;
	if (n > max) {
		w->flags |= truncated;
		n = max;
	}
	opaque(n);
	if (n > max)
		return 0;
	if (bpf_probe_read_user(s->data + (off & EXEC_MASK), n, (void *)from)) {
		w->flags |= fault;
		count(CL_EXEC, CL_STAGE_FAILED);
		return 0;
	}
	w->off = off + n;
	return n;
}

static __always_inline void fill_exec_names(struct exec_slot *s, __u32 index, struct task_struct *task,
					    struct linux_binprm *bprm)
{
	volatile struct walk *w = &s->walk;
	struct cl_exec *r = &s->exec;
	struct file *file = bprm->file;
	char next = 0;
	long n;

	fill_file(&r->exe, file->f_inode);
	walk_begin(&s->walk, file);
	walk_exec(index);
	r->path_len = w->off;
	n = bpf_probe_read_kernel_str(s->data + (w->off & HEAD_MASK), CL_FILENAME_MAX, bprm->filename);
	if (n == CL_FILENAME_MAX && !bpf_probe_read_kernel(&next, 1, bprm->filename + n - 1) && next)
		w->flags |= CL_F_NAME_TRUNCATED;
	r->filename_len = n > 0 ? n : 0;
	w->off += r->filename_len;
	walk_cgroup(&s->walk, s->data, task);
	r->cgroup_len = w->off - r->path_len - r->filename_len;
}

static __always_inline void fill_exec(struct exec_slot *s, __u32 index, struct task_struct *task,
				      struct linux_binprm *bprm)
{
	volatile struct walk *w = &s->walk;
	struct mm_struct *mm = task->mm;
	struct cl_exec *r = &s->exec;
	__u64 size;

	fill_header(&r->h, CL_EXEC, 0, 0);
	fill_task(&r->h.task, task);
	fill_exec_names(s, index, task, bprm);
	r->args_len = copy_strings(s, mm->arg_start, mm->arg_end, CL_ARGS_MAX, CL_F_ARGS_TRUNCATED, CL_F_ARGS_FAULT,
				   &r->args_total);
	r->env_len = copy_strings(s, mm->env_start, mm->env_end, CL_ENV_MAX, CL_F_ENV_TRUNCATED, CL_F_ENV_FAULT,
				  &r->env_total);
	r->pad = 0;
	r->h.flags = w->flags;
	size = sizeof(*r) + w->off;
	r->h.size = size;
	opaque(size);
	if (size > sizeof(*r) + EXEC_ROOM)
		return;
	output(&process_events, r, size, CL_EXEC);
	wipe(r, size);
}

static __always_inline int on_exec(struct task_struct *task, struct linux_binprm *bprm)
{
	struct exec_slot *slot;
	__u32 index;

	tag_exec(task, self_tgid && (__u32)task->tgid != self_tgid);
	if (bpf_map_pop_elem(&exec_free, &index)) {
		count(CL_EXEC, CL_STAGE_FAILED);
		return 0;
	}
	slot = bpf_map_lookup_elem(&exec_slots, &index);
	if (slot)
		fill_exec(slot, index, task, bprm);
	bpf_map_push_elem(&exec_free, &index, BPF_ANY);
	if (self_tgid)
		sweep_writes(OUTPUTS);
	wake(&process_events);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	mark_run(task, CL_EXEC);
	return on_exec(task, bprm);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec_again, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	return was_run(task, CL_EXEC) ? 0 : on_exec(task, bprm);
}

static __always_inline void list_task(struct seq_file *seq, struct task_struct *task)
{
	struct cl_task t = {};

	if ((task->flags & CL_PF_KTHREAD) || !task->tgid)
		return;
	fill_task(&t, task);
	bpf_seq_write(seq, &t, sizeof(t));
}

/*
 * Baseline: one struct cl_task for each process in user space, and one for its parent: there are hosts that keep their
 * init out of the iterator's sight. Userspace drops what comes twice.
 */
SEC("iter/task")
int list_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;

	if (!task || task->pid != task->tgid)
		return 0;
	list_task(ctx->meta->seq, task);
	list_task(ctx->meta->seq, task->real_parent->group_leader);
	return 0;
}
