/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "fingerprint/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/secure.h"
#include "fingerprint/key_source.h"

#define PATH_SIZE 4096

static int write_whole(int fd, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		bytes += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

/* The directory of a file: to sync its entries (an entry is on disk only when that is done) and to lock it. */
static int open_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[PATH_SIZE] = ".";
	int fd;

	if (slash)
		snprintf(directory, sizeof(directory), "%.*s", (int)(slash == path ? 1 : slash - path), path);
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int sync_directory(const char *path)
{
	_cleanup_close_ int fd = open_directory(path);

	return fd < 0 ? fd : fsync(fd) ? -errno : 0;
}

/* A new key, whole and synced, under a name of its own beside `path`. */
static int write_new(const char *path, char temporary[PATH_SIZE], struct cl_error *err)
{
	_cleanup_close_ int fd = -1;
	void *key = NULL;
	int r;

	if (snprintf(temporary, PATH_SIZE, "%s.new-%d", path, (int)getpid()) >= PATH_SIZE)
		return cl_fail(err, -ENAMETOOLONG, "cannot make fingerprint key \"%s\": name too long", path);
	unlink(temporary); /* left by a process of the same number that was killed here */
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return cl_fail(err, -errno,
			       "cannot make fingerprint key \"%s\": %s; its directory must exist and be writable (as "
			       "root: install -d -m 700 DIRECTORY), or give another place with --state",
			       path, strerror(errno));
	r = cl_secure_alloc(&key, CL_KEY_SIZE);
	if (!r && RAND_bytes(key, CL_KEY_SIZE) != 1)
		r = -EIO;
	r = r ? r : write_whole(fd, key, CL_KEY_SIZE);
	cl_secure_free(&key, CL_KEY_SIZE);
	if (!r)
		return 0;
	unlink(temporary);
	return cl_fail(err, r, "cannot make fingerprint key \"%s\": %s", path, strerror(-r));
}

int cl_key_make(const char *path, struct cl_error *err)
{
	char temporary[PATH_SIZE];
	int r = write_new(path, temporary, err);

	if (r)
		return r;
	if (link(temporary, path) && errno != EEXIST)
		r = -errno;
	unlink(temporary);
	r = r ? r : sync_directory(path);
	return r ? cl_fail(err, r, "cannot make fingerprint key \"%s\": %s", path, strerror(-r)) : 0;
}

int cl_key_old_path(const char *path, char *buf, size_t size)
{
	return snprintf(buf, size, "%s.old", path) >= (int)size ? -ENAMETOOLONG : 0;
}

static int id_of(const char *path, uint32_t *id, struct cl_error *err)
{
	const struct cl_key_source source = {.file = path};
	void *key = NULL;
	uint64_t made;
	int r = cl_secure_alloc(&key, CL_KEY_SIZE);

	r = r ? r : cl_key_read(&source, key, &made, err);
	if (!r)
		*id = cl_key_id_of(key);
	cl_secure_free(&key, CL_KEY_SIZE);
	return r;
}

/* The key as it is gets its second name, unless an exchange that broke off here gave it that already. */
static int keep_old(const char *path, const char *old, uint32_t id, struct cl_error *err)
{
	uint32_t kept = 0;
	int r;

	if (link(path, old) == 0)
		return sync_directory(path);
	if (errno != EEXIST)
		return cl_fail(err, -errno, "cannot keep the old fingerprint key as \"%s\": %s", old, strerror(errno));
	r = id_of(old, &kept, err);
	if (r || kept == id)
		return r;
	return cl_fail(err, -EEXIST,
		       "cannot exchange fingerprint key \"%s\": the one before it, %08x, is still in use; end that "
		       "exchange first with: credlineage fingerprint retire %08x",
		       path, kept, kept);
}

int cl_key_rotate(const char *path, uint32_t *old_id, uint32_t *new_id, struct cl_error *err)
{
	_cleanup_close_ int lock = open_directory(path);
	char old[PATH_SIZE], temporary[PATH_SIZE];
	int r = cl_key_old_path(path, old, sizeof(old));

	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB))
		r = cl_fail(err, -errno, "cannot exchange fingerprint key \"%s\": %s", path,
			    errno == EWOULDBLOCK ? "somebody else is doing so" : strerror(errno));
	r = r ? r : id_of(path, old_id, err);
	r = r ? r : keep_old(path, old, *old_id, err);
	r = r ? r : write_new(path, temporary, err);
	if (r)
		return r;
	r = rename(temporary, path) ? -errno : sync_directory(path);
	if (r) {
		unlink(temporary);
		return cl_fail(err, r, "cannot exchange fingerprint key \"%s\": %s", path, strerror(-r));
	}
	return id_of(path, new_id, err);
}

int cl_key_retire(const char *path, uint32_t id, struct cl_error *err)
{
	static const uint8_t nothing[CL_KEY_SIZE * 4];
	_cleanup_close_ int fd = -1;
	char old[PATH_SIZE];
	uint32_t has = 0;
	int r = cl_key_old_path(path, old, sizeof(old));

	r = r ? r : id_of(old, &has, err);
	if (!r && has != id)
		r = cl_fail(err, -ENOENT, "old fingerprint key \"%s\" is %08x, not %08x", old, has, id);
	if (r)
		return r;
	fd = open(old, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (unlink(old))
		return cl_fail(err, -errno, "cannot remove old fingerprint key \"%s\": %s", old, strerror(errno));
	r = sync_directory(old);
	if (fd >= 0 && !r) { /* not while it has a name: half a key would stop the next start */
		struct stat st;

		if (!fstat(fd, &st) && !st.st_nlink && write_whole(fd, nothing, sizeof(nothing)))
			r = 0; /* it is gone all the same */
	}
	return r;
}
