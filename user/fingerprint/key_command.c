/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "fingerprint/key_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

/* Signals as a program expects them, whatever ours are, and a process group of its own so that all of it can be ended. */
static int set_attributes(posix_spawnattr_t *a)
{
	sigset_t none, usual;

	sigemptyset(&none);
	sigemptyset(&usual);
	sigaddset(&usual, SIGPIPE);
	(void)(posix_spawnattr_setsigmask(a, &none) || posix_spawnattr_setsigdefault(a, &usual));
	return posix_spawnattr_setflags(a, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(char *const *argv, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (!r) {
		r = set_attributes(&attributes);
		r = r ? r : posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		r = r ? r : posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
		r = r ? r : posix_spawn(pid, argv[0], &actions, &attributes, argv, environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* 0 at the end of what it prints; -ETIMEDOUT, -E2BIG, or what read said. */
static int take(int fd, unsigned int seconds, char *out, size_t max, size_t *len)
{
	uint64_t end = cl_boot_ns() + seconds * CL_NS_PER_S, now;
	char more;

	*len = 0;
	while ((now = cl_boot_ns()) < end) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, (int)((end - now) / 1000000) + 1) <= 0)
			continue;
		n = *len < max ? read(fd, out + *len, max - *len) : read(fd, &more, 1);
		if (!n)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && *len == max) {
			explicit_bzero(&more, sizeof(more));
			return -E2BIG;
		}
		*len += n > 0 ? (size_t)n : 0;
	}
	return -ETIMEDOUT;
}

/* Its exit status, killed when it does not end by itself: it has closed its output, so there is no more to come. */
static int reap(pid_t pid, bool kill_it)
{
	int status = 0;

	for (int i = 0; !kill_it && i < 100; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		poll(NULL, 0, 10);
	}
	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

int cl_key_command(char *const *argv, unsigned int seconds, char *out, size_t max, size_t *len, struct cl_error *err)
{
	static const char what[] = "cannot read fingerprint key from command";
	_cleanup_close_ int in = -1, to = -1;
	int fds[2], status, r;
	pid_t pid = 0; /* of the program, once it is there */

	if (argv[0][0] != '/')
		return cl_fail(err, -EINVAL, "%s \"%s\": it must be an absolute path", what, argv[0]);
	if (pipe2(fds, O_CLOEXEC))
		return cl_fail(err, -errno, "%s \"%s\": %s", what, argv[0], strerror(errno));
	in = fds[0];
	to = fds[1];
	r = spawn(argv, to, &pid);
	cl_closep(&to);
	if (r)
		return cl_fail(err, r, "%s \"%s\": %s", what, argv[0], strerror(-r));
	r = take(in, seconds, out, max, len);
	status = reap(pid, r != 0);
	if (r == -ETIMEDOUT)
		return cl_fail(err, r, "%s \"%s\": not done within %u seconds; run it by hand to see what it waits for",
			       what, argv[0], seconds);
	if (r == -E2BIG)
		return cl_fail(err, r, "%s \"%s\": it prints more than a key; let it print the key and nothing else",
			       what, argv[0]);
	if (r)
		return cl_fail(err, r, "%s \"%s\": %s", what, argv[0], strerror(-r));
	if (WIFSIGNALED(status))
		return cl_fail(err, -EIO, "%s \"%s\": ended by signal %d", what, argv[0], WTERMSIG(status));
	if (WEXITSTATUS(status))
		return cl_fail(err, -EIO, "%s \"%s\": it failed with status %d; its own words stand above", what,
			       argv[0], WEXITSTATUS(status));
	return 0;
}
