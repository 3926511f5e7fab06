/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A read of a watched file, whatever hook saw it: how much, from where, and the bytes as the reader got them. */
#pragma once

#include "open.h"

#define READ_SEGMENTS 8

struct read_args {
	__u64 address; /* user: the buffer, or the iovec array; 0: the bytes never were in one */
	__u64 length;  /* what the reader got */
	__s64 offset;  /* before the read; -1: not known */
	__u32 how;
	bool vector, narrow; /* narrow: a 32-bit program's iovec */
	__u32 repeats;	     /* that the record answers for */
	__u32 carried;	     /* out: bytes of the file in the record */
};

static __always_inline long copy_piece(struct file_slot *s, __u64 from, __u64 n)
{
	volatile struct walk *w = &s->walk;
	__u64 off = w->off;

	opaque(n);
	if (n > CL_CONTENT_MAX)
		return -1;
	if (bpf_probe_read_user(s->data + (off & READ_MASK), n, (void *)from)) {
		w->flags |= CL_F_CONTENT_FAULT;
		return -1;
	}
	w->off = off + n;
	return 0;
}

struct segment {
	__u64 base, len;
};

static __always_inline long read_segment(struct segment *out, const struct read_args *a, __u32 i)
{
	__u32 narrow[2];

	if (!a->narrow)
		return bpf_probe_read_user(out, sizeof(*out), (void *)(a->address + i * sizeof(*out)));
	if (bpf_probe_read_user(narrow, sizeof(narrow), (void *)(a->address + i * sizeof(narrow))))
		return -1;
	out->base = narrow[0];
	out->len = narrow[1];
	return 0;
}

static __noinline int copy_vector(struct file_slot *s, const struct read_args *a, __u64 want)
{
	volatile __u64 *left = &s->left;
	struct segment segment;
	__u64 n;

	*left = want;
	for (__u32 i = 0; i < READ_SEGMENTS; i++) {
		if (!*left)
			break;
		if (read_segment(&segment, a, i)) {
			*(volatile __u32 *)&s->walk.flags |= CL_F_CONTENT_FAULT;
			break;
		}
		n = segment.len < *left ? segment.len : *left;
		if (copy_piece(s, segment.base, n))
			break;
		*left -= n;
	}
	return 0;
}

static __always_inline void fill_content(struct file_slot *s, const struct read_args *a, const struct cl_watch *w)
{
	volatile struct walk *cursor = &s->walk;
	__u64 want = a->length < CL_CONTENT_MAX ? a->length : CL_CONTENT_MAX;
	struct cl_read *r = &s->read;

	r->content_len = 0;
	if (self_tgid && w->known_ctime == r->file.ctime && w->known_size == r->file.size) {
		cursor->flags |= CL_F_CONTENT_KNOWN;
		return;
	}
	if (!a->address) /* mapped, or moved within the kernel */
		return;
	if (a->offset >= CL_CONTENT_MAX) {
		cursor->flags |= CL_F_CONTENT_TRUNCATED;
		return;
	}
	if (a->vector)
		copy_vector(s, a, want);
	else
		copy_piece(s, a->address, want);
	r->content_len = cursor->off - r->path_len;
	if (r->content_len < a->length)
		cursor->flags |= CL_F_CONTENT_TRUNCATED;
}

static __always_inline void fill_read(struct file_slot *s, __u32 index, struct file *file, struct inode *inode,
				      const struct read_args *a, const struct cl_watch *w)
{
	volatile struct walk *cursor = &s->walk;
	struct cl_read *r = &s->read;

	fill_header(&r->h, CL_READ, 0, 0);
	fill_current(&r->h.task);
	fill_file(&r->file, inode);
	r->offset = a->offset;
	r->length = a->length;
	r->how = a->how;
	r->repeats = a->repeats;
	fill_opener(file, &r->file, &r->opener_start, &r->opener_tgid, &r->opener_uid);
	if (w->path_sent && self_tgid) {
		cursor->off = 0;
		cursor->flags = 0;
	} else {
		walk_begin(&s->walk, file);
		walk_file(index);
	}
	r->path_len = cursor->off;
	fill_content(s, a, w);
	r->h.flags = cursor->flags | watch_flag(w);
}

/* 0 when the record is in the ring. */
static __noinline int send_read(struct file *file, struct inode *inode, struct cl_watch *w, struct read_args *a)
{
	struct file_slot *s;
	struct cl_read *r;
	int unsent = 1;
	__u32 index;
	__u64 size;

	if (!w || !a)
		return 1;
	s = take_file_slot(CL_READ, &index);
	if (!s)
		return 1;
	r = &s->read;
	fill_read(s, index, file, inode, a, w);
	size = sizeof(*r) + *(volatile __u64 *)&s->walk.off;
	r->h.size = size;
	opaque(size);
	if (size <= sizeof(*r) + HEAD_ROOM + CL_CONTENT_MAX)
		unsent = output(&credential_events, r, size, CL_READ) != 0;
	if (!unsent && r->path_len)
		w->path_sent = 1;
	a->carried = r->content_len;
	give_file_slot(s, &index);
	wake(&credential_events);
	return unsent;
}

/*
 * Whether a record would bring bytes that userspace has not had: those of a new version's first part do, until all of
 * it is known, except those that records of this process carried a moment ago.
 */
static __always_inline bool brings_content(const struct act_now *now, struct inode *inode, const struct cl_watch *w,
					   const struct read_args *a)
{
	__u64 end = a->offset + (a->length < CL_CONTENT_MAX ? a->length : CL_CONTENT_MAX);

	if (!a->address || a->offset >= CL_CONTENT_MAX)
		return false;
	if (w->known_ctime == ctime_of(inode) && w->known_size == (__u64)FGET(struct inode, inode, i_size))
		return false;
	return a->offset < 0 || !now->before || (__u64)a->offset < now->before->from || end > now->before->to;
}

static __always_inline void read_told(const struct act_now *now, const struct read_args *a)
{
	__u64 from = a->offset < 0 || a->offset >= CL_CONTENT_MAX ? 0 : a->offset;

	act_told(now, a->repeats, from, from + (a->offset < 0 ? 0 : a->carried));
}

static __noinline int tell_read(struct file *file, struct inode *inode, struct cl_watch *w, struct read_args *a)
{
	struct act_now now;

	if (!w || !a)
		return 0;
	/* One function of the kernel serves read and pread: a hook there can't tell one from the other. */
	act_begin(&now, file, inode, CL_READ, a->how == CL_READ_PREAD ? CL_READ_READ : a->how);
	if (act_is_recent(&now) && !brings_content(&now, inode, w, a)) {
		act_repeated(&now, CL_READ);
		return 0;
	}
	a->repeats = act_repeats(&now);
	if (!send_read(file, inode, w, a))
		read_told(&now, a);
	return 0;
}

/* What the process itself writes. */
static __always_inline bool is_own_writing(const struct cl_watch *w)
{
	return w->state == CL_WATCH_WRITTEN && w->writer == bpf_get_current_pid_tgid() >> 32;
}

/* NULL for almost every read: ask before anything else is looked at. */
static __always_inline struct cl_watch *read_watched(struct file *file)
{
	struct cl_watch *w = watch_read(FGET(struct file, file, f_inode));

	return w && !is_self() && !is_own_writing(w) && !current_is_kernel_thread() ? w : NULL;
}

static __always_inline void on_read(struct file *file, struct cl_watch *w, struct read_args *a)
{
	take_tag(w);
	tell_read(file, FGET(struct file, file, f_inode), w, a);
	sweep_taken();
}
