/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of processes and runs that outlive them: a finding names both sides, and the first may have ended days ago.
 * All strings are bounded; a chain holds at most CL_CHAIN_MAX parents and counts the rest.
 */
#pragma once

#include "detect/detector.h"

#define CL_CHAIN_MAX 32
#define CL_COMMAND_SHOWN 512
#define CL_PATH_SHOWN 1024
#define CL_NAME_SHOWN 256

/* A copy of at most `max` bytes that does not cut a UTF-8 sequence; NULL for NULL. 0 or -ENOMEM. */
int cl_dup_bounded(char **out, const char *s, size_t max);

/* Of the executable, else the comm. */
const char *cl_process_name(const struct cl_process *p);
int cl_snapshot_new(struct cl_snapshot **out, const struct cl_process *p, const struct cl_host *host);
/* Whether it is how the process is now. */
bool cl_snapshot_shows(const struct cl_snapshot *s, const struct cl_process *p);
struct cl_snapshot *cl_snapshot_ref(struct cl_snapshot *s);
void cl_snapshot_unref(struct cl_snapshot **p);

int cl_run_view_copy(struct cl_run_view *out, const struct cl_run *run, const struct cl_host *host);
int cl_run_view_dup(struct cl_run_view *out, const struct cl_run_view *view);
void cl_run_view_free(struct cl_run_view *v);
/* Wall time; boot time as it is while the host is not known. */
uint64_t cl_wall(const struct cl_host *host, uint64_t boot_ns);
