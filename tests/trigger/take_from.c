/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes something out of another process, or passes it on; for live tests:
 *   take_from environ|thread|vm|attach|seize|core|scan PID       core: attaches and reads the memory's file; scan: of all
 *   take_from getfd PID FD                                       and reads it
 *   take_from receive SOCKET                                     waits for a descriptor there and reads it
 *   take_from give SOCKET FILE                                   reads it first
 * Prints its own pid.
 */
#include "trigger.h"

#include <dirent.h>
#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

static char bytes[1 << 16];

static bool try_file(const char *format, const char *pid)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), format, pid, pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
	close(fd);
	return true;
}

static void take_file(const char *format, const char *pid)
{
	if (!try_file(format, pid))
		die(format);
}

static void scan(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;

	while (proc && (e = readdir(proc)))
		if (*e->d_name >= '1' && *e->d_name <= '9')
			try_file("/proc/%s/environ", e->d_name);
}

static void take_memory(pid_t pid)
{
	char maps[64], line[512];
	unsigned long from = 0;
	struct iovec here = {bytes, 4096}, there = {NULL, 4096};
	FILE *f;

	snprintf(maps, sizeof(maps), "/proc/%d/maps", pid);
	f = fopen(maps, "r");
	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "[stack]"))
			from = strtoul(line, NULL, 16);
	there.iov_base = (void *)from;
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) != 4096)
		die("process_vm_readv");
}

static void attach(pid_t pid, bool seize, bool core)
{
	char path[64];

	if (ptrace(seize ? PTRACE_SEIZE : PTRACE_ATTACH, pid, NULL, NULL))
		die("ptrace");
	if (seize)
		return;
	waitpid(pid, NULL, __WALL);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	if (core && open(path, O_RDONLY) < 0)
		die(path);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static void read_whole(int fd)
{
	if (fd < 0 || pread(fd, bytes, sizeof(bytes), 0) <= 0)
		die("descriptor");
}

static void pass(const char *name, const char *file)
{
	char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM, 0), fd = file ? open(file, O_RDONLY) : -1;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", name);
	if (file) {
		read_whole(fd);
		*CMSG_FIRSTHDR(&m) = (struct cmsghdr){CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &fd, sizeof(fd));
		if (connect(s, (struct sockaddr *)&at, sizeof(at)) || sendmsg(s, &m, 0) != 1)
			die("give");
		return;
	}
	if (bind(s, (struct sockaddr *)&at, sizeof(at)) || listen(s, 1))
		die(name);
	s = accept(s, NULL, NULL);
	if (recvmsg(s, &m, 0) != 1 || !CMSG_FIRSTHDR(&m))
		die("receive");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	read_whole(fd);
}

int main(int argc, char **argv)
{
	const char *way = argc > 2 ? argv[1] : "";
	pid_t pid = argc > 2 ? (pid_t)strtol(argv[2], NULL, 10) : 0;

	printf("%d\n", getpid());
	fflush(stdout);
	if (!strcmp(way, "environ"))
		take_file("/proc/%s/environ", argv[2]);
	else if (!strcmp(way, "thread"))
		take_file("/proc/%s/task/%s/environ", argv[2]);
	else if (!strcmp(way, "scan"))
		scan();
	else if (!strcmp(way, "vm"))
		take_memory(pid);
	else if (!strcmp(way, "attach") || !strcmp(way, "seize") || !strcmp(way, "core"))
		attach(pid, *way == 's', *way == 'c');
	else if (!strcmp(way, "getfd") && argc > 3)
		read_whole((int)syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, pid, 0),
					(int)strtol(argv[3], NULL, 10), 0));
	else if (!strcmp(way, "receive") || !strcmp(way, "give"))
		pass(argv[2], argc > 3 ? argv[3] : NULL);
	else
		return 2;
	return 0;
}
