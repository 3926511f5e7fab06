/* SPDX-License-Identifier: Apache-2.0 */
/* Userspace's half of the filter: the name rules, set once, and what is learnt about inodes later. */
#pragma once

#include "base/error.h"
#include "credential/credential.h"
#include "credlineage/event.h"
#include "credlineage/probe.h"
#include "event/observation.h"

struct cl_bpf;

/* Before the load: read-only settings and map sizes. `extra` is one more exact name (the self-test's). */
int cl_filter_configure(struct cl_bpf *skel, const struct cl_name_rules *rules, const char *extra,
			struct cl_error *err);
/* After the load: the exact names. */
int cl_filter_fill(struct cl_bpf *skel, const struct cl_name_rules *rules, struct cl_error *err);
int cl_filter_add_name(int names_fd, const char *name, const char *const *parents);
int cl_filter_remove_name(int names_fd, const char *name);

int cl_filter_watch(struct cl_bpf *skel, uint32_t dev, uint64_t ino, uint32_t generation, enum cl_watch_state state);
int cl_filter_known(struct cl_bpf *skel, uint32_t dev, uint64_t ino, uint32_t generation, uint64_t ctime,
		    uint64_t size);
int cl_filter_unwatch(struct cl_bpf *skel, uint32_t dev, uint64_t ino);
/* Takes the entries of another (or the same) table over, as known by inode only: their paths and contents are not. */
int cl_filter_inherit(struct cl_bpf *skel, int inodes_fd);
