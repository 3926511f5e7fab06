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
 * Where the read began. `at` holds the address of the caller's position, moved on by now; a stream has none. It is an
 * argument of the function, read as memory: 5.10's verifier takes no pointer to a number out of the context.
 */
static __always_inline __s64 offset_before(unsigned long long *at, __s64 got)
{
	void *pos = NULL;
	__s64 after;

	if (bpf_probe_read_kernel(&pos, sizeof(pos), at) || !pos || bpf_probe_read_kernel(&after, sizeof(after), pos))
		return -1;
	return after - got;
}

static __always_inline int read_done(unsigned long long *ctx, struct file *file, __u64 address, __s64 got, __u32 how)
{
	struct read_args a = {.length = got, .address = address, .how = how, .vector = how == CL_READ_READV};
	struct cl_watch *w = got > 0 ? read_watched(file) : NULL;

	if (!w)
		return 0;
	a.narrow = is_compat();
	a.offset = offset_before(ctx + 3, got);
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

SEC("fentry/security_mmap_file")
int BPF_PROG(mmap_fentry, struct file *file, unsigned long prot, unsigned long flags)
{
	struct read_args a = {.offset = -1, .how = CL_READ_MMAP};
	struct cl_watch *w;

	if (!file || !(prot & CL_PROT_READ))
		return 0;
	w = read_watched(file);
	if (w)
		on_read(file, w, &a);
	return 0;
}

/* sendfile and splice; do_splice_to before 6.8. A copy that goes this way is told as what it is. */
SEC("fexit/do_splice_read")
int BPF_PROG(splice_fexit, struct file *file, void *pos, void *pipe, unsigned long size, unsigned int flags, long ret)
{
	struct read_args a = {.length = ret, .how = CL_READ_SPLICE};
	struct cl_watch *w = ret > 0 ? read_watched(file) : NULL;
	__u64 thread = bpf_get_current_pid_tgid();

	if (!w || bpf_map_lookup_elem(&copying, &thread))
		return 0;
	a.offset = offset_before(ctx + 1, ret);
	on_read(file, w, &a);
	return 0;
}

SEC("fentry/vfs_copy_file_range")
int BPF_PROG(copy_fentry, struct file *file)
{
	__u64 thread = bpf_get_current_pid_tgid();
	__u8 one = 1;

	if (read_watched(file))
		bpf_map_update_elem(&copying, &thread, &one, BPF_ANY);
	return 0;
}

SEC("fexit/vfs_copy_file_range")
int BPF_PROG(copy_fexit, struct file *file, __s64 pos, struct file *to, __s64 to_pos, unsigned long size,
	     unsigned int flags, long ret)
{
	struct read_args a = {.length = ret, .how = CL_READ_COPY, .offset = pos};
	struct cl_watch *w = read_watched(file);
	__u64 thread = bpf_get_current_pid_tgid();

	if (!w)
		return 0;
	bpf_map_delete_elem(&copying, &thread);
	if (ret > 0)
		on_read(file, w, &a);
	return 0;
}
