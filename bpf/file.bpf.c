/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Files, fentry tier. What every tier's programs need of variables is here, too. */
#define FILES_TYPED
#include "file_hooks.h"
#include "held.h"

char LICENSE[] SEC("license") = "GPL";

volatile __u32 self_tgid, repeat_epoch;
__u8 inode_marks[INODE_PLACES];

const volatile __u8 name_marks[NAME_PLACES];
const volatile __u64 prefix_mask, suffix_mask;
const volatile __u32 prefixes[CL_AFFIX_MAX], suffixes[CL_AFFIX_MAX];

SEC("iter/task_file")
int list_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;

	if (task && file && !(task->flags & CL_PF_KTHREAD))
		list_file(ctx->meta->seq, task, ctx->fd, file);
	return 0;
}
