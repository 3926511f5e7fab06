/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static const struct {
	const char *name;
	uint32_t hook;
	const char *function, *alternative;
} programs[CL_PROG_MAX] = {
	[CL_PROG_EXEC] = {"process_exec", CL_HOOK_TRACEPOINT, NULL, NULL},
	[CL_PROG_FORK] = {"process_fork", CL_HOOK_TRACEPOINT, NULL, NULL},
	[CL_PROG_EXIT] = {"process_exit", CL_HOOK_TRACEPOINT, NULL, NULL},
	[CL_PROG_EXEC_AGAIN] = {"process_exec_again", CL_HOOK_TRACEPOINT, NULL, NULL},
	[CL_PROG_FORK_AGAIN] = {"process_fork_again", CL_HOOK_TRACEPOINT, NULL, NULL},
	[CL_PROG_EXIT_AGAIN] = {"process_exit_again", CL_HOOK_TRACEPOINT, NULL, NULL},
	[CL_PROG_OPEN_FENTRY] = {"open_fentry", CL_HOOK_FENTRY, "security_file_open", NULL},
	[CL_PROG_READ_FEXIT] = {"read_fexit", CL_HOOK_FENTRY, "vfs_read", NULL},
	[CL_PROG_READV_FEXIT] = {"readv_fexit", CL_HOOK_FENTRY, "vfs_readv", NULL},
	[CL_PROG_AIO_FEXIT] = {"aio_fexit", CL_HOOK_FENTRY, "aio_read", NULL},
	[CL_PROG_MMAP_FENTRY] = {"mmap_fentry", CL_HOOK_FENTRY, "security_mmap_file", NULL},
	[CL_PROG_SPLICE_FEXIT] = {"splice_fexit", CL_HOOK_FENTRY, "do_splice_read", "do_splice_to"},
	[CL_PROG_COPYING_FENTRY] = {"copying_fentry", CL_HOOK_FENTRY, "vfs_copy_file_range", NULL},
	[CL_PROG_COPY_FEXIT] = {"copy_fexit", CL_HOOK_FENTRY, "vfs_copy_file_range", NULL},
	[CL_PROG_CONNECT_FENTRY] = {"connect_fentry", CL_HOOK_FENTRY, "security_socket_connect", NULL},
	[CL_PROG_ACCESS_FEXIT] = {"access_fexit", CL_HOOK_FENTRY, "security_ptrace_access_check", NULL},
	[CL_PROG_TRACEME_FEXIT] = {"traceme_fexit", CL_HOOK_FENTRY, "security_ptrace_traceme", NULL},
	[CL_PROG_MEM_FEXIT] = {"mem_fexit", CL_HOOK_FENTRY, "mem_open", NULL},
	[CL_PROG_ENVIRON_FEXIT] = {"environ_fexit", CL_HOOK_FENTRY, "environ_open", NULL},
	[CL_PROG_RECEIVE_FEXIT] = {"receive_fexit", CL_HOOK_FENTRY, "security_file_receive", NULL},
	[CL_PROG_UNIX_STREAM_FEXIT] = {"unix_stream_fexit", CL_HOOK_FENTRY, "unix_stream_connect", NULL},
	[CL_PROG_UNIX_DGRAM_FEXIT] = {"unix_dgram_fexit", CL_HOOK_FENTRY, "unix_dgram_connect", NULL},
	[CL_PROG_SEND_FENTRY] = {"send_fentry", CL_HOOK_FENTRY, "security_socket_sendmsg", NULL},
	[CL_PROG_ACCEPT_FENTRY] = {"accept_fentry", CL_HOOK_FENTRY, "security_sock_graft", NULL},
	[CL_PROG_OPEN_KPROBE] = {"open_kprobe", CL_HOOK_KPROBE, "security_file_open", NULL},
	[CL_PROG_READ_KPROBE] = {"read_kprobe", CL_HOOK_KPROBE, "vfs_read", NULL},
	[CL_PROG_READ_KRETPROBE] = {"read_kretprobe", CL_HOOK_KRETPROBE, "vfs_read", NULL},
	[CL_PROG_READV_KPROBE] = {"readv_kprobe", CL_HOOK_KPROBE, "vfs_readv", NULL},
	[CL_PROG_READV_KRETPROBE] = {"readv_kretprobe", CL_HOOK_KRETPROBE, "vfs_readv", NULL},
	[CL_PROG_MMAP_KPROBE] = {"mmap_kprobe", CL_HOOK_KPROBE, "security_mmap_file", NULL},
	[CL_PROG_SPLICE_SAVE] = {"splice_save", CL_HOOK_KPROBE, "do_splice_read", "do_splice_to"},
	[CL_PROG_SPLICE_KRETPROBE] = {"splice_kretprobe", CL_HOOK_KRETPROBE, "do_splice_read", "do_splice_to"},
	[CL_PROG_COPYING_KPROBE] = {"copying_kprobe", CL_HOOK_KPROBE, "vfs_copy_file_range", NULL},
	[CL_PROG_COPY_SAVE] = {"copy_save", CL_HOOK_KPROBE, "vfs_copy_file_range", NULL},
	[CL_PROG_COPY_KRETPROBE] = {"copy_kretprobe", CL_HOOK_KRETPROBE, "vfs_copy_file_range", NULL},
	[CL_PROG_CONNECT_KPROBE] = {"connect_kprobe", CL_HOOK_KPROBE, "security_socket_connect", NULL},
	[CL_PROG_ACCESS_SAVE] = {"access_save", CL_HOOK_KPROBE, "security_ptrace_access_check", NULL},
	[CL_PROG_ACCESS_KRETPROBE] = {"access_kretprobe", CL_HOOK_KRETPROBE, "security_ptrace_access_check", NULL},
	[CL_PROG_TRACEME_SAVE] = {"traceme_save", CL_HOOK_KPROBE, "security_ptrace_traceme", NULL},
	[CL_PROG_TRACEME_KRETPROBE] = {"traceme_kretprobe", CL_HOOK_KRETPROBE, "security_ptrace_traceme", NULL},
	[CL_PROG_MEM_SAVE] = {"mem_save", CL_HOOK_KPROBE, "mem_open", NULL},
	[CL_PROG_MEM_KRETPROBE] = {"mem_kretprobe", CL_HOOK_KRETPROBE, "mem_open", NULL},
	[CL_PROG_ENVIRON_SAVE] = {"environ_save", CL_HOOK_KPROBE, "environ_open", NULL},
	[CL_PROG_ENVIRON_KRETPROBE] = {"environ_kretprobe", CL_HOOK_KRETPROBE, "environ_open", NULL},
	[CL_PROG_RECEIVE_SAVE] = {"receive_save", CL_HOOK_KPROBE, "security_file_receive", NULL},
	[CL_PROG_RECEIVE_KRETPROBE] = {"receive_kretprobe", CL_HOOK_KRETPROBE, "security_file_receive", NULL},
	[CL_PROG_UNIX_STREAM_SAVE] = {"unix_stream_save", CL_HOOK_KPROBE, "unix_stream_connect", NULL},
	[CL_PROG_UNIX_STREAM_KRETPROBE] = {"unix_stream_kretprobe", CL_HOOK_KRETPROBE, "unix_stream_connect", NULL},
	[CL_PROG_UNIX_DGRAM_SAVE] = {"unix_dgram_save", CL_HOOK_KPROBE, "unix_dgram_connect", NULL},
	[CL_PROG_UNIX_DGRAM_KRETPROBE] = {"unix_dgram_kretprobe", CL_HOOK_KRETPROBE, "unix_dgram_connect", NULL},
	[CL_PROG_SEND_KPROBE] = {"send_kprobe", CL_HOOK_KPROBE, "security_socket_sendmsg", NULL},
	[CL_PROG_ACCEPT_KPROBE] = {"accept_kprobe", CL_HOOK_KPROBE, "security_sock_graft", NULL},
	[CL_PROG_CONNECT_STATE] = {"connect_state", CL_HOOK_TRACEPOINT, NULL, NULL},
	[CL_PROG_SYSCALL_EXIT] = {"syscall_exit", CL_HOOK_TRACEPOINT, NULL, NULL},
	[CL_PROG_RING_COMPLETE] = {"ring_complete", CL_HOOK_TRACEPOINT, NULL, NULL},
};

/* Best tier first within an act. */
static const struct cl_plan_row rows[] = {
	{CL_ACT_EXEC, CL_TIER_TRACEPOINT, CL_PROG_EXEC, false},
	{CL_ACT_EXEC, CL_TIER_TRACEPOINT, CL_PROG_EXEC_AGAIN, true},
	{CL_ACT_FORK, CL_TIER_TRACEPOINT, CL_PROG_FORK, false},
	{CL_ACT_FORK, CL_TIER_TRACEPOINT, CL_PROG_FORK_AGAIN, true},
	{CL_ACT_EXIT, CL_TIER_TRACEPOINT, CL_PROG_EXIT, false},
	{CL_ACT_EXIT, CL_TIER_TRACEPOINT, CL_PROG_EXIT_AGAIN, true},
	{CL_ACT_OPEN, CL_TIER_FENTRY, CL_PROG_OPEN_FENTRY, false},
	{CL_ACT_OPEN, CL_TIER_KPROBE, CL_PROG_OPEN_KPROBE, false},
	{CL_ACT_OPEN, CL_TIER_TRACEPOINT, CL_PROG_SYSCALL_EXIT, false},
	{CL_ACT_OPEN, CL_TIER_TRACEPOINT, CL_PROG_RING_COMPLETE, true},
	{CL_ACT_READ, CL_TIER_FENTRY, CL_PROG_READ_FEXIT, false},
	{CL_ACT_READ, CL_TIER_FENTRY, CL_PROG_READV_FEXIT, true},
	{CL_ACT_READ, CL_TIER_FENTRY, CL_PROG_AIO_FEXIT, true},
	{CL_ACT_READ, CL_TIER_FENTRY, CL_PROG_MMAP_FENTRY, true},
	{CL_ACT_READ, CL_TIER_FENTRY, CL_PROG_SPLICE_FEXIT, true},
	{CL_ACT_READ, CL_TIER_FENTRY, CL_PROG_COPYING_FENTRY, true},
	{CL_ACT_READ, CL_TIER_FENTRY, CL_PROG_COPY_FEXIT, true},
	{CL_ACT_READ, CL_TIER_FENTRY, CL_PROG_RING_COMPLETE, true},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_READ_KPROBE, false},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_SYSCALL_EXIT, false},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_READ_KRETPROBE, true},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_READV_KPROBE, true},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_READV_KRETPROBE, true},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_MMAP_KPROBE, true},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_SPLICE_SAVE, true},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_SPLICE_KRETPROBE, true},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_COPYING_KPROBE, true},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_COPY_SAVE, true},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_COPY_KRETPROBE, true},
	{CL_ACT_READ, CL_TIER_KPROBE, CL_PROG_RING_COMPLETE, true},
	{CL_ACT_READ, CL_TIER_TRACEPOINT, CL_PROG_SYSCALL_EXIT, false},
	{CL_ACT_READ, CL_TIER_TRACEPOINT, CL_PROG_RING_COMPLETE, true},
	{CL_ACT_CONNECT, CL_TIER_FENTRY, CL_PROG_CONNECT_FENTRY, false},
	{CL_ACT_CONNECT, CL_TIER_FENTRY, CL_PROG_CONNECT_STATE, true},
	{CL_ACT_CONNECT, CL_TIER_FENTRY, CL_PROG_UNIX_STREAM_FEXIT, true},
	{CL_ACT_CONNECT, CL_TIER_FENTRY, CL_PROG_UNIX_DGRAM_FEXIT, true},
	{CL_ACT_CONNECT, CL_TIER_KPROBE, CL_PROG_CONNECT_KPROBE, false},
	{CL_ACT_CONNECT, CL_TIER_KPROBE, CL_PROG_CONNECT_STATE, true},
	{CL_ACT_CONNECT, CL_TIER_KPROBE, CL_PROG_UNIX_STREAM_SAVE, true},
	{CL_ACT_CONNECT, CL_TIER_KPROBE, CL_PROG_UNIX_STREAM_KRETPROBE, true},
	{CL_ACT_CONNECT, CL_TIER_KPROBE, CL_PROG_UNIX_DGRAM_SAVE, true},
	{CL_ACT_CONNECT, CL_TIER_KPROBE, CL_PROG_UNIX_DGRAM_KRETPROBE, true},
	{CL_ACT_CONNECT, CL_TIER_TRACEPOINT, CL_PROG_SYSCALL_EXIT, false},
	{CL_ACT_CONNECT, CL_TIER_TRACEPOINT, CL_PROG_CONNECT_STATE, true},
	{CL_ACT_ACCESS, CL_TIER_FENTRY, CL_PROG_ACCESS_FEXIT, false},
	{CL_ACT_ACCESS, CL_TIER_FENTRY, CL_PROG_TRACEME_FEXIT, false},
	{CL_ACT_ACCESS, CL_TIER_FENTRY, CL_PROG_MEM_FEXIT, false},
	{CL_ACT_ACCESS, CL_TIER_FENTRY, CL_PROG_ENVIRON_FEXIT, false},
	{CL_ACT_ACCESS, CL_TIER_KPROBE, CL_PROG_ACCESS_SAVE, false},
	{CL_ACT_ACCESS, CL_TIER_KPROBE, CL_PROG_ACCESS_KRETPROBE, false},
	{CL_ACT_ACCESS, CL_TIER_KPROBE, CL_PROG_TRACEME_SAVE, false},
	{CL_ACT_ACCESS, CL_TIER_KPROBE, CL_PROG_TRACEME_KRETPROBE, false},
	{CL_ACT_ACCESS, CL_TIER_KPROBE, CL_PROG_MEM_SAVE, false},
	{CL_ACT_ACCESS, CL_TIER_KPROBE, CL_PROG_MEM_KRETPROBE, false},
	{CL_ACT_ACCESS, CL_TIER_KPROBE, CL_PROG_ENVIRON_SAVE, false},
	{CL_ACT_ACCESS, CL_TIER_KPROBE, CL_PROG_ENVIRON_KRETPROBE, false},
	{CL_ACT_ACCESS, CL_TIER_TRACEPOINT, CL_PROG_SYSCALL_EXIT, false},
	{CL_ACT_ACCESS, CL_TIER_TRACEPOINT, CL_PROG_RING_COMPLETE, true},
	{CL_ACT_RECEIVE, CL_TIER_FENTRY, CL_PROG_RECEIVE_FEXIT, false},
	{CL_ACT_RECEIVE, CL_TIER_KPROBE, CL_PROG_RECEIVE_SAVE, false},
	{CL_ACT_RECEIVE, CL_TIER_KPROBE, CL_PROG_RECEIVE_KRETPROBE, false},
	{CL_ACT_RECEIVE, CL_TIER_TRACEPOINT, CL_PROG_SYSCALL_EXIT, false},
	{CL_ACT_SEND, CL_TIER_FENTRY, CL_PROG_SEND_FENTRY, false},
	{CL_ACT_SEND, CL_TIER_KPROBE, CL_PROG_SEND_KPROBE, false},
	{CL_ACT_SEND, CL_TIER_TRACEPOINT, CL_PROG_SYSCALL_EXIT, false},
	{CL_ACT_ACCEPT, CL_TIER_FENTRY, CL_PROG_ACCEPT_FENTRY, false},
	{CL_ACT_ACCEPT, CL_TIER_KPROBE, CL_PROG_ACCEPT_KPROBE, false},
	{CL_ACT_ACCEPT, CL_TIER_TRACEPOINT, CL_PROG_SYSCALL_EXIT, false},
};

const char *cl_tier_name(uint32_t tier)
{
	static const char *const names[] = {"none", "fentry", "kprobe", "tracepoint"};

	return tier < ARRAY_SIZE(names) ? names[tier] : "none";
}

const char *cl_act_name(uint32_t act)
{
	static const char *const names[CL_ACT_MAX] = {"exec",	 "fork",   "exit",    "open", "read",
						      "connect", "access", "receive", "send", "accept"};

	return act < CL_ACT_MAX ? names[act] : "unknown";
}

const char *cl_program_name(uint32_t program)
{
	return program < CL_PROG_MAX ? programs[program].name : "";
}

uint32_t cl_program_hook(uint32_t program)
{
	return program < CL_PROG_MAX ? programs[program].hook : CL_HOOK_TRACEPOINT;
}

const char *cl_program_function(uint32_t program)
{
	return program < CL_PROG_MAX ? programs[program].function : NULL;
}

const char *cl_program_alternative(uint32_t program)
{
	return program < CL_PROG_MAX ? programs[program].alternative : NULL;
}

int cl_program_find(const char *name)
{
	for (int i = 0; i < CL_PROG_MAX; i++) {
		if (!strcmp(programs[i].name, name))
			return i;
	}
	return -1;
}

static bool tier_works(const struct cl_plan *p, uint32_t act, uint32_t tier)
{
	bool any = false;

	if (p->silent[act][tier])
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].act != act || rows[i].tier != tier || rows[i].extra)
			continue;
		if (p->failed[rows[i].program])
			return false;
		any = true;
	}
	return any;
}

static bool is_process_act(uint32_t act)
{
	return act == CL_ACT_EXEC || act == CL_ACT_FORK || act == CL_ACT_EXIT;
}

static bool tier_may(const struct cl_plan *p, uint32_t act, uint32_t tier)
{
	return (!p->force || tier == p->force || is_process_act(act)) && tier_works(p, act, tier);
}

static void choose(struct cl_plan *p)
{
	static const uint32_t best[] = {CL_TIER_FENTRY, CL_TIER_KPROBE, CL_TIER_TRACEPOINT};
	static const uint32_t unskipped[] = {CL_TIER_KPROBE, CL_TIER_TRACEPOINT, CL_TIER_FENTRY};
	const uint32_t *order = p->preempted ? unskipped : best;

	for (uint32_t act = 0; act < CL_ACT_MAX; act++) {
		p->tier[act] = CL_TIER_NONE;
		for (size_t i = 0; i < ARRAY_SIZE(best) && p->tier[act] == CL_TIER_NONE; i++) {
			if (tier_may(p, act, order[i]))
				p->tier[act] = order[i];
		}
	}
}

void cl_plan_init(struct cl_plan *p, uint32_t force)
{
	memset(p, 0, sizeof(*p));
	p->force = force;
	choose(p);
}

static void say(struct cl_plan *p, uint32_t act, const char *subject, const char *reason)
{
	if (!p->why[act][0])
		snprintf(p->why[act], sizeof(p->why[act]), "%s: %s", subject, reason);
}

void cl_plan_preempted(struct cl_plan *p, const char *mode)
{
	char reason[80];

	snprintf(reason, sizeof(reason), "this kernel pre-empts its programs and skips others (%.8s)", mode);
	for (uint32_t act = 0; act < CL_ACT_MAX; act++) {
		if (p->tier[act] == CL_TIER_FENTRY && !p->force)
			say(p, act, "fentry", reason);
	}
	p->preempted = true;
	choose(p);
}

void cl_plan_fail(struct cl_plan *p, uint32_t program, const char *reason)
{
	const char *subject = programs[program].function ? programs[program].function : programs[program].name;

	/* Only acts that hang on the program now have something to explain. */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].program == program && rows[i].tier == p->tier[rows[i].act])
			say(p, rows[i].act, subject, reason);
	}
	p->failed[program] = true;
	choose(p);
}

void cl_plan_silent(struct cl_plan *p, uint32_t act, const char *reason)
{
	say(p, act, cl_tier_name(p->tier[act]), reason);
	p->silent[act][p->tier[act]] = true;
	choose(p);
}

/* Second tries, for kernels that pre-empt programs and skip others meanwhile. */
static bool is_for_preempted(uint32_t program)
{
	switch (program) {
	case CL_PROG_EXEC_AGAIN:
	case CL_PROG_FORK_AGAIN:
	case CL_PROG_EXIT_AGAIN:
	case CL_PROG_READ_KRETPROBE:
	case CL_PROG_READV_KRETPROBE:
		return true;
	default:
		return false;
	}
}

bool cl_plan_wants(const struct cl_plan *p, uint32_t program)
{
	if (p->failed[program])
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].program == program && p->tier[rows[i].act] == rows[i].tier &&
		    (p->preempted || !is_for_preempted(program)))
			return true;
	}
	return false;
}

bool cl_plan_is_backed(const struct cl_plan *p, uint32_t program)
{
	switch (program) {
	case CL_PROG_EXEC:
		return cl_plan_wants(p, CL_PROG_EXEC_AGAIN);
	case CL_PROG_FORK:
		return cl_plan_wants(p, CL_PROG_FORK_AGAIN);
	case CL_PROG_EXIT:
		return cl_plan_wants(p, CL_PROG_EXIT_AGAIN);
	case CL_PROG_READ_KRETPROBE:
	case CL_PROG_READV_KRETPROBE:
		return true;
	case CL_PROG_SYSCALL_EXIT: /* not what it tells alone */
		for (uint32_t act = 0; act < CL_ACT_MAX; act++) {
			if (cl_plan_at(p, act, CL_TIER_TRACEPOINT) && cl_plan_uses(p, act, program))
				return false;
		}
		return true;
	default:
		return false;
	}
}

bool cl_plan_at(const struct cl_plan *p, uint32_t act, uint32_t tier)
{
	return p->tier[act] == tier;
}

bool cl_plan_at_function(const struct cl_plan *p, uint32_t act)
{
	return cl_plan_at(p, act, CL_TIER_FENTRY) || cl_plan_at(p, act, CL_TIER_KPROBE);
}

bool cl_plan_uses(const struct cl_plan *p, uint32_t act, uint32_t program)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].act == act && rows[i].program == program && rows[i].tier == p->tier[act])
			return true;
	}
	return false;
}

bool cl_plan_ends_unix(const struct cl_plan *p)
{
	static const uint32_t ends[2][4] = {
		{CL_PROG_UNIX_STREAM_FEXIT, CL_PROG_UNIX_STREAM_FEXIT, CL_PROG_UNIX_DGRAM_FEXIT,
		 CL_PROG_UNIX_DGRAM_FEXIT},
		{CL_PROG_UNIX_STREAM_SAVE, CL_PROG_UNIX_STREAM_KRETPROBE, CL_PROG_UNIX_DGRAM_SAVE,
		 CL_PROG_UNIX_DGRAM_KRETPROBE},
	};
	const uint32_t *programs_of = ends[cl_plan_at(p, CL_ACT_CONNECT, CL_TIER_KPROBE)];

	for (size_t i = 0; i < 4; i++) {
		if (!cl_plan_wants(p, programs_of[i]))
			return false;
	}
	return true;
}
