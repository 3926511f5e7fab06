/* SPDX-License-Identifier: Apache-2.0 */
/* The load plan without a kernel: which tier an act falls to when programs fail or stay silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../user/capture/plan.c"
#include "../../user/capture/syscalls.c"

#define NO_FENTRY "this kernel refuses fentry programs"
#define NO_KPROBE "this kernel has no kprobes"

/* What asking the kernel does when it takes none of a kind of programs. */
static void refuse(struct cl_plan *p, uint32_t hook, const char *reason)
{
	for (uint32_t i = 0; i < CL_PROG_MAX; i++) {
		if (cl_program_hook(i) == hook && cl_plan_wants(p, i))
			cl_plan_fail(p, i, reason);
	}
}

static void test_best_tier_first(void **state)
{
	struct cl_plan p;

	(void)state;
	cl_plan_init(&p, CL_TIER_NONE);
	for (uint32_t act = 0; act < CL_ACT_MAX; act++)
		assert_int_equal(p.tier[act], is_process_act(act) ? CL_TIER_TRACEPOINT : CL_TIER_FENTRY);
	assert_true(cl_plan_wants(&p, CL_PROG_OPEN_FENTRY));
	assert_true(cl_plan_wants(&p, CL_PROG_CONNECT_STATE));
	assert_false(cl_plan_wants(&p, CL_PROG_SYSCALL_EXIT));
}

static void test_a_failure_lowers_only_its_act(void **state)
{
	struct cl_plan p;

	(void)state;
	cl_plan_init(&p, CL_TIER_NONE);
	cl_plan_fail(&p, CL_PROG_OPEN_FENTRY, NO_FENTRY);
	assert_int_equal(p.tier[CL_ACT_OPEN], CL_TIER_KPROBE);
	assert_int_equal(p.tier[CL_ACT_READ], CL_TIER_FENTRY);
	assert_string_equal(p.why[CL_ACT_OPEN], "security_file_open: " NO_FENTRY);
	assert_string_equal(p.why[CL_ACT_READ], "");
	assert_true(cl_plan_wants(&p, CL_PROG_OPEN_KPROBE));
	assert_false(cl_plan_wants(&p, CL_PROG_OPEN_FENTRY));
	assert_false(cl_plan_wants(&p, CL_PROG_READ_KPROBE));
	assert_false(cl_plan_wants(&p, CL_PROG_SYSCALL_EXIT));
	cl_plan_fail(&p, CL_PROG_OPEN_KPROBE, NO_KPROBE);
	assert_int_equal(p.tier[CL_ACT_OPEN], CL_TIER_TRACEPOINT);
	assert_string_equal(p.why[CL_ACT_OPEN], "security_file_open: " NO_FENTRY);
	assert_true(cl_plan_wants(&p, CL_PROG_SYSCALL_EXIT));
	assert_false(cl_plan_wants(&p, CL_PROG_OPEN_KPROBE));
}

/* A kernel that loads fentry programs and can't attach them, and one that takes kprobes neither. */
static void test_what_a_kernel_refuses(void **state)
{
	struct cl_plan p;

	(void)state;
	cl_plan_init(&p, CL_TIER_NONE);
	refuse(&p, CL_HOOK_FENTRY, "this kernel loads fentry programs but can't attach them");
	for (uint32_t act = 0; act < CL_ACT_MAX; act++)
		assert_int_equal(p.tier[act], is_process_act(act) ? CL_TIER_TRACEPOINT : CL_TIER_KPROBE);
	assert_string_equal(p.why[CL_ACT_READ], "vfs_read: this kernel loads fentry programs but can't attach them");
	for (uint32_t i = 0; i < CL_PROG_MAX; i++)
		assert_int_equal(cl_plan_wants(&p, i), cl_program_hook(i) != CL_HOOK_FENTRY && !is_for_preempted(i));
	refuse(&p, CL_HOOK_KPROBE, NO_KPROBE);
	refuse(&p, CL_HOOK_KRETPROBE, NO_KPROBE);
	for (uint32_t act = 0; act < CL_ACT_MAX; act++)
		assert_int_equal(p.tier[act], CL_TIER_TRACEPOINT);
	for (uint32_t i = 0; i < CL_PROG_MAX; i++)
		assert_int_equal(cl_plan_wants(&p, i),
				 cl_program_hook(i) == CL_HOOK_TRACEPOINT && !is_for_preempted(i));
	assert_string_equal(p.why[CL_ACT_CONNECT],
			    "security_socket_connect: this kernel loads fentry programs but can't attach them");
}

static void test_an_extra_lowers_nothing_but_is_said(void **state)
{
	struct cl_plan p;

	(void)state;
	cl_plan_init(&p, CL_TIER_NONE);
	cl_plan_fail(&p, CL_PROG_READV_FEXIT, "not in this kernel");
	assert_int_equal(p.tier[CL_ACT_READ], CL_TIER_FENTRY);
	assert_string_equal(p.why[CL_ACT_READ], "vfs_readv: not in this kernel");
	assert_false(cl_plan_wants(&p, CL_PROG_READV_FEXIT));
	assert_true(cl_plan_wants(&p, CL_PROG_READ_FEXIT));
}

static void test_last_tier_gone_is_none(void **state)
{
	struct cl_plan p;

	(void)state;
	cl_plan_init(&p, CL_TIER_NONE);
	cl_plan_fail(&p, CL_PROG_OPEN_FENTRY, NO_FENTRY);
	cl_plan_fail(&p, CL_PROG_OPEN_KPROBE, NO_KPROBE);
	cl_plan_fail(&p, CL_PROG_SYSCALL_EXIT, "Invalid argument (-22)");
	assert_int_equal(p.tier[CL_ACT_OPEN], CL_TIER_NONE);
	assert_int_equal(p.tier[CL_ACT_READ], CL_TIER_FENTRY);
	/* The first reason stays: the later one is its consequence. */
	assert_string_equal(p.why[CL_ACT_OPEN], "security_file_open: " NO_FENTRY);
	assert_string_equal(p.why[CL_ACT_READ], "");
	cl_plan_fail(&p, CL_PROG_EXEC, "Permission denied (-13)");
	assert_int_equal(p.tier[CL_ACT_EXEC], CL_TIER_NONE);
	assert_string_equal(p.why[CL_ACT_EXEC], "process_exec: Permission denied (-13)");
}

static void test_silence_lowers_to_the_next_tier(void **state)
{
	struct cl_plan p;

	(void)state;
	cl_plan_init(&p, CL_TIER_NONE);
	cl_plan_silent(&p, CL_ACT_CONNECT, "no event");
	assert_int_equal(p.tier[CL_ACT_CONNECT], CL_TIER_KPROBE);
	assert_true(cl_plan_wants(&p, CL_PROG_CONNECT_KPROBE));
	cl_plan_silent(&p, CL_ACT_CONNECT, "no event");
	assert_int_equal(p.tier[CL_ACT_CONNECT], CL_TIER_TRACEPOINT);
	assert_string_equal(p.why[CL_ACT_CONNECT], "fentry: no event");
	/* The program itself works: nothing else loses it. */
	assert_true(cl_plan_wants(&p, CL_PROG_CONNECT_STATE));
	assert_false(cl_plan_wants(&p, CL_PROG_CONNECT_FENTRY));
	cl_plan_silent(&p, CL_ACT_CONNECT, "no event");
	assert_int_equal(p.tier[CL_ACT_CONNECT], CL_TIER_NONE);
	assert_false(cl_plan_wants(&p, CL_PROG_CONNECT_STATE));
}

static void test_forced_tier(void **state)
{
	struct cl_plan p;

	(void)state;
	cl_plan_init(&p, CL_TIER_TRACEPOINT);
	assert_int_equal(p.tier[CL_ACT_OPEN], CL_TIER_TRACEPOINT);
	assert_string_equal(p.why[CL_ACT_OPEN], "");
	cl_plan_init(&p, CL_TIER_FENTRY);
	assert_int_equal(p.tier[CL_ACT_EXEC], CL_TIER_TRACEPOINT);
	cl_plan_fail(&p, CL_PROG_READ_FEXIT, NO_FENTRY);
	assert_int_equal(p.tier[CL_ACT_READ], CL_TIER_NONE);
	cl_plan_init(&p, CL_TIER_KPROBE);
	assert_int_equal(p.tier[CL_ACT_OPEN], CL_TIER_KPROBE);
	assert_int_equal(p.tier[CL_ACT_FORK], CL_TIER_TRACEPOINT);
	cl_plan_fail(&p, CL_PROG_READ_KPROBE, NO_KPROBE);
	assert_int_equal(p.tier[CL_ACT_READ], CL_TIER_NONE);
	assert_int_equal(p.tier[CL_ACT_OPEN], CL_TIER_KPROBE);
}

static void test_what_is_skipped_comes_last(void **state)
{
	struct cl_plan p;

	(void)state;
	cl_plan_init(&p, CL_TIER_NONE);
	cl_plan_preempted(&p, "lazy");
	for (uint32_t act = 0; act < CL_ACT_MAX; act++)
		assert_int_equal(p.tier[act], is_process_act(act) ? CL_TIER_TRACEPOINT : CL_TIER_KPROBE);
	assert_string_equal(p.why[CL_ACT_OPEN], "fentry: this kernel pre-empts its programs and skips others (lazy)");
	assert_string_equal(p.why[CL_ACT_EXEC], "");
	assert_true(cl_plan_wants(&p, CL_PROG_READ_KRETPROBE));
	assert_true(cl_plan_wants(&p, CL_PROG_SYSCALL_EXIT));
	/* Each has somebody behind it, but not the last one. */
	assert_true(cl_plan_is_backed(&p, CL_PROG_EXEC));
	assert_false(cl_plan_is_backed(&p, CL_PROG_EXEC_AGAIN));
	assert_true(cl_plan_is_backed(&p, CL_PROG_SYSCALL_EXIT));
	assert_false(cl_plan_is_backed(&p, CL_PROG_READ_KPROBE));
	cl_plan_fail(&p, CL_PROG_EXEC_AGAIN, "Invalid argument (-22)");
	assert_false(cl_plan_is_backed(&p, CL_PROG_EXEC));
	cl_plan_fail(&p, CL_PROG_OPEN_KPROBE, NO_KPROBE);
	assert_int_equal(p.tier[CL_ACT_OPEN], CL_TIER_TRACEPOINT);
	/* Better with gaps than not at all. */
	cl_plan_silent(&p, CL_ACT_OPEN, "no event");
	assert_int_equal(p.tier[CL_ACT_OPEN], CL_TIER_FENTRY);
	assert_true(cl_plan_is_backed(&p, CL_PROG_SYSCALL_EXIT));
	cl_plan_init(&p, CL_TIER_TRACEPOINT);
	assert_false(cl_plan_is_backed(&p, CL_PROG_SYSCALL_EXIT));
	assert_false(cl_plan_is_backed(&p, CL_PROG_EXIT));
	/* Who asks for a tier gets it. */
	cl_plan_init(&p, CL_TIER_FENTRY);
	cl_plan_preempted(&p, "full");
	assert_int_equal(p.tier[CL_ACT_READ], CL_TIER_FENTRY);
	assert_string_equal(p.why[CL_ACT_READ], "");
}

static void test_programs_are_found_by_name(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < CL_PROG_MAX; i++)
		assert_int_equal(cl_program_find(cl_program_name(i)), i);
	assert_int_equal(cl_program_find("send_open"), -1);
	assert_string_equal(cl_program_function(CL_PROG_READ_FEXIT), "vfs_read");
	assert_null(cl_program_function(CL_PROG_EXEC));
	assert_int_equal(cl_program_hook(CL_PROG_COPY_KRETPROBE), CL_HOOK_KRETPROBE);
	assert_int_equal(cl_program_hook(CL_PROG_MAX), CL_HOOK_TRACEPOINT);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(cl_tier_name(CL_TIER_FENTRY), "fentry");
	assert_string_equal(cl_tier_name(77), "none");
	assert_string_equal(cl_act_name(CL_ACT_CONNECT), "connect");
	assert_string_equal(cl_act_name(CL_ACT_SEND), "send");
	assert_string_equal(cl_act_name(CL_ACT_ACCEPT), "accept");
	assert_string_equal(cl_act_name(CL_ACT_MAX), "unknown");
}

static void test_syscalls_of_the_plan(void **state)
{
	uint16_t acts[CL_SYSCALLS];
	struct cl_plan p;

	(void)state;
	cl_plan_init(&p, CL_TIER_NONE);
	cl_syscalls_fill(&p, acts);
	for (size_t i = 0; i < CL_SYSCALLS; i++)
		assert_int_equal(acts[i], CL_SYS_NONE);
	cl_plan_fail(&p, CL_PROG_READ_FEXIT, NO_FENTRY);
	cl_syscalls_fill(&p, acts);
	assert_int_equal(acts[SYS_pread64], CL_SYS_PREAD);
	assert_int_equal(acts[SYS_sendfile] & (CL_SYS_MAX - 1), CL_SYS_NONE);
	assert_int_equal(acts[SYS_openat] & (CL_SYS_MAX - 1), CL_SYS_NONE);
	cl_plan_fail(&p, CL_PROG_READ_KPROBE, NO_KPROBE);
	assert_true(cl_plan_wants(&p, CL_PROG_RING_COMPLETE));
	cl_syscalls_fill(&p, acts);
	assert_int_equal(acts[SYS_openat], CL_SYS_NONE);
	assert_int_equal(acts[SYS_read], CL_SYS_READ);
	assert_int_equal(acts[SYS_pread64], CL_SYS_PREAD);
	assert_int_equal(acts[SYS_preadv2], CL_SYS_PREADV);
	assert_int_equal(acts[SYS_write], CL_SYS_NONE);
	cl_plan_init(&p, CL_TIER_TRACEPOINT);
	cl_syscalls_fill(&p, acts);
	assert_int_equal(acts[SYS_openat2] & (CL_SYS_MAX - 1), CL_SYS_OPENAT);
	assert_int_equal(acts[SYS_open_by_handle_at], CL_SYS_OPEN_HANDLE);
	assert_int_equal(acts[SYS_connect], CL_SYS_CONNECT);
	assert_int_equal(acts[SYS_sendto], CL_SYS_SENDTO);
	assert_int_equal(acts[SYS_sendmmsg], CL_SYS_SENDMMSG);
	assert_int_equal(acts[SYS_accept4] & 0xff, CL_SYS_ACCEPT);
#ifdef __x86_64__
	/* close is a 32-bit program's read; openat2 is the same number in both tables. */
	assert_int_equal(acts[SYS_close], CL_SYS_COMPAT(CL_SYS_READ));
	assert_int_equal(acts[SYS_openat2], CL_SYS_OPENAT | CL_SYS_COMPAT(CL_SYS_OPENAT));
	assert_int_equal(acts[102], CL_SYS_COMPAT(CL_SYS_SOCKETCALL));
#endif
}

/* Where a unix connect's end is not seen, its beginning tells it, by name only. */
static void test_unix_connects_are_told_at_their_end(void **state)
{
	struct cl_plan p;

	(void)state;
	cl_plan_init(&p, CL_TIER_FENTRY);
	assert_true(cl_plan_ends_unix(&p));
	cl_plan_fail(&p, CL_PROG_UNIX_DGRAM_FEXIT, "no such function");
	assert_false(cl_plan_ends_unix(&p));
	assert_int_equal(p.tier[CL_ACT_CONNECT], CL_TIER_FENTRY);
	cl_plan_init(&p, CL_TIER_KPROBE);
	assert_true(cl_plan_ends_unix(&p));
	cl_plan_fail(&p, CL_PROG_UNIX_STREAM_SAVE, "no such function");
	assert_false(cl_plan_ends_unix(&p));
	cl_plan_init(&p, CL_TIER_TRACEPOINT);
	assert_false(cl_plan_ends_unix(&p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unix_connects_are_told_at_their_end),
		cmocka_unit_test(test_best_tier_first),
		cmocka_unit_test(test_a_failure_lowers_only_its_act),
		cmocka_unit_test(test_what_a_kernel_refuses),
		cmocka_unit_test(test_an_extra_lowers_nothing_but_is_said),
		cmocka_unit_test(test_last_tier_gone_is_none),
		cmocka_unit_test(test_silence_lowers_to_the_next_tier),
		cmocka_unit_test(test_forced_tier),
		cmocka_unit_test(test_what_is_skipped_comes_last),
		cmocka_unit_test(test_programs_are_found_by_name),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_syscalls_of_the_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
