/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs one after the other at a rate, each with an environment of 4 KiB: `storm RATE SECONDS` (0: as fast as they go).
 * Prints how many there were, the seconds that they took, and the CPU seconds of all of them and of this program: what
 * a probe adds in the kernel is charged to whom it stops, so it is in there.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VARIABLES 32
#define VARIABLE 128 /* bytes */

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void one(char **environment)
{
	char *const argv[] = {"true", NULL};
	pid_t child = vfork();

	if (!child) {
		execve("/bin/true", argv, environment);
		_exit(1);
	}
	waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	static char text[VARIABLES][VARIABLE], *environment[VARIABLES + 1];
	double rate = argc > 2 ? strtod(argv[1], NULL) : -1, seconds = argc > 2 ? strtod(argv[2], NULL) : 0, begin;
	unsigned long n = 0;

	if (rate < 0 || seconds <= 0) {
		fprintf(stderr, "storm RATE SECONDS\n");
		return 2;
	}
	for (int i = 0; i < VARIABLES; i++) {
		int len = snprintf(text[i], VARIABLE, "VARIABLE_%02d=", i);

		memset(text[i] + len, 'a' + i % 26, (size_t)(VARIABLE - 1 - len));
		environment[i] = text[i];
	}
	begin = now(CLOCK_MONOTONIC);
	while (now(CLOCK_MONOTONIC) - begin < seconds) {
		double ahead = rate > 0 ? begin + (double)n / rate - now(CLOCK_MONOTONIC) : 0;

		if (ahead > 0)
			usleep((useconds_t)(ahead * 1e6));
		one(environment);
		n++;
	}
	printf("{\"execs\":%lu,\"seconds\":%.3f,\"cpu_s\":%.3f}\n", n, now(CLOCK_MONOTONIC) - begin,
	       cpu(RUSAGE_SELF) + cpu(RUSAGE_CHILDREN));
	return 0;
}
