/* SPDX-License-Identifier: Apache-2.0 */
/* Closes descriptors of another process, as somebody who wants to blind it would:  close_in PID TEXT-IN-THEIR-LINK */
#include "trigger.h"

#include <dirent.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#ifdef __x86_64__
/* One system call in the stopped process, made with the instruction that it waits behind. */
static void close_there(pid_t pid, int fd)
{
	struct user_regs_struct before, now;
	int status;

	if (ptrace(PTRACE_GETREGS, pid, 0, &before))
		die("PTRACE_GETREGS");
	now = before;
	now.rip -= 2;
	now.rax = SYS_close;
	now.orig_rax = (unsigned long)-1;
	now.rdi = (unsigned long)fd;
	if ((ptrace(PTRACE_PEEKTEXT, pid, now.rip, 0) & 0xffff) != 0x050f) {
		errno = EAGAIN;
		die("not at a system call");
	}
	if (ptrace(PTRACE_SETREGS, pid, 0, &now) || ptrace(PTRACE_SINGLESTEP, pid, 0, 0) ||
	    waitpid(pid, &status, 0) != pid || ptrace(PTRACE_SETREGS, pid, 0, &before))
		die("close");
}

static int wants(pid_t pid, const char *name, const char *text)
{
	char path[64], link[256];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/fd/%.16s", pid, name);
	n = readlink(path, link, sizeof(link) - 1);
	if (n <= 0)
		return 0;
	link[n] = '\0';
	return strstr(link, text) != NULL;
}

int main(int argc, char **argv)
{
	pid_t pid = argc == 3 ? (pid_t)strtol(argv[1], NULL, 10) : 0;
	const struct dirent *e;
	char path[64];
	int n = 0, status;
	DIR *d;

	if (pid <= 0)
		return 2;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	if (!d)
		die(path);
	if (ptrace(PTRACE_SEIZE, pid, 0, 0) || ptrace(PTRACE_INTERRUPT, pid, 0, 0) || waitpid(pid, &status, 0) != pid)
		die("PTRACE_SEIZE");
	while ((e = readdir(d))) {
		if (!wants(pid, e->d_name, argv[2]))
			continue;
		close_there(pid, (int)strtol(e->d_name, NULL, 10));
		n++;
	}
	closedir(d);
	ptrace(PTRACE_DETACH, pid, 0, 0);
	fact_begin("closed");
	fact(",\"count\":%d", n);
	fact_end();
	return n ? 0 : 1;
}
#else
int main(void)
{
	return 77; /* other registers */
}
#endif
