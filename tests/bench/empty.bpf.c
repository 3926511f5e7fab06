/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that do nothing, on the hooks that the monitor uses: what the hooks themselves cost. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define EMPTY(section, name)                                                                                           \
	SEC("?" section) int name(void *ctx)                                                                           \
	{                                                                                                              \
		return 0;                                                                                              \
	}

EMPTY("tp_btf/sched_process_fork", all_fork)
EMPTY("tp_btf/sched_process_exec", all_exec)
EMPTY("tp_btf/sched_process_exit", all_exit)
EMPTY("tp_btf/sys_enter", tracepoint_enter)
EMPTY("tp_btf/sys_exit", tracepoint_exit)
EMPTY("tp_btf/inet_sock_set_state", tracepoint_state)
EMPTY("fentry/security_file_open", fentry_open)
EMPTY("fexit/vfs_read", fentry_read)
EMPTY("fentry/security_socket_connect", fentry_connect)
EMPTY("fentry/security_mmap_file", fentry_mmap)
EMPTY("kprobe/security_file_open", kprobe_open)
EMPTY("kprobe/vfs_read", kprobe_read)
EMPTY("kretprobe/vfs_read", kprobe_read_return)
EMPTY("kprobe/security_socket_connect", kprobe_connect)
EMPTY("kprobe/security_mmap_file", kprobe_mmap)

char LICENSE[] SEC("license") = "GPL";
