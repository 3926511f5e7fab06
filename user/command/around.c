/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "command/around.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "credential/credential.h"

static size_t read_certificate(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = -1;
	char name[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (snprintf(name, sizeof(name), "%s-cert.pub", path) >= (int)sizeof(name))
		return 0;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return 0;
	n = read(fd, buf, size);
	return n > 0 ? (size_t)n : 0;
}

void cl_look_around(struct cl_scanner *s, const char *path, int fd, const char *bytes, size_t len,
		    char room[CL_AROUND_SIZE])
{
	static const char mark[] = "OPENSSH PRIVATE KEY";
	struct cl_file_around around = {.certificate = room};
	struct stat st;

	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_mtim.tv_sec > 0)
		around.written = (uint64_t)st.st_mtim.tv_sec * CL_NS_PER_S;
	if (len && memmem(bytes, len, mark, strlen(mark)))
		around.certificate_len = read_certificate(path, room, CL_AROUND_SIZE);
	cl_scanner_around(s, &around);
}
