/* SPDX-License-Identifier: Apache-2.0 */
/* One act, many times: `workload ACT ITERATIONS [FILE]` prints the nanoseconds of one iteration. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *file;
static int fd, listener;
static struct sockaddr_in address = {.sin_family = AF_INET};

static void do_getppid(void)
{
	syscall(SYS_getppid);
}

static void do_read(void)
{
	char c;

	if (pread(fd, &c, 1, 0) != 1)
		_exit(1);
}

static void do_open(void)
{
	int f = open(file, O_RDONLY | O_CLOEXEC);

	if (f < 0)
		_exit(1);
	close(f);
}

static void do_open_read(void)
{
	char buf[4096];
	int f = open(file, O_RDONLY | O_CLOEXEC);

	if (f < 0 || read(f, buf, sizeof(buf)) < 0)
		_exit(1);
	close(f);
}

static void do_connect(void)
{
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;

	if (connect(s, (struct sockaddr *)&address, sizeof(address)))
		_exit(1);
	peer = accept(listener, NULL, NULL);
	close(s);
	close(peer);
}

static void do_exec(void)
{
	pid_t child = vfork();

	if (!child) {
		execl(file, file, (char *)NULL);
		_exit(1);
	}
	waitpid(child, NULL, 0);
}

static const struct {
	const char *name;
	void (*act)(void);
} acts[] = {
	{"getppid", do_getppid},     {"read", do_read},	      {"open", do_open},
	{"open-read", do_open_read}, {"connect", do_connect}, {"exec", do_exec},
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void prepare(void)
{
	socklen_t len = sizeof(address);

	fd = open(file, O_RDONLY | O_CLOEXEC);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(listener, (struct sockaddr *)&address, len) || listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&address, &len))
		_exit(1);
}

int main(int argc, char **argv)
{
	long n = argc > 2 ? atol(argv[2]) : 0;
	double start;

	file = argc > 3 ? argv[3] : "/bin/true";
	prepare();
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (argc < 2 || strcmp(argv[1], acts[i].name))
			continue;
		for (long k = 0; k < n / 10; k++)
			acts[i].act();
		start = now();
		for (long k = 0; k < n; k++)
			acts[i].act();
		printf("%.1f\n", (now() - start) / (double)n);
		return 0;
	}
	return 2;
}
