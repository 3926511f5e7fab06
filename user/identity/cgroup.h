/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cgroup's path says: the systemd unit, the pod and the container, of each the innermost. It is set by whoever
 * made the cgroup (systemd, a container runtime), not by the process in it.
 */
#pragma once

#include <stdbool.h>

#define CL_CGROUP_NAME 256

struct cl_cgroup {
	char unit
		[CL_CGROUP_NAME]; /* "ssh.service", "build.scope"; "" none, and none for login sessions and user managers */
	char pod[40];		  /* uid with dashes; "" none */
	char container[CL_CGROUP_NAME]; /* id (64 hex) or name; "" none */
	bool container_in_pod;		/* it is the pod's own, not one started inside of it */
	bool unit_in_container;
};

/* `path` may be NULL and may begin with "..." when its beginning was cut. */
void cl_cgroup_parse(const char *path, struct cl_cgroup *out);

/* `path` is `cgroup` or below it; the root holds nothing, or it would hold everything. */
bool cl_cgroup_within(const char *path, const char *cgroup);
