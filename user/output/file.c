/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings appended to a file of mode 0600, one write each. A line is whole or not there: what a full disk took in part
 * is cut off again and tried later. A file that was moved or removed (log rotation by others) is made anew. With
 * rotate-size= or rotate-age= it becomes PATH.1 before a finding that would make it larger, or finds it older.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "output/rotate.h"
#include "output/transport.h"

struct file {
	const char *path;
	int fd;
	uint64_t opened; /* wall ns */
	struct cl_rotation rotation;
	bool complained; /* of a rotation that failed */
};

/* A line that another writer, or a crash, left without its end does not spoil the next one. */
static int end_last_line(int fd, off_t size)
{
	char last;

	if (!size || pread(fd, &last, 1, size - 1) != 1 || last == '\n')
		return 0;
	return write(fd, "\n", 1) == 1 ? 0 : -errno;
}

static int open_path(struct file *f, struct cl_error *err)
{
	_cleanup_close_ int fd = open(f->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	struct stat st;
	int r;

	if (fd < 0)
		return cl_fail(err, -errno, "cannot open \"%s\": %s", f->path, strerror(errno));
	if (fstat(fd, &st))
		return cl_fail(err, -errno, "cannot read \"%s\": %s", f->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return cl_fail(err, -EINVAL, "cannot append to \"%s\": not a regular file", f->path);
	r = end_last_line(fd, st.st_size);
	if (r)
		return cl_fail(err, r, "cannot write to \"%s\": %s", f->path, strerror(-r));
	cl_closep(&f->fd);
	f->fd = TAKE_FD(fd);
	f->opened = cl_wall_ns();
	return 0;
}

static void close_file(void **state)
{
	struct file *f = TAKE_PTR(*state);

	cl_closep(&f->fd);
	free(f);
}

static int open_file(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	_cleanup_free_ struct file *f = calloc(1, sizeof(*f));
	int r;

	(void)stop;
	if (!f)
		return cl_fail(err, -ENOMEM, "out of memory");
	*f = (struct file){.path = spec->path, .fd = -1};
	r = cl_rotation_parse(&f->rotation, spec, err);
	r = r ? r : open_path(f, err);
	if (!r)
		*state = TAKE_PTR(f);
	return r;
}

static void reopen_file(void *state)
{
	cl_closep(&((struct file *)state)->fd);
}

static bool moved(const struct file *f)
{
	struct stat here, there;

	return f->fd < 0 || fstat(f->fd, &here) || stat(f->path, &there) || here.st_ino != there.st_ino ||
	       here.st_dev != there.st_dev;
}

/* A file that cannot be rotated grows on: rather that than a finding lost. */
static int rotate(struct file *f, size_t len, struct cl_error *err)
{
	struct cl_error why = {0};

	if (!cl_rotation_due(&f->rotation, f->fd, f->opened, len))
		return 0;
	if (!cl_rotate(&f->rotation, f->path, &why)) {
		f->complained = false;
		return open_path(f, err);
	}
	if (!f->complained)
		cl_warn("output file:%s: %s; it grows on", f->path, why.text);
	f->complained = true;
	return 0;
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
	r = moved(f) ? open_path(f, err) : 0;
	r = r ? r : rotate(f, text.len, err);
	r = r ? r : append(f, &text, err);
	parcel->result = r ? -EAGAIN : 0;
	/* Disks get room again and directories come back: nothing is given up. */
	return parcel->result;
}

static const char *const options[] = {CL_ROTATION_OPTIONS, NULL};

const struct cl_transport cl_transport_file = {
	.scheme = "file",
	.one_state = true,
	.target = CL_TARGET_PATH,
	.format = "ocsf",
	.options = options,
	.open = open_file,
	.send = send_file,
	.reopen = reopen_file,
	.close = close_file,
};
