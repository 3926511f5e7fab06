/* SPDX-License-Identifier: Apache-2.0 */
/* What a running process can still do, as the kernel says it in /proc/PID (proc(5)): no word of the process is taken. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct cl_thread_rights {
	uint64_t effective, permitted, inheritable, bounding, ambient; /* bit n: capability n */
	uint64_t uid, seccomp, filters; /* seccomp 2: a filter; `filters` is 0 before Linux 5.9 */
	bool no_new_privs;
};

/* Descriptors by kind: what was opened with rights that are gone is a right, too. */
struct cl_open_rights {
	unsigned int bpf_maps, bpf_programs, bpf_links, perf_events, sockets, files, others;
};

struct cl_inspected {
	struct cl_thread_rights first;	 /* of the first thread */
	unsigned int threads, differing; /* threads whose rights are not those of the first one */
	struct cl_open_rights open;
};

/* -ESRCH: no such process; -EACCES: it is not ours to look at. */
int cl_inspect(pid_t pid, struct cl_inspected *out, struct cl_error *err);
/* The text of a status file. 0, -EPROTO when a line that must be there is not. */
int cl_inspect_status(const char *text, struct cl_thread_rights *out);
