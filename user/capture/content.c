/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content of a file that a process mapped, spliced or copied: it passed no buffer that a probe could look into. The
 * file is opened again, but only what is provably the same version counts: inode, size and change time before and
 * after the read. A path alone proves nothing, and a file system that user space serves could keep us waiting for ever.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/secure.h"
#include "capture/content.h"

/* Local file systems of the kernel itself. */
static const char *const trusted[] = {"ext2",  "ext3",	"ext4",	   "xfs",  "btrfs", "f2fs",	"zfs",
				      "tmpfs", "ramfs", "overlay", "vfat", "erofs", "squashfs", "bcachefs"};

static bool is_trusted(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(trusted); i++) {
		if (!strcmp(type, trusted[i]))
			return true;
	}
	return false;
}

/* "36 35 254:0 / ...": the third field of a line of mountinfo. */
static bool names_device(const char *line, uint32_t dev)
{
	const char *field = strchr(line, ' ');
	char text[32];
	int n = snprintf(text, sizeof(text), " %u:%u ", dev >> 20, dev & 0xfffff);

	field = field ? strchr(field + 1, ' ') : NULL;
	return field && !strncmp(field, text, (size_t)n);
}

bool cl_content_mount_trusted(const char *line, uint32_t dev)
{
	const char *after = strstr(line, " - ");
	char type[32];

	return after && names_device(line, dev) && sscanf(after, " - %31s", type) == 1 && is_trusted(type);
}

bool cl_content_device_trusted(uint32_t tgid, uint32_t dev)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[40], line[8192];

	snprintf(path, sizeof(path), "/proc/%u/mountinfo", tgid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (cl_content_mount_trusted(line, dev))
			return true;
	}
	return false;
}

/* This program has it open itself, by another descriptor than `at`. */
static bool is_ours(int at)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	const struct dirent *d;
	struct stat st, other;
	char name[16];

	if (!dir || fstat(at, &st))
		return true;
	snprintf(name, sizeof(name), "%d", at);
	while ((d = readdir(dir)))
		if (strcmp(d->d_name, name) && !fstatat(dirfd(dir), d->d_name, &other, 0) &&
		    other.st_ino == st.st_ino && other.st_dev == st.st_dev)
			return true;
	return false;
}

int cl_content_open(int at)
{
	char path[40];
	int fd;

	if (is_ours(at))
		return -EBUSY;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", at);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOATIME | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Below the process's root, through nothing that it could have put in the way. `as`: O_PATH or O_DIRECTORY. */
static int find_below(uint32_t tgid, const char *path, int as)
{
	struct open_how how = {.flags = (uint64_t)as | O_NOFOLLOW | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
	_cleanup_close_ int root = -1;
	char name[40];
	int fd;

	snprintf(name, sizeof(name), "/proc/%u/root", tgid);
	root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	return fd < 0 ? -errno : fd;
}

static bool is_version(int fd, const struct cl_file *version)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_ino == version->ino &&
	       (uint64_t)st.st_size == version->size &&
	       (uint64_t)st.st_ctim.tv_sec * CL_NS_PER_S + (uint64_t)st.st_ctim.tv_nsec == version->ctime;
}

int cl_content_read(int fd, const struct cl_file *version, void *buf, size_t size)
{
	size_t len = 0;

	if (!is_version(fd, version))
		return -ESTALE;
	while (len < size) {
		ssize_t n = pread(fd, (char *)buf + len, size - len, (off_t)len);

		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
	}
	if (!is_version(fd, version)) {
		explicit_bzero(buf, len);
		return -ESTALE;
	}
	return (int)len;
}

int cl_capture_content(uint32_t tgid, const char *path, const struct cl_file *version, void *buf, size_t size)
{
	_cleanup_close_ int at = -1, fd = -1;

	if (!S_ISREG(version->mode) || path[0] != '/')
		return -EINVAL;
	if (!cl_content_device_trusted(tgid, version->dev))
		return -ENOTSUP;
	at = find_below(tgid, path, O_PATH);
	if (at < 0)
		return at;
	if (!is_version(at, version))
		return -ESTALE;
	fd = cl_content_open(at);
	return fd < 0 ? fd : cl_content_read(fd, version, buf, size);
}

int cl_capture_open(uint32_t tgid, const char *path, uint32_t dev, uint64_t ino)
{
	_cleanup_close_ int at = -1;
	struct stat st;

	if (path[0] != '/')
		return -EINVAL;
	if (!cl_content_device_trusted(tgid, dev))
		return -ENOTSUP;
	at = find_below(tgid, path, O_PATH);
	if (at < 0)
		return at;
	if (fstat(at, &st) || !S_ISREG(st.st_mode) || st.st_ino != ino)
		return -ESTALE;
	return cl_content_open(at);
}

_Static_assert(sizeof(struct cl_file_handle) == sizeof(struct file_handle) + MAX_HANDLE_SZ, "file handle");

void cl_capture_handle(int fd, struct cl_file_handle *out)
{
	union {
		struct file_handle h;
		struct cl_file_handle room;
	} u = {.h.handle_bytes = MAX_HANDLE_SZ};
	int mount;

	*out = (struct cl_file_handle){0};
	if (!name_to_handle_at(fd, "", &u.h, &mount, AT_EMPTY_PATH))
		*out = u.room;
}

int cl_capture_open_renamed(uint32_t tgid, const char *path, uint32_t dev, const struct cl_file_handle *handle)
{
	const char *slash = strrchr(path, '/');
	union {
		struct cl_file_handle room;
		struct file_handle h;
	} u = {.room = *handle};
	_cleanup_free_ char *directory = slash && slash != path ? strndup(path, (size_t)(slash - path)) : NULL;
	_cleanup_close_ int at = -1, found = -1;

	if (!handle->bytes || !cl_content_device_trusted(tgid, dev))
		return -ENOTSUP;
	at = find_below(tgid, directory ? directory : "/", O_DIRECTORY);
	if (at < 0)
		return at;
	found = open_by_handle_at(at, &u.h, O_PATH | O_CLOEXEC);
	return found < 0 ? -errno : cl_content_open(found);
}

int cl_capture_version(int fd, struct cl_file *version)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	version->ino = st.st_ino;
	version->size = (uint64_t)st.st_size;
	version->ctime = (uint64_t)st.st_ctim.tv_sec * CL_NS_PER_S + (uint64_t)st.st_ctim.tv_nsec;
	version->mode = st.st_mode;
	version->nlink = (uint32_t)st.st_nlink;
	return 0;
}

int cl_capture_read(int fd, const struct cl_file *version, void *buf, size_t size)
{
	return cl_content_read(fd, version, buf, size);
}

static bool is_on(int fd, uint32_t dev)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode) && major(st.st_dev) == dev >> 20 &&
	       minor(st.st_dev) == (dev & 0xfffff);
}

int cl_capture_beside(uint32_t tgid, const char *path, const struct cl_file *beside, void *buf, size_t size)
{
	_cleanup_close_ int at = -1, fd = -1;
	ssize_t n;

	if (path[0] != '/')
		return -EINVAL;
	if (!cl_content_device_trusted(tgid, beside->dev))
		return -ENOTSUP;
	at = find_below(tgid, path, O_PATH);
	if (at < 0)
		return at;
	if (!is_on(at, beside->dev))
		return -EXDEV;
	fd = cl_content_open(at);
	if (fd < 0)
		return fd;
	n = pread(fd, buf, size, 0);
	return n < 0 ? -errno : (int)n;
}
