/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens a file through io_uring, without a system call of that name:  open_ring inline|worker PATH
 */
#include "trigger.h"

#include <linux/io_uring.h>
#include <sys/mman.h>

struct ring {
	int fd;
	struct io_uring_params p;
	char *submission, *completion;
	struct io_uring_sqe *entries;
};

static void *map(int fd, size_t size, off_t offset)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void make_ring(struct ring *r)
{
	r->fd = (int)syscall(SYS_io_uring_setup, 4, &r->p);
	if (r->fd < 0)
		die("io_uring_setup");
	r->submission = map(r->fd, r->p.sq_off.array + r->p.sq_entries * sizeof(uint32_t), IORING_OFF_SQ_RING);
	r->completion =
		map(r->fd, r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	r->entries = map(r->fd, r->p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
}

static int submit(struct ring *r)
{
	uint32_t *tail = (uint32_t *)(r->submission + r->p.sq_off.tail);

	((uint32_t *)(r->submission + r->p.sq_off.array))[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		die("io_uring_enter");
	return ((struct io_uring_cqe *)(r->completion + r->p.cq_off.cqes))[0].res;
}

int main(int argc, char **argv)
{
	struct ring r = {0};
	uint64_t before, after;
	int fd;

	if (argc != 3)
		return 2;
	fact_exec();
	make_ring(&r);
	r.entries[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_OPENAT,
		.flags = strcmp(argv[1], "worker") ? 0 : IOSQE_ASYNC,
		.fd = AT_FDCWD,
		.addr = (uint64_t)argv[2],
		.open_flags = O_RDONLY,
	};
	after = now();
	fd = submit(&r);
	before = now();
	if (fd < 0) {
		errno = -fd;
		die(argv[2]);
	}
	fact_begin("open");
	fact_string("asked", argv[2]);
	fact_string("asked_at", "functions"); /* the name is gone at the completion */
	fact_string("thread", strcmp(argv[1], "worker") ? "own" : "worker");
	fact_path(fd);
	fact_file(fd);
	/* The kernel's first try does not wait and says so in the flags, where the path is cached. */
	fact(",\"open_flags\":%d,\"loose_flags\":%d", fcntl(fd, F_GETFL), O_NONBLOCK);
	fact_between(after, before);
	fact_end();
	fact_begin("exit");
	fact_string("thread", "any"); /* the worker may be the last one */
	fact(",\"code\":0,\"after\":%" PRIu64, now());
	fact_end();
	_exit(0);
}
