/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a file and reads from it once:  open_read HOW PATH SIZE [OFFSET] */
#include "trigger.h"

#include <linux/aio_abi.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static char content[1 << 20];

static ssize_t read_vector(int fd, size_t size, off_t offset, const char *how)
{
	size_t first = size / 3, second = size / 4;
	struct iovec parts[3] = {
		{content, first},
		{content + first, second},
		{content + first + second, size - first - second},
	};

	if (!strcmp(how, "readv"))
		return readv(fd, parts, 3);
	if (!strcmp(how, "preadv"))
		return preadv(fd, parts, 3, offset);
	return preadv2(fd, parts, 3, offset, 0);
}

/* Through a pipe: the bytes never pass this process, so their hash is not a fact. */
static ssize_t read_pipe(int fd, size_t size, off_t offset, const char *how)
{
	int pipes[2];

	if (pipe(pipes))
		die("pipe");
	return strcmp(how, "sendfile") ? splice(fd, &offset, pipes[1], NULL, size, 0)
				       : sendfile(pipes[1], fd, &offset, size);
}

static ssize_t read_copy(int fd, size_t size, off_t offset)
{
	int target = open("copy-target", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (target < 0)
		die("copy-target");
	return copy_file_range(fd, &offset, target, NULL, size, 0);
}

static ssize_t read_submitted(int fd, size_t size, off_t offset)
{
	struct iocb call = {.aio_lio_opcode = IOCB_CMD_PREAD,
			    .aio_fildes = (uint32_t)fd,
			    .aio_buf = (uint64_t)content,
			    .aio_nbytes = size,
			    .aio_offset = offset};
	struct iocb *calls[] = {&call};
	struct io_event event = {0};
	aio_context_t context = 0;

	if (syscall(SYS_io_setup, 4, &context) || syscall(SYS_io_submit, context, 1, calls) != 1 ||
	    syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
		die("io_submit");
	return (ssize_t)event.res;
}

static ssize_t read_once(int fd, size_t size, off_t offset, const char *how)
{
	if (!strcmp(how, "read"))
		return read(fd, content, size);
	if (!strcmp(how, "pread"))
		return pread(fd, content, size, offset);
	if (strstr(how, "readv"))
		return read_vector(fd, size, offset, how);
	if (!strcmp(how, "mmap"))
		return mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, offset) == MAP_FAILED ? -1 : (ssize_t)size;
	if (!strcmp(how, "aio"))
		return read_submitted(fd, size, offset);
	if (!strcmp(how, "copy"))
		return read_copy(fd, size, offset);
	return read_pipe(fd, size, offset, how);
}

int main(int argc, char **argv)
{
	const char *how = argc > 3 ? argv[1] : "";
	size_t size = argc > 3 ? strtoul(argv[3], NULL, 10) : 0;
	off_t offset = argc > 4 ? strtol(argv[4], NULL, 10) : 0;
	uint64_t before, after;
	ssize_t n;
	int fd;

	if (argc < 4 || size > sizeof(content))
		return 2;
	fact_exec();

	after = now();
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	before = now();
	if (fd < 0)
		die(argv[2]);
	fact_begin("open");
	fact_path(fd);
	fact_file(fd);
	fact_string("asked", argv[2]);
	fact(",\"open_flags\":%d", fcntl(fd, F_GETFL));
	fact_between(after, before);
	fact_end();

	after = now();
	n = read_once(fd, size, offset, how);
	before = now();
	if (n < 0)
		die(how);
	fact_begin("read");
	fact_path(fd);
	fact_file(fd);
	fact_string("how", how);
	fact(",\"offset\":%ld,\"length\":%zd", (long)offset, n);
	if (content[0])
		fact_hash("content_hash", content, n < CL_CONTENT_MAX ? (size_t)n : CL_CONTENT_MAX);
	fact_between(after, before);
	fact_end();
	leave(0);
}
