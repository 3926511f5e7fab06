/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps by which a secret comes to a process or leaves it:
 *   read=PATH           opens and reads at most 16 KiB; halves=PATH: in two reads
 *   open=N:PATH         on descriptor N, which stays open over an exec;  input=PATH: on descriptor 0
 *   descriptor=N        reads that one to its end
 *   write=PATH          what was read last, there
 *   env=NAME@PATH       a variable with the first line of PATH;  clear: no variables but those of the case
 *   fill=N:M            N variables of M bytes before that
 *   hide                what was read last goes to memory that nobody can look at
 *   key=NAME            what was read last, into the session's keyring;  unkey=NAME: out of it
 *   shared=NAME         the same with POSIX shared memory;  unshared=NAME
 *   pipe                the rest by a child that has what was read last on its standard input
 */
#pragma once

#include "act.h"

#include <sys/mman.h>
#include <sys/wait.h>

static char secret[16384 + 1];
static size_t secret_len;

static void take(int fd, size_t most)
{
	ssize_t n;

	while (secret_len < most && (n = read(fd, secret + secret_len, most - secret_len)) > 0)
		secret_len += (size_t)n;
}

static void step_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, secret, sizeof(secret) - 1);

	if (n < 0)
		die(path);
	secret_len = (size_t)n;
	close(fd);
}

static void step_halves(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die(path);
	secret_len = 0;
	take(fd, (size_t)st.st_size / 2);
	take(fd, (size_t)st.st_size);
	close(fd);
}

static void step_open(const char *value)
{
	char number[16];
	const char *path = split(value, ':', number, sizeof(number));
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || dup2(fd, (int)strtol(number, NULL, 10)) < 0)
		die(path);
	close(fd);
}

static void step_input(const char *path)
{
	char value[PATH_MAX + 2];

	snprintf(value, sizeof(value), "0:%s", path);
	step_open(value);
}

static void step_descriptor(const char *number)
{
	secret_len = 0;
	take((int)strtol(number, NULL, 10), sizeof(secret) - 1);
}

static void step_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, secret, secret_len) != (ssize_t)secret_len)
		die(path);
	close(fd);
}

static void step_env(const char *value)
{
	char name[64], text[1024];
	const char *path = split(value, '@', name, sizeof(name));

	if (!slurp(path, text, sizeof(text)))
		die(path);
	text[strcspn(text, "\n")] = 0;
	setenv(name, text, 1);
	explicit_bzero(text, sizeof(text));
}

static void step_clear(const char *unused)
{
	static const char *const kept[] = {"CASE", "RUN", "FACTS", "PATH", "X"};
	char *values[5];

	(void)unused;
	for (int i = 0; i < 5; i++)
		values[i] = strdup(from_environment(kept[i]));
	clearenv();
	for (int i = 0; i < 5; i++)
		setenv(kept[i], values[i], 1);
}

static void step_fill(const char *value)
{
	char number[16], name[32], *filler;
	size_t size = strtoul(split(value, ':', number, sizeof(number)), NULL, 10);

	filler = calloc(1, size + 1);
	if (!filler)
		die("calloc");
	memset(filler, 'x', size);
	for (unsigned long i = 0; i < strtoul(number, NULL, 10); i++) {
		snprintf(name, sizeof(name), "FILLER_%04lu", i);
		filler[size - strlen(name) - 2] = 0;
		setenv(name, filler, 1);
		filler[size - strlen(name) - 2] = 'x';
	}
	free(filler);
}

static void step_hide(const char *unused)
{
	int fd = (int)syscall(SYS_memfd_secret, 0);
	char *p;

	(void)unused;
	if (fd < 0)
		fd = memfd_create("hidden", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 1 << 16))
		die("memfd_secret");
	p = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		die("mmap");
	memcpy(p, secret, secret_len);
	explicit_bzero(secret, sizeof(secret));
}

#define KEYCTL_READ 11
#define SESSION_KEYRING -3

static void step_key(const char *name)
{
	if (syscall(SYS_add_key, "user", name, secret, secret_len, SESSION_KEYRING) < 0)
		die("add_key");
}

static void step_unkey(const char *name)
{
	long key = syscall(SYS_request_key, "user", name, NULL, 0);
	long n = key < 0 ? -1 : syscall(SYS_keyctl, KEYCTL_READ, key, secret, sizeof(secret));

	if (n < 0)
		die("keyctl");
	secret_len = (size_t)n;
}

static char *shared_memory(const char *name, int flags)
{
	char path[128], *p;
	int fd;

	snprintf(path, sizeof(path), "/dev/shm/%s", name);
	fd = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(secret)))
		die(path);
	p = mmap(NULL, sizeof(secret), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		die(path);
	return p;
}

static void step_shared(const char *name)
{
	memcpy(shared_memory(name, O_CREAT), secret, sizeof(secret));
}

static void step_unshared(const char *name)
{
	char path[128];

	memcpy(secret, shared_memory(name, 0), sizeof(secret));
	secret_len = strlen(secret);
	snprintf(path, sizeof(path), "/dev/shm/%s", name);
	unlink(path);
}

static void step_pipe(const char *unused)
{
	int ends[2], status;
	pid_t pid;

	(void)unused;
	if (pipe(ends) || (pid = fork()) < 0)
		die("pipe");
	if (!pid) {
		dup2(ends[0], 0);
		close(ends[0]);
		close(ends[1]);
		explicit_bzero(secret, sizeof(secret));
		return;
	}
	close(ends[0]);
	if (write(ends[1], secret, secret_len) != (ssize_t)secret_len)
		die("pipe");
	close(ends[1]);
	waitpid(pid, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
}

static const struct step secret_steps[] = {
	{"read", step_read},
	{"halves", step_halves},
	{"open", step_open},
	{"input", step_input},
	{"descriptor", step_descriptor},
	{"write", step_write},
	{"env", step_env},
	{"clear", step_clear},
	{"fill", step_fill},
	{"hide", step_hide},
	{"key", step_key},
	{"unkey", step_unkey},
	{"shared", step_shared},
	{"unshared", step_unshared},
	{"pipe", step_pipe},
	{NULL, NULL},
};
