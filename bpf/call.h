/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Which system call the current task is in, from inside of a hook: only reaching into another process asks for it. */
#pragma once

#include "task.h"

#if defined(__TARGET_ARCH_x86)
#define CALL_NUMBER(regs) (BPF_CORE_READ(regs, orig_ax) & ~0x40000000ull) /* x32 calls carry a bit */
#define CALL_PTRACE(n, compat) ((n) == ((compat) ? 26 : 101) || (n) == 521)
#define CALL_VM_READ(n, compat) ((n) == ((compat) ? 347 : 310) || (n) == 539)
#define CALL_VM_WRITE(n, compat) ((n) == ((compat) ? 348 : 311) || (n) == 540)
#elif defined(__TARGET_ARCH_arm64)
#define CALL_NUMBER(regs) ((__u32)BPF_CORE_READ(regs, syscallno))
#define CALL_PTRACE(n, compat) ((n) == ((compat) ? 26 : 117))
#define CALL_VM_READ(n, compat) ((n) == ((compat) ? 376 : 270))
#define CALL_VM_WRITE(n, compat) ((n) == ((compat) ? 377 : 271))
#endif
#define CALL_GETFD(n) ((n) == 438)

#define KERNEL_STACK 16384 /* with pages of 4 KiB */

/* Saved at the top of the kernel's stack; the helper that knows is there since 5.15. */
static __always_inline struct pt_regs *current_regs(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), stack) + KERNEL_STACK -
	       bpf_core_type_size(struct pt_regs);
}

/* enum cl_access_how of the call; 0: none that reaches into another process by itself. */
static __always_inline __u32 access_of_current_call(void)
{
	bool compat = is_compat();
	__u64 n = CALL_NUMBER(current_regs());

	if (CALL_PTRACE(n, compat))
		return CL_ACCESS_PTRACE;
	if (CALL_VM_READ(n, compat))
		return CL_ACCESS_VM_READ;
	if (CALL_VM_WRITE(n, compat))
		return CL_ACCESS_VM_WRITE;
	return CALL_GETFD(n) ? CL_ACCESS_FD : 0;
}
