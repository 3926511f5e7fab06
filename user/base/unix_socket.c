/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/unix_socket.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/directory.h"

#define BACKLOG 64

int cl_unix_socket_address(struct sockaddr_un *out, const char *path, struct cl_error *err)
{
	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(out->sun_path))
		return cl_fail(err, -ENAMETOOLONG, "cannot use socket \"%s\": its name has more than %zu characters",
			       path, sizeof(out->sun_path) - 1);
	memcpy(out->sun_path, path, strlen(path));
	return 0;
}

static int make_directory(const char *path, struct cl_error *err)
{
	char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const struct cl_directory d = {directory, "socket directory", 0755, true};
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return 0;
	snprintf(directory, sizeof(directory), "%.*s", (int)(slash - path), path);
	return cl_directory_own(&d, err);
}

/* A path that answers belongs to a living process; one that refuses is left over from a dead one. */
static int clear_path(const struct sockaddr_un *at, struct cl_error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const char *path = at->sun_path;
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0
				       : cl_fail(err, -errno, "cannot use socket \"%s\": %s", path, strerror(errno));
	if (!S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
		return cl_fail(err, -EEXIST,
			       "cannot use socket \"%s\": something else, or somebody else's, has that name", path);
	if (fd >= 0 && (!connect(fd, (const struct sockaddr *)at, sizeof(*at)) || errno == EAGAIN))
		return cl_fail(err, -EADDRINUSE,
			       "cannot use socket \"%s\": another process answers there (does another monitor run?)",
			       path);
	return unlink(path) ? cl_fail(err, -errno, "cannot remove socket \"%s\": %s", path, strerror(errno)) : 0;
}

static int let_in(const struct cl_unix_socket_place *place, struct cl_error *err)
{
	const char *name = place->group ? place->group : "credlineage";
	const struct group *group = getgrnam(name);

	if (!group && place->group)
		return cl_fail(
			err, -ENOENT,
			"cannot give socket \"%s\" to group \"%s\": there is no such group (groupadd --system %s, "
			"or name another one as socket_group)",
			place->path, name, name);
	if (group && chown(place->path, (uid_t)-1, group->gr_gid))
		return cl_fail(err, -errno, "cannot give socket \"%s\" to group \"%s\": %s", place->path, name,
			       strerror(errno));
	if (chmod(place->path, place->mode ? place->mode : 0660))
		return cl_fail(err, -errno, "cannot set the mode of socket \"%s\": %s", place->path, strerror(errno));
	return 0;
}

int cl_unix_socket_listen(int *out, const struct cl_unix_socket_place *place, struct cl_error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un at;
	int r = cl_unix_socket_address(&at, place->path, err);

	r = r ? r : make_directory(place->path, err);
	r = r ? r : clear_path(&at, err);
	if (r)
		return r;
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)))
		return cl_fail(err, -errno, "cannot bind socket \"%s\": %s", place->path, strerror(errno));
	r = let_in(place, err); /* nobody connects before it listens */
	if (!r && listen(fd, BACKLOG))
		r = cl_fail(err, -errno, "cannot listen on socket \"%s\": %s", place->path, strerror(errno));
	if (r) {
		unlink(place->path);
		return r;
	}
	*out = TAKE_FD(fd);
	return 0;
}
