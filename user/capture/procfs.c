/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "capture/procfs.h"

#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"

#define FIELD_START 22
#define SHORT 3072

int cl_procfs_start_ticks(const char *stat, uint64_t *out)
{
	const char *at = strrchr(stat, ')');
	char digits[24];
	size_t n;

	for (int field = 2; at && field < FIELD_START; field++) {
		at = strchr(at, ' ');
		if (at)
			at++;
	}
	if (!at)
		return -EPROTO;
	n = strspn(at, "0123456789");
	if (!n || n >= sizeof(digits))
		return -EPROTO;
	memcpy(digits, at, n);
	digits[n] = '\0';
	return cl_parse_u64(digits, UINT64_MAX, out);
}

const char *cl_procfs_cgroup(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (!strncmp(line, "0::/", 4))
			return line + 3;
	}
	return "/";
}

int cl_procfs_read(int pid_dir, const char *name, char *buf, size_t size)
{
	_cleanup_close_ int fd = openat(pid_dir, name, O_RDONLY | O_CLOEXEC);
	size_t len = 0;

	if (fd < 0)
		return -errno;
	while (len < size - 1) {
		size_t want = size - 1 - len;
		ssize_t n = read(fd, buf + len, want);

		if (n < 0)
			return -errno;
		len += (size_t)n;
		/* Longer texts come in pieces, a short one is whole: half of all reads would only find their end. */
		if (!n || ((size_t)n < want && n < SHORT))
			break;
	}
	buf[len] = '\0';
	return (int)len;
}
