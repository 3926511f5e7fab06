/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load plan: which program sees which act at which tier. One table; everything else asks it. Pure: it knows
 * nothing of libbpf, so every fallback can be tested without a kernel.
 */
#pragma once

#include "capture/capture.h"

enum cl_program {
	CL_PROG_EXEC = 0,
	CL_PROG_FORK,
	CL_PROG_EXIT,
	CL_PROG_EXEC_AGAIN, /* for what the three before were not run for */
	CL_PROG_FORK_AGAIN,
	CL_PROG_EXIT_AGAIN,
	CL_PROG_OPEN_FENTRY,
	CL_PROG_READ_FEXIT,
	CL_PROG_READV_FEXIT,
	CL_PROG_AIO_FEXIT,
	CL_PROG_MMAP_FENTRY,
	CL_PROG_SPLICE_FEXIT,
	CL_PROG_COPYING_FENTRY,
	CL_PROG_COPY_FEXIT,
	CL_PROG_CONNECT_FENTRY,
	CL_PROG_ACCESS_FEXIT,
	CL_PROG_TRACEME_FEXIT,
	CL_PROG_MEM_FEXIT,
	CL_PROG_ENVIRON_FEXIT,
	CL_PROG_RECEIVE_FEXIT,
	CL_PROG_UNIX_STREAM_FEXIT,
	CL_PROG_UNIX_DGRAM_FEXIT,
	CL_PROG_SEND_FENTRY,
	CL_PROG_ACCEPT_FENTRY,
	CL_PROG_OPEN_KPROBE,
	CL_PROG_READ_KPROBE,
	CL_PROG_READ_KRETPROBE,
	CL_PROG_READV_KPROBE,
	CL_PROG_READV_KRETPROBE,
	CL_PROG_MMAP_KPROBE,
	CL_PROG_SPLICE_SAVE,
	CL_PROG_SPLICE_KRETPROBE,
	CL_PROG_COPYING_KPROBE,
	CL_PROG_COPY_SAVE,
	CL_PROG_COPY_KRETPROBE,
	CL_PROG_CONNECT_KPROBE,
	CL_PROG_ACCESS_SAVE,
	CL_PROG_ACCESS_KRETPROBE,
	CL_PROG_TRACEME_SAVE,
	CL_PROG_TRACEME_KRETPROBE,
	CL_PROG_MEM_SAVE,
	CL_PROG_MEM_KRETPROBE,
	CL_PROG_ENVIRON_SAVE,
	CL_PROG_ENVIRON_KRETPROBE,
	CL_PROG_RECEIVE_SAVE,
	CL_PROG_RECEIVE_KRETPROBE,
	CL_PROG_UNIX_STREAM_SAVE,
	CL_PROG_UNIX_STREAM_KRETPROBE,
	CL_PROG_UNIX_DGRAM_SAVE,
	CL_PROG_UNIX_DGRAM_KRETPROBE,
	CL_PROG_SEND_KPROBE,
	CL_PROG_ACCEPT_KPROBE,
	CL_PROG_CONNECT_STATE,
	CL_PROG_SYSCALL_EXIT,
	CL_PROG_RING_COMPLETE,
	CL_PROG_MAX,
};

struct cl_plan_row {
	uint32_t act, tier, program;
	/* true: the act is seen without it, only less of it */
	bool extra;
};

struct cl_plan {
	uint32_t force;		       /* enum cl_tier; process acts have one tier only and ignore it */
	bool preempted;		       /* the kernel pre-empts fentry programs, and then skips other runs of them */
	uint32_t tier[CL_ACT_MAX];     /* chosen */
	bool alternative[CL_PROG_MAX]; /* the function goes by its other name here */
	bool failed[CL_PROG_MAX];      /* could not be loaded, attached, or stayed silent as an extra */
	bool silent[CL_ACT_MAX][4];    /* the self-test's event did not arrive at that tier */
	char why[CL_ACT_MAX][160];     /* the first reason for being lower than possible */
};

/* How a program hangs on the kernel. */
enum cl_hook {
	CL_HOOK_TRACEPOINT = 0,
	CL_HOOK_FENTRY, /* fexit, too */
	CL_HOOK_KPROBE,
	CL_HOOK_KRETPROBE,
};

/* BPF name of a program, how it hangs, and on which kernel function (NULL: a tracepoint). */
const char *cl_program_name(uint32_t program);
uint32_t cl_program_hook(uint32_t program);
const char *cl_program_function(uint32_t program);
/* The function's name in other kernels, with the same arguments; NULL: it has no other. */
const char *cl_program_alternative(uint32_t program);
/* -1 when there is none of that name. */
int cl_program_find(const char *name);

void cl_plan_init(struct cl_plan *p, uint32_t force);
/*
 * The kernel pre-empts what runs inside of it. It runs no fentry program while another run of it waits on the same
 * processor; kprobes and tracepoints run to their end. `mode` is what the kernel calls it.
 */
void cl_plan_preempted(struct cl_plan *p, const char *mode);
/* A program does not work here: acts that hang on it fall to the next tier. */
void cl_plan_fail(struct cl_plan *p, uint32_t program, const char *reason);
/* The act's event did not arrive at its present tier. */
void cl_plan_silent(struct cl_plan *p, uint32_t act, const char *reason);
bool cl_plan_wants(const struct cl_plan *p, uint32_t program);
/*
 * Whether another program does what this one is not run for: then a skipped run of it alone is no loss. The end of a read
 * that nobody has seen is told or counted by the probes themselves.
 */
bool cl_plan_is_backed(const struct cl_plan *p, uint32_t program);
/* Whether the act is seen by that tier's programs. */
bool cl_plan_at(const struct cl_plan *p, uint32_t act, uint32_t tier);
/* Whether it is seen where the kernel's own function is called: at the fentry or the kprobe tier. */
bool cl_plan_at_function(const struct cl_plan *p, uint32_t act);
/* Whether that program is one of those that see the act at its present tier. */
bool cl_plan_uses(const struct cl_plan *p, uint32_t act, uint32_t program);
/* Whether unix connects are seen at their end, where the socket that they reached is known. */
bool cl_plan_ends_unix(const struct cl_plan *p);
