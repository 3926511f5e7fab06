/* SPDX-License-Identifier: Apache-2.0 */
#include <bpf/bpf.h>
#include <string.h>

#include "base/cleanup.h"
#include "capture/internal.h"
#include "credlineage.skel.h"

/* What a program makes, for runs of it that the kernel skipped; a program of several kinds counts as the first. */
static const uint32_t kind_of[CL_PROG_MAX] = {
	[CL_PROG_EXEC] = CL_EXEC,
	[CL_PROG_FORK] = CL_FORK,
	[CL_PROG_EXIT] = CL_EXIT,
	[CL_PROG_EXEC_AGAIN] = CL_EXEC,
	[CL_PROG_FORK_AGAIN] = CL_FORK,
	[CL_PROG_EXIT_AGAIN] = CL_EXIT,
	[CL_PROG_OPEN_FENTRY] = CL_OPEN,
	[CL_PROG_READ_FEXIT] = CL_READ,
	[CL_PROG_READV_FEXIT] = CL_READ,
	[CL_PROG_AIO_FEXIT] = CL_READ,
	[CL_PROG_MMAP_FENTRY] = CL_READ,
	[CL_PROG_SPLICE_FEXIT] = CL_READ,
	[CL_PROG_COPYING_FENTRY] = CL_READ,
	[CL_PROG_COPY_FEXIT] = CL_READ,
	[CL_PROG_CONNECT_FENTRY] = CL_CONNECT,
	[CL_PROG_OPEN_KPROBE] = CL_OPEN,
	[CL_PROG_READ_KPROBE] = CL_READ,
	[CL_PROG_READ_KRETPROBE] = CL_READ,
	[CL_PROG_READV_KPROBE] = CL_READ,
	[CL_PROG_READV_KRETPROBE] = CL_READ,
	[CL_PROG_MMAP_KPROBE] = CL_READ,
	[CL_PROG_SPLICE_SAVE] = CL_READ,
	[CL_PROG_SPLICE_KRETPROBE] = CL_READ,
	[CL_PROG_COPYING_KPROBE] = CL_READ,
	[CL_PROG_COPY_SAVE] = CL_READ,
	[CL_PROG_COPY_KRETPROBE] = CL_READ,
	[CL_PROG_CONNECT_KPROBE] = CL_CONNECT,
	[CL_PROG_CONNECT_STATE] = CL_CONNECT,
	[CL_PROG_SYSCALL_EXIT] = CL_READ,
	[CL_PROG_RING_COMPLETE] = CL_READ,
	[CL_PROG_ACCESS_FEXIT] = CL_ACCESS,
	[CL_PROG_TRACEME_FEXIT] = CL_ACCESS,
	[CL_PROG_MEM_FEXIT] = CL_ACCESS,
	[CL_PROG_ENVIRON_FEXIT] = CL_ACCESS,
	[CL_PROG_RECEIVE_FEXIT] = CL_RECEIVE,
	[CL_PROG_ACCESS_SAVE] = CL_ACCESS,
	[CL_PROG_ACCESS_KRETPROBE] = CL_ACCESS,
	[CL_PROG_TRACEME_SAVE] = CL_ACCESS,
	[CL_PROG_TRACEME_KRETPROBE] = CL_ACCESS,
	[CL_PROG_MEM_SAVE] = CL_ACCESS,
	[CL_PROG_MEM_KRETPROBE] = CL_ACCESS,
	[CL_PROG_ENVIRON_SAVE] = CL_ACCESS,
	[CL_PROG_ENVIRON_KRETPROBE] = CL_ACCESS,
	[CL_PROG_RECEIVE_SAVE] = CL_RECEIVE,
	[CL_PROG_RECEIVE_KRETPROBE] = CL_RECEIVE,
};

/* The kernel skips a program that would interrupt itself on one processor, and counts it (since 5.12). */
static uint64_t skipped_runs(const struct cl_capture *c, uint32_t program)
{
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	int fd = bpf_program__fd(c->programs[program]);

	if (fd < 0)
		fd = c->adopted_programs[program]; /* loaded by the collector of before */
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return 0;
	return info.recursion_misses;
}

int cl_counters_sum(int fd, uint64_t out[CL_COUNTERS])
{
	int cpus = libbpf_num_possible_cpus();
	_cleanup_free_ uint64_t *values = NULL;

	if (cpus < 0)
		return cpus;
	values = calloc((size_t)cpus, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (uint32_t i = 0; i < CL_COUNTERS; i++) {
		if (bpf_map_lookup_elem(fd, &i, values))
			return -errno;
		out[i] = 0;
		for (int cpu = 0; cpu < cpus; cpu++)
			out[i] += values[cpu];
	}
	return 0;
}

int cl_capture_counters(const struct cl_capture *c, uint64_t out[CL_COUNTERS])
{
	uint64_t sums[CL_COUNTERS] = {0};
	int r = cl_counters_sum(bpf_map__fd(c->skel->maps.counters), sums);

	if (r)
		return r;
	for (uint32_t i = 0; i < CL_PROG_MAX; i++) {
		if (c->links[i] && !cl_plan_is_backed(&c->plan, i))
			sums[kind_of[i] * CL_STAGE_MAX + CL_STAGE_SKIPPED] += skipped_runs(c, i);
	}
	memcpy(out, sums, sizeof(sums));
	return 0;
}
