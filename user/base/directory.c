/* SPDX-License-Identifier: Apache-2.0 */
#include "base/directory.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check_owner(const struct cl_directory *d, const struct stat *st, struct cl_error *err)
{
	uid_t us = geteuid();

	if (st->st_uid == us || (d->shared && !st->st_uid))
		return 0;
	return cl_fail(
		err, -EPERM,
		"cannot use %s \"%s\": it belongs to uid %u, who could change what lies there, and must belong to "
		"uid %u (find out who made it; then chown %u, or name another directory)",
		d->what, d->path, st->st_uid, us, us);
}

static int check_mode(const struct cl_directory *d, const struct stat *st, struct cl_error *err)
{
	if (!(st->st_mode & 022) || (d->shared && st->st_mode & S_ISVTX))
		return 0;
	return cl_fail(err, -EPERM,
		       "cannot use %s \"%s\": its mode %04o lets others write there (see what they left; then chmod "
		       "go-w, or name another directory)",
		       d->what, d->path, st->st_mode & 07777);
}

int cl_directory_own(const struct cl_directory *d, struct cl_error *err)
{
	struct stat st;
	int r;

	if (mkdir(d->path, d->mode) && errno != EEXIST)
		return cl_fail(err, -errno, "cannot make %s \"%s\": %s", d->what, d->path, strerror(errno));
	if (lstat(d->path, &st))
		return cl_fail(err, -errno, "cannot use %s \"%s\": %s", d->what, d->path, strerror(errno));
	if (S_ISLNK(st.st_mode))
		return cl_fail(
			err, -ENOTDIR,
			"cannot use %s \"%s\": it is a symbolic link, which may lead elsewhere tomorrow (name the "
			"directory itself)",
			d->what, d->path);
	if (!S_ISDIR(st.st_mode))
		return cl_fail(err, -ENOTDIR, "cannot use %s \"%s\": not a directory", d->what, d->path);
	r = check_owner(d, &st, err);
	return r ? r : check_mode(d, &st, err);
}
