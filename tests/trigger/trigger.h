/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every trigger needs: a trigger does one act and writes down, from its own point of view, what a complete
 * record of that act must say. One fact = one JSON object on one line of stdout, written at once, so that parents
 * and children can share a file opened for appending.
 *
 * Facts come from other sources than the probes use: system calls and /proc. Times are CLOCK_BOOTTIME
 * nanoseconds, process starts are the clock ticks of /proc/PID/stat, devices are in the kernel's encoding.
 * Content, arguments and environment appear as length and FNV-1a 64 only.
 */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "credlineage/event.h"

static char fact_line[16384];
static size_t fact_used;

__attribute__((unused, noreturn)) static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(99);
}

__attribute__((unused)) static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

__attribute__((unused)) static uint64_t fnv1a(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t hash = 0xcbf29ce484222325u;

	while (len--)
		hash = (hash ^ *p++) * 0x100000001b3u;
	return hash;
}

__attribute__((unused, format(printf, 1, 2))) static void fact(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fact_used += (size_t)vsnprintf(fact_line + fact_used, sizeof(fact_line) - fact_used, format, args);
	va_end(args);
	if (fact_used >= sizeof(fact_line))
		die("fact too long");
}

__attribute__((unused)) static void fact_string(const char *key, const char *value)
{
	fact(",\"%s\":\"", key);
	for (; *value; value++)
		fact((unsigned char)*value < ' ' || *value == '"' || *value == '\\' ? "\\u%04x" : "%c",
		     (unsigned char)*value);
	fact("\"");
}

__attribute__((unused)) static void fact_hash(const char *key, const void *bytes, size_t len)
{
	fact(",\"%s\":\"%016" PRIx64 "\"", key, fnv1a(bytes, len));
}

/* Reads at most size - 1 bytes and terminates; the length, 0 when there is no such file. */
__attribute__((unused)) static size_t slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	buf[0] = 0;
	if (fd < 0)
		return 0;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	buf[len] = 0;
	return len;
}

/* Fields of /proc/ID/stat from the third on: field(3) is the state. The name before them may hold anything. */
struct proc_stat {
	long pid, parent;
	uint64_t start;
};

__attribute__((unused)) static struct proc_stat read_stat(const char *path)
{
	struct proc_stat s = {0};
	char buf[1024], *p;

	slurp(path, buf, sizeof(buf));
	s.pid = strtol(buf, NULL, 10);
	p = strrchr(buf, ')');
	if (p)
		sscanf(p + 2, "%*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64,
		       &s.parent, &s.start);
	return s;
}

__attribute__((unused)) static uint64_t inode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

/* The path of one hierarchy in /proc/PID/cgroup: by its controllers, "" for the unified one. */
__attribute__((unused)) static void cgroup_path(const char *text, const char *controllers, char path[2048])
{
	char line[64];

	snprintf(line, sizeof(line), ":%s:", controllers);
	text = strstr(text, line);
	if (text)
		sscanf(text + strlen(line), "%2047[^\n]", path);
}

/*
 * The process's place in the cgroup v2 tree: path, and the id, which is the directory's inode number. Where all are in
 * its root, the path is that of the first controller of v1 which says more.
 */
__attribute__((unused)) static void fact_cgroup(void)
{
	static const char *const order[] = {"", "pids", "memory", "devices", "cpu,cpuacct", "cpu"};
	char buf[8192], path[2048] = "/", mount[1024] = "", full[4096], *p;

	slurp("/proc/thread-self/cgroup", buf, sizeof(buf));
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && !path[1]; i++)
		cgroup_path(buf, order[i], path);
	fact_string("cgroup_path", path);
	cgroup_path(buf, "", path);
	slurp("/proc/self/mounts", buf, sizeof(buf));
	for (p = strtok(buf, "\n"); p; p = strtok(NULL, "\n"))
		if (!strncmp(p, "cgroup2 ", 8) || strstr(p, " cgroup2 rw"))
			sscanf(p, "%*s %1023s", mount);
	snprintf(full, sizeof(full), "%s%s", mount, path);
	fact(",\"cgroup\":%" PRIu64, *mount ? inode_of(full) : 0);
}

/* What `id` of the process's own user namespace is outside of it: in the initial one, when there is one level. */
__attribute__((unused)) static unsigned int outer_id(const char *map, unsigned int id)
{
	char buf[4096], *line, *rest = buf;
	unsigned int inside, outside, count;

	slurp(map, buf, sizeof(buf));
	while ((line = strsep(&rest, "\n")))
		if (sscanf(line, "%u %u %u", &inside, &outside, &count) == 3 && id - inside < count)
			return id - inside + outside;
	return id;
}

__attribute__((unused)) static void fact_who(void)
{
	struct proc_stat leader = read_stat("/proc/self/stat"), thread = read_stat("/proc/thread-self/stat"), parent;
	char path[64], text[64] = "";

	snprintf(path, sizeof(path), "/proc/%ld/stat", leader.parent);
	parent = read_stat(path);
	fact(",\"tgid\":%ld,\"tid\":%ld,\"parent_tgid\":%ld,\"ns_tgid\":%d", leader.pid, thread.pid, leader.parent,
	     getpid());
	fact(",\"start\":%" PRIu64 ",\"parent_start\":%" PRIu64, leader.start, parent.start);
	fact(",\"uid\":%u,\"euid\":%u", outer_id("/proc/self/uid_map", getuid()),
	     outer_id("/proc/self/uid_map", geteuid()));
	fact(",\"gid\":%u,\"ns_uid\":%u", outer_id("/proc/self/gid_map", getgid()), getuid());
	fact(",\"userns\":%" PRIu64, inode_of("/proc/thread-self/ns/user"));
	fact(",\"mntns\":%" PRIu64 ",\"pidns\":%" PRIu64, inode_of("/proc/thread-self/ns/mnt"),
	     inode_of("/proc/thread-self/ns/pid"));
	if (slurp("/proc/thread-self/loginuid", text, sizeof(text)))
		fact(",\"loginuid\":%lu", strtoul(text, NULL, 10));
	if (slurp("/proc/thread-self/sessionid", text, sizeof(text)))
		fact(",\"session\":%lu", strtoul(text, NULL, 10));
	slurp("/proc/thread-self/comm", text, sizeof(text));
	text[strcspn(text, "\n")] = 0;
	fact_string("comm", text);
	fact_cgroup();
}

/* A fact about one act: begin, more facts, end. */
__attribute__((unused)) static void fact_begin(const char *name)
{
	fact_used = 0;
	fact("{\"fact\":\"%s\"", name);
	fact_who();
}

__attribute__((unused)) static void fact_end(void)
{
	fact("}\n");
	if (write(STDOUT_FILENO, fact_line, fact_used) != (ssize_t)fact_used)
		die("stdout");
}

/* The generation number is part of a file handle: {generation, ino, ino >> 32} in tmpfs, {ino, generation} elsewhere. */
__attribute__((unused)) static void fact_generation(int fd)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = {.h.handle_bytes = MAX_HANDLE_SZ};
	uint32_t words[3];
	int mount;

	if (name_to_handle_at(fd, "", &u.h, &mount, AT_EMPTY_PATH) || u.h.handle_type != 1)
		return;
	memcpy(words, u.h.f_handle, sizeof(words));
	fact(",\"generation\":%u", u.h.handle_bytes == 12 ? words[0] : words[1]);
}

__attribute__((unused)) static void fact_file(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		die("fstat");
	fact(",\"dev\":%" PRIu64, (uint64_t)major(st.st_dev) << 20 | minor(st.st_dev));
	fact(",\"ino\":%" PRIu64 ",\"size\":%" PRIu64, (uint64_t)st.st_ino, (uint64_t)st.st_size);
	fact(",\"ctime\":%" PRIu64, (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec);
	fact(",\"mode\":%u,\"nlink\":%u", st.st_mode, (unsigned int)st.st_nlink);
	fact_generation(fd);
}

/* The name that the kernel gives an open file. */
__attribute__((unused)) static void fact_path(int fd)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		die(link);
	path[n] = 0;
	fact_string("path", path);
}

/* What execve made of this process; every trigger says it first. */
__attribute__((unused)) static void fact_exec(void)
{
	static char buf[4 << 20];
	int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	size_t len;

	if (fd < 0)
		die("/proc/self/exe");
	fact_begin("exec");
	fact_path(fd);
	fact_file(fd);
	close(fd);
	fact_string("filename", (const char *)getauxval(AT_EXECFN));
	len = slurp("/proc/self/cmdline", buf, sizeof(buf));
	fact(",\"args_total\":%zu", len);
	fact_hash("args_hash", buf, len < CL_ARGS_MAX ? len : CL_ARGS_MAX);
	len = slurp("/proc/self/environ", buf, sizeof(buf));
	fact(",\"env_total\":%zu", len);
	fact_hash("env_hash", buf, len < CL_ENV_MAX ? len : CL_ENV_MAX);
	fact(",\"before\":%" PRIu64, now());
	fact_end();
}

/* Says how this process is about to end, as wait(2) gives it. */
__attribute__((unused)) static void fact_exit(int code)
{
	fact_begin("exit");
	fact(",\"code\":%d,\"after\":%" PRIu64, code, now());
	fact_end();
}

__attribute__((unused, noreturn)) static void leave(int status)
{
	fact_exit(status << 8);
	_exit(status);
}

/* The name by which the file is asked for; "": none, as with a file handle. Kept by reference. */
__attribute__((unused)) static const char *asked_name = "";
__attribute__((unused)) static const char *asked(const char *name)
{
	return asked_name = name;
}

/* Who opened the descriptor that the act is about. */
__attribute__((unused)) static void fact_opener(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fact(",\"opener\":%d,\"opener_start\":%" PRIu64, pid, read_stat(path).start);
}

/* Bounds of the act in time. */
__attribute__((unused)) static void fact_between(uint64_t after, uint64_t before)
{
	fact(",\"after\":%" PRIu64 ",\"before\":%" PRIu64, after, before);
}
