/* SPDX-License-Identifier: Apache-2.0 */
/* The little that is read from /proc/PID: parsing is strict and pure, reading is bounded. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Field 22 of /proc/PID/stat, clock ticks since boot; the name in field 2 may hold spaces and parentheses. */
int cl_procfs_start_ticks(const char *stat, uint64_t *out);
/*
 * The path in the text of /proc/PID/cgroup, cut in place: of the unified hierarchy ("0::/x"); where everybody is in its
 * root, of the first controller that says more, as process.bpf.c does it; "/" when none does.
 */
const char *cl_procfs_cgroup(char *text);
/* Reads at most size - 1 bytes of /proc/PID/name and terminates them; their number or -errno. */
int cl_procfs_read(int pid_dir, const char *name, char *buf, size_t size);
