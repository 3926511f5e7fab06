/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps to other places:
 *   private bind=A:B pivot=DIR chroot=DIR          a mount namespace of its own, mounts, roots
 *   enter=PID:KINDS (m, p) into=CGROUP             another process's namespaces, another cgroup
 *   sysctl=NAME:VALUE rename=A:B touch=PATH
 *   await=PATH                                     until there is one
 */
#pragma once

#include "act.h"

#include <sched.h>
#include <sys/mount.h>

static void step_private(const char *unused)
{
	(void)unused;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("unshare");
}

static void step_bind(const char *value)
{
	char from[PATH_MAX];
	const char *to = split(value, ':', from, sizeof(from));

	if (mount(from, to, NULL, MS_BIND, NULL))
		die(value);
}

static void step_pivot(const char *root)
{
	if (mount(root, root, NULL, MS_BIND | MS_REC, NULL) || chdir(root) || syscall(SYS_pivot_root, ".", ".") ||
	    umount2(".", MNT_DETACH) || chdir("/"))
		die("pivot_root");
}

static void step_chroot(const char *root)
{
	if (chroot(root) || chdir("/"))
		die(root);
}

static void step_enter(const char *value)
{
	int fd = (int)syscall(SYS_pidfd_open, strtol(value, NULL, 10), 0), kinds = 0;

	kinds |= strchr(value, 'm') ? CLONE_NEWNS : 0;
	kinds |= strchr(value, 'p') ? CLONE_NEWPID : 0;
	if (fd < 0 || setns(fd, kinds))
		die("setns");
	close(fd);
}

static void step_into(const char *cgroup)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	put(path, "0");
}

static void step_sysctl(const char *value)
{
	char name[64], path[128];
	const char *number = split(value, ':', name, sizeof(name));

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	put(path, number);
}

static void step_rename(const char *value)
{
	char from[PATH_MAX];
	const char *to = split(value, ':', from, sizeof(from));

	if (rename(from, to))
		die(value);
}

static void step_touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		die(path);
	close(fd);
}

static void step_await(const char *path)
{
	for (int i = 0; access(path, F_OK); i++) {
		if (i > 1000)
			die(path);
		usleep(10000);
	}
}

static const struct step place_steps[] = {
	{"private", step_private},
	{"bind", step_bind},
	{"pivot", step_pivot},
	{"chroot", step_chroot},
	{"enter", step_enter},
	{"into", step_into},
	{"sysctl", step_sysctl},
	{"rename", step_rename},
	{"touch", step_touch},
	{"await", step_await},
	{NULL, NULL},
};
