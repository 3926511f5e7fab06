/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every length in a record is a claim. One cursor hands out the variable parts in their order and refuses a part that
 * is over its cap or over what is left; at the end exactly nothing may be left. Nothing is read before that check.
 */
#include "event/event.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct cursor {
	const char *p;
	size_t left;
};

static int take(struct cursor *c, uint32_t len, uint32_t max, struct cl_view *out)
{
	if (len > max || len > c->left)
		return -EPROTO;
	*out = (struct cl_view){.p = c->p, .len = len};
	c->p += len;
	c->left -= len;
	return 0;
}

/* A part that is made of NUL-terminated strings. */
static int take_strings(struct cursor *c, uint32_t len, uint32_t max, struct cl_view *out)
{
	int r = take(c, len, max, out);

	if (!r && len && out->p[len - 1])
		return -EPROTO;
	return r;
}

/*
 * "c\0b\0a\0" -> "/a/b/c", ".../a/b/c" when its beginning is missing; `empty` for no component. Filled from the end,
 * so one pass is enough: each component's NUL pays for its slash.
 */
static int turn_path(struct cl_arena *arena, struct cl_view v, bool truncated, const char *empty, const char **out)
{
	char *buf = cl_arena_alloc(arena, v.len + sizeof("..."));
	char *pos;

	if (!buf)
		return -ENOMEM;
	pos = buf + v.len + 3;
	for (size_t i = 0; i < v.len;) {
		size_t n = strlen(v.p + i);

		if (n) {
			pos -= n;
			memcpy(pos, v.p + i, n);
			*--pos = '/';
		}
		i += n + 1;
	}
	if (!*pos) {
		*out = empty;
		return 0;
	}
	if (truncated) {
		pos -= 3;
		memcpy(pos, "...", 3);
	}
	*out = pos;
	return 0;
}

static int file_path(struct cursor *c, uint32_t len, struct cl_arena *arena, struct cl_event *e)
{
	struct cl_view v = {0};
	int r = take_strings(c, len, CL_PATH_MAX, &v);

	if (r)
		return r;
	if (e->h->flags & CL_F_ANONYMOUS && v.len) {
		e->path = cl_arena_strdup(arena, v.p);
		return e->path ? 0 : -ENOMEM;
	}
	return turn_path(arena, v, e->h->flags & CL_F_PATH_TRUNCATED, "", &e->path);
}

static int decode_exec(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e)
{
	const struct cl_exec *x = record;
	struct cl_view filename = {0}, cgroup = {0};
	int r;

	e->file = &x->exe;
	e->args_total = x->args_total;
	e->env_total = x->env_total;
	r = file_path(c, x->path_len, arena, e);
	if (!r)
		r = take_strings(c, x->filename_len, CL_FILENAME_MAX, &filename);
	if (!r)
		r = take_strings(c, x->cgroup_len, CL_CGROUP_MAX, &cgroup);
	if (!r)
		r = take(c, x->args_len, CL_ARGS_MAX, &e->args);
	if (!r)
		r = take(c, x->env_len, CL_ENV_MAX, &e->env);
	if (r)
		return r;
	if (filename.len)
		e->filename = cl_arena_strdup(arena, filename.p);
	if (!e->filename)
		return -ENOMEM;
	return turn_path(arena, cgroup, e->h->flags & CL_F_CGROUP_TRUNCATED, "/", &e->cgroup);
}

static int decode_fork(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e)
{
	const struct cl_fork *x = record;

	(void)c;
	(void)arena;
	e->child = &x->child;
	return 0;
}

static int decode_exit(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e)
{
	const struct cl_exit *x = record;

	(void)c;
	(void)arena;
	e->exit_code = x->code;
	return 0;
}

static int decode_open(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e)
{
	const struct cl_open *x = record;

	struct cl_view asked = {0};
	int r;

	e->file = &x->file;
	e->open_flags = x->open_flags;
	e->repeats = x->repeats;
	r = file_path(c, x->path_len, arena, e);
	if (!r)
		r = take_strings(c, x->asked_len, CL_FILENAME_MAX, &asked);
	if (r)
		return r;
	if (asked.len)
		e->filename = cl_arena_strdup(arena, asked.p);
	return e->filename ? 0 : -ENOMEM;
}

static int decode_read(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e)
{
	const struct cl_read *x = record;
	int r;

	e->file = &x->file;
	e->offset = x->offset;
	e->length = x->length;
	e->how = x->how;
	e->repeats = x->repeats;
	e->opener.start = x->opener_start;
	e->opener.tgid = x->opener_tgid;
	e->opener.uid = x->opener_uid;
	r = file_path(c, x->path_len, arena, e);
	return r ? r : take(c, x->content_len, CL_CONTENT_MAX, &e->content);
}

static int decode_access(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e)
{
	const struct cl_access *x = record;

	(void)c;
	(void)arena;
	e->target = &x->target;
	e->how = x->how;
	return 0;
}

static int decode_receive(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e)
{
	const struct cl_receive *x = record;

	e->file = &x->file;
	e->how = x->how;
	e->opener.start = x->opener_start;
	e->opener.tgid = x->opener_tgid;
	e->opener.uid = x->opener_uid;
	return file_path(c, x->path_len, arena, e);
}

static int decode_held(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e)
{
	const struct cl_held_file *x = record;
	int r;

	e->file = &x->file;
	e->descriptor = x->descriptor;
	e->opener.uid = x->opener_uid;
	r = file_path(c, x->path_len, arena, e);
	return r ? r : take(c, x->content_len, CL_CONTENT_MAX, &e->content);
}

static int decode_connect_end(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e)
{
	(void)c;
	(void)arena;
	e->connect_end = record;
	return 0;
}

static int decode_connect(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e)
{
	const struct cl_connect *x = record;

	int r;

	e->connect = x;
	e->how = x->how;
	e->repeats = x->repeats;
	r = file_path(c, x->path_len, arena, e);
	return r ? r : take(c, x->name_len, CL_UNIX_PATH_MAX, &e->unix_name);
}

static const struct {
	size_t fixed;
	int (*decode)(const void *record, struct cursor *c, struct cl_arena *arena, struct cl_event *e);
} kinds[CL_KIND_MAX] = {
	[CL_EXEC] = {sizeof(struct cl_exec), decode_exec},
	[CL_FORK] = {sizeof(struct cl_fork), decode_fork},
	[CL_EXIT] = {sizeof(struct cl_exit), decode_exit},
	[CL_OPEN] = {sizeof(struct cl_open), decode_open},
	[CL_READ] = {sizeof(struct cl_read), decode_read},
	[CL_CONNECT] = {sizeof(struct cl_connect), decode_connect},
	[CL_ACCESS] = {sizeof(struct cl_access), decode_access},
	[CL_RECEIVE] = {sizeof(struct cl_receive), decode_receive},
	[CL_HELD] = {sizeof(struct cl_held_file), decode_held},
	[CL_CONNECT_END] = {sizeof(struct cl_connect_end), decode_connect_end},
	[CL_WRITE] = {sizeof(struct cl_open), decode_open},
};

int cl_event_decode(const void *record, size_t size, struct cl_arena *arena, struct cl_event *out)
{
	struct cl_event e = {.h = record, .path = "", .filename = "", .cgroup = ""};
	struct cursor c;
	size_t fixed;
	int r;

	if ((uintptr_t)record % _Alignof(struct cl_exec) || size < sizeof(struct cl_header) || size != e.h->size)
		return -EPROTO;
	if (e.h->schema != CL_SCHEMA || e.h->kind >= CL_KIND_MAX || !kinds[e.h->kind].decode)
		return -EPROTO;
	fixed = kinds[e.h->kind].fixed;
	if (size < fixed)
		return -EPROTO;
	c = (struct cursor){.p = (const char *)record + fixed, .left = size - fixed};
	r = kinds[e.h->kind].decode(record, &c, arena, &e);
	if (r)
		return r;
	if (c.left)
		return -EPROTO;
	*out = e;
	return 0;
}
