/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens, reads and closes a file through io_uring alone:  ring plain|async|sqpoll|direct PATH
 * async: a worker does it; sqpoll: the kernel's polling thread takes it, no enter at all; direct: a descriptor that is
 * in no table of the process, read into a registered buffer.
 */
#include "evasion.h"

#include <linux/io_uring.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define SIZE 4096
#define NOT_HERE 77

static char buf[SIZE];
static struct io_uring_params params;
static char *submission, *completion;
static struct io_uring_sqe *entries;
static int ring;
static bool polled;

static void *map(size_t size, off_t offset)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, offset);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void make_ring(void)
{
	params.flags = polled ? IORING_SETUP_SQPOLL : 0;
	params.sq_thread_idle = 15000; /* on a loaded machine the thread must not have gone to sleep before we submit */
	ring = (int)syscall(SYS_io_uring_setup, 4, &params);
	if (ring < 0)
		_exit(errno == ENOSYS || errno == EPERM ? NOT_HERE : 1);
	submission = map(params.sq_off.array + params.sq_entries * sizeof(uint32_t), IORING_OFF_SQ_RING);
	completion = map(params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	entries = map(params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
}

/* Submits one entry and waits for its end: the result. */
static int submit(struct io_uring_sqe entry)
{
	uint32_t *tail = (uint32_t *)(submission + params.sq_off.tail);
	uint32_t *head = (uint32_t *)(completion + params.cq_off.head), slot = *tail & (params.sq_entries - 1);
	uint32_t *end = (uint32_t *)(completion + params.cq_off.tail);
	struct io_uring_cqe *done;
	int result;

	entries[slot] = entry;
	((uint32_t *)(submission + params.sq_off.array))[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (!polled && syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		die("io_uring_enter");
	for (int tries = 1; __atomic_load_n(end, __ATOMIC_ACQUIRE) == *head; tries++) {
		usleep(1000);
		/* The thread needs no call, unless it is lost in sleep: that happens on a loaded machine. */
		if (polled && tries % 500 == 0)
			syscall(SYS_io_uring_enter, ring, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
	}
	done = (struct io_uring_cqe *)(completion + params.cq_off.cqes) + (*head & (params.cq_entries - 1));
	result = done->res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	if (result < 0) {
		errno = -result;
		if (errno == EINVAL)
			_exit(NOT_HERE);
		die("completion");
	}
	return result;
}

static void register_tables(void)
{
	struct iovec v = {buf, SIZE};
	int none[1] = {-1};

	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &v, 1) ||
	    syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, none, 1))
		_exit(NOT_HERE);
}

int main(int argc, char **argv)
{
	uint8_t flags;
	bool direct;
	int fd;

	if (argc != 3)
		return 2;
	alarm(20);
	polled = !strcmp(argv[1], "sqpoll");
	direct = !strcmp(argv[1], "direct");
	flags = strcmp(argv[1], "async") ? 0 : IOSQE_ASYNC;
	make_ring();
	if (direct)
		register_tables();
	fd = submit((struct io_uring_sqe){
		.opcode = IORING_OP_OPENAT,
		.flags = flags,
		.fd = AT_FDCWD,
		.addr = (uint64_t)argv[2],
		.open_flags = O_RDONLY,
		.file_index = direct ? 1 : 0,
	});
	submit((struct io_uring_sqe){
		.opcode = direct ? IORING_OP_READ_FIXED : IORING_OP_READ,
		.flags = (uint8_t)(flags | (direct ? IOSQE_FIXED_FILE : 0)),
		.fd = direct ? 0 : fd,
		.addr = (uint64_t)buf,
		.len = SIZE,
	});
	if (!buf[0])
		die("empty");
	if (!direct)
		submit((struct io_uring_sqe){.opcode = IORING_OP_CLOSE, .fd = fd});
	return 0;
}
