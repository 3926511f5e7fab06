/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. */
#pragma once

#include <bpf/libbpf.h>

#include "capture/pin.h"
#include "capture/plan.h"
#include "capture/rings.h"

struct btf;
struct cl_bpf;

/* What of a ring may still hold bytes of records that were read (wipe.c). */
struct cl_wiped {
	uint64_t before; /* positions below it are overwritten */
	uint64_t told;	 /* records with bytes, as of then */
	uint64_t since;	 /* boot ns: when the first one after that was seen; 0: none */
};

/* A set of before whose records are not read yet. */
struct cl_former {
	struct cl_rings *rings;
	int fds[CL_LANES];
	volatile uint32_t timed; /* nobody writes there any more */
	char set[CL_SET_NAME];
};

struct cl_capture {
	struct cl_plan plan;
	struct cl_coverage coverage[CL_ACT_MAX];
	struct cl_bpf *skel;
	struct bpf_program *programs[CL_PROG_MAX]; /* borrowed from skel */
	struct bpf_link *links[CL_PROG_MAX];
	struct cl_rings *rings;
	char test_name[32]; /* the self-test's file */
	uint64_t seeds[2];  /* of the probes' hash of names */
	bool can_cast;	    /* the kernel has bpf_rdonly_cast */
	bool no_files;	    /* the kernel does not take the iterator over open files */
	bool no_wipe;	    /* nor the one that wipes the rings */
	struct cl_wiped wiped[CL_LANES];
	struct bpf_link *wiper;
	struct cl_pins *pins; /* NULL: all ends with this process */
	bool adopted;	      /* the set was there already */
	bool pinned;	      /* the set is in the directory */
	bool link_pinned[CL_PROG_MAX];
	uint32_t link_ids[CL_PROG_MAX], program_ids[CL_PROG_MAX]; /* the kernel's, as they were attached */
	int adopted_programs[CL_PROG_MAX]; /* of the set that was there already, descriptors; -1: none */
	uint32_t self_tgid;		   /* as the probes see this process */
	uint64_t self_start;
	struct cl_gap gap;
	struct cl_former former[CL_SETS_MAX]; /* more than one is left only by a collector that was killed at this */
	size_t n_former;
	uint64_t cut;	   /* boot ns: what our own set saw before, another one tells */
	struct btf *types; /* the kernel's, until the limits are found */
	const struct cl_limit **limits;
	size_t n_limits;
};

/* probe.c */
/* Whether this process may load programs at all: 0, -EPERM, -ENOTSUP with a text. */
int cl_probe_bpf(struct cl_error *err);
/* The name of the mode in which the kernel pre-empts what runs inside of it; "": it does not, or won't say. */
void cl_probe_preemption(char mode[16]);
/* Refuses in the plan what this kernel does not take. */
int cl_probe_plan(struct cl_plan *plan, bool *can_cast, struct btf **types, struct cl_error *err);

/* selftest.c: makes one act of each kind in a child; seen[act] = its event arrived. Its records are removed. */
int cl_selftest(struct cl_capture *c, bool seen[CL_ACT_MAX]);

/* guard.c: takes down what is attached, for cl_capture_check to compare with. */
void cl_guard_begin(struct cl_capture *c);

/* wipe.c: has records overwritten that were read a while ago; called every second. */
void cl_wipe_look(struct cl_capture *c, uint64_t now);

/* counters.c: sums over the processors of a `counters` map. */
int cl_counters_sum(int fd, uint64_t out[CL_COUNTERS]);

/* loader.c: from plan to running, proven probes; 0 or an error with its text. Unload undoes it, at any stage. */
int cl_loader_bring_up(struct cl_capture *c, const struct cl_capture_options *o, const struct cl_name_rules *rules,
		       struct cl_error *err);
void cl_loader_unload(struct cl_capture *c);
void cl_loader_listen(void); /* before anything else: what libbpf says goes to our log */
