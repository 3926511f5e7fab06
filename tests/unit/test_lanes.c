/* SPDX-License-Identifier: Apache-2.0 */
/* Records of two rings: kernel time decides their order, none is lost, none stays in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../user/capture/lanes.c"

#define LANE (512 * 1024)
#define MAX_GOT 4096

struct record {
	struct cl_header h;
	uint64_t tag;
};

struct got {
	size_t n;
	uint64_t ts[MAX_GOT], tag[MAX_GOT];
	size_t size[MAX_GOT];
	void *at[MAX_GOT];
};

static const bool nothing_more[CL_LANES];

static void each(void *ctx, void *record, size_t size)
{
	struct got *g = ctx;
	struct record *r = record;

	assert_true(g->n < MAX_GOT);
	g->ts[g->n] = r->h.ts;
	g->tag[g->n] = size >= sizeof(*r) ? r->tag : 0;
	g->at[g->n] = record;
	g->size[g->n++] = size;
}

static int setup(void **state)
{
	struct cl_lanes *b;

	assert_int_equal(cl_lanes_new(&b, LANE), 0);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct cl_lanes *b = *state;

	cl_lanes_free(&b);
	assert_null(b);
	return 0;
}

static void add(struct cl_lanes *b, unsigned int lane, uint64_t ts, uint64_t tag)
{
	struct record r = {.h = {.size = sizeof(r), .kind = CL_FORK, .ts = ts}, .tag = tag};

	assert_int_equal(cl_lanes_add(b, lane, &r, sizeof(r), 0), 0);
}

static void test_both_rings_in_time_order(void **state)
{
	struct got g = {0};

	add(*state, 0, 10, 1);
	add(*state, 0, 30, 2);
	add(*state, 0, 20, 3); /* another processor was a little late */
	add(*state, 1, 15, 4);
	add(*state, 1, 25, 5);
	assert_int_equal(cl_lanes_hand(*state, 100, nothing_more, each, &g), 5);
	assert_int_equal(g.tag[0], 1);
	assert_int_equal(g.tag[1], 4);
	assert_int_equal(g.tag[2], 3);
	assert_int_equal(g.tag[3], 5);
	assert_int_equal(g.tag[4], 2);
	assert_int_equal(cl_lanes_waiting(*state), 0);
}

static void test_equal_times_stay_as_they_came(void **state)
{
	struct got g = {0};

	for (uint64_t i = 0; i < 50; i++)
		add(*state, 0, 7, i);
	add(*state, 1, 7, 99);
	assert_int_equal(cl_lanes_hand(*state, 7, nothing_more, each, &g), 51);
	for (uint64_t i = 0; i < 50; i++)
		assert_int_equal(g.tag[i], i); /* processes before what they do: lane 0 first */
	assert_int_equal(g.tag[50], 99);
}

static void test_young_records_wait(void **state)
{
	struct got g = {0};

	add(*state, 1, 50, 1);
	add(*state, 1, 60, 2);
	assert_int_equal(cl_lanes_hand(*state, 55, nothing_more, each, &g), 1);
	assert_int_equal(cl_lanes_waiting(*state), 1);
	add(*state, 0, 58, 3); /* older than what waits, came later */
	assert_int_equal(cl_lanes_hand(*state, 70, nothing_more, each, &g), 2);
	assert_int_equal(g.tag[1], 3);
	assert_int_equal(g.tag[2], 2);
}

static void test_an_unread_ring_holds_the_other_back(void **state)
{
	const bool more[CL_LANES] = {true, false};
	struct got g = {0};

	add(*state, 0, 40, 1); /* the ring has more, all of it later than 40 */
	add(*state, 1, 30, 2);
	add(*state, 1, 50, 3);
	assert_int_equal(cl_lanes_hand(*state, 100, more, each, &g), 2);
	assert_int_equal(g.tag[0], 2);
	assert_int_equal(g.tag[1], 1);
	add(*state, 0, 45, 4);
	assert_int_equal(cl_lanes_hand(*state, 100, nothing_more, each, &g), 2);
	assert_int_equal(g.tag[2], 4);
	assert_int_equal(g.tag[3], 3);
}

static void test_a_full_lane_goes_on(void **state)
{
	struct got g = {0};
	size_t n = 0;

	for (; cl_lanes_has_room(*state, 0); n++)
		add(*state, 0, 1000 + n, n);
	assert_int_equal(cl_lanes_hand(*state, 10, nothing_more, each, &g), n);
	assert_true(cl_lanes_has_room(*state, 0));
	assert_int_equal(g.tag[n - 1], n - 1);
}

static void test_what_was_handed_over_is_wiped(void **state)
{
	struct got g = {0};
	const unsigned char *bytes;
	struct record zero = {0};

	add(*state, 0, 1, 0x5ec2e7);
	add(*state, 0, 9, 0x5ec2e7);
	assert_int_equal(cl_lanes_hand(*state, 5, nothing_more, each, &g), 1);
	bytes = g.at[0]; /* the buffer lives as long as the lanes */
	assert_memory_equal(bytes, &zero, sizeof(zero));
	assert_memory_equal(bytes + sizeof(zero), &zero, sizeof(zero)); /* the one that waits was moved */
	assert_int_equal(cl_lanes_hand(*state, 10, nothing_more, each, &g), 1);
	assert_int_equal(g.tag[1], 0x5ec2e7);
}

static bool drop_even(void *ctx, const void *record, size_t size)
{
	(void)ctx;
	(void)size;
	return ((const struct record *)record)->tag % 2 == 0;
}

static void test_scan_drops(void **state)
{
	struct got g = {0};

	for (uint64_t i = 0; i < 10; i++)
		add(*state, i % 3 == 0, 100 + i, i);
	cl_lanes_scan(*state, drop_even, NULL);
	assert_int_equal(cl_lanes_waiting(*state), 5);
	assert_int_equal(cl_lanes_hand(*state, 1000, nothing_more, each, &g), 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(g.tag[i], 2 * i + 1);
}

static void test_sizes_are_checked(void **state)
{
	struct record r[2] = {{.h = {.size = sizeof(struct record), .ts = 1}, .tag = 8}};
	struct got g = {0};

	assert_int_equal(cl_lanes_add(*state, 0, r, sizeof(struct cl_header) - 1, 0), -EPROTO);
	assert_int_equal(cl_lanes_add(*state, 0, r, sizeof(r[0]) - 1, 0), -EPROTO);
	/* A slot longer than its record: only the record goes on. */
	assert_int_equal(cl_lanes_add(*state, 0, r, sizeof(r), 0), 0);
	r[0].h.size = 20;
	assert_int_equal(cl_lanes_add(*state, 0, r, sizeof(r), 0), -EPROTO);
	assert_int_equal(cl_lanes_hand(*state, 5, nothing_more, each, &g), 1);
	assert_int_equal(g.size[0], sizeof(r[0]));
}

static void test_full_is_said(void **state)
{
	size_t n = 0;
	struct record r = {.h = {.size = sizeof(r), .ts = 1}};
	int err;

	while (!(err = cl_lanes_add(*state, 1, &r, sizeof(r), 0)))
		n++;
	assert_int_equal(err, -ENOSPC);
	assert_true(n > 1000);
	assert_int_equal(cl_lanes_waiting(*state), n);
}

static void test_oldest_position_that_waits(void **state)
{
	const uint64_t ts[] = {30, 10, 20};
	struct got *g = calloc(1, sizeof(*g));
	struct record r = {.h.size = sizeof(r)};

	assert_non_null(g);
	assert_int_equal(cl_lanes_oldest(*state, 0), UINT64_MAX);
	for (uint64_t i = 0; i < 3; i++) {
		r.h.ts = ts[i];
		assert_int_equal(cl_lanes_add(*state, 0, &r, sizeof(r), 100 + i), 0);
	}
	assert_int_equal(cl_lanes_oldest(*state, 0), 100);
	assert_int_equal(cl_lanes_hand(*state, 20, nothing_more, each, g), 2);
	assert_int_equal(cl_lanes_oldest(*state, 0), 100); /* read first, youngest: still here */
	assert_int_equal(cl_lanes_oldest(*state, 1), UINT64_MAX);
	assert_int_equal(cl_lanes_hand(*state, 30, nothing_more, each, g), 1);
	assert_int_equal(cl_lanes_oldest(*state, 0), UINT64_MAX);
	free(g);
}

static void test_too_small_is_refused(void **state)
{
	struct cl_lanes *b = NULL;

	(void)state;
	assert_int_equal(cl_lanes_new(&b, CL_RECORD_MAX - 1), -EINVAL);
	assert_null(b);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_both_rings_in_time_order),
		CASE(test_equal_times_stay_as_they_came),
		CASE(test_young_records_wait),
		CASE(test_an_unread_ring_holds_the_other_back),
		CASE(test_a_full_lane_goes_on),
		CASE(test_what_was_handed_over_is_wiped),
		CASE(test_scan_drops),
		CASE(test_sizes_are_checked),
		CASE(test_full_is_said),
		CASE(test_oldest_position_that_waits),
		cmocka_unit_test(test_too_small_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
