/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process reaches into another, its child:  reach WAY [DIRECTORY]
 * Ways: attach, seize, attach32 (by a 32-bit call), vm-read, vm-write, getfd, mem, environ, thread (the environ of one of
 * its threads), mounted (of a /proc mounted anew), bound (of a bind mount of /proc), traceme (the child asks for it),
 * twice (two opens at once).
 * And what makes no record: refused, self, path (the name alone), close (files of /proc that look alike).
 */
#include "trigger.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

static char theirs[16] = "unchanged";
static const char *directory = "";
static int ready[2], gate[2];
static long outer_tid; /* of the child's thread, as /proc has it */

static void *thread(void *unused)
{
	long ids[2] = {read_stat("/proc/self/stat").pid, read_stat("/proc/thread-self/stat").pid};

	if (write(ready[1], ids, sizeof(ids)) < 0)
		die("write");
	for (;;)
		pause();
	return unused;
}

/* Tells who it is, starts a thread and waits for its end. */
static void target(const char *way)
{
	pthread_t t;

	fact_begin("forked");
	fact_end();
	if (!strcmp(way, "traceme") && ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		die("traceme");
	if (pthread_create(&t, NULL, thread, NULL))
		die("thread");
	close(gate[1]);
	if (read(gate[0], theirs, 1)) /* its end: the parent has done */
		die("gate");
	fact_begin("exit"); /* of its threads the kernel chooses the one that is the last */
	fact(",\"thread\":\"any\",\"code\":0,\"after\":%" PRIu64, now());
	fact_end();
	_exit(0);
}

static void open_one(const char *format, ...)
{
	char path[4096];
	va_list args;
	int fd;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	close(fd);
}

static void open_refused(pid_t pid)
{
	char path[64];

	if (syscall(SYS_setresuid, 1234, 1234, 1234))
		die("setresuid");
	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	if (open(path, O_RDONLY) >= 0 || errno != EACCES)
		die("not refused");
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	if (open(path, O_RDONLY) >= 0 || ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
		die("not refused");
}

static void open_path(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	if (open(path, O_PATH) < 0)
		die(path);
}

static void attach32(pid_t pid)
{
	long ret = -ENOSYS;

#ifdef __x86_64__
	asm volatile("int $0x80" : "=a"(ret) : "a"(26), "b"(PTRACE_ATTACH), "c"(pid), "d"(0), "S"(0) : "memory");
#else
	(void)pid;
#endif
	if (ret) {
		errno = (int)-ret;
		die("32-bit ptrace");
	}
}

static void copy(const char *way, pid_t pid)
{
	char ours[16] = "rewritten";
	struct iovec here = {ours, sizeof(ours)}, there = {theirs, sizeof(theirs)};
	bool read = !strcmp(way, "vm-read");
	ssize_t n =
		read ? process_vm_readv(pid, &here, 1, &there, 1, 0) : process_vm_writev(pid, &here, 1, &there, 1, 0);

	if (n != sizeof(ours) || (read && strcmp(ours, theirs)))
		die(way);
}

static void take(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (syscall(SYS_pidfd_getfd, pidfd, STDOUT_FILENO, 0) < 0)
		die("pidfd_getfd");
}

static void open_mounted(bool bind, pid_t pid)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(bind ? "/proc" : "proc", directory, bind ? NULL : "proc", bind ? MS_BIND : 0, NULL))
		die("mount");
	open_one("%s/%d/environ", directory, pid);
}

static const char *act(const char *way, pid_t pid)
{
	if (!strcmp(way, "attach") || !strcmp(way, "seize")) {
		if (ptrace(strcmp(way, "seize") ? PTRACE_ATTACH : PTRACE_SEIZE, pid, NULL, NULL))
			die(way);
		return "ptrace";
	}
	if (!strcmp(way, "attach32")) {
		attach32(pid);
		return "ptrace";
	}
	if (!strncmp(way, "vm-", 3)) {
		copy(way, pid);
		return strcmp(way, "vm-read") ? "vm_write" : "vm_read";
	}
	if (!strcmp(way, "getfd")) {
		take(pid);
		return "fd";
	}
	if (!strcmp(way, "mem")) {
		open_one("/proc/%d/mem", pid);
		return "mem";
	}
	if (!strcmp(way, "traceme"))
		return "traceme";
	if (!strcmp(way, "environ") || !strcmp(way, "twice"))
		open_one("/proc/%d/environ", pid);
	if (!strcmp(way, "twice"))
		open_one("/proc/self/../%d/environ", pid);
	if (!strcmp(way, "thread"))
		open_one("/proc/%d/task/%ld/environ", pid, outer_tid);
	if (!strcmp(way, "mounted") || !strcmp(way, "bound"))
		open_mounted(!strcmp(way, "bound"), pid);
	return "environ";
}

/* 0: done, and nothing is to be told. */
static int act_unseen(const char *way, pid_t pid)
{
	if (!strcmp(way, "refused")) {
		open_refused(pid);
	} else if (!strcmp(way, "self")) {
		open_one("/proc/self/environ");
		open_one("/proc/thread-self/environ");
		open_one("/proc/self/mem");
	} else if (!strcmp(way, "path")) {
		open_path(pid);
	} else if (!strcmp(way, "close")) {
		open_one("/proc/%d/maps", pid);
		open_one("/proc/%d/auxv", pid);
		open_one("/dev/zero");
	} else {
		return -1;
	}
	return 0;
}

static void reach(const char *way)
{
	uint64_t before, after;
	const char *how;
	long ids[2];
	pid_t pid;
	int status;

	if (pipe(ready) || pipe(gate))
		die("pipe");
	after = now();
	pid = fork();
	if (pid == 0)
		target(way);
	if (pid < 0 || read(ready[0], ids, sizeof(ids)) != sizeof(ids))
		die("child");
	before = now();
	outer_tid = ids[1];
	fact_begin("fork");
	fact(",\"child\":%ld", ids[0]);
	fact_between(after, before);
	fact_end();
	if (act_unseen(way, pid)) {
		if (strcmp(way, "traceme"))
			after = now();
		how = act(way, pid);
		before = now();
		fact_begin("access");
		fact_string("reach", how);
		fact(",\"target\":%ld", ids[0]);
		if (!strcmp(way, "thread"))
			fact(",\"target_tid\":%ld", ids[1]);
		fact_between(after, before);
		fact_end();
	}
	close(gate[1]);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	directory = argc > 2 ? argv[2] : "";
	fact_exec();
	reach(argv[1]);
	leave(0);
}
