/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the monitor may do: one table of capabilities (capabilities(7)), each with the reason for it. Some are needed to
 * start only; the others are all that is left when the probes run. The user stays root, because the pins, the store and
 * the socket are root's files: that is ownership of files, and the filter of system calls (syscalls.h) lets nothing be
 * executed with it. (Landlock would bound the files, too, but a process under it may not look into others any more.)
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum cl_right_when {
	CL_RIGHT_START_WANTED, /* while starting; without it something less is done, and said */
	CL_RIGHT_START,	       /* while starting; without it there is no start */
	CL_RIGHT_KEPT,	       /* while starting and as long as the monitor runs */
};

struct cl_right {
	unsigned int capability; /* CAP_* */
	enum cl_right_when when;
	const char *reason; /* "to ..." */
};

extern const struct cl_right cl_rights[];
extern const size_t cl_n_rights;

#define CL_RIGHT_NAME 32
const char *cl_right_name(char buf[CL_RIGHT_NAME], unsigned int capability); /* "CAP_BPF" */
uint64_t cl_rights_kept(void);						     /* bit n: capability n */
/* -EPERM: this process lacks what a start needs; the text names each and what it is for. */
int cl_rights_check(struct cl_error *err);
/* The calling thread, for good: exactly the kept ones, an empty bounding set, no way back by uid 0. */
int cl_rights_drop(struct cl_error *err);
