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

/* Where a hierarchy stands in the order in which they are asked; the unified one comes first. */
static size_t rank(const char *controllers, size_t len)
{
	static const char *const order[] = {"", "pids", "memory", "devices", "cpu,cpuacct", "cpu", "name=systemd"};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (strlen(order[i]) == len && !strncmp(order[i], controllers, len))
			return i;
	return ARRAY_SIZE(order);
}

/* "4:memory:/docker/1f2e" */
const char *cl_procfs_cgroup(char *text)
{
	const char *best = "/";
	size_t best_rank = SIZE_MAX;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		char *first = strchr(line, ':'), *second = first ? strchr(first + 1, ':') : NULL;
		size_t at;

		if (!second || second[1] != '/' || !second[2])
			continue;
		at = rank(first + 1, (size_t)(second - first) - 1);
		if (at < best_rank && at < rank("?", 1)) {
			best_rank = at;
			best = second + 1;
		}
	}
	return best;
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
