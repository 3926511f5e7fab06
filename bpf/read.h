/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* A read of a watched file, whatever hook saw it: how much, from where, and the bytes as the reader got them. */
#pragma once

#include "open.h"

#define READ_SEGMENTS 8

struct read_args {
	__s64 offset;  /* before the read; -1: not known */
	__u64 length;  /* what the reader got */
	__u64 address; /* user: the buffer, or the iovec array; 0: the bytes never were in one */
	__u32 how;
	bool vector, narrow; /* narrow: a 32-bit program's iovec */
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
	r->repeats = 0;
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

static __noinline int send_read(struct file *file, struct inode *inode, struct cl_watch *w, const struct read_args *a)
{
	struct file_slot *s;
	struct cl_read *r;
	__u32 index;
	__u64 size;

	if (!w || !a)
		return 0;
	s = take_file_slot(CL_READ, &index);
	if (!s)
		return 0;
	r = &s->read;
	fill_read(s, index, file, inode, a, w);
	size = sizeof(*r) + *(volatile __u64 *)&s->walk.off;
	r->h.size = size;
	opaque(size);
	if (size <= sizeof(*r) + HEAD_ROOM + CL_CONTENT_MAX && !output(&credential_events, r, size, CL_READ) &&
	    r->path_len)
		w->path_sent = 1;
	give_file_slot(&index);
	wake(&credential_events);
	return 0;
}

/* NULL for almost every read: ask before anything else is looked at. */
static __always_inline struct cl_watch *read_watched(struct file *file)
{
	struct cl_watch *w = watch_read(FGET(struct file, file, f_inode));

	return w && !is_self() && !current_is_kernel_thread() ? w : NULL;
}

static __always_inline void on_read(struct file *file, struct cl_watch *w, const struct read_args *a)
{
	if (a->offset >= CL_CONTENT_MAX) { /* the file's head was or will be told; its tail would be a flood */
		count(CL_READ, CL_STAGE_REPEATED);
		return;
	}
	send_read(file, FGET(struct file, file, f_inode), w, a);
}
