/* SPDX-License-Identifier: Apache-2.0 */
#include "output/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/secure.h"

int cl_secret_make(struct cl_secret *s)
{
	void *p;
	int r = cl_secure_alloc(&p, CL_SECRET_MAX + 1);

	if (r)
		return r;
	cl_secret_free(s);
	s->bytes = p;
	return 0;
}

void cl_secret_free(struct cl_secret *s)
{
	void *p = s->bytes;

	cl_secure_free(&p, CL_SECRET_MAX + 1);
	*s = (struct cl_secret){0};
}

/* A symbolic link is followed: so does an orchestrator put a secret in place. */
static int open_secret(const char *path, int *out, struct cl_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return cl_fail(err, -errno, "cannot open \"%s\": %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return cl_fail(err, -EINVAL, "cannot read \"%s\": not a regular file", path);
	if (st.st_mode & 07)
		return cl_fail(err, -EPERM,
			       "cannot use the secret in \"%s\": it is open to everyone (mode %04o); close it with "
			       "chmod o=, and replace it if others had access",
			       path, st.st_mode & 07777);
	*out = TAKE_FD(fd);
	return 0;
}

int cl_secret_read(struct cl_secret *s, const char *path, struct cl_error *err)
{
	_cleanup_secret_ struct cl_secret fresh = {0};
	_cleanup_close_ int fd = -1;
	ssize_t n = 0;
	int r = open_secret(path, &fd, err);

	r = r ? r : cl_secret_make(&fresh);
	while (!r && fresh.len <= CL_SECRET_MAX &&
	       (n = read(fd, fresh.bytes + fresh.len, CL_SECRET_MAX + 1 - fresh.len)) > 0)
		fresh.len += (size_t)n;
	if (r)
		return r;
	if (n < 0)
		return cl_fail(err, -errno, "cannot read \"%s\": %s", path, strerror(errno));
	if (fresh.len > CL_SECRET_MAX)
		return cl_fail(err, -EINVAL, "cannot use the secret in \"%s\": more than %d bytes", path,
			       CL_SECRET_MAX);
	while (fresh.len && (fresh.bytes[fresh.len - 1] == '\n' || fresh.bytes[fresh.len - 1] == '\r'))
		fresh.len--;
	fresh.bytes[fresh.len] = '\0';
	if (!fresh.len)
		return cl_fail(err, -EINVAL, "cannot use the secret in \"%s\": the file is empty", path);
	cl_secret_free(s);
	*s = fresh;
	fresh = (struct cl_secret){0};
	return 0;
}
