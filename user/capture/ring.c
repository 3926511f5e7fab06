/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "capture/ring.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "base/cleanup.h"

#define WINDOW (1u << 20)
#define PUBLISH 64 /* records between two updates of the position that the kernel sees */

/*
 * The map's pages: the reader's position, the kernel's position, then the data, mapped by the kernel twice in a row
 * so that a record that passes the end is in one piece.
 */
struct cl_ring {
	int fd;
	size_t size, page;
	unsigned long *consumer; /* what is before it the kernel may overwrite */
	unsigned long position;	 /* where this reader is */
	bool keeps;
	const unsigned long *producer;
	uint8_t *window;
	size_t window_size, window_at; /* where in the data the window begins; SIZE_MAX: nowhere yet */
};

static void *map_pages(struct cl_ring *r, size_t page, size_t size, int protection)
{
	void *p = mmap(NULL, size, protection, MAP_SHARED, r->fd, (off_t)(page * r->page));

	return p == MAP_FAILED ? NULL : p;
}

int cl_ring_new(struct cl_ring **out, int fd, size_t size)
{
	struct cl_ring *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->fd = fd;
	r->size = size;
	r->page = (size_t)sysconf(_SC_PAGESIZE);
	/* One page more than a record can be long, within both copies of the data from any page of the first one. */
	r->window_size = (size < WINDOW ? size : WINDOW) + r->page;
	r->window_at = SIZE_MAX;
	r->consumer = map_pages(r, 0, r->page, PROT_READ | PROT_WRITE);
	r->producer = r->consumer ? map_pages(r, 1, r->page, PROT_READ) : NULL;
	if (!r->producer) {
		int err = -errno;

		cl_ring_free(&r);
		return err;
	}
	r->position = *r->consumer;
	*out = r;
	return 0;
}

void cl_ring_free(struct cl_ring **p)
{
	struct cl_ring *r = *p;

	if (!r)
		return;
	if (r->consumer)
		munmap(r->consumer, r->page);
	if (r->producer)
		munmap((void *)(uintptr_t)r->producer, r->page);
	if (r->window)
		munmap(r->window, r->window_size);
	free(r);
	*p = NULL;
}

int cl_ring_fd(const struct cl_ring *r)
{
	return r->fd;
}

static bool in_window(const struct cl_ring *r, size_t at, size_t len)
{
	return r->window_at != SIZE_MAX && at >= r->window_at && at + len <= r->window_at + r->window_size;
}

/* The data from `at` on, `len` bytes; NULL with errno. */
static const uint8_t *look(struct cl_ring *r, size_t at, size_t len)
{
	size_t begin = at / r->page * r->page;
	void *p;

	if (!in_window(r, at, len)) {
		r->window_at = SIZE_MAX;
		p = mmap(r->window, r->window_size, PROT_READ, MAP_SHARED | (r->window ? MAP_FIXED : 0), r->fd,
			 (off_t)(2 * r->page + begin));
		if (p == MAP_FAILED)
			return NULL;
		r->window = p;
		r->window_at = begin;
		if (!in_window(r, at, len)) {
			errno = EPROTO;
			return NULL;
		}
	}
	return r->window + (at - r->window_at);
}

/* One record at `position`: its length with the header and padding, 0 when it is not finished, -errno. */
static ssize_t consume_one(struct cl_ring *r, unsigned long position,
			   int (*each)(void *ctx, const void *record, size_t size), void *ctx, int *verdict)
{
	size_t at = position & (r->size - 1), len;
	const uint8_t *p = look(r, at, BPF_RINGBUF_HDR_SZ);
	uint32_t header;

	if (!p)
		return -errno;
	header = __atomic_load_n((const uint32_t *)(const void *)p, __ATOMIC_ACQUIRE);
	if (header & BPF_RINGBUF_BUSY_BIT)
		return 0;
	len = (header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)) + BPF_RINGBUF_HDR_SZ;
	if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
		p = look(r, at, len);
		if (!p)
			return -errno;
		*verdict = each(ctx, p + BPF_RINGBUF_HDR_SZ, len - BPF_RINGBUF_HDR_SZ);
	}
	return (ssize_t)((len + 7) / 8 * 8);
}

static void publish(struct cl_ring *r)
{
	if (!r->keeps)
		__atomic_store_n(r->consumer, r->position, __ATOMIC_RELEASE);
}

int cl_ring_consume(struct cl_ring *r, int (*each)(void *ctx, const void *record, size_t size), void *ctx)
{
	unsigned long end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	int verdict = 0;
	ssize_t step = 0;

	for (unsigned int n = 1; r->position < end && !verdict; n++) {
		step = consume_one(r, r->position, each, ctx, &verdict);
		if (step <= 0)
			break;
		r->position += (unsigned long)step;
		if (n % PUBLISH == 0)
			publish(r);
		if (r->position == end)
			end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
	}
	publish(r);
	return step < 0 ? (int)step : verdict;
}

void cl_ring_keep(struct cl_ring *r)
{
	r->keeps = true;
}

uint64_t cl_ring_position(const struct cl_ring *r)
{
	return r->position;
}

uint64_t cl_ring_produced(const struct cl_ring *r)
{
	return __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
}

size_t cl_ring_kept(const struct cl_ring *r)
{
	return r->position - *r->consumer;
}

void cl_ring_release(struct cl_ring *r, uint64_t position)
{
	if (position > *r->consumer && position <= r->position)
		__atomic_store_n(r->consumer, (unsigned long)position, __ATOMIC_RELEASE);
}
