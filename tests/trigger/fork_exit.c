/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ends in one of many ways:
 *   fork_exit exit CODE     a child exits
 *   fork_exit signal N      a child is killed
 *   fork_exit thread CODE   a second thread ends the process, the first one has gone
 *   fork_exit group CODE    twenty children with eight threads each end as a whole
 *   fork_exit vfork CODE    a child that borrows the memory exits
 *   fork_exit sibling CODE  a child that is given to our own parent exits
 *   fork_exit orphan CODE   a grandchild outlives its parent
 */
#include "trigger.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static int code;

/* exit_group(2) by one of many; the thread that is the last on its way out may be another. */
static _Noreturn void leave_group(void)
{
	fact_begin("exit");
	fact_string("thread", "any");
	fact(",\"code\":%d,\"after\":%" PRIu64, code << 8, now());
	fact_end();
	_exit(code);
}

static void *last(void *first)
{
	pthread_join(*(pthread_t *)first, NULL);
	leave_group();
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

static void fact_fork(pid_t pid, uint64_t after)
{
	uint64_t before = now();

	if (pid < 0)
		die("fork");
	fact_begin("fork");
	fact(",\"child\":%d", pid);
	fact_between(after, before);
	fact_end();
}

/* The child waits until the parent has told of it, and its own child until nobody is between it and the reaper. */
static void end_orphan(void)
{
	uint64_t after = now();
	pid_t middle = fork(), last;
	pid_t parent;

	if (middle) {
		fact_fork(middle, after);
		waitpid(middle, NULL, 0);
		usleep(200000); /* the orphan's facts belong to this case */
		leave(0);
	}
	fact_begin("forked");
	fact_end();
	parent = getpid();
	after = now();
	last = fork();
	if (last) {
		fact_fork(last, after);
		usleep(50000);
		leave(0);
	}
	fact_begin("forked");
	fact_end();
	while (getppid() == parent)
		usleep(1000);
	leave(code);
}

static void *spin(void *unused)
{
	for (;;)
		getppid();
	return unused;
}

/* All threads end at once: which one is the last is a race, but there is one last one. */
static void end_group(void)
{
	pthread_t thread;

	for (int i = 0; i < 20; i++) {
		uint64_t after = now();
		pid_t pid = fork();

		if (pid) {
			fact_fork(pid, after);
			waitpid(pid, NULL, 0);
			continue;
		}
		fact_begin("forked");
		fact_end();
		for (int j = 0; j < 8; j++)
			if (pthread_create(&thread, NULL, spin, NULL))
				die("pthread_create");
		leave_group();
	}
	leave(0);
}

static int clone_child(void *unused)
{
	(void)unused;
	fact_begin("forked");
	fact_end();
	leave(code);
}

static pid_t make_child(const char *way)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	int flags = !strcmp(way, "vfork") ? CLONE_VFORK | CLONE_VM : CLONE_PARENT;
	pid_t pid;

	if (!strcmp(way, "vfork") || !strcmp(way, "sibling"))
		return clone(clone_child, stack + sizeof(stack), flags | SIGCHLD, NULL);
	pid = fork();
	if (pid == 0)
		child(!strcmp(way, "signal"));
	return pid;
}

int main(int argc, char **argv)
{
	uint64_t after;
	pid_t pid;

	if (argc != 3)
		return 2;
	code = (int)strtol(argv[2], NULL, 10);
	fact_exec();
	if (!strcmp(argv[1], "thread"))
		end_by_thread();
	if (!strcmp(argv[1], "group"))
		end_group();
	if (!strcmp(argv[1], "orphan"))
		end_orphan();
	after = now();
	pid = make_child(argv[1]);
	fact_fork(pid, after);
	if (waitpid(pid, NULL, 0) < 0)
		usleep(100000); /* not our child: its facts belong to this case all the same */
	leave(0);
}
