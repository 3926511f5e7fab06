/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "capture/capture.h"

static const struct {
	const char *path, *type;
	long magic;
} needed[] = {
	{"/sys/kernel/tracing", "tracefs", TRACEFS_MAGIC},
	{"/sys/fs/bpf", "bpf", BPF_FS_MAGIC},
};

/* A directory that does not exist can't be mended by a mount: the kernel lacks the file system. */
static bool is_missing(const char *path, long magic)
{
	struct statfs fs;

	return !statfs(path, &fs) && fs.f_type != magic;
}

static int mount_missing(struct cl_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (!is_missing(needed[i].path, needed[i].magic))
			continue;
		if (mount(needed[i].type, needed[i].path, needed[i].type, MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700"))
			return cl_fail(err, -errno, "cannot mount %s on \"%s\": %s", needed[i].type, needed[i].path,
				       strerror(errno));
	}
	return 0;
}

int cl_private_mounts(struct cl_error *err)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		any |= is_missing(needed[i].path, needed[i].magic);
	if (!any)
		return 0;
	if (unshare(CLONE_NEWNS))
		return cl_fail(err, -errno, "cannot make a private mount namespace: %s", strerror(errno));
	/* Slave, not private: what the host unmounts later must not stay busy because of us. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return cl_fail(err, -errno, "cannot keep mounts from the host: %s", strerror(errno));
	return mount_missing(err);
}

int cl_pin_mount(const char *dir, struct cl_error *err)
{
	const char *home = needed[1].path;
	size_t n = strlen(home);

	if (strncmp(dir, home, n) || (dir[n] && dir[n] != '/') || !is_missing(home, BPF_FS_MAGIC))
		return 0;
	if (mount("bpf", home, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700"))
		return cl_fail(err, -errno,
			       "cannot pin in \"%s\": no BPF file system on %s, and mounting one failed: %s", dir, home,
			       strerror(errno));
	return 1;
}
