/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel by trying: versions lie, because distributions backport and switch off. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "capture/internal.h"

#define KERNEL_ENOTSUPP 524 /* the kernel's own, no libc has it */

/* r0 = 0; exit */
static const struct bpf_insn nothing[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	{.code = BPF_JMP | BPF_EXIT},
};

/* Whether a two-instruction program loads on and attaches to a kernel function. */
static int probe_function(const struct btf *btf, const char *function)
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

static const char *reason(int code)
{
	switch (code) {
	case -ENOENT:
		return "not in this kernel";
	case -EPERM:
	case -EACCES:
		return "this kernel refuses fentry programs";
	case -KERNEL_ENOTSUPP:
	case -EOPNOTSUPP:
		return "this kernel loads fentry programs but can't attach them";
	default:
		return strerror(-code);
	}
}

static bool is_general(int code)
{
	return code == -EPERM || code == -EACCES;
}

int cl_probe_plan(struct cl_plan *plan, bool *can_cast, struct cl_error *err)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int code = 0;

	if (!btf)
		return cl_fail(err, -ENOTSUP, "cannot read the kernel's types: %s", strerror(errno));
	for (uint32_t i = 0; i < CL_PROG_MAX; i++) {
		const char *function = cl_program_function(i), *other = cl_program_alternative(i);

		if (!function || !cl_plan_wants(plan, i))
			continue;
		if (!is_general(code)) /* what is refused to one is refused to all */
			code = probe_function(btf, function);
		if (code == -ENOENT && other) {
			code = probe_function(btf, other);
			plan->alternative[i] = !code;
		}
		if (!code)
			continue;
		cl_debug("fentry on %s: %s", function, reason(code));
		cl_plan_fail(plan, i, reason(code));
	}
	*can_cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	btf__free(btf);
	return 0;
}
