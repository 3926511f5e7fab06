/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Files: from descriptor to file, and the facts of an inode. */
#pragma once

#include "task.h"

/* NULL when there is none any more: another thread may have closed it. */
static __always_inline struct file *file_of(__u32 fd)
{
	struct file **fds, *file = NULL;
	struct fdtable *fdt;

	if (current_is_typed()) {
		fdt = current_typed()->files->fdt;
		if (fd >= fdt->max_fds)
			return NULL;
		fds = fdt->fd;
	} else {
		fdt = BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), files, fdt);
		if (fd >= BPF_CORE_READ(fdt, max_fds))
			return NULL;
		fds = BPF_CORE_READ(fdt, fd);
	}
	bpf_probe_read_kernel(&file, sizeof(file), fds + fd);
	return file;
}

static __always_inline __u64 ctime_of(const struct inode *inode)
{
	const struct inode___v611 *v611 = (const void *)inode;
	const struct inode___v66 *v66 = (const void *)inode;
	const struct inode___old *old = (const void *)inode;

	if (bpf_core_field_exists(v611->i_ctime_sec))
		return (__u64)FGET(struct inode___v611, v611, i_ctime_sec) * 1000000000ull +
		       (FGET(struct inode___v611, v611, i_ctime_nsec) & ~CL_CTIME_QUERIED);
	if (bpf_core_field_exists(v66->__i_ctime))
		return (__u64)FGET(struct inode___v66, v66, __i_ctime.tv_sec) * 1000000000ull +
		       FGET(struct inode___v66, v66, __i_ctime.tv_nsec);
	return (__u64)FGET(struct inode___old, old, i_ctime.tv_sec) * 1000000000ull +
	       FGET(struct inode___old, old, i_ctime.tv_nsec);
}

static __always_inline void fill_file(struct cl_file *f, const struct inode *inode)
{
	const struct super_block *sb = FGET(struct inode, inode, i_sb);

	f->ino = FGET(struct inode, inode, i_ino);
	f->size = FGET(struct inode, inode, i_size);
	f->ctime = ctime_of(inode);
	f->dev = FGET(struct super_block, sb, s_dev);
	f->generation = FGET(struct inode, inode, i_generation);
	f->mode = FGET(struct inode, inode, i_mode);
	f->nlink = FGET(struct inode, inode, i_nlink);
}
