/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader's side of both ring buffers. While records come the rings are drained by a timer and the probes wake
 * nobody (a wake-up costs the watched program more than the record); when they stop, the next record wakes at once.
 */
#pragma once

#include "base/error.h"
#include "capture/lanes.h"

struct cl_rings;
struct cl_ring_map {
	int fd; /* borrowed */
	size_t size;
};
/* maps: processes, then credentials; `timed` is the probes' consumer_timed, borrowed. */
int cl_rings_new(struct cl_rings **out, const struct cl_ring_map maps[CL_LANES], volatile uint32_t *timed,
		 struct cl_error *err);
void cl_rings_free(struct cl_rings **p);
/*
 * Drains by the clock alone: on kernels that pre-empt programs a wake-up would be one that the waking program itself
 * gives way to, and the kernel skips its other runs meanwhile.
 */
int cl_rings_by_clock(struct cl_rings *r);
int cl_rings_fd(const struct cl_rings *r);
/* Copies what waits into the batch; hands nothing over. */
int cl_rings_drain(struct cl_rings *r);
void cl_rings_scan(struct cl_rings *r, bool (*drop)(void *ctx, const void *record, size_t size), void *ctx);
/* Where a ring stands. Positions only grow. */
struct cl_ring_state {
	uint64_t size, produced, read;
	uint64_t room; /* that the kernel may write to now */
	uint64_t told; /* records that carried bytes of a process */
};
struct cl_ring_state cl_rings_state(const struct cl_rings *r, unsigned int lane);
uint64_t cl_rings_malformed(const struct cl_rings *r);
/* Drains and hands over; number of records or -errno. */
int cl_rings_poll(struct cl_rings *r, cl_record_fn each, void *ctx);
/* Hands over everything, young or not: nobody writes there any more. */
int cl_rings_finish(struct cl_rings *r, cl_record_fn each, void *ctx);

/*
 * For rings that outlive their reader: what was handed over stays there until it is released, so that what a killed
 * reader had not made safe is handed over once more. A ring that is half full of it lets go by itself.
 */
int cl_rings_keep(struct cl_rings *r);
void cl_rings_mark(const struct cl_rings *r, uint64_t mark[CL_LANES]); /* all before it was handed over */
void cl_rings_release(struct cl_rings *r, const uint64_t mark[CL_LANES]);
