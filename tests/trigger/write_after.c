/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process has open to write that holds a credential, from its point of view.  write_after WAY STORE DIRECTORY
 * A fact `write` is a record; `unwritten` says that nothing but the facts of this process makes one.
 */
#include "file_facts.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define INHERITED 3 /* opened by the shell */

static const char *directory;

static char *target(const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		die(name);
	return path;
}

static int open_target(const char *name, uint64_t *after, uint64_t *before)
{
	int fd;

	*after = now();
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	*before = now();
	if (fd < 0)
		die(name);
	return fd;
}

static void fact_write(int fd, const char *name, uint64_t after, uint64_t before)
{
	fact_of("write", fd);
	fact_string("asked", name);
	fact(",\"open_flags\":%d", fcntl(fd, F_GETFL));
	fact_between(after, before);
	fact_end();
}

static int write_told(const char *name)
{
	uint64_t after, before;
	int fd = open_target(name, &after, &before);

	fact_write(fd, name, after, before);
	return fd;
}

static void write_untold(const char *name)
{
	uint64_t after, before;

	close(open_target(name, &after, &before));
}

static void unwritten(void)
{
	fact_begin("unwritten");
	fact_end();
}

static void read_store(const char *store)
{
	int fd = open_told(store, O_RDONLY, 0);

	read_told(fd, 100, 0, 0);
	close(fd);
}

/* Open before the credential came. */
static void inherited(const char *store)
{
	uint64_t after = now();
	int fd = open_told(store, O_RDONLY, 0);

	fact_write(INHERITED, "", after, now());
	read_told(fd, 100, 0, 0);
}

/* 0: the child. */
static pid_t fork_told(void)
{
	uint64_t before, after = now();
	pid_t child = fork();

	before = now();
	if (child < 0)
		die("fork");
	if (child) {
		fact_begin("fork");
		fact(",\"child\":%d", child);
		fact_between(after, before);
		fact_end();
	}
	return child;
}

static void wait_for(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child || status)
		die("child");
}

static void forked(void)
{
	pid_t child = fork_told();

	if (!child) {
		write_told(target("by-child"));
		leave(0);
	}
	wait_for(child);
}

/* What the parent wrote, by somebody who neither opened nor wrote it before. */
static void read_by_child(void)
{
	char *name = target("passed");
	int fd = write_told(name);
	pid_t child;

	if (write(fd, "what was passed\n", 16) != 16)
		die(name);
	close(fd);
	child = fork_told();
	if (!child) {
		uint64_t before, after;
		ssize_t n;

		fd = open(name, O_RDONLY | O_CLOEXEC);
		after = now();
		n = read(fd, told_content, sizeof(told_content));
		before = now();
		fact_read(fd, "read", 0, n);
		fact(",\"opener\":0,\"opener_start\":0,\"watched\":\"by_inode\"");
		fact_between(after, before);
		fact_end();
		leave(0);
	}
	wait_for(child);
}

/* The next program of the process, which nobody has looked at. */
static void had(char **argv)
{
	argv[1] = "before";
	execv(argv[0], argv);
	die(argv[0]);
}

/* Started, and not known to hold anything: the first two are told, as long as nobody has answered. */
static void asked_about(void)
{
	unwritten();
	write_told(target("first"));
	write_told(target("second"));
	write_untold(target("third"));
}

static void odd(void)
{
	int fd = open("/proc/self/comm", O_WRONLY | O_CLOEXEC);

	unwritten();
	if (fd < 0 || open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
		die("odd");
	fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 || memfd_create("odd", MFD_CLOEXEC) < 0)
		die("odd");
}

int main(int argc, char **argv)
{
	const char *way = argc > 3 ? argv[1] : "";

	if (argc < 4)
		return 2;
	directory = argv[3];
	fact_exec();
	if (!strcmp(way, "asked")) {
		asked_about();
		leave(0);
	}
	if (!strcmp(way, "inherited")) {
		inherited(argv[2]);
		leave(0);
	}
	if (!strcmp(way, "before")) {
		write_told(target("before"));
		leave(0);
	}
	read_store(argv[2]);
	if (!strcmp(way, "opened")) {
		write_told(target("opened"));
	} else if (!strcmp(way, "again")) {
		write_told(target("again"));
		write_untold(target("again"));
		write_told(target("other"));
	} else if (!strcmp(way, "forked")) {
		forked();
	} else if (!strcmp(way, "read")) {
		read_by_child();
	} else if (!strcmp(way, "odd")) {
		odd();
	} else if (!strcmp(way, "had")) {
		had(argv);
	} else {
		return 2;
	}
	leave(0);
}
