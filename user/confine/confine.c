/* SPDX-License-Identifier: Apache-2.0 */
#include "confine/confine.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/cleanup.h"
#include "base/secure.h"
#include "confine/rights.h"
#include "confine/syscalls.h"

static int check_alone(struct cl_error *err)
{
	_cleanup_closedir_ DIR *d = opendir("/proc/self/task");
	const struct dirent *e;
	size_t n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.';
	return n == 1 ? 0
		      : cl_fail(err, d ? -EBUSY : -errno,
				"cannot give up rights: %zu threads run already, each would keep its own", n);
}

int cl_confine(struct cl_error *err)
{
	int r = check_alone(err);

	r = r ? r : cl_rights_drop(err);
	if (!r && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		r = cl_fail(err, -errno, "cannot give up privileges by execve: %s", strerror(errno));
	/* A change of capabilities may have set it anew. */
	if (!r && cl_secure_process())
		r = cl_fail(err, -errno, "cannot switch core dumps off: %s", strerror(errno));
	return r ? r : cl_syscalls_confine(err);
}
