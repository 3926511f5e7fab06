/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/limits.h"

#include <bpf/btf.h>
#include <string.h>

#include "base/cleanup.h"
#include "capture/internal.h"

#define FENTRY (1u << CL_TIER_FENTRY)
#define KPROBE (1u << CL_TIER_KPROBE)
#define TRACEPOINT (1u << CL_TIER_TRACEPOINT)
#define EVERY (FENTRY | KPROBE | TRACEPOINT)

/*
 * Sorted by act, then way. `way` is also what tests call it: a case of that name, or whose name begins with it and a
 * dash, is excused where the row holds.
 */
static const struct cl_limit rows[] = {
	{"ring-open", CL_ACT_OPEN, TRACEPOINT, "io_kiocb", "cqe",
	 "an open through io_uring passes no system call, and this kernel's completion does not tell the descriptor"},
	{"ring-read", CL_ACT_READ, EVERY, "io_kiocb", "cqe",
	 "a read through io_uring: this kernel's completion does not tell what was read; the open is seen"},
	{"fuse", CL_ACT_READ, EVERY, NULL, NULL,
	 "a file that a user's file system serves out of a credential's file: the server is seen reading, its reader is not"},
	{"mapped-content", CL_ACT_READ, EVERY, NULL, NULL,
	 "mmap, sendfile, splice and copy_file_range carry no bytes past a probe: the same version of the file is read "
	 "again, and when that is gone the content is unverified"},
	{"submitted-many", CL_ACT_READ, KPROBE | TRACEPOINT, NULL, NULL,
	 "io_submit: of more than eight reads in one call the first eight are seen, as the caller describes them at its end"},
	{"raw-socket", CL_ACT_CONNECT, EVERY, NULL, NULL,
	 "what is sent through a raw or packet socket, or a tunnel's device: it has no connect"},
	{"redirected", CL_ACT_CONNECT, EVERY, NULL, NULL,
	 "an address that the packet filter rewrites: the one that was asked for is reported, not the effective one"},
	{"rewritten", CL_ACT_CONNECT, TRACEPOINT, NULL, NULL,
	 "an address that a control group's program rewrites: the effective one is reported, not the one that was asked for"},
	{"ring-connect", CL_ACT_CONNECT, TRACEPOINT, NULL, NULL,
	 "a connect through io_uring passes no system call: TCP is seen all the same, UDP and unix sockets are not"},
	{"long-environment", CL_ACT_EXEC, EVERY, NULL, NULL,
	 "an environment over 256 KiB, arguments over 64 KiB: the rest is not looked at, and the process says that it was cut"},
	{"mapped-program", CL_ACT_EXEC, EVERY, NULL, NULL,
	 "a program that is mapped and jumped to without execve: its acts are those of the process that did it"},
	{"ring-receive", CL_ACT_RECEIVE, TRACEPOINT, NULL, NULL,
	 "a descriptor that comes in a message received through io_uring passes no system call: its reads are seen"},
	{"rewritten-send", CL_ACT_SEND, EVERY, NULL, NULL,
	 "an address that a control group's program rewrites as a message is sent: the one that was asked for is reported"},
	{"ring-send", CL_ACT_SEND, TRACEPOINT, NULL, NULL,
	 "a message that goes to an address through io_uring passes no system call"},
	{"unix-send", CL_ACT_SEND, EVERY, NULL, NULL,
	 "a message to a unix socket's path: the name that was given is reported, not the file that it led to"},
	{"ring-accept", CL_ACT_ACCEPT, TRACEPOINT, NULL, NULL,
	 "a connection that is accepted through io_uring passes no system call"},
	{"keyring", CL_ACT_MAX, EVERY, NULL, NULL,
	 "a credential that passes through a kernel keyring: no file holds it"},
	{"shared-memory", CL_ACT_MAX, EVERY, NULL, NULL,
	 "a credential that passes through shared memory, a pipe or a message queue: its bytes pass no probe"},
	{"typed", CL_ACT_MAX, EVERY, NULL, NULL,
	 "a credential that is typed or pasted at a terminal: it is known once a command carries it"},
	{"unnamed-copy", CL_ACT_MAX, EVERY, NULL, NULL,
	 "a credential that came through a pipe and is put into a file that no store and no configuration names: neither its "
	 "writer nor its reader is known; what a process writes that read or was given one itself is watched"},
};

size_t cl_limits_count(void)
{
	return ARRAY_SIZE(rows);
}

const struct cl_limit *cl_limits_row(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

static bool has_member(const struct btf *btf, const char *type, const char *member)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (__u32)id) : NULL;
	const struct btf_member *m = t ? btf_members(t) : NULL;

	for (int i = 0; t && i < btf_vlen(t); i++) {
		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), member))
			return true;
	}
	return false;
}

static bool holds(const struct btf *btf, const uint32_t *tiers, const struct cl_limit *limit)
{
	if (limit->act < CL_ACT_MAX && !(limit->tiers & (1u << tiers[limit->act])))
		return false;
	return !limit->type || !has_member(btf, limit->type, limit->member);
}

size_t cl_limits_find(const struct btf *btf, const uint32_t *tiers, const struct cl_limit **out)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (holds(btf, tiers, &rows[i]))
			out[n++] = &rows[i];
	}
	return n;
}

int cl_limits_fill(struct cl_capture *c, struct cl_error *err)
{
	c->limits = calloc(cl_limits_count(), sizeof(struct cl_limit *));
	if (!c->limits)
		return cl_fail(err, -ENOMEM, "cannot list what is not seen: out of memory");
	c->n_limits = cl_limits_find(c->types, c->plan.tier, c->limits);
	btf__free(TAKE_PTR(c->types));
	return 0;
}

const struct cl_limit *const *cl_capture_limits(const struct cl_capture *c, size_t *n)
{
	*n = c->n_limits;
	return c->limits;
}
