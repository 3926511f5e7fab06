/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live capture: load plan, probes, ring buffers, baseline of what is there already.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "credential/credential.h"
#include "credlineage/event.h"
#include "credlineage/probe.h"
#include "event/observation.h"

enum cl_tier {
	CL_TIER_NONE = 0,
	CL_TIER_FENTRY = 1,
	CL_TIER_KPROBE = 2,
	CL_TIER_TRACEPOINT = 3,
};
const char *cl_tier_name(uint32_t tier); /* "fentry", "kprobe", "tracepoint", "none" */

enum cl_act {
	CL_ACT_EXEC = 0,
	CL_ACT_FORK,
	CL_ACT_EXIT,
	CL_ACT_OPEN,
	CL_ACT_READ,
	CL_ACT_CONNECT,
	CL_ACT_ACCESS,	/* into another process */
	CL_ACT_RECEIVE, /* a descriptor from another process */
	CL_ACT_SEND,	/* to an address, without a connect */
	CL_ACT_ACCEPT,
	CL_ACT_MAX,
};
const char *cl_act_name(uint32_t act);

/* What one act is seen with. `seen` = an event of our own making arrived, not only attached. */
struct cl_coverage {
	uint32_t tier;
	bool attached, seen;
	char detail[160]; /* why it is missing or lower than it could be; "" */
};

/* A way that is not seen, or not wholly, and why: see limits.h. */
struct cl_limit {
	const char *way;
	uint32_t act, tiers;	   /* CL_ACT_MAX: of no act, at any tier; tiers: bits 1 << enum cl_tier */
	const char *type, *member; /* it holds where the kernel's type lacks that; NULL: everywhere */
	const char *reason;
};

struct cl_capture;
struct cl_capture_options {
	uint32_t force_tier;		      /* CL_TIER_NONE: the best that works */
	size_t process_ring, credential_ring; /* bytes, power of two */
	const char *pin;		      /* directory in bpffs where links and maps outlive us; NULL: none */
};

/* What lies between the collector of before and this one. */
struct cl_gap {
	bool adopted;			/* its probes went on without it */
	bool blind;			/* its records could not be read: what happened meanwhile is not known */
	uint64_t since;			/* boot ns of its last sign of life; 0: there was none */
	uint64_t counters[CL_COUNTERS]; /* what was counted since then */
};

/* Loads, attaches, proves each act with an event of its own making. -EPERM, -ENOTSUP with a text. */
int cl_capture_new(struct cl_capture **out, const struct cl_capture_options *o, const struct cl_name_rules *rules,
		   struct cl_error *err);
void cl_capture_free(struct cl_capture **p);
const struct cl_coverage *cl_capture_coverage(const struct cl_capture *c); /* CL_ACT_MAX entries */
/* What somebody else did to the probes. act: enum cl_act, CL_ACT_MAX: to the pins, which see nothing themselves. */
struct cl_disturbance {
	uint32_t act;
	bool mended;
	char detail[160];
};
/* Looks after links and pins, and mends what it can. */
void cl_capture_check(struct cl_capture *c, void (*each)(void *ctx, const struct cl_disturbance *d), void *ctx);
const struct cl_gap *cl_capture_gap(const struct cl_capture *c);
/* Leaves a sign of life: up to here it was told what was lost. */
void cl_capture_sign(struct cl_capture *c, const uint64_t counters[CL_COUNTERS]);
/* What these probes can't see on this kernel. */
const struct cl_limit *const *cl_capture_limits(const struct cl_capture *c, size_t *n);
int cl_capture_fd(const struct cl_capture *c); /* epoll fd: readable when records wait */
/* Hands over what waits, in kernel time order across both rings. Records are in secure memory, writable, dead after
 * the call returns. Returns the number handed over or -errno. */
int cl_capture_poll(struct cl_capture *c, void (*each)(void *ctx, void *record, size_t size), void *ctx);
/*
 * With pins: what was handed over by the time of a mark stays in the rings until it is released (or their room is
 * needed), so that a successor gets what was not made safe. Without pins both do nothing of use.
 */
#define CL_CAPTURE_MARK 2
void cl_capture_mark(const struct cl_capture *c, uint64_t mark[CL_CAPTURE_MARK]);
void cl_capture_release(struct cl_capture *c, const uint64_t mark[CL_CAPTURE_MARK]);
/* Sums of the kernel's per-CPU counters; index as in event.h. */
int cl_capture_counters(const struct cl_capture *c, uint64_t out[CL_COUNTERS]);
uint64_t cl_capture_malformed(const struct cl_capture *c); /* records that were none, dropped */
/* The filter learns: state of an inode, or that this version's content is fingerprinted. */
int cl_capture_watch(struct cl_capture *c, uint32_t dev, uint64_t ino, uint32_t generation, enum cl_watch_state state);
int cl_capture_content_known(struct cl_capture *c, uint32_t dev, uint64_t ino, uint32_t generation, uint64_t ctime,
			     uint64_t size);
/* Nothing is told of the file any more, but by its name. */
int cl_capture_unwatch(struct cl_capture *c, uint32_t dev, uint64_t ino);
/*
 * Which processes hold a credential, as far as the probes have to know: what these write is told (CL_WRITE). `at`: boot
 * ns of the act that this is said of.
 */
void cl_capture_tag(struct cl_capture *c, struct cl_process_key process, uint64_t at, enum cl_tag_state state);
/* What was told a moment ago is told again when it is done again: it would mean something else by now. */
void cl_capture_tell_again(struct cl_capture *c);

/*
 * The first bytes of a file that a process mapped, spliced or copied (CL_READ without content): `path` as the process
 * sees it from its root, `version` from the record. Their number; -ESTALE when it is another version by now, -ENOTSUP
 * on a file system that could keep us waiting, -errno. `buf` is secure memory, the caller wipes it.
 */
int cl_capture_content(uint32_t tgid, const char *path, const struct cl_file *version, void *buf, size_t size);
/*
 * Opens a regular file as the process sees it from its root, if it is that inode on a file system of the kernel's own:
 * a descriptor, or -errno.
 */
int cl_capture_open(uint32_t tgid, const char *path, uint32_t dev, uint64_t ino);
/* The file's own name, by which it is found again when it was renamed; handle_bytes 0: its file system gives none. */
struct cl_file_handle {
	uint32_t bytes;
	int32_t type;
	uint8_t data[128];
};
void cl_capture_handle(int fd, struct cl_file_handle *out);
/* The file, if it is still on the file system that has (or had) it at `path`. A descriptor, or -errno. */
int cl_capture_open_renamed(uint32_t tgid, const char *path, uint32_t dev, const struct cl_file_handle *handle);
/* What of a file descriptor's file is one version of it. 0 or -errno. */
int cl_capture_version(int fd, struct cl_file *version);
/* At most size bytes of the file from its beginning, if it is that version before and after. Their number or -errno. */
int cl_capture_read(int fd, const struct cl_file *version, void *buf, size_t size);
/* Another file, a public one, that lies on the same device as `beside`; at most size bytes. Their number or -errno. */
int cl_capture_beside(uint32_t tgid, const char *path, const struct cl_file *beside, void *buf, size_t size);

/*
 * Processes that are there already, from the kernel's iterator and, for their texts, /proc; parents before children.
 * Call after cl_capture_new: what starts in between is seen twice, never missed. `each` gets a CL_OBS_PROCESS without
 * sightings, the raw arguments and environment (secure memory, wiped after the call) and may enter sightings itself.
 */
typedef int (*cl_baseline_fn)(void *ctx, struct cl_observation *obs, const char *args, size_t args_len, const char *env,
			      size_t env_len);
int cl_baseline(struct cl_capture *c, cl_baseline_fn each, void *ctx);
/* The same in two steps: sorted by process (tgid, then start), the caller frees; then those that it wants. */
int cl_tasks_list(struct cl_capture *c, struct cl_task **out, size_t *n);
/* Of two struct cl_task: what they are sorted by, for bsearch. */
static inline int cl_tasks_order(const void *a, const void *b)
{
	const struct cl_task *x = a, *y = b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	return x->start == y->start ? 0 : x->start < y->start ? -1 : 1;
}
int cl_tasks_tell(const struct cl_task *tasks, size_t n, cl_baseline_fn each, void *ctx);
/*
 * Descriptors of watched files that are open already, as records of kind CL_HELD with the file's content where it can
 * be read. After the baseline's processes.
 */
int cl_capture_held(struct cl_capture *c, void (*each)(void *ctx, void *record, size_t size), void *ctx);

#define CL_PIN_DIR "/sys/fs/bpf/credlineage"
struct cl_pinned_set {
	char name[40];
	uint32_t schema; /* 0: none that could be read */
	unsigned int links, maps;
};
/* What is pinned below `dir`; how many, or -errno. */
int cl_pins_list(const char *dir, struct cl_pinned_set *out, size_t max, struct cl_error *err);
/* Makes sure that `dir` can be in a bpffs that stays: mounts one on /sys/fs/bpf if there is none. 1: it did; 0; -errno. */
int cl_pin_mount(const char *dir, struct cl_error *err);
/* Ends every set of links and maps below `dir` and removes it. Their number, or -errno. */
int cl_unpin(const char *dir, struct cl_error *err);

/* Makes /sys/kernel/tracing and bpffs usable without touching the host's mounts: unshares the mount namespace. */
int cl_private_mounts(struct cl_error *err);
