/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command while N other processes wait in the middle of a read of an empty pipe:  crowd N CMD...
 * They end with it. What hangs on the end of a call must not be bounded by how many calls are under way.
 */
#include "trigger.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

static void wait_for_nothing(const int empty[2], const int ready[2])
{
	char byte = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(empty[1]);
	if (write(ready[1], &byte, 1) != 1)
		_exit(1);
	close(ready[1]);
	if (read(empty[0], &byte, 1) < 0)
		_exit(1);
	_exit(0);
}

/* In state S there is nothing but the read left to sleep in. */
static void until_asleep(pid_t pid)
{
	char path[64], line[256], *state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (;;) {
		f = fopen(path, "re");
		if (!f || !fgets(line, sizeof(line), f))
			die(path);
		fclose(f);
		state = strrchr(line, ')');
		if (state && state[2] == 'S')
			return;
		sched_yield();
	}
}

int main(int argc, char **argv)
{
	unsigned long n = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	int empty[2], ready[2];
	char byte;

	fact_exec();
	if (!n || pipe2(empty, 0) || pipe2(ready, O_CLOEXEC))
		die("pipe2");
	for (unsigned long i = 0; i < n; i++) {
		uint64_t before, after = now();
		pid_t pid = fork();

		before = now();
		if (pid < 0)
			die("fork");
		if (!pid)
			wait_for_nothing(empty, ready);
		fact_begin("fork");
		fact(",\"child\":%d", pid);
		fact_between(after, before);
		fact_end();
		if (read(ready[0], &byte, 1) != 1)
			die("read");
		until_asleep(pid);
	}
	execv(argv[2], argv + 2);
	die(argv[2]);
}
