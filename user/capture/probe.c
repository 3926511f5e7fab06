/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel by trying: versions lie, because distributions backport and switch off. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <string.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/parse.h"
#include "capture/internal.h"

#define KERNEL_ENOTSUPP 524 /* the kernel's own, no libc has it */

/* r0 = 0; exit */
static const struct bpf_insn nothing[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	{.code = BPF_JMP | BPF_EXIT},
};

/* Whether a two-instruction program loads on and attaches to a kernel function. */
static int probe_fentry(const struct btf *btf, const char *function)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY);
	_cleanup_close_ int prog = -1, link = -1;
	int id = btf__find_by_name_kind(btf, function, BTF_KIND_FUNC);

	if (id < 0)
		return -ENOENT;
	opts.attach_btf_id = (__u32)id;
	prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "cl_probe", "GPL", nothing, ARRAY_SIZE(nothing), &opts);
	if (prog < 0)
		return -errno;
	/* Some kernels load what they can't attach. */
	link = bpf_raw_tracepoint_open(NULL, prog);
	return link < 0 ? -errno : 0;
}

static int kprobe_type(void)
{
	_cleanup_close_ int fd = open("/sys/bus/event_source/devices/kprobe/type", O_RDONLY | O_CLOEXEC);
	char text[16] = "";
	uint64_t type;
	ssize_t n;

	if (fd < 0)
		return -ENOTSUP;
	n = read(fd, text, sizeof(text) - 1);
	while (n > 0 && text[n - 1] == '\n')
		text[--n] = '\0';
	return cl_parse_u64(text, INT_MAX, &type) ? -ENOTSUP : (int)type;
}

static int probe_kprobe(const char *function)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .kprobe_func = (uintptr_t)function};
	_cleanup_close_ int prog = -1, event = -1;
	int type = kprobe_type();

	if (type < 0)
		return type;
	prog = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "cl_probe", "GPL", nothing, ARRAY_SIZE(nothing), NULL);
	if (prog < 0)
		return -errno;
	attr.type = (uint32_t)type;
	event = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0 || ioctl(event, PERF_EVENT_IOC_SET_BPF, prog))
		return -errno;
	return 0;
}

static int probe_function(const struct btf *btf, uint32_t hook, const char *function)
{
	return hook == CL_HOOK_FENTRY ? probe_fentry(btf, function) : probe_kprobe(function);
}

/* A file of debugfs. Where that is not mounted, a mount for ours alone ends with its descriptor (CAP_SYS_ADMIN). */
static int open_debugfs(const char *path)
{
	_cleanup_close_ int fs = -1, mount = open("/sys/kernel/debug", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = mount < 0 ? -1 : openat(mount, path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	cl_closep(&mount);
	fs = fsopen("debugfs", FSOPEN_CLOEXEC);
	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -errno;
	mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	return mount < 0 ? -errno : openat(mount, path, O_RDONLY | O_CLOEXEC);
}

/* The modes that can be chosen, with the one that is in brackets: "none voluntary (full) lazy". */
static void chosen_mode(char *text, char mode[16])
{
	char *begin = strchr(text, '('), *end = begin ? strchr(begin, ')') : NULL;

	if (!end)
		return;
	*end = '\0';
	if (!strcmp(begin + 1, "full") || !strcmp(begin + 1, "lazy"))
		snprintf(mode, 16, "%s", begin + 1);
}

void cl_probe_preemption(char mode[16])
{
	_cleanup_close_ int fd = open_debugfs("sched/preempt");
	struct utsname name;
	char text[128];
	ssize_t n;

	mode[0] = '\0';
	n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	if (n > 0) {
		text[n] = '\0';
		chosen_mode(text, mode);
	} else if (!uname(&name) && strstr(name.version, " PREEMPT") && !strstr(name.version, "PREEMPT_DYNAMIC")) {
		snprintf(mode, 16, "full"); /* built in, nothing to choose */
	}
}

int cl_probe_bpf(struct cl_error *err)
{
	_cleanup_close_ int map = -1, prog = -1;

	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "cl_probe", 4, 4, 1, NULL);
	if (map >= 0)
		prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "cl_probe", "GPL", nothing, ARRAY_SIZE(nothing),
				     NULL);
	if (map < 0 || prog < 0) {
		int code = errno == EPERM || errno == EACCES ? -EPERM : -ENOTSUP;

		return cl_fail(err, code, "cannot load a BPF program: %s; %s", strerror(errno),
			       code == -EPERM
				       ? "run as root, or with CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_PTRACE"
				       : "the kernel needs CONFIG_BPF_SYSCALL, 5.10 or newer");
	}
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return cl_fail(err, -ENOTSUP,
			       "cannot read \"/sys/kernel/btf/vmlinux\": %s; the kernel needs CONFIG_DEBUG_INFO_BTF",
			       strerror(errno));
	return 0;
}

static const char *reason(uint32_t hook, int code)
{
	bool fentry = hook == CL_HOOK_FENTRY;

	switch (code) {
	case -ENOENT:
		return "not in this kernel";
	case -EPERM:
	case -EACCES:
		return fentry ? "this kernel refuses fentry programs" : "this kernel refuses kprobes";
	case -KERNEL_ENOTSUPP:
	case -EOPNOTSUPP:
		return fentry ? "this kernel loads fentry programs but can't attach them"
			      : "this kernel has no kprobes";
	default:
		return strerror(-code);
	}
}

/* What is refused to one is refused to all that hang in the same way. */
static bool is_general(uint32_t hook, int code)
{
	return code == -EPERM || code == -EACCES || (hook != CL_HOOK_FENTRY && code == -EOPNOTSUPP);
}

/* In the order of the programs, best tier first: a program that fails makes the plan want others, later in it. */
int cl_probe_plan(struct cl_plan *plan, bool *can_cast, struct btf **types, struct cl_error *err)
{
	int codes[CL_HOOK_KRETPROBE + 1] = {0}, code;
	struct btf *btf = btf__load_vmlinux_btf();

	if (!btf)
		return cl_fail(err, -ENOTSUP, "cannot read the kernel's types: %s", strerror(errno));
	for (uint32_t i = 0; i < CL_PROG_MAX; i++) {
		const char *function = cl_program_function(i), *other = cl_program_alternative(i);
		uint32_t hook = cl_program_hook(i);

		if (!function || !cl_plan_wants(plan, i))
			continue;
		code = is_general(hook, codes[hook]) ? codes[hook] : probe_function(btf, hook, function);
		if (code == -ENOENT && other) {
			code = probe_function(btf, hook, other);
			plan->alternative[i] = !code;
		}
		codes[hook] = code;
		if (!code)
			continue;
		cl_debug("%s on %s: %s", hook == CL_HOOK_FENTRY ? "fentry" : "kprobe", function, reason(hook, code));
		cl_plan_fail(plan, i, reason(hook, code));
	}
	*can_cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	*types = btf;
	return 0;
}
