/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends in one of many ways:
 *   fork_exit exit CODE     a child exits
 *   fork_exit signal N      a child is killed
 *   fork_exit thread CODE   a second thread ends the process, the first one has gone
 */
#include "trigger.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int code;

static void *last(void *unused)
{
	pthread_join(*(pthread_t *)unused, NULL);
	leave(code);
}

static void end_by_thread(void)
{
	static pthread_t first;
	pthread_t second;

	first = pthread_self();
	fact_begin("threads"); /* threads are no processes: no fork, no exit of their own */
	fact_end();
	if (pthread_create(&second, NULL, last, &first))
		die("pthread_create");
	pthread_exit(NULL);
}

static void child(int by_signal)
{
	struct rlimit none = {0, 0};

	prctl(PR_SET_NAME, "fork_exit_child");
	fact_begin("forked");
	fact_end();
	if (!by_signal)
		leave(code);
	setrlimit(RLIMIT_CORE, &none);
	fact_exit(code);
	kill(getpid(), code);
	pause();
}

int main(int argc, char **argv)
{
	uint64_t before, after;
	pid_t pid;

	if (argc != 3)
		return 2;
	code = (int)strtol(argv[2], NULL, 10);
	fact_exec();
	if (!strcmp(argv[1], "thread"))
		end_by_thread();
	after = now();
	pid = fork();
	if (pid == 0)
		child(!strcmp(argv[1], "signal"));
	before = now();
	fact_begin("fork");
	fact(",\"child\":%d", pid);
	fact_between(after, before);
	fact_end();
	waitpid(pid, NULL, 0);
	leave(0);
}
