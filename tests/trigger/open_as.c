/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a file in one of many ways and reads nothing:  open_as WAY PATH */
#include "trigger.h"

#include <linux/openat2.h>

/* Newer processors have no such call. */
static int open_plain(const char *path)
{
#ifdef SYS_open
	return (int)syscall(SYS_open, path, O_RDONLY);
#else
	return (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
#endif
}

static int open_way(const char *way, const char *path)
{
	static char directory[PATH_MAX];
	char *slash;
	int fd;

	snprintf(directory, sizeof(directory), "%s", path);
	slash = strrchr(directory, '/');
	if (!strcmp(way, "open"))
		return open_plain(asked(path));
	if (!strcmp(way, "write"))
		return (int)syscall(SYS_openat, AT_FDCWD, asked(path), O_RDWR);
	if (!strcmp(way, "create")) {
		unlink(path);
		return (int)syscall(SYS_openat, AT_FDCWD, asked(path), O_WRONLY | O_CREAT | O_EXCL, 0600);
	}
	if (!strcmp(way, "openat") || !strcmp(way, "relative")) {
		*slash = 0;
		if (!strcmp(way, "relative"))
			return chdir(directory) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, asked(slash + 1), O_RDONLY);
		fd = open(directory, O_PATH | O_DIRECTORY);
		return (int)syscall(SYS_openat, fd, asked(slash + 1), O_RDONLY);
	}
	if (!strcmp(way, "openat2")) {
		struct open_how how = {.flags = O_RDONLY};

		return (int)syscall(SYS_openat2, AT_FDCWD, asked(path), &how, sizeof(how));
	}
	if (!strcmp(way, "reopen")) { /* O_PATH is no open that reads; the second one is */
		fd = open(path, O_PATH);
		snprintf(directory, sizeof(directory), "/proc/self/fd/%d", fd);
		return (int)syscall(SYS_openat, AT_FDCWD, asked(directory), O_RDONLY);
	}
	if (!strcmp(way, "deleted")) {
		fd = open(path, O_PATH);
		unlink(path);
		snprintf(directory, sizeof(directory), "/proc/self/fd/%d", fd);
		return (int)syscall(SYS_openat, AT_FDCWD, asked(directory), O_RDONLY);
	}
	if (!strcmp(way, "path"))
		return open(path, O_PATH);
	if (!strcmp(way, "long-name")) { /* longer than what of a name is carried */
		memset(directory, '/', 300);
		snprintf(directory + 300, sizeof(directory) - 300, "%s", path);
		return open(asked(directory), O_RDONLY);
	}
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	uint64_t before, after;
	int fd;

	if (argc != 3)
		return 2;
	fact_exec();
	after = now();
	fd = open_way(argv[1], argv[2]);
	before = now();
	if (fd < 0)
		die(argv[2]);
	if (strcmp(argv[1], "path")) {
		fact_begin("open");
		fact_path(fd);
		fact_file(fd);
		fact_string("asked", asked_name);
		fact(",\"open_flags\":%d", fcntl(fd, F_GETFL));
		fact_between(after, before);
		fact_end();
	}
	leave(0);
}
