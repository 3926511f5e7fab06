/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture: the dot export drawn by Graphviz's `dot`, which runs as a process of its own with bounded time, memory and
 * output, no input but the graph and no environment but PATH. Its layout code is large and not made for hostile input,
 * so it does not run in ours.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "export/formats.h"

#define SECONDS 60 /* of processor time; a busy machine gives less of it */
#define WALL_SECONDS 300
#define MEMORY (2ul << 30)
#define OUTPUT (256ul << 20)
#define NOT_FOUND 127

/* ---- the drawing process ---- */

static void limit(int what, rlim_t value)
{
	const struct rlimit r = {.rlim_cur = value, .rlim_max = value};

	setrlimit(what, &r);
}

static _Noreturn void become_dot(int in, int out, int complaints)
{
	char name[] = "dot", form[] = "-Tsvg", *const argv[] = {name, form, NULL};
	const char *path = getenv("PATH");
	char search[4096];
	char *env[] = {search, NULL};

	snprintf(search, sizeof(search), "PATH=%s", path ? path : "/usr/local/bin:/usr/bin:/bin");
	limit(RLIMIT_CPU, SECONDS);
	limit(RLIMIT_AS, MEMORY);
	limit(RLIMIT_FSIZE, OUTPUT);
	limit(RLIMIT_CORE, 0);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 && dup2(complaints, STDERR_FILENO) >= 0)
		execvpe(argv[0], argv, env);
	_exit(NOT_FOUND);
}

/* Its wait status; -ETIMEDOUT when it was not done in time and was ended, or -errno. */
static int draw(int in, int out, int complaints)
{
	_cleanup_close_ int fd = -1;
	pid_t pid = fork();
	int status = 0, ready;

	if (pid < 0)
		return -errno;
	if (!pid)
		become_dot(in, out, complaints);
	fd = pidfd_open(pid, 0);
	do {
		ready = fd < 0 ? 0 : poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, WALL_SECONDS * 1000);
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return ready > 0 ? status : -ETIMEDOUT;
}

/* ---- what it leaves ---- */

static int copy(int from, FILE *out)
{
	char buf[65536];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(from, buf, sizeof(buf), at)) > 0) {
		fwrite(buf, 1, (size_t)n, out);
		at += n;
	}
	return n < 0 ? -errno : 0;
}

/* Its first words, for ours. */
static const char *complaint(int from, char *buf, size_t size)
{
	char raw[120];
	ssize_t n = pread(from, raw, sizeof(raw) - 1, 0);

	raw[n > 0 ? n : 0] = '\0';
	raw[strcspn(raw, "\n")] = '\0';
	return *raw ? cl_escape(buf, size, raw) : "it does not say why";
}

static int failed(int status, int complaints, struct cl_error *err)
{
	char said[500];

	if (status == -ETIMEDOUT || (status > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
		return cl_fail(
			err, -ETIMEDOUT,
			"cannot write the svg export: the picture was not done after %d s of work; ask for less (--depth 1, "
			"--since) or for a format that holds much (html, graphml)",
			SECONDS);
	if (status < 0)
		return cl_fail(err, status, "cannot write the svg export: cannot run dot: %s", strerror(-status));
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND)
		return cl_fail(
			err, -ENOENT,
			"cannot write the svg export: there is no program dot: install graphviz, or write --format dot "
			"and draw it elsewhere");
	return cl_fail(err, -EIO, "cannot write the svg export: dot failed: %s",
		       complaint(complaints, said, sizeof(said)));
}

static int write_svg(const cJSON *lineage, FILE *out, struct cl_error *err)
{
	_cleanup_close_ int in = memfd_create("graph", MFD_CLOEXEC), drawn = memfd_create("svg", MFD_CLOEXEC);
	_cleanup_close_ int complaints = memfd_create("complaints", MFD_CLOEXEC);
	_cleanup_fclose_ FILE *graph = NULL;
	int r;

	graph = in < 0 || drawn < 0 || complaints < 0 ? NULL : fdopen(fcntl(in, F_DUPFD_CLOEXEC, 3), "w");
	if (!graph)
		return cl_fail(err, -errno, "cannot write the svg export: %s", strerror(errno));
	r = cl_export_dot.write(lineage, graph, err);
	if (r)
		return r;
	lseek(in, 0, SEEK_SET);
	fflush(out);
	r = draw(in, drawn, complaints);
	if (r)
		return failed(r, complaints, err);
	errno = 0;
	r = copy(drawn, out);
	return r ? cl_fail(err, r, "cannot write the svg export: %s", strerror(-r)) : cl_export_check(out, "svg", err);
}

const struct cl_export_format cl_export_svg = {.name = "svg", .write = write_svg};
