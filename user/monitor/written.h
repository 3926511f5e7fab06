/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that holders of a credential write are looked after from the first word of them (CL_OBS_WRITE) on: when one has
 * been written to, small ones are read, whole, and scanned; what lies in them then is told (CL_OBS_STORED). The kernel
 * says when (inotify), on the very inode: no name is asked again, and no descriptor keeps a deleted file from going.
 *
 * Bounded: CL_WRITTEN_MAX files, CL_WRITTEN_EACH of one writer; the oldest in which nothing was found goes first. A file
 * is let go when it is deleted or nothing happened to it for a day. The probes are told, too.
 */
#pragma once

#include "capture/capture.h"
#include "pipeline/observe.h"
#include "pipeline/pipeline.h"

#define CL_WRITTEN_MAX 2048u
#define CL_WRITTEN_EACH 256u
#define CL_WRITTEN_SCAN (256u << 10) /* a longer file is watched, but not looked into */
#define CL_WRITTEN_AGE_NS (24 * 3600 * 1000000000ull)

struct cl_looker;
struct cl_looker_stats {
	uint64_t files, deleted, aged, evicted;
	uint64_t scanned, found; /* versions; those in which a credential lay */
	uint64_t unread;	 /* gone, too long, or on a file system that could keep us waiting */
};

int cl_looker_new(struct cl_looker **out, struct cl_capture *capture, struct cl_observer *observer,
		  const struct cl_pipeline *pipeline, void (*feed)(void *ctx, const struct cl_observation *obs),
		  void *ctx);
void cl_looker_free(struct cl_looker **p);
/* `obs` of kind CL_OBS_WRITE, after the pipeline took it. When its writer proves to hold nothing, it is let go. */
void cl_looker_add(struct cl_looker *l, const struct cl_observation *obs);
/* Takes what the kernel said, and reads what has settled by `now`. Called all the time: it does a bounded part. */
void cl_looker_look(struct cl_looker *l, uint64_t now);
const struct cl_looker_stats *cl_looker_stats(const struct cl_looker *l);
