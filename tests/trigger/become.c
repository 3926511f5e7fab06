/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes who it is, then runs a command; in a new user namespace it is user and group 0, and outside what it was:
 *  become [uid=N] [euid=N] [gid=N] [mntns] [pidns] [userns] [cgroup=DIR] -- CMD...
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
	else if (!strcmp(o, "userns"))
		namespaces |= CLONE_NEWUSER;
	else if (!strncmp(o, "cgroup=", 7))
		join_cgroup(value);
	else
		exit(2);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(fd);
}

/* Before that the process is nobody there. */
static void map_ids(uid_t outer_uid, gid_t outer_gid)
{
	char text[64];

	snprintf(text, sizeof(text), "0 %u 1", outer_uid);
	put("/proc/self/uid_map", text);
	put("/proc/self/setgroups", "deny");
	snprintf(text, sizeof(text), "0 %u 1", outer_gid);
	put("/proc/self/gid_map", text);
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
	uid_t outer_uid;
	gid_t outer_gid;
	int i;

	fact_exec();
	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		option(argv[i]);
	if (i + 1 >= argc)
		return 2;
	if (setresgid(gid, namespaces & CLONE_NEWUSER ? gid : (gid_t)-1, (gid_t)-1) ||
	    setresuid(uid, namespaces & CLONE_NEWUSER ? uid : euid, (uid_t)-1))
		die("setresuid");
	if (namespaces & CLONE_NEWUSER && prctl(PR_SET_DUMPABLE, 1))
		die("prctl"); /* its files in /proc are its own again */
	outer_uid = getuid();
	outer_gid = getgid();
	if (namespaces && unshare(namespaces))
		die("unshare");
	if (namespaces & CLONE_NEWUSER)
		map_ids(outer_uid, outer_gid);
	if (namespaces & CLONE_NEWPID)
		enter_pidns();
	execv(argv[i + 1], argv + i + 1);
	die(argv[i + 1]);
}
