/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decoded kernel record. decode.c is the only reader of raw records: it checks every length against the record's
 * size, turns reversed paths round and gives views into the record. A view dies with the record's buffer.
 *
 * args, env and content may hold credentials: only pipeline/observe.c may look at them, and it wipes the buffer.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "credlineage/event.h"

/* Bytes, not a string: may hold NUL. */
struct cl_view {
	const char *p;
	size_t len;
};

struct cl_event {
	const struct cl_header *h;  /* kind, flags, ts, task */
	const char *path;	    /* exec: executable; open, read, connect: file; "" when not carried. Arena */
	const char *filename;	    /* exec, open: the name that the process gave */
	const char *cgroup;	    /* exec: "/system.slice/x.service"; "/" for the root */
	const struct cl_file *file; /* exec: executable; open, read: file */
	struct cl_view args, env, content;
	uint32_t args_total, env_total;
	const struct cl_task *child; /* fork */
	int32_t exit_code;
	uint32_t open_flags;
	int64_t offset;
	uint64_t length;
	uint32_t how; /* enum of the kind: cl_read_how, cl_access_how, cl_receive_how, cl_connect_how */
	uint32_t repeats;
	uint32_t descriptor;	      /* held */
	const struct cl_task *target; /* access */
	struct {		      /* read, receive: who opened the descriptor; tgid 0: not seen */
		uint64_t start;
		uint32_t tgid, uid;
	} opener;
	const struct cl_connect *connect;
	const struct cl_connect_end *connect_end;
	struct cl_view unix_name; /* connect: as asked for */
};

/*
 * 0; -EPROTO when the record is not one (wrong size, kind, schema or lengths); -ENOMEM when the arena is full.
 * `record` must stay as it is while the event is used.
 */
int cl_event_decode(const void *record, size_t size, struct cl_arena *arena, struct cl_event *out);
