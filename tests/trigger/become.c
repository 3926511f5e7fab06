/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes who it is, then runs a command:  become [uid=N] [euid=N] [gid=N] [mntns] [pidns] [cgroup=DIR] [name=X] -- CMD...
 */
#include "trigger.h"

#include <grp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static uid_t uid = (uid_t)-1, euid = (uid_t)-1;
static gid_t gid = (gid_t)-1;
static int namespaces;

static void join_cgroup(const char *directory)
{
	char path[PATH_MAX];
	int fd;

	mkdir(directory, 0755);
	snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		die(path);
	close(fd);
}

static void option(const char *o)
{
	const char *value = strchr(o, '=') ? strchr(o, '=') + 1 : "";

	if (!strncmp(o, "uid=", 4))
		uid = (uid_t)strtoul(value, NULL, 10);
	else if (!strncmp(o, "euid=", 5))
		euid = (uid_t)strtoul(value, NULL, 10);
	else if (!strncmp(o, "gid=", 4))
		gid = (gid_t)strtoul(value, NULL, 10);
	else if (!strcmp(o, "mntns"))
		namespaces |= CLONE_NEWNS;
	else if (!strcmp(o, "pidns"))
		namespaces |= CLONE_NEWPID;
	else if (!strncmp(o, "cgroup=", 7))
		join_cgroup(value);
	else
		exit(2);
}

/* The child is the first process of the namespace and carries on; its parent only waits. */
static void enter_pidns(void)
{
	uint64_t before, after = now();
	pid_t pid = fork();
	int status;

	before = now();
	if (!pid)
		return;
	fact_begin("fork");
	fact(",\"child\":%d", pid);
	fact_between(after, before);
	fact_end();
	waitpid(pid, &status, 0);
	leave(WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	int i;

	fact_exec();
	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		option(argv[i]);
	if (i + 1 >= argc)
		return 2;
	if (namespaces && unshare(namespaces))
		die("unshare");
	if (setresgid(gid, (gid_t)-1, (gid_t)-1) || setresuid(uid, euid, (uid_t)-1))
		die("setresuid");
	if (namespaces & CLONE_NEWPID)
		enter_pidns();
	execv(argv[i + 1], argv + i + 1);
	die(argv[i + 1]);
}
