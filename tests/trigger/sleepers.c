/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many processes that sleep, each with an environment of its own:  sleepers COUNT BYTES [NAME=VALUE EVERY]
 *
 * Every process executes this program again with BYTES of environment; each EVERYth also has the variable. When all of
 * them sleep the count is told; they end with the first one, which ends with its standard input.
 */
#include "trigger.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define VARIABLE 64 /* bytes of one: "FILLER_0001=xxx..." and its NUL */

static char **environment(long bytes, char *variable)
{
	size_t n = (size_t)bytes / VARIABLE, at = 0;
	char **list = calloc(n + 2, sizeof(*list));

	if (!list)
		die("calloc");
	if (variable)
		list[at++] = variable;
	for (size_t i = 0; i < n; i++) {
		char *s = malloc(VARIABLE);
		int len;

		if (!s)
			die("malloc");
		len = snprintf(s, VARIABLE, "FILLER_%04zu=", i);
		memset(s + len, 'x', (size_t)(VARIABLE - 1 - len));
		s[VARIABLE - 1] = '\0';
		list[at++] = s;
	}
	return list;
}

static void start(char **variables)
{
	char *const args[] = {(char[]){"sleeper"}, NULL};
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execve("/proc/self/exe", args, variables);
	_exit(1);
}

int main(int argc, char **argv)
{
	long count, every = 1;
	char **plain, **special = NULL, byte;

	if (argc == 1) {
		for (;;)
			pause();
	}
	if (argc != 3 && argc != 5)
		return 2;
	count = strtol(argv[1], NULL, 10);
	if (argc == 5) {
		every = strtol(argv[4], NULL, 10);
		special = environment(strtol(argv[2], NULL, 10), argv[3]);
	}
	plain = environment(strtol(argv[2], NULL, 10), NULL);
	for (long i = 0; i < count; i++)
		start(special && every > 0 && i % every == 0 ? special : plain);
	fact_begin("sleepers");
	fact(",\"count\":%ld", count);
	fact_end();
	while (read(0, &byte, 1) > 0)
		;
	return 0;
}
