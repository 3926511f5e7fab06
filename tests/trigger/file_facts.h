/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and reads that are told as they are made. */
#pragma once

#include "trigger.h"

static char told_content[1 << 16];

/* What is the same in the facts of every act on a file. */
__attribute__((unused)) static void fact_of(const char *act, int fd)
{
	fact_begin(act);
	fact_path(fd);
	fact_file(fd);
}

/* repeats: how many untold ones the record answers for. */
__attribute__((unused)) static int open_told(const char *name, int flags, int repeats)
{
	uint64_t before, after = now();
	int fd = open(name, flags | O_CLOEXEC);

	before = now();
	if (fd < 0)
		die(name);
	fact_of("open", fd);
	fact_string("asked", name);
	fact(",\"open_flags\":%d,\"repeats\":%d", fcntl(fd, F_GETFL), repeats);
	fact_between(after, before);
	fact_end();
	return fd;
}

/* The fact of a read at offset that got n bytes (they are in told_content); the caller adds to it and ends it. */
__attribute__((unused)) static void fact_read(int fd, const char *how, off_t offset, ssize_t n)
{
	size_t carried = n < CL_CONTENT_MAX ? (size_t)n : CL_CONTENT_MAX;

	if (n < 0)
		die(how);
	fact_of("read", fd);
	fact_string("how", how);
	fact(",\"offset\":%ld,\"length\":%zd", (long)offset, n);
	if (offset < CL_CONTENT_MAX)
		fact_hash("content_hash", told_content, carried);
}

/* From where the descriptor is at. opener: 0: this process. */
__attribute__((unused)) static void read_told(int fd, size_t size, pid_t opener, int repeats)
{
	off_t offset = lseek(fd, 0, SEEK_CUR);
	uint64_t before, after = now();
	ssize_t n = read(fd, told_content, size);

	before = now();
	fact_read(fd, "read", offset, n);
	fact_opener(opener ? opener : getpid());
	fact(",\"repeats\":%d", repeats);
	fact_between(after, before);
	fact_end();
}
