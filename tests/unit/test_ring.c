/* SPDX-License-Identifier: Apache-2.0 */
/* The ring's reader over a file that is laid out like the kernel's map: positions, then the data twice. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../user/capture/ring.c"

#include <string.h>

#define SIZE (4u << 20)

struct fake {
	int fd;
	uint8_t *map;
	size_t page, size;
	struct cl_ring *ring;
	unsigned long written;
};

struct got {
	size_t n, bytes, stop_at;
	uint64_t next; /* content of the next record: a running number */
};

static int setup(void **state)
{
	static struct fake f;

	f = (struct fake){.page = (size_t)sysconf(_SC_PAGESIZE), .size = SIZE};
	f.fd = memfd_create("ring", MFD_CLOEXEC);
	assert_true(f.fd >= 0);
	assert_int_equal(ftruncate(f.fd, (off_t)(2 * f.page + 2 * f.size)), 0);
	f.map = mmap(NULL, 2 * f.page + 2 * f.size, PROT_READ | PROT_WRITE, MAP_SHARED, f.fd, 0);
	assert_ptr_not_equal(f.map, MAP_FAILED);
	assert_int_equal(cl_ring_new(&f.ring, f.fd, f.size), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fake *f = *state;

	cl_ring_free(&f->ring);
	assert_null(f->ring);
	munmap(f->map, 2 * f->page + 2 * f->size);
	close(f->fd);
	return 0;
}

static void put_byte(struct fake *f, unsigned long position, uint8_t byte)
{
	uint8_t *data = f->map + 2 * f->page;

	data[position & (f->size - 1)] = byte;
	data[(position & (f->size - 1)) + f->size] = byte; /* the kernel's second mapping of the same page */
}

static void put(struct fake *f, unsigned long position, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_byte(f, position + i, ((const uint8_t *)bytes)[i]);
}

/* A record of `len` bytes that begins with `number`; returns its position. */
static unsigned long add(struct fake *f, uint64_t number, uint32_t len, uint32_t bits)
{
	unsigned long at = f->written;
	uint32_t header = len | bits;

	put(f, at, &header, sizeof(header));
	put(f, at + BPF_RINGBUF_HDR_SZ, &number, sizeof(number));
	if (len > sizeof(number))
		put_byte(f, at + BPF_RINGBUF_HDR_SZ + len - 1, (uint8_t)number);
	f->written += (len + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
	*(unsigned long *)(void *)(f->map + f->page) = f->written;
	return at;
}

static unsigned long read_up_to(const struct fake *f)
{
	return *(unsigned long *)(void *)f->map;
}

static int each(void *ctx, const void *record, size_t size)
{
	struct got *g = ctx;
	uint64_t number;

	memcpy(&number, record, sizeof(number));
	assert_int_equal(number, g->next++);
	if (size > sizeof(number))
		assert_int_equal(((const uint8_t *)record)[size - 1], (uint8_t)number);
	g->bytes += size;
	return ++g->n == g->stop_at ? -ENOBUFS : 0;
}

static void test_in_order_and_released(void **state)
{
	struct fake *f = *state;
	struct got g = {0};

	for (uint64_t i = 0; i < 1000; i++)
		add(f, i, 8 + (uint32_t)i, 0);
	assert_int_equal(cl_ring_consume(f->ring, each, &g), 0);
	assert_int_equal(g.n, 1000);
	assert_int_equal(read_up_to(f), f->written);
	assert_int_equal(cl_ring_consume(f->ring, each, &g), 0);
	assert_int_equal(g.n, 1000);
}

static void test_round_and_round(void **state)
{
	struct fake *f = *state;
	struct got g = {0};
	uint64_t number = 0;

	/* Odd lengths up to the largest record, four times round: every way to pass a window's or the ring's end. */
	while (f->written < 4ul * f->size) {
		for (int i = 0; i < 7; i++, number++)
			add(f, number, 8 + (uint32_t)(number * 7919 % 137000), 0);
		assert_int_equal(cl_ring_consume(f->ring, each, &g), 0);
		assert_int_equal(read_up_to(f), f->written);
	}
	assert_int_equal(g.n, number);
}

static void test_unfinished_and_discarded(void **state)
{
	struct fake *f = *state;
	struct got g = {0};
	uint32_t header = 40;
	unsigned long busy;

	add(f, 0, 16, 0);
	add(f, 77, 24, BPF_RINGBUF_DISCARD_BIT);
	add(f, 1, 16, 0);
	busy = add(f, 2, 40, BPF_RINGBUF_BUSY_BIT);
	add(f, 3, 16, 0);
	assert_int_equal(cl_ring_consume(f->ring, each, &g), 0);
	assert_int_equal(g.n, 2);
	assert_int_equal(read_up_to(f), busy);
	put(f, busy, &header, sizeof(header));
	assert_int_equal(cl_ring_consume(f->ring, each, &g), 0);
	assert_int_equal(g.n, 4);
}

static void test_stops_behind_the_record(void **state)
{
	struct fake *f = *state;
	struct got g = {.stop_at = 3};

	for (uint64_t i = 0; i < 5; i++)
		add(f, i, 8, 0);
	assert_int_equal(cl_ring_consume(f->ring, each, &g), -ENOBUFS);
	assert_int_equal(g.n, 3);
	assert_int_equal(read_up_to(f), 3 * 16);
	assert_int_equal(cl_ring_consume(f->ring, each, &g), 0);
	assert_int_equal(g.n, 5);
}

static void test_no_more_than_a_window_is_mapped(void **state)
{
	struct fake *f = *state;
	struct got g = {0};

	add(f, 0, 8, 0);
	assert_int_equal(cl_ring_consume(f->ring, each, &g), 0);
	assert_true(f->ring->window_size <= WINDOW + f->page);
}

static void test_nonsense_is_an_error(void **state)
{
	struct fake *f = *state;
	struct got g = {0};

	add(f, 0, 8, 0);
	add(f, 1, 3u << 20, 0); /* no probe makes such a record */
	assert_int_equal(cl_ring_consume(f->ring, each, &g), -EPROTO);
	assert_int_equal(g.n, 1);
	assert_int_equal(read_up_to(f), 16);
}

/* A reader that is killed before it released has a successor that gets the same again. */
static void test_kept_until_released(void **state)
{
	struct fake *f = *state;
	struct cl_ring *successor = NULL;
	struct got g = {0}, again = {.next = 5};
	unsigned long at = 0;

	cl_ring_keep(f->ring);
	for (uint64_t i = 0; i < 10; i++) {
		unsigned long begin = add(f, i, 100, 0);

		at = i == 5 ? begin : at;
	}
	assert_int_equal(cl_ring_consume(f->ring, each, &g), 0);
	assert_int_equal(g.n, 10);
	assert_int_equal(read_up_to(f), 0);
	assert_int_equal(cl_ring_kept(f->ring), f->written);
	cl_ring_release(f->ring, at);
	assert_int_equal(read_up_to(f), at);
	cl_ring_release(f->ring, 0); /* never back, never beyond what was read */
	cl_ring_release(f->ring, f->written + 8);
	assert_int_equal(read_up_to(f), at);
	assert_int_equal(cl_ring_consume(f->ring, each, &g), 0);
	assert_int_equal(g.n, 10);

	assert_int_equal(cl_ring_new(&successor, f->fd, f->size), 0);
	assert_int_equal(cl_ring_consume(successor, each, &again), 0);
	assert_int_equal(again.n, 5);
	assert_int_equal(read_up_to(f), f->written);
	cl_ring_free(&successor);
}

static void test_no_map(void **state)
{
	struct cl_ring *r = NULL;

	(void)state;
	assert_int_equal(cl_ring_new(&r, -1, SIZE), -EBADF);
	assert_null(r);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_in_order_and_released),
		CASE(test_round_and_round),
		CASE(test_unfinished_and_discarded),
		CASE(test_stops_behind_the_record),
		CASE(test_no_more_than_a_window_is_mapped),
		CASE(test_nonsense_is_an_error),
		CASE(test_kept_until_released),
		cmocka_unit_test(test_no_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
