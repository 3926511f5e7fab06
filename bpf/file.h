/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Files: from descriptor to file, and the facts of an inode. */
#pragma once

#include "maps.h"

/* NULL when there is none any more: another thread may have closed it. */
static __always_inline struct file *file_of(struct task_struct *task, __u32 fd)
{
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file **fds, *file = NULL;

	if (!fdt || fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	fds = BPF_CORE_READ(fdt, fd);
	bpf_probe_read_kernel(&file, sizeof(file), fds + fd);
	return file;
}

static __always_inline __u64 ctime_of(const struct inode *inode)
{
	const struct inode___v611 *v611 = (const void *)inode;
	const struct inode___v66 *v66 = (const void *)inode;
	const struct inode___old *old = (const void *)inode;

	if (bpf_core_field_exists(v611->i_ctime_sec))
		return (__u64)BPF_CORE_READ(v611, i_ctime_sec) * 1000000000ull +
		       (BPF_CORE_READ(v611, i_ctime_nsec) & ~CL_CTIME_QUERIED);
	if (bpf_core_field_exists(v66->__i_ctime))
		return (__u64)BPF_CORE_READ(v66, __i_ctime.tv_sec) * 1000000000ull +
		       BPF_CORE_READ(v66, __i_ctime.tv_nsec);
	return (__u64)BPF_CORE_READ(old, i_ctime.tv_sec) * 1000000000ull + BPF_CORE_READ(old, i_ctime.tv_nsec);
}

static __always_inline void fill_file(struct cl_file *f, const struct inode *inode)
{
	f->ino = BPF_CORE_READ(inode, i_ino);
	f->size = BPF_CORE_READ(inode, i_size);
	f->ctime = ctime_of(inode);
	f->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	f->generation = BPF_CORE_READ(inode, i_generation);
	f->mode = BPF_CORE_READ(inode, i_mode);
	f->nlink = BPF_CORE_READ(inode, i_nlink);
}
