/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands an open file from one process to another:
 *   pass_fd send SOCKET PATH       opens PATH, waits for one client at SOCKET, sends the descriptor, nothing else
 *   pass_fd receive SOCKET         gets it and reads
 *   pass_fd take PID FD            takes it by a handle on the process (pidfd_getfd) and reads
 *   pass_fd share PATH             two tasks with one table: the second opens (WHO opener), the first reads (WHO reader)
 *   pass_fd keep PATH COMMAND...   opens PATH at 9, moves it to 7 with dup3 and closes 9, then COMMAND, which inherits it
 */
#include "evasion.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static char buf[4096];

static void read_it(int fd)
{
	if (must(read(fd, buf, sizeof(buf)), "read") == 0)
		die("empty");
}

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return a;
}

static void send_it(const char *socket_path, const char *path)
{
	char control[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct sockaddr_un a = address_of(socket_path);
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fd = must(open(path, O_RDONLY | O_CLOEXEC), path), s = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");

	must(bind(s, (struct sockaddr *)&a, sizeof(a)), socket_path);
	must(chmod(socket_path, 0666), socket_path);
	must(listen(s, 1), "listen");
	s = must(accept(s, NULL, NULL), "accept");
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	must(sendmsg(s, &m, 0), "sendmsg");
	read(s, &byte, 1); /* until the other one is done */
}

static void receive_it(const char *socket_path)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	struct sockaddr_un a = address_of(socket_path);
	int fd, s = must(socket(AF_UNIX, SOCK_STREAM, 0), "socket");

	for (int tries = 0; connect(s, (struct sockaddr *)&a, sizeof(a)); tries++) {
		if (tries > 200)
			die(socket_path);
		usleep(50000);
	}
	if (must(recvmsg(s, &m, 0), "recvmsg") != 1 || !CMSG_FIRSTHDR(&m))
		die("nothing came");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	read_it(fd);
}

static void take_it(const char *pid, const char *fd)
{
	int handle = must(syscall(SYS_pidfd_open, atoi(pid), 0), "pidfd_open");

	read_it(must(syscall(SYS_pidfd_getfd, handle, atoi(fd), 0), "pidfd_getfd"));
}

static int opener(void *path)
{
	tell_who("opener");
	if (dup2(must(open(path, O_RDONLY), path), 50) < 0)
		die("dup2");
	return 0;
}

static void share(char *path)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	int status;
	pid_t pid;

	facts_to_file();
	pid = must(clone(opener, stack + sizeof(stack), CLONE_FILES | SIGCHLD, path), "clone");
	must(waitpid(pid, &status, 0), "waitpid");
	tell_who("reader");
	read_it(50);
}

static void keep(const char *path, char **command)
{
	int fd = must(open(path, O_RDONLY), path);

	must(dup3(fd, 7, 0), "dup3");
	must(close(fd), "close");
	execvp(command[0], command);
	die(command[0]);
}

int main(int argc, char **argv)
{
	const char *way = argc > 2 ? argv[1] : "";

	if (!strcmp(way, "send") && argc == 4)
		send_it(argv[2], argv[3]);
	else if (!strcmp(way, "receive"))
		receive_it(argv[2]);
	else if (!strcmp(way, "take") && argc == 4)
		take_it(argv[2], argv[3]);
	else if (!strcmp(way, "share"))
		share(argv[2]);
	else if (!strcmp(way, "keep") && argc > 3)
		keep(argv[2], argv + 3);
	else
		return 2;
	return 0;
}
