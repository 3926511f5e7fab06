/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw kernel records for tests, as the probes write them. Each mk_raw_* returns a malloc'ed record (the caller frees
 * it) and its size; what a test does not set is zero or absent. Paths are given the usual way round.
 *   size_t size;
 *   void *r = mk_raw_exec(&size, &(struct mk_exec){.task = mk_task(100, 5000, 1, 10), .path = "/bin/cat",
 *                                                  .args = MK_LIST("cat", "/etc/motd")});
 */
#pragma once

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "credlineage/event.h"

#define MK_LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define MK_UNUSED __attribute__((unused))

/* A root process of no login in the initial namespaces; a test overwrites what it is about. */
MK_UNUSED static struct cl_task mk_task(uint32_t tgid, uint64_t start, uint32_t parent_tgid, uint64_t parent_start)
{
	struct cl_task t = {.start = start,
			    .parent_start = parent_start,
			    .cgroup = 1,
			    .tgid = tgid,
			    .tid = tgid,
			    .parent_tgid = parent_tgid,
			    .ns_tgid = tgid,
			    .loginuid = (uint32_t)-1,
			    .session = (uint32_t)-1,
			    .mntns = 4026531841,
			    .pidns = 4026531836};

	snprintf(t.comm, sizeof(t.comm), "comm%u", tgid);
	return t;
}

struct mk_buffer {
	uint8_t *bytes;
	size_t len;
};

static inline void mk_append(struct mk_buffer *b, const void *bytes, size_t len)
{
	b->bytes = realloc(b->bytes, b->len + len + 1);
	assert(b->bytes);
	if (len)
		memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
}

/* "/a/b" -> "b\0a\0"; a label without slashes stays one component. Returns the bytes added. */
static inline uint32_t mk_append_path(struct mk_buffer *b, const char *path)
{
	size_t before = b->len, end = path ? strlen(path) : 0;

	while (end > 0) {
		size_t start = end;

		while (start > 0 && path[start - 1] != '/')
			start--;
		if (end > start) {
			mk_append(b, path + start, end - start);
			mk_append(b, "", 1);
		}
		end = start ? start - 1 : 0;
	}
	return (uint32_t)(b->len - before);
}

static inline uint32_t mk_append_list(struct mk_buffer *b, const char *const *list)
{
	size_t before = b->len;

	for (; list && *list; list++)
		mk_append(b, *list, strlen(*list) + 1);
	return (uint32_t)(b->len - before);
}

static inline struct cl_header mk_header(uint16_t kind, struct cl_task task, uint64_t ts, uint32_t flags)
{
	return (struct cl_header){.kind = kind, .schema = CL_SCHEMA, .flags = flags, .ts = ts, .task = task};
}

/* Writes the fixed part (which begins with a header) and the total size into the buffer; hands it over. */
static inline void *mk_finish(struct mk_buffer *b, size_t *size, void *fixed, size_t fixed_size)
{
	((struct cl_header *)fixed)->size = (uint32_t)b->len;
	memcpy(b->bytes, fixed, fixed_size);
	*size = b->len;
	return b->bytes;
}

struct mk_exec {
	struct cl_task task;
	uint64_t ts;
	uint32_t flags;
	struct cl_file exe;
	const char *path, *filename, *cgroup;
	const char *const *args, *const *env;
	uint32_t args_total, env_total; /* 0: as long as what is carried */
};

MK_UNUSED static void *mk_raw_exec(size_t *size, const struct mk_exec *e)
{
	struct cl_exec r = {.h = mk_header(CL_EXEC, e->task, e->ts, e->flags), .exe = e->exe};
	struct mk_buffer b = {0};

	mk_append(&b, &r, sizeof(r));
	r.path_len = mk_append_path(&b, e->path);
	r.filename_len = e->filename ? (uint32_t)strlen(e->filename) + 1 : 0;
	mk_append(&b, e->filename, r.filename_len);
	r.cgroup_len = mk_append_path(&b, e->cgroup);
	r.args_len = mk_append_list(&b, e->args);
	r.env_len = mk_append_list(&b, e->env);
	r.args_total = e->args_total ? e->args_total : r.args_len;
	r.env_total = e->env_total ? e->env_total : r.env_len;
	return mk_finish(&b, size, &r, sizeof(r));
}

MK_UNUSED static void *mk_raw_fork(size_t *size, struct cl_task creator, struct cl_task child, uint64_t ts)
{
	struct cl_fork r = {.h = mk_header(CL_FORK, creator, ts, 0), .child = child};
	struct mk_buffer b = {0};

	mk_append(&b, &r, sizeof(r));
	return mk_finish(&b, size, &r, sizeof(r));
}

MK_UNUSED static void *mk_raw_exit(size_t *size, struct cl_task task, int32_t code, uint64_t ts)
{
	struct cl_exit r = {.h = mk_header(CL_EXIT, task, ts, 0), .code = code};
	struct mk_buffer b = {0};

	mk_append(&b, &r, sizeof(r));
	return mk_finish(&b, size, &r, sizeof(r));
}

struct mk_open {
	struct cl_task task;
	uint64_t ts;
	uint32_t flags, open_flags, repeats;
	struct cl_file file;
	const char *path, *asked;
};

MK_UNUSED static void *mk_raw_open(size_t *size, const struct mk_open *o)
{
	struct cl_open r = {.h = mk_header(CL_OPEN, o->task, o->ts, o->flags),
			    .file = o->file,
			    .open_flags = o->open_flags,
			    .asked_len = o->asked ? (uint32_t)strlen(o->asked) + 1 : 0,
			    .repeats = o->repeats};
	struct mk_buffer b = {0};

	mk_append(&b, &r, sizeof(r));
	r.path_len = mk_append_path(&b, o->path);
	mk_append(&b, o->asked, r.asked_len);
	return mk_finish(&b, size, &r, sizeof(r));
}

struct mk_read {
	struct cl_task task;
	uint64_t ts;
	uint32_t flags, how; /* how 0: read(2) */
	uint32_t repeats, opener_tgid;
	uint64_t opener_start;
	struct cl_file file;
	int64_t offset;
	const char *path, *content;
	size_t content_len; /* 0: strlen(content) */
	uint64_t length;    /* 0: content_len */
};

MK_UNUSED static void *mk_raw_read(size_t *size, const struct mk_read *o)
{
	size_t content_len = o->content_len ? o->content_len : o->content ? strlen(o->content) : 0;
	struct cl_read r = {.h = mk_header(CL_READ, o->task, o->ts, o->flags),
			    .file = o->file,
			    .offset = o->offset,
			    .length = o->length ? o->length : content_len,
			    .how = o->how ? o->how : CL_READ_READ,
			    .repeats = o->repeats,
			    .opener_tgid = o->opener_tgid,
			    .opener_start = o->opener_start,
			    .content_len = (uint32_t)content_len};
	struct mk_buffer b = {0};

	mk_append(&b, &r, sizeof(r));
	r.path_len = mk_append_path(&b, o->path);
	mk_append(&b, o->content, content_len);
	return mk_finish(&b, size, &r, sizeof(r));
}

/* content, path, file, task and flags of a read; the descriptor is 3. */
MK_UNUSED static void *mk_raw_held(size_t *size, const struct mk_read *o)
{
	struct cl_held_file r = {.h = mk_header(CL_HELD, o->task, o->ts, o->flags),
				 .file = o->file,
				 .descriptor = 3,
				 .content_len = o->content ? (uint32_t)strlen(o->content) : 0};
	struct mk_buffer b = {0};

	mk_append(&b, &r, sizeof(r));
	r.path_len = mk_append_path(&b, o->path);
	mk_append(&b, o->content, r.content_len);
	return mk_finish(&b, size, &r, sizeof(r));
}

struct mk_connect {
	struct cl_task task;
	uint64_t ts;
	uint32_t flags;
	uint16_t family, type, protocol, port;
	uint8_t address[16];
	const char *path; /* unix: the name asked for; path_len 0: strlen(path) */
	size_t path_len;
	const char *file; /* where the socket's file is */
	uint64_t socket, ino;
	uint32_t dev, how, repeats;
	uint8_t asked[16];
	uint16_t asked_port;
};

MK_UNUSED static void *mk_raw_connect(size_t *size, const struct mk_connect *c)
{
	size_t path_len = c->path_len ? c->path_len : c->path ? strlen(c->path) : 0;
	struct cl_connect r = {.h = mk_header(CL_CONNECT, c->task, c->ts, c->flags),
			       .family = c->family,
			       .type = c->type,
			       .protocol = c->protocol,
			       .port = c->port,
			       .socket = c->socket,
			       .ino = c->ino,
			       .dev = c->dev,
			       .how = c->how ? c->how : CL_CONNECT_CALL,
			       .repeats = c->repeats,
			       .asked_port = c->asked_port,
			       .name_len = (uint32_t)path_len};
	struct mk_buffer b = {0};

	memcpy(r.address, c->address, sizeof(r.address));
	memcpy(r.asked, c->asked, sizeof(r.asked));
	mk_append(&b, &r, sizeof(r));
	r.path_len = mk_append_path(&b, c->file);
	mk_append(&b, c->path, path_len);
	return mk_finish(&b, size, &r, sizeof(r));
}
