/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Files, fentry tier: the kernel's own functions that every open and every plain read passes. */
#define FILES_TYPED
#include "read.h"

char LICENSE[] SEC("license") = "GPL";

volatile __u32 self_tgid;
__u8 inode_marks[INODE_PLACES];

const volatile __u8 name_marks[NAME_PLACES];
const volatile __u64 prefix_mask, suffix_mask;
const volatile __u32 prefixes[CL_AFFIX_MAX], suffixes[CL_AFFIX_MAX];

SEC("fentry/security_file_open")
int BPF_PROG(open_fentry, struct file *file)
{
	on_open(file);
	return 0;
}

/*
 * Where the read began. `pos` is the caller's copy, moved on by now; a stream has none. It is argument 3 of both
 * functions, read as memory: 5.10's verifier takes no pointer to a number out of the context.
 */
static __always_inline __s64 offset_before(unsigned long long *ctx, __s64 got)
{
	void *pos = NULL;
	__s64 after;

	if (bpf_probe_read_kernel(&pos, sizeof(pos), ctx + 3) || !pos ||
	    bpf_probe_read_kernel(&after, sizeof(after), pos))
		return -1;
	return after - got;
}

static __always_inline int read_done(unsigned long long *ctx, struct file *file, __u64 address, __s64 got, __u32 how)
{
	struct read_args a = {.length = got, .address = address, .how = how, .vector = how == CL_READ_READV};
	struct cl_watch *w = got > 0 ? read_watched(file) : NULL;

	if (!w)
		return 0;
	a.offset = offset_before(ctx, got);
	on_read(file, w, &a);
	return 0;
}

SEC("fexit/vfs_read")
int BPF_PROG(read_fexit, struct file *file, void *buf, unsigned long size, void *pos, long ret)
{
	return read_done(ctx, file, (__u64)buf, ret, CL_READ_READ);
}

SEC("fexit/vfs_readv")
int BPF_PROG(readv_fexit, struct file *file, void *vec, unsigned long n, void *pos, int flags, long ret)
{
	return read_done(ctx, file, (__u64)vec, ret, CL_READ_READV);
}
