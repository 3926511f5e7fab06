/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Files, at the kernel's own functions that every open and every plain read passes. */
#pragma once

#include "hook.h"
#include "reading.h"

AT_ENTRY(open, security_file_open, struct file *file)
{
	on_open(file, 0);
	return 0;
}

static __always_inline struct file *file_argument(const unsigned long long *args)
{
	return (struct file *)args[0];
}

#define is_read_watched(args) read_watched(file_argument(args))

/*
 * Where the read began. `at` holds the address of the caller's position, moved on by now; a stream has none. It is an
 * argument of the function, read as memory: 5.10's verifier takes no pointer to a number out of the context.
 */
static __always_inline __s64 offset_before(const unsigned long long *at, __s64 got)
{
	void *pos = NULL;
	__s64 after;

	if (bpf_probe_read_kernel(&pos, sizeof(pos), at) || !pos || bpf_probe_read_kernel(&after, sizeof(after), pos))
		return -1;
	return after - got;
}

static __always_inline int read_done(const unsigned long long *args, __s64 got, __u32 how)
{
	struct read_args a = {.length = got, .how = how, .vector = how == CL_READ_READV};
	struct file *file = file_argument(args);
	struct cl_watch *w = got > 0 ? read_watched(file) : NULL;

	if (!w)
		return 0;
	a.address = args[1];
	a.narrow = is_compat();
	a.offset = offset_before(args + 3, got);
	on_read(file, w, &a);
	return 0;
}

#ifdef HOOKS_KPROBE

/* A read of which no end was seen, because the kernel skipped what would have told it: its length nobody knows. */
static __noinline int tell_late(const struct reading *r)
{
	struct read_args a = {.offset = -1, .how = CL_READ_OTHER};
	struct cl_watch *w;
	struct file *file;

	if (!r)
		return 0;
	file = read_file(r);
	w = file ? read_watched(file) : NULL;
	if (w)
		on_read(file, w, &a);
	return 0;
}

static __always_inline int read_begins(struct pt_regs *regs)
{
	struct reading before,
		r = {.args = {PT_REGS_PARM1(regs), PT_REGS_PARM2(regs), PT_REGS_PARM3(regs), PT_REGS_PARM4(regs)}};
	struct file *file = file_argument(r.args);
	__u64 thread = bpf_get_current_pid_tgid();

	if (!read_watched(file))
		return 0;
	if (take_reading(&before))
		tell_late(&before);
	fill_key(&r.inode, FGET(struct file, file, f_inode));
	bpf_map_update_elem(&readings, &thread, &r, BPF_ANY);
	return 0;
}

static __always_inline int read_ends(struct pt_regs *regs, __u32 how)
{
	struct reading r;

	return take_reading(&r) ? read_done(r.args, PT_REGS_RC(regs), how) : 0;
}

SEC("kprobe/vfs_read")
int read_kprobe(struct pt_regs *ctx)
{
	return read_begins(ctx);
}

SEC("kretprobe/vfs_read")
int read_kretprobe(struct pt_regs *ctx)
{
	return read_ends(ctx, CL_READ_READ);
}

SEC("kprobe/vfs_readv")
int readv_kprobe(struct pt_regs *ctx)
{
	return read_begins(ctx);
}

SEC("kretprobe/vfs_readv")
int readv_kretprobe(struct pt_regs *ctx)
{
	return read_ends(ctx, CL_READ_READV);
}

#else

AT_RETURN(read, vfs_read, 4, is_read_watched)
{
	return read_done(args, ret, CL_READ_READ);
}

AT_RETURN(readv, vfs_readv, 5, is_read_watched)
{
	return read_done(args, ret, CL_READ_READV);
}

/* io_submit. What the kernel has not read yet, of a file that is read past its cache, has neither bytes nor a length. */
AT_RETURN(aio, aio_read, 4, always)
{
	struct read_args a = {.how = CL_READ_AIO};
	struct kiocb *kiocb = (struct kiocb *)args[0];
	const struct iocb *call = (const struct iocb *)args[1];
	struct file *file = kiocb->ki_filp;
	struct cl_watch *w = ret ? NULL : read_watched(file);
	__s64 got = 0;

	if (!w)
		return 0;
	bpf_core_read(&got, sizeof(got), &((struct aio_kiocb *)kiocb)->ki_res.res);
	if (got < 0 || (!got && !(file->f_flags & CL_O_DIRECT)))
		return 0;
	bpf_core_read(&a.offset, sizeof(a.offset), &call->aio_offset);
	a.length = got;
	a.vector = args[2] & 1;
	a.narrow = args[3] & 1;
	if (got)
		bpf_core_read(&a.address, sizeof(a.address), &call->aio_buf);
	on_read(file, w, &a);
	return 0;
}

#endif

/* Whatever it may do with the mapping now: mprotect gives the right to read later. */
AT_ENTRY(mmap, security_mmap_file, struct file *file)
{
	struct read_args a = {.offset = -1, .how = CL_READ_MMAP};
	struct cl_watch *w;

	w = file ? read_watched(file) : NULL;
	if (w)
		on_read(file, w, &a);
	return 0;
}

/* sendfile and splice; do_splice_to before 6.8. A copy that goes this way is told as what it is. */
AT_RETURN(splice, do_splice_read, 5, is_read_watched)
{
	struct read_args a = {.length = ret, .how = CL_READ_SPLICE};
	struct file *file = file_argument(args);
	struct cl_watch *w = ret > 0 ? read_watched(file) : NULL;
	__u64 thread = bpf_get_current_pid_tgid();

	if (!w || bpf_map_lookup_elem(&copying, &thread))
		return 0;
	a.offset = offset_before(args + 1, ret);
	on_read(file, w, &a);
	return 0;
}

AT_ENTRY(copying, vfs_copy_file_range, struct file *file)
{
	__u64 thread = bpf_get_current_pid_tgid();
	__u8 one = 1;

	if (read_watched(file))
		bpf_map_update_elem(&copying, &thread, &one, BPF_ANY);
	return 0;
}

AT_RETURN(copy, vfs_copy_file_range, 6, is_read_watched)
{
	struct read_args a = {.length = ret, .how = CL_READ_COPY, .offset = args[1]};
	struct file *file = file_argument(args);
	struct cl_watch *w = read_watched(file);
	__u64 thread = bpf_get_current_pid_tgid();

	if (!w)
		return 0;
	bpf_map_delete_elem(&copying, &thread);
	if (ret > 0)
		on_read(file, w, &a);
	return 0;
}
