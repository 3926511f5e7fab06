/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One act, many times: `workload ACT ITERATIONS [FILE]` prints the nanoseconds of one iteration, in the mean;
 * `workload --least ACT ITERATIONS FILE` in the least of ROUNDS rounds of so many, which is exact where time is counted in
 * instructions: a round that no interrupt came into.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 40
#define NEEDLE_EVERY 500

static const char *file, *needle;
static int fd, listener, datagram;
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

/* An open of one file; every so often, of a watched one, with a read. */
static void do_needles(void)
{
	static unsigned int n;
	const char *plain = file;

	do_open();
	if (++n % NEEDLE_EVERY)
		return;
	file = needle;
	do_open_read();
	file = plain;
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

/* To itself, so that the socket never fills. */
static void do_send(void)
{
	char c = 0;

	if (send(datagram, &c, 1, 0) != 1 || recv(datagram, &c, 1, 0) != 1)
		_exit(1);
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
	{"getppid", do_getppid}, {"read", do_read}, {"open", do_open}, {"open-read", do_open_read},
	{"connect", do_connect}, {"exec", do_exec}, {"send", do_send}, {"needles", do_needles},
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void prepare(void)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);

	datagram = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (datagram < 0 || bind(datagram, (struct sockaddr *)&own, len) ||
	    getsockname(datagram, (struct sockaddr *)&own, &len) || connect(datagram, (struct sockaddr *)&own, len))
		_exit(1);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(listener, (struct sockaddr *)&address, len) || listen(listener, 16) ||
	    getsockname(listener, (struct sockaddr *)&address, &len))
		_exit(1);
}

static double round_of(void (*act)(void), long n)
{
	double start = now();

	for (long k = 0; k < n; k++)
		act();
	return (now() - start) / (double)n;
}

static double least_of(void (*act)(void), long n)
{
	double least = round_of(act, n);

	for (int i = 0; i < ROUNDS; i++) {
		double t = round_of(act, n);

		least = t < least ? t : least;
	}
	return least;
}

static double mean_of(void (*act)(void), long n)
{
	if (act != do_needles) /* they are counted */
		round_of(act, n / 10 + 1);
	return round_of(act, n);
}

int main(int argc, char **argv)
{
	bool least = argc > 1 && !strcmp(argv[1], "--least");
	long n;

	argc -= least;
	argv += least;
	n = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	file = argc > 3 ? argv[3] : "/bin/true";
	needle = argc > 4 ? argv[4] : file;
	prepare();
	for (size_t i = 0; n > 0 && i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(argv[1], acts[i].name))
			continue;
		printf("%.1f\n", least ? least_of(acts[i].act, n) : mean_of(acts[i].act, n));
		return 0;
	}
	return 2;
}
