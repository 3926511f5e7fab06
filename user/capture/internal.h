/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. */
#pragma once

#include <bpf/libbpf.h>

#include "capture/plan.h"
#include "capture/rings.h"

struct cl_bpf;

struct cl_capture {
	struct cl_plan plan;
	struct cl_coverage coverage[CL_ACT_MAX];
	struct cl_bpf *skel;
	struct bpf_program *programs[CL_PROG_MAX]; /* borrowed from skel */
	struct bpf_link *links[CL_PROG_MAX];
	struct cl_rings *rings;
	char test_name[32]; /* the self-test's file */
	bool can_cast;	    /* the kernel has bpf_rdonly_cast */
};

/* probe.c */
/* Whether this process may load programs at all: 0, -EPERM, -ENOTSUP with a text. */
int cl_probe_bpf(struct cl_error *err);
/* Refuses in the plan what this kernel does not take. */
int cl_probe_plan(struct cl_plan *plan, bool *can_cast, struct cl_error *err);

/* selftest.c: makes one act of each kind in a child; seen[act] = its event arrived. Its records are removed. */
int cl_selftest(struct cl_capture *c, bool seen[CL_ACT_MAX]);

/* baseline.c: every process there is, as events give it. The caller frees. */
int cl_tasks_list(struct cl_capture *c, struct cl_task **out, size_t *n);
