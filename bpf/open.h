/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* An open, whatever hook saw it. */
#pragma once

#include "opener.h"
#include "record.h"
#include "repeat.h"
#include "watch.h"
#include "write.h"

extern volatile __u32 self_tgid; /* the monitor: what it does itself makes no events */

static __always_inline bool is_self(void)
{
	return bpf_get_current_pid_tgid() >> 32 == self_tgid;
}

static __always_inline struct file_slot *take_file_slot(__u32 kind, __u32 *index)
{
	if (!bpf_map_pop_elem(&file_free, index))
		return bpf_map_lookup_elem(&file_slots, index);
	count(kind, CL_STAGE_FAILED);
	return NULL;
}

/* What the record was made of stays in no slot. */
static __always_inline void give_file_slot(struct file_slot *s, __u32 *index)
{
	/* A name may stand behind the path, or what a walk began to copy. */
	__u64 size = sizeof(s->read) + *(volatile __u64 *)&s->walk.off + 256;

	opaque(size);
	if (size <= sizeof(s->read) + HEAD_ROOM + CL_CONTENT_MAX)
		wipe(&s->read, size);
	bpf_map_push_elem(&file_free, index, BPF_ANY);
}

/* Not told: the name only (O_PATH), execve's own open, a layer's file below the one that the process opened. */
static __always_inline bool is_plain_open(struct file *file, __u32 mode)
{
	return !(FGET(struct file, file, f_flags) & (CL_O_PATH | CL_FMODE_EXEC)) &&
	       !(mode & (CL_FMODE_NOACCOUNT | CL_FMODE_BACKING));
}

static __always_inline __u32 open_flags(struct file *file)
{
	return FGET(struct file, file, f_flags) & ~CL_O_CREATION;
}

/* The kernel's own copy of the name, from the look-up of the path to the end of the open. */
static __always_inline const char *name_in_kernel(void)
{
	if (current_is_typed())
		return current_typed()->nameidata->name->name;
	return BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), nameidata, name, name);
}

#define NO_NAME 1 /* no address of a name: not of the open in hand */

/*
 * Appends the name that the process gave. `user`: where it gave it, for a hook that comes after the look-up; 0: nowhere
 * that is still known. An open by handle has an empty name.
 */
static __always_inline __u32 copy_asked(struct file_slot *s, __u64 user)
{
	volatile struct walk *w = &s->walk;
	char *to = (char *)s->data + (w->off & HEAD_MASK), next = 0;
	const char *name = user == NO_NAME ? NULL : name_in_kernel();
	__u32 flags = 0;
	long n;

	if (user == NO_NAME)
		return 0;
	if (name) {
		n = bpf_probe_read_kernel_str(to, CL_FILENAME_MAX, name);
		bpf_probe_read_kernel(&next, n == CL_FILENAME_MAX, name + CL_FILENAME_MAX - 1);
	} else if (user) {
		n = bpf_probe_read_user_str(to, CL_FILENAME_MAX, (void *)user);
		bpf_probe_read_user(&next, n == CL_FILENAME_MAX, (void *)user + CL_FILENAME_MAX - 1);
		flags = CL_F_NAME_FROM_USER;
	} else {
		return 0;
	}
	if (n < 0)
		flags = CL_F_PATH_FAULT;
	if (n <= 1)
		flags &= ~CL_F_NAME_FROM_USER;
	w->flags |= flags | (next ? CL_F_NAME_TRUNCATED : 0);
	if (n <= 1)
		return 0;
	w->off += n;
	return n;
}

static __always_inline void fill_open(struct file_slot *s, __u32 index, struct file *file, struct inode *inode,
				      const struct cl_watch *w, __u64 user_name)
{
	volatile struct walk *cursor = &s->walk;
	struct cl_open *r = &s->open;

	fill_header(&r->h, CL_OPEN, 0, 0);
	fill_current(&r->h.task);
	fill_file(&r->file, inode);
	walk_begin(&s->walk, file);
	walk_file(index);
	r->path_len = cursor->off;
	r->asked_len = copy_asked(s, user_name);
	r->h.flags = cursor->flags | watch_flag(w);
}

/* 0 when the record is in the ring. */
static __noinline int send_open(struct file *file, struct inode *inode, struct cl_watch *w, __u64 user_name,
				__u32 repeats)
{
	struct file_slot *s;
	struct cl_open *r;
	int unsent = 1;
	__u32 index;
	__u64 size;

	if (!w)
		return 1;
	s = take_file_slot(CL_OPEN, &index);
	if (!s)
		return 1;
	r = &s->open;
	fill_open(s, index, file, inode, w, user_name);
	r->open_flags = open_flags(file);
	r->repeats = repeats;
	size = sizeof(*r) + *(volatile __u64 *)&s->walk.off;
	r->h.size = size;
	opaque(size);
	if (size <= sizeof(*r) + CL_PATH_MAX + CL_FILENAME_MAX)
		unsent = output(&credential_events, r, size, CL_OPEN) != 0;
	if (!unsent)
		w->path_sent = 1;
	give_file_slot(s, &index);
	wake(&credential_events);
	return unsent;
}

/* A repeat is told all the same while nobody has told the file's path. */
static __noinline int tell_open(struct file *file, struct inode *inode, struct cl_watch *w, __u64 user_name)
{
	struct act_now now;
	__u32 repeats;

	if (!w)
		return 0;
	act_begin(&now, file, inode, CL_OPEN, open_flags(file));
	remember_opener(file, &now.key);
	if (act_is_recent(&now) && w->path_sent) {
		act_repeated(&now, CL_OPEN);
		return 0;
	}
	repeats = act_repeats(&now);
	if (!send_open(file, inode, w, user_name, repeats))
		act_told(&now, repeats, 0, 0);
	return 0;
}

/* A global function takes numbers only, and the verifier knows a hook's argument for a pointer: it is read anew. */
static __always_inline __u64 number_of(struct file *file)
{
	struct file *volatile from = file;
	__u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), (const void *)&from);
	return number;
}

/* user_name: where the process gave the name, if that is in its memory still; else 0. */
static __always_inline void on_open(struct file *file, __u64 user_name)
{
	struct inode *inode = FGET(struct file, file, f_inode);
	__u32 mode = FGET(struct file, file, f_mode);
	struct cl_watch *w;

	if (!is_plain_open(file, mode))
		return;
	w = watch_open(file, inode);
	if (!w) {
		if ((mode & CL_FMODE_WRITE) && tag_of_current())
			tell_write(number_of(file), user_name);
	} else if (!is_self() && !current_is_kernel_thread()) {
		take_tag(w);
		tell_open(file, inode, w, user_name);
		sweep_taken();
	}
}
