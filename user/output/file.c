/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings appended to a file of mode 0600, one write each. A line is whole or not there: what a full disk took in part
 * is cut off again and tried later. A file that was moved or removed (log rotation) is made anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "output/transport.h"

struct file {
	char *path;
	int fd;
};

static int reopen(struct file *f, struct cl_error *err)
{
	_cleanup_close_ int fd = open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0)
		return cl_fail(err, -errno, "cannot open \"%s\": %s", f->path, strerror(errno));
	if (fstat(fd, &st))
		return cl_fail(err, -errno, "cannot read \"%s\": %s", f->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return cl_fail(err, -EINVAL, "cannot append to \"%s\": not a regular file", f->path);
	cl_closep(&f->fd);
	f->fd = TAKE_FD(fd);
	return 0;
}

static void close_file(void **state)
{
	struct file *f = TAKE_PTR(*state);

	cl_closep(&f->fd);
	free(f->path);
	free(f);
}

static int open_file(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	struct file *f = calloc(1, sizeof(*f));
	int r;

	(void)stop;
	if (!f)
		return -ENOMEM;
	f->fd = -1;
	f->path = strdup(spec->path);
	r = f->path ? reopen(f, err) : -ENOMEM;
	if (r) {
		void *p = f;

		close_file(&p);
		return r;
	}
	*state = f;
	return 0;
}

static bool moved(const struct file *f)
{
	struct stat here, there;

	return f->fd < 0 || fstat(f->fd, &here) || stat(f->path, &there) || here.st_ino != there.st_ino ||
	       here.st_dev != there.st_dev;
}

static int append(struct file *f, const struct cl_text *text, struct cl_error *err)
{
	off_t before = lseek(f->fd, 0, SEEK_END);
	size_t written;
	int r = cl_write_whole(f->fd, cl_text_str(text), text->len, &written);

	if (r && written && before >= 0 && ftruncate(f->fd, before))
		return cl_fail(err, r, "cannot write to \"%s\": %s; its last line is not whole", f->path, strerror(-r));
	return r ? cl_fail(err, r, "cannot write to \"%s\": %s", f->path, strerror(-r)) : 0;
}

static int send_file(void *state, const struct cl_output_format *format, struct cl_parcel *parcel, size_t n,
		     uint64_t *retry_ns, struct cl_error *err)
{
	struct file *f = state;
	_cleanup_text_ struct cl_text text = {0};
	int r = format->render(parcel->finding, cl_wall_ns(), &text);

	(void)n;
	(void)retry_ns;
	r = r ? r : cl_text_puts(&text, strchr(cl_text_str(&text), '\n') ? "\n\n" : "\n");
	if (r)
		return cl_fail(err, -EAGAIN, "cannot render a finding: %s", strerror(-r));
	if (moved(f))
		r = reopen(f, err);
	r = r ? r : append(f, &text, err);
	parcel->result = r ? -EAGAIN : 0;
	if (!r)
		return 0;
	/* Disks get room again and directories come back: nothing is given up. */
	return -EAGAIN;
}

const struct cl_transport cl_transport_file = {
	.scheme = "file",
	.target = CL_TARGET_PATH,
	.format = "ocsf",
	.open = open_file,
	.send = send_file,
	.close = close_file,
};
