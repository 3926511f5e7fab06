/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many short-lived processes, one after another:
 *   storm COUNT          they end at once
 *   storm COUNT FILE     each executes a program; with each an open of FILE and a connect. Two at a time.
 */
#include "trigger.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void forks(long count)
{
	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid < 0)
			die("fork");
		waitpid(pid, NULL, 0);
	}
}

static void run_program(void)
{
	char *const args[] = {(char[]){"-"}, NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		execve("/proc/self/exe", args, NULL);
		_exit(1);
	}
	if (pid < 0)
		die("vfork");
	waitpid(pid, NULL, 0);
}

/* A datagram socket's connect sends nothing; another port each time, so that no two are alike. */
static void everything(long count, const char *file)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), fd;

	for (long i = 0; i < count; i++) {
		run_program();
		fd = open(file, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			die(file);
		close(fd);
		at.sin_port = htons((uint16_t)(1024 + i % 60000));
		if (connect(s, (struct sockaddr *)&at, sizeof(at)))
			die("connect");
	}
}

int main(int argc, char **argv)
{
	long count = argc >= 2 ? strtol(argv[1], NULL, 10) : 0;
	pid_t half;

	if (argc == 1 && argv[0][0] == '-')
		return 0;
	if (count <= 0 || argc > 3)
		return 2;
	fact_begin("storm");
	fact(",\"count\":%ld", count);
	fact_end();
	if (argc == 2) {
		forks(count);
		return 0;
	}
	half = fork();
	if (half < 0)
		die("fork");
	everything(half ? count - count / 2 : count / 2, argv[2]);
	if (half)
		waitpid(half, NULL, 0);
	return 0;
}
