/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process opens, another reads:  descriptor WAY PATH
 * Ways: getfd (the child takes it out of its parent), message (the parent sends it), table (both share one table; the
 * child opens, the parent reads), mmsg (the second of two messages, behind the sender's name), fork (the child reads from
 * a copy of what it inherited), reopen (the child opens its
 * parent's descriptor anew, through /proc).
 */
#include "file_facts.h"

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

static int sockets[2];
static const char *path;
static int inherited = -1;

static void send_fd(int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	if (sendmsg(sockets[0], &m, 0) != 1)
		die("sendmsg");
}

static void received_told(int fd, const char *way, uint64_t after, uint64_t before)
{
	fact_begin("receive");
	fact_path(fd);
	fact_file(fd);
	fact_string("way", way);
	fact_opener(getppid());
	fact_between(after, before);
	fact_end();
}

static int fd_of(struct msghdr *m)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if (c->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

/* One message, or two of which the second has the descriptor. */
static int receive_fd(unsigned int n)
{
	char control[2][256], bytes[2];
	struct iovec iov[2] = {{bytes, 1}, {bytes + 1, 1}};
	struct mmsghdr m[2];
	uint64_t after = now();
	int fd, on = 1;

	memset(m, 0, sizeof(m));
	for (unsigned int i = 0; i < 2; i++)
		m[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i],
					       .msg_iovlen = 1,
					       .msg_control = control[i],
					       .msg_controllen = sizeof(control[i])};
	if (n == 2 && setsockopt(sockets[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)))
		die("SO_PASSCRED");
	if (n == 1 ? recvmsg(sockets[1], &m[0].msg_hdr, 0) != 1 : recvmmsg(sockets[1], m, 2, 0, NULL) != 2)
		die("recvmsg");
	fd = fd_of(&m[n - 1].msg_hdr);
	received_told(fd, "message", after, now());
	return fd;
}

static int number(void)
{
	int fd;

	if (read(sockets[1], &fd, sizeof(fd)) != sizeof(fd)) /* the parent has it open by now */
		die("number");
	return fd;
}

static int take_fd(void)
{
	int fd, pidfd = (int)syscall(SYS_pidfd_open, getppid(), 0);

	uint64_t before, after;
	int theirs = number();

	after = now();
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	before = now();
	if (fd < 0)
		die("pidfd_getfd");
	fact_begin("access");
	fact_string("reach", "fd");
	fact(",\"target\":%d", getppid());
	fact_between(after, before);
	fact_end();
	received_told(fd, "taken", after, before);
	return fd;
}

static int open_again(void)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", getppid(), number());
	return open_told(link, O_RDONLY, 0);
}

static int child(void *way)
{
	fact_begin("forked");
	fact_end();
	if (!strcmp(way, "table")) {
		int fd = open_told(path, O_RDONLY, 0);

		if (write(sockets[1], &fd, sizeof(fd)) < 0)
			die("write");
	} else if (!strcmp(way, "fork")) {
		read_told(dup(inherited), 4096, getppid(), 0);
	} else if (!strcmp(way, "reopen")) {
		read_told(open_again(), 4096, getpid(), 0);
	} else {
		read_told(!strcmp(way, "getfd") ? take_fd() : receive_fd(strcmp(way, "mmsg") ? 1 : 2), 4096, getppid(),
			  0);
	}
	leave(0);
}

static void give(const char *way, int fd)
{
	if (!strcmp(way, "mmsg") && send(sockets[0], "", 1, 0) != 1)
		die("send");
	if (!strcmp(way, "message") || !strcmp(way, "mmsg"))
		send_fd(fd);
	else if (strcmp(way, "fork") && write(sockets[0], &fd, sizeof(fd)) < 0)
		die("write");
}

int main(int argc, char **argv)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	uint64_t before, after;
	int fd, shared;
	pid_t pid;

	if (argc != 3)
		return 2;
	path = argv[2];
	shared = !strcmp(argv[1], "table") ? CLONE_FILES : 0;
	fact_exec();
	if (socketpair(AF_UNIX, strcmp(argv[1], "mmsg") ? SOCK_STREAM : SOCK_DGRAM, 0, sockets))
		die("socketpair");
	if (!strcmp(argv[1], "fork"))
		inherited = open_told(path, O_RDONLY, 0);
	after = now();
	pid = clone(child, stack + sizeof(stack), SIGCHLD | shared, argv[1]);
	before = now();
	if (pid < 0)
		die("clone");
	fact_begin("fork");
	fact(",\"child\":%d", pid);
	fact_between(after, before);
	fact_end();
	if (shared) {
		if (read(sockets[0], &fd, sizeof(fd)) != sizeof(fd))
			die("number");
		read_told(fd, 4096, pid, 0);
	} else {
		give(argv[1], inherited < 0 ? open_told(path, O_RDONLY, 0) : inherited);
	}
	waitpid(pid, NULL, 0);
	leave(0);
}
