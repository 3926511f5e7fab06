/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gets at a file's bytes in one of many ways, once:  read_by WAY PATH [OTHER]
 * OTHER is the file that a copy makes. Ways that this kernel or file system does not have end with status 77.
 */
#include "evasion.h"

#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define SIZE 4096
#define NOT_HERE 77

static const char *path, *other;

static int possible(int result, const char *what)
{
	if (result >= 0)
		return result;
	if (errno == EOPNOTSUPP || errno == EINVAL || errno == ENOSYS)
		_exit(NOT_HERE);
	die(what);
}

static int open_file(int flags)
{
	return possible(open(path, flags | O_CLOEXEC, 0600), path);
}

static int open_other(void)
{
	return possible(open(other, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), other);
}

/* The descriptor is closed before the first byte is touched: only the mapping is left. */
static void map(int flags)
{
	int fd = open_file(flags & MAP_SHARED ? O_RDWR : O_RDONLY);
	volatile const char *p = mmap(NULL, SIZE, PROT_READ, flags, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	close(fd);
	if (!*p)
		die("empty");
}

static void by_map(void)
{
	map(MAP_PRIVATE);
}

static void by_map_populate(void)
{
	map(MAP_PRIVATE | MAP_POPULATE);
}

static void by_map_shared(void)
{
	map(MAP_SHARED);
}

/* Read is switched on only after the file is mapped. */
static void by_map_late(void)
{
	int fd = open_file(O_RDONLY);
	char *p = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	close(fd);
	possible(mprotect(p, SIZE, PROT_READ), "mprotect");
	if (!*(volatile char *)p)
		die("empty");
}

static void by_sendfile(void)
{
	possible(sendfile(open_other(), open_file(O_RDONLY), NULL, SIZE), "sendfile");
}

static void by_sendfile_socket(void)
{
	int pair[2];

	possible(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	possible(sendfile(pair[0], open_file(O_RDONLY), NULL, SIZE), "sendfile");
}

static void by_splice(void)
{
	int pipes[2];
	ssize_t n;

	possible(pipe(pipes), "pipe");
	n = possible(splice(open_file(O_RDONLY), NULL, pipes[1], NULL, SIZE, 0), "splice");
	possible(splice(pipes[0], NULL, open_other(), NULL, (size_t)n, 0), "splice");
}

static void by_copy(void)
{
	possible(copy_file_range(open_file(O_RDONLY), NULL, open_other(), NULL, SIZE, 0), "copy_file_range");
}

static void by_clone(void)
{
	possible(ioctl(open_other(), FICLONE, open_file(O_RDONLY)), "FICLONE");
}

static void by_direct(void)
{
	static char buf[SIZE] __attribute__((aligned(SIZE)));

	possible(read(open_file(O_RDONLY | O_DIRECT), buf, SIZE), "read");
}

static void by_vector(int flags)
{
	static char buf[SIZE];
	struct iovec parts[2] = {{buf, 7}, {buf + 7, SIZE - 7}};

	/* A time of access to be written would be something to wait for. */
	possible(preadv2(open_file(O_RDONLY | O_NOATIME), parts, 2, flags ? 0 : -1, flags), "preadv2");
}

static void by_nowait(void)
{
	int fd = open_file(O_RDONLY);

	/* What is not in the page cache yet is no answer without waiting. */
	possible(posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED), "fadvise");
	close(fd);
	usleep(20000);
	by_vector(RWF_NOWAIT);
}

static void by_readv(void)
{
	by_vector(0);
}

static void by_read(void)
{
	static char buf[SIZE];

	possible(read(open_file(O_RDONLY), buf, SIZE), "read");
}

/* One byte a call: no call has the whole value. */
static void by_bytes(void)
{
	int fd = open_file(O_RDONLY);
	char byte;

	while (possible(read(fd, &byte, 1), "read") > 0)
		;
}

static void by_aio(void)
{
	static char buf[SIZE];
	struct iocb cb = {.aio_fildes = (__u32)open_file(O_RDONLY),
			  .aio_lio_opcode = IOCB_CMD_PREAD,
			  .aio_buf = (uint64_t)buf,
			  .aio_nbytes = SIZE};
	struct iocb *list[1] = {&cb};
	struct io_event event;
	aio_context_t context = 0;

	possible(syscall(SYS_io_setup, 1, &context), "io_setup");
	possible(syscall(SYS_io_submit, context, 1, list), "io_submit");
	if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1 || event.res <= 0)
		die("io_getevents");
}

/* Nothing of these reaches the caller. */
static void by_readahead(void)
{
	possible(readahead(open_file(O_RDONLY), 0, SIZE), "readahead");
}

static void by_advice(void)
{
	possible(posix_fadvise(open_file(O_RDONLY), 0, 0, POSIX_FADV_WILLNEED), "fadvise");
}

static void by_open(void)
{
	close(open_file(O_RDONLY));
}

static void by_append(void)
{
	close(open_file(O_WRONLY | O_APPEND));
}

/* Opened for its path alone, opened again through /proc, at another number, with the first numbers closed. */
static void by_reopen(void)
{
	static char buf[SIZE];
	char link[64];
	int fd = open_file(O_PATH);

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	fd = possible(open(link, O_RDONLY), link);
	possible(dup3(fd, 200, O_CLOEXEC), "dup3");
	possible(syscall(SYS_close_range, 3, 199, 0), "close_range");
	possible(read(200, buf, SIZE), "read");
}

static void by_openat2(uint64_t resolve)
{
	static char buf[SIZE];
	struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = resolve};
	char directory[PATH_MAX], *slash;
	int fd;

	snprintf(directory, sizeof(directory), "%s", path);
	slash = strrchr(directory, '/');
	*slash = 0;
	fd = possible(open(directory, O_PATH | O_DIRECTORY), directory);
	/* In a root of its own `..` leads nowhere. */
	snprintf(slash + 1, sizeof(directory) - (size_t)(slash + 1 - directory), "%s%s",
		 resolve == RESOLVE_IN_ROOT ? "../../" : "", strrchr(path, '/') + 1);
	fd = possible(syscall(SYS_openat2, fd, slash + 1, &how, sizeof(how)), "openat2");
	possible(read(fd, buf, SIZE), "read");
}

static void by_beneath(void)
{
	by_openat2(RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

static void by_in_root(void)
{
	by_openat2(RESOLVE_IN_ROOT);
}

static const struct {
	const char *name;
	void (*act)(void);
} ways[] = {
	{"map", by_map},
	{"map-populate", by_map_populate},
	{"map-shared", by_map_shared},
	{"map-late", by_map_late},
	{"sendfile", by_sendfile},
	{"sendfile-socket", by_sendfile_socket},
	{"splice", by_splice},
	{"copy", by_copy},
	{"clone", by_clone},
	{"direct", by_direct},
	{"nowait", by_nowait},
	{"read", by_read},
	{"readv", by_readv},
	{"bytes", by_bytes},
	{"aio", by_aio},
	{"readahead", by_readahead},
	{"advice", by_advice},
	{"open", by_open},
	{"append", by_append},
	{"reopen", by_reopen},
	{"beneath", by_beneath},
	{"in-root", by_in_root},
};

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	path = argv[2];
	other = argc > 3 ? argv[3] : "copy";
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(argv[1], ways[i].name))
			continue;
		ways[i].act();
		return 0;
	}
	return 2;
}
