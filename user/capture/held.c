/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watched files that are open already. Which ones the kernel's iterator says, through the same filter as every open;
 * what they hold is read through the descriptor itself, if it still is that version of a regular file on a file system
 * that answers by itself. A name is never asked: it may lead elsewhere by now.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/secure.h"
#include "capture/content.h"
#include "capture/internal.h"
#include "credlineage.skel.h"

#define CHUNK 65536 /* the iterator gives at most 32 KiB at a time */
#define RECORD_MAX (sizeof(struct cl_held_file) + CL_PATH_MAX + CL_CONTENT_MAX)

struct lister {
	char *chunk, *record; /* the record with its content: secure memory */
	cl_record_fn each;
	void *ctx;
};

/* The very file that the descriptor is for. Held by name only until it is known to be it: an open could wait for ever. */
static int open_descriptor(const struct cl_held_file *r)
{
	_cleanup_close_ int at = -1;
	struct statx st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/fd/%u", r->h.task.tgid, r->descriptor);
	at = open(path, O_PATH | O_CLOEXEC);
	if (at < 0 || statx(at, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO | STATX_TYPE, &st))
		return -errno;
	if (st.stx_ino != r->file.ino || !S_ISREG(st.stx_mode))
		return -ESTALE;
	return cl_content_open(at);
}

static int read_content(const struct cl_held_file *r, void *buf)
{
	_cleanup_close_ int fd = -1;

	if (!S_ISREG(r->file.mode) || !cl_content_device_trusted(r->h.task.tgid, r->file.dev))
		return -ENOTSUP;
	fd = open_descriptor(r);
	return fd < 0 ? fd : cl_content_read(fd, &r->file, buf, CL_CONTENT_MAX);
}

static void tell(struct lister *l, const char *listed, size_t size)
{
	struct cl_held_file *r = (void *)l->record;
	int n;

	memcpy(l->record, listed, size);
	n = read_content(r, l->record + size);
	if (n > 0) {
		r->content_len = (uint32_t)n;
		r->h.size += (uint32_t)n;
	}
	l->each(l->ctx, r, r->h.size);
	explicit_bzero(r, size + (n > 0 ? (size_t)n : 0));
}

/* Whole records, packed; what is left of the last one moves to the front. */
static size_t tell_chunk(struct lister *l, size_t len)
{
	size_t at = 0;
	uint32_t size;

	for (; len - at >= sizeof(struct cl_held_file); at += size) {
		memcpy(&size, l->chunk + at + offsetof(struct cl_header, size), sizeof(size));
		if (size < sizeof(struct cl_held_file) || size > RECORD_MAX - CL_CONTENT_MAX || size > len - at)
			break;
		tell(l, l->chunk + at, size);
	}
	memmove(l->chunk, l->chunk + at, len - at);
	return len - at;
}

static int list(struct lister *l, int fd)
{
	size_t left = 0;

	for (;;) {
		ssize_t n = read(fd, l->chunk + left, CHUNK - left);

		if (n < 0 && errno == EAGAIN)
			continue; /* the iterator's buffer was between two files */
		if (n <= 0)
			return n < 0 ? -errno : 0;
		left = tell_chunk(l, left + (size_t)n);
		if (left == CHUNK)
			return -EPROTO;
	}
}

int cl_capture_held(struct cl_capture *c, void (*each)(void *ctx, void *record, size_t size), void *ctx)
{
	struct bpf_link *link = c->no_files ? NULL : bpf_program__attach_iter(c->skel->progs.list_files, NULL);
	_cleanup_close_ int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	struct lister l = {.each = each, .ctx = ctx};
	void *record = NULL;
	int r = c->no_files ? -ENOTSUP : fd < 0 ? -errno : 0;

	bpf_link__destroy(link);
	l.chunk = malloc(CHUNK);
	if (!r)
		r = l.chunk ? cl_secure_alloc(&record, RECORD_MAX) : -ENOMEM;
	l.record = record;
	if (!r)
		r = list(&l, fd);
	cl_secure_free(&record, RECORD_MAX);
	free(l.chunk);
	return r;
}
