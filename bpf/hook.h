/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/*
 * One text for the two tiers that hang on the kernel's own functions. A file of hooks (file_hooks.h) is compiled by two
 * source files: as fentry and fexit programs, whose arguments the verifier knows, and, where HOOKS_KPROBE is defined, as
 * kprobes and kretprobes.
 *
 *	AT_ENTRY(name, function, arguments...) { ... }		name_fentry | name_kprobe
 *	AT_RETURN(name, function, n, wanted) { ... }		name_fexit  | name_save, name_kretprobe
 *
 * In the latter's text `args` are the function's arguments and `ret` is what it returned; n is how many it takes, of
 * which the first SAVED_ARGS are there. A kretprobe does not know them: they are kept from the entry on, where
 * wanted(args) holds, under the number name_call. Only for functions that do not wait for others: the kernel follows no
 * more than some ten calls of a function with kretprobes at a time.
 */
#pragma once

#include "maps.h"

#define always(args) true

#ifndef HOOKS_KPROBE

#define AT_ENTRY(name, function, ...)                                                                                  \
	SEC("fentry/" #function)                                                                                       \
	int BPF_PROG(name##_fentry, ##__VA_ARGS__)

#define AT_RETURN(name, function, n, wanted)                                                                           \
	static __always_inline int name##_returns(const unsigned long long *args, long ret);                           \
	SEC("fexit/" #function)                                                                                        \
	int name##_fexit(unsigned long long *ctx)                                                                      \
	{                                                                                                              \
		return name##_returns(ctx, ctx[n]);                                                                    \
	}                                                                                                              \
	static __always_inline int name##_returns(const unsigned long long *args, long ret)

#else

#define SAVED_ARGS 4

enum saved_function {
	splice_call = 1,
	copy_call,
	access_call,
	traceme_call,
	mem_call,
	environ_call,
	receive_call,
	unix_stream_call,
	unix_dgram_call,
};

/* A call by its thread and its place on the thread's stack: one that is made within another has a place of its own. */
struct call_key {
	__u64 thread, stack;
};
struct saved_call {
	__u64 function;
	unsigned long long args[SAVED_ARGS];
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct call_key);
	__type(value, struct saved_call);
} calls SEC(".maps") __weak;

/* What a return takes from the stack. */
#if defined(__TARGET_ARCH_x86)
#define RETURN_POPS 8
#else
#define RETURN_POPS 0
#endif

static __always_inline void save_call(struct pt_regs *regs, const struct saved_call *call)
{
	struct call_key key = {.thread = bpf_get_current_pid_tgid(), .stack = PT_REGS_SP(regs)};

	bpf_map_update_elem(&calls, &key, call, BPF_ANY);
}

static __always_inline bool take_call(struct pt_regs *regs, __u64 function, struct saved_call *call)
{
	struct call_key key = {.thread = bpf_get_current_pid_tgid(), .stack = PT_REGS_SP(regs) - RETURN_POPS};
	struct saved_call *saved = bpf_map_lookup_elem(&calls, &key);

	if (!saved || saved->function != function)
		return false;
	*call = *saved;
	bpf_map_delete_elem(&calls, &key);
	return true;
}

#define AT_ENTRY(name, function, ...)                                                                                  \
	SEC("kprobe/" #function)                                                                                       \
	int BPF_KPROBE(name##_kprobe, ##__VA_ARGS__)

#define AT_RETURN(name, function, n, wanted)                                                                           \
	static __always_inline int name##_returns(const unsigned long long *args, long ret);                           \
	SEC("kprobe/" #function)                                                                                       \
	int name##_save(struct pt_regs *ctx)                                                                           \
	{                                                                                                              \
		struct saved_call call = {                                                                             \
			name##_call,                                                                                   \
			{PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx), PT_REGS_PARM4(ctx)}};             \
                                                                                                                       \
		if (wanted(call.args))                                                                                 \
			save_call(ctx, &call);                                                                         \
		return 0;                                                                                              \
	}                                                                                                              \
	SEC("kretprobe/" #function)                                                                                    \
	int name##_kretprobe(struct pt_regs *ctx)                                                                      \
	{                                                                                                              \
		struct saved_call call;                                                                                \
                                                                                                                       \
		return take_call(ctx, name##_call, &call) ? name##_returns(call.args, PT_REGS_RC(ctx)) : 0;            \
	}                                                                                                              \
	static __always_inline int name##_returns(const unsigned long long *args, long ret)

#endif
