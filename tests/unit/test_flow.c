/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events beside findings, to receivers that take, refuse, are away or slow: order, bound, what is counted, and that no
 * finding waits for events, whether the output has two ways or one.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "delivery/delivery.h"
#include "delivery/flow.h"
#include "format/format.h"
#include "mk_finding.h"
#include "output/transport.h"
#include "store_room.h"

#define MS 1000000ull
#define GOT_MAX 20000
#define TWO "fake:/a?events=credential" /* ways */
#define ONE "one:/a?events=credential"

/* ---- the receiver ---- */

static struct {
	atomic_int away, refuse; /* -EAGAIN to all; the act of this number for good */
	atomic_uint pause_ms;	 /* for each act */
	atomic_uint findings, acts, states, at_once, reopened;
	unsigned int got[GOT_MAX]; /* numbers of acts */
} receiver;

static int open_fake(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	(void)spec;
	(void)err;
	receiver.states++;
	*state = (void *)(uintptr_t)stop;
	return 0;
}

static int take(void *state, struct cl_parcel *p, struct cl_error *err)
{
	int number = (int)cl_json_get_num(p->finding, "number");
	bool is_act = cl_format_is_act(p->finding);

	for (unsigned int ms = 0; is_act && ms < receiver.pause_ms && !atomic_load((const atomic_bool *)state); ms++)
		usleep(1000);
	if (receiver.away)
		return cl_fail(err, -EAGAIN, "nobody is there");
	if (is_act && receiver.refuse == number) {
		p->result = cl_fail(&p->why, -EBADMSG, "not this one");
		return 0;
	}
	p->result = 0;
	if (is_act)
		receiver.got[receiver.acts++] = (unsigned int)number;
	else
		receiver.findings++;
	return 0;
}

static int send_fake(void *state, const struct cl_output_format *format, struct cl_parcel *parcels, size_t n,
		     uint64_t *retry_ns, struct cl_error *err)
{
	static atomic_uint here;
	int r = 0;

	(void)format;
	(void)retry_ns;
	if (++here > receiver.at_once)
		receiver.at_once = here;
	for (size_t i = 0; i < n && !r; i++)
		r = take(state, &parcels[i], err);
	here--;
	return r;
}

static void reopen_fake(void *state)
{
	(void)state;
	receiver.reopened++;
}

static void close_fake(void **state)
{
	*state = NULL;
}

/* In the places of two that are not linked then. */
const struct cl_transport cl_transport_file = {.scheme = "fake",
					       .target = CL_TARGET_PATH,
					       .format = "ocsf",
					       .batch = 50,
					       .open = open_fake,
					       .send = send_fake,
					       .reopen = reopen_fake,
					       .close = close_fake};
const struct cl_transport cl_transport_journald = {.scheme = "one",
						   .target = CL_TARGET_PATH,
						   .format = "ocsf",
						   .one_state = true,
						   .open = open_fake,
						   .send = send_fake,
						   .close = close_fake};

/* ---- who makes them ---- */

static struct cl_delivery *delivery;

static void wake(void *ctx)
{
	(void)ctx;
}

static void begin(struct room *room, const char *spec)
{
	struct cl_delivery_options o = {
		.store = room->path, .wake = wake, .backoff_min = 5 * MS, .backoff_max = 40 * MS};
	struct cl_error err = {0};

	reopen(room, CL_STORE_WRITE);
	o.db = room->db;
	if (cl_delivery_new(&delivery, &o, (char *const[]){(char *)(uintptr_t)spec}, 1, &err))
		fail_msg("%s", err.text);
	assert_int_equal(cl_delivery_start(delivery), 0);
}

static int start(void **state)
{
	memset(&receiver, 0, sizeof(receiver));
	receiver.refuse = -1;
	return enter(state);
}

static int end(void **state)
{
	cl_delivery_free(&delivery);
	return leave(state);
}

static void act(unsigned int from, unsigned int to)
{
	_cleanup_json_ cJSON *a = mk_act(from, "read", "/srv/token");

	for (unsigned int i = from; i < to; i++) {
		cJSON_DeleteItemFromObject(a, "number");
		cl_json_num(a, "number", i);
		if (cl_delivery_act_room(delivery))
			cl_delivery_act(delivery, a);
	}
}

static void report(unsigned int number)
{
	_cleanup_json_ cJSON *f = mk_finding(number, "/srv/token", 1);

	assert_int_equal(cl_delivery_report(delivery, &(const cJSON *){f}, 1, NULL), 0);
}

static void take_stats(void *ctx, const struct cl_delivery_stats *s)
{
	*(struct cl_delivery_stats *)ctx = *s;
}

static struct cl_delivery_stats stats(void)
{
	struct cl_delivery_stats s = {0};

	cl_delivery_stats(delivery, take_stats, &s);
	return s;
}

/* False: not within 10 s. */
static bool until(const atomic_uint *counter, unsigned int n)
{
	for (int i = 0; i < 5000 && *counter < n; i++) {
		assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
		usleep(2000);
	}
	return *counter >= n;
}

static bool until_none_waits(void)
{
	for (int i = 0; i < 5000 && stats().events.waiting; i++)
		usleep(2000);
	return !stats().events.waiting;
}

/* The store knows of the one finding. */
static bool until_entered(void)
{
	for (int i = 0; i < 5000 && stats().sent != 1; i++) {
		assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
		usleep(2000);
	}
	return stats().sent == 1;
}

/* ---- tests ---- */

static void test_they_arrive_in_order_and_once(void **state)
{
	begin(*state, TWO);
	assert_true(cl_delivery_wants_acts(delivery));
	receiver.away = 1;
	act(0, 200);
	report(1);
	receiver.away = 0;
	assert_true(until(&receiver.acts, 200) && until(&receiver.findings, 1) && until_none_waits());
	assert_true(until_entered());
	assert_int_equal(receiver.acts, 200);
	for (unsigned int i = 0; i < 200; i++)
		assert_int_equal(receiver.got[i], i);
	assert_int_equal(stats().events.sent, 200);
	assert_int_equal(stats().events.dropped + stats().events.refused, 0);
	assert_int_equal(receiver.states, 2);
}

static void test_what_is_beyond_the_bound_is_dropped_and_counted(void **state)
{
	uint64_t waiting;

	begin(*state, TWO);
	receiver.away = 1;
	act(0, 10000);
	report(1);
	waiting = stats().events.waiting;
	assert_in_range(waiting, 100, 9000);
	assert_int_equal(stats().events.dropped, 10000 - waiting);
	assert_false(cl_delivery_act_room(delivery));
	assert_int_equal(stats().events.dropped, 10001 - waiting);
	assert_int_equal(stats().waiting, 1); /* the finding */
	assert_int_equal(stats().dropped, 0);
	receiver.away = 0;
	assert_true(until(&receiver.findings, 1) && until(&receiver.acts, (unsigned int)waiting) && until_none_waits());
	assert_int_equal(receiver.got[waiting - 1], waiting - 1); /* those that came first */
	assert_true(cl_delivery_act_room(delivery));
}

/* Each act takes a tenth of a second: a hundred of them are far from through when the finding has arrived. */
static void check_finding_goes_first(struct room *room, const char *spec, unsigned int states)
{
	uint64_t before;

	begin(room, spec);
	receiver.pause_ms = 100;
	act(0, 100);
	usleep(150000); /* they are on their way */
	before = cl_boot_ns();
	report(1);
	assert_true(until(&receiver.findings, 1));
	assert_true(cl_boot_ns() - before < CL_NS_PER_S);
	assert_true(stats().events.waiting > 50);
	assert_int_equal(receiver.states, states);
	receiver.pause_ms = 0;
}

static void test_a_finding_goes_past_them(void **state)
{
	check_finding_goes_first(*state, TWO, 2);
}

static void test_a_finding_takes_the_next_turn(void **state)
{
	check_finding_goes_first(*state, ONE, 1);
	assert_true(until(&receiver.acts, 100));
	assert_int_equal(receiver.at_once, 1);
}

static void test_a_refused_one_is_lost_and_counted(void **state)
{
	begin(*state, TWO);
	receiver.refuse = 7;
	act(0, 20);
	assert_true(until(&receiver.acts, 19) && until_none_waits());
	assert_int_equal(stats().events.refused, 1);
	assert_int_equal(stats().events.sent, 19);
	assert_int_equal(stats().dead, 0);
}

static void test_a_refusal_is_no_success(void **state)
{
	begin(*state, "fake:/a?events=credential&findings=none");
	receiver.refuse = 7;
	act(7, 8);
	assert_true(until_none_waits());
	assert_int_equal(stats().events.refused, 1);
	assert_int_equal(stats().last_success, 0);
}

static void test_what_is_in_the_way_is_said(void **state)
{
	begin(*state, "fake:/a?events=credential&findings=none");
	receiver.away = 1;
	act(0, 1);
	report(1);
	for (int i = 0; i < 2000 && stats().state != CL_DELIVERY_BACKOFF; i++)
		usleep(2000);
	assert_int_equal(stats().state, CL_DELIVERY_BACKOFF);
	assert_true(stats().failures > 0);
	receiver.away = 0;
	assert_true(until(&receiver.acts, 1) && until_none_waits());
	assert_int_equal(stats().state, CL_DELIVERY_IDLE);
	assert_int_equal(receiver.findings, 0);
	assert_int_equal(stats().waiting, 0);
}

static void test_a_rate_is_theirs_alone(void **state)
{
	begin(*state, TWO "&rate=20/s");
	act(0, 60);
	report(1);
	assert_true(until(&receiver.findings, 1));
	assert_true(receiver.acts <= 45);
	assert_true(until(&receiver.acts, 60));
}

static void test_the_end_does_not_wait_for_the_dead(void **state)
{
	uint64_t before;

	begin(*state, TWO);
	receiver.away = 1;
	act(0, 10);
	usleep(50000);
	before = cl_boot_ns();
	cl_delivery_free(&delivery);
	assert_true(cl_boot_ns() - before < 2 * CL_NS_PER_S);
}

static void test_a_reload_begins_and_ends_them(void **state)
{
	char *with[] = {(char *)(uintptr_t)TWO}, *without[] = {(char *)(uintptr_t) "fake:/a"};
	char said[128];

	begin(*state, "fake:/a");
	assert_false(cl_delivery_wants_acts(delivery));
	assert_false(stats().has_events);
	act(0, 5); /* nobody's */
	assert_int_equal(cl_delivery_reload(delivery, with, 1, said, sizeof(said), NULL), 0);
	assert_true(cl_delivery_wants_acts(delivery));
	for (int i = 0; i < 500; i++) {
		assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
		usleep(2000);
	}
	act(5, 10);
	assert_true(until(&receiver.acts, 5));
	assert_int_equal(receiver.got[0], 5);
	assert_int_equal(cl_delivery_reload(delivery, with, 1, said, sizeof(said), NULL), 0);
	assert_true(until(&receiver.reopened, 2)); /* each way anew */
	assert_int_equal(cl_delivery_reload(delivery, without, 1, said, sizeof(said), NULL), 0);
	assert_false(cl_delivery_wants_acts(delivery));
}

/* Never started, as where another output could not be opened. */
static void test_what_never_began_ends(void **state)
{
	struct room *room = *state;
	struct cl_delivery_options o = {.store = room->path, .wake = wake};

	reopen(room, CL_STORE_WRITE);
	o.db = room->db;
	assert_int_equal(cl_delivery_new(&delivery, &o, (char *const[]){(char *)(uintptr_t)ONE}, 1, NULL), 0);
	act(0, 3);
	cl_delivery_free(&delivery);
	assert_int_equal(receiver.acts, 0);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(test_they_arrive_in_order_and_once),
		IN_ROOM(test_what_is_beyond_the_bound_is_dropped_and_counted),
		IN_ROOM(test_a_finding_goes_past_them),
		IN_ROOM(test_a_finding_takes_the_next_turn),
		IN_ROOM(test_a_refused_one_is_lost_and_counted),
		IN_ROOM(test_a_refusal_is_no_success),
		IN_ROOM(test_what_is_in_the_way_is_said),
		IN_ROOM(test_a_rate_is_theirs_alone),
		IN_ROOM(test_the_end_does_not_wait_for_the_dead),
		IN_ROOM(test_a_reload_begins_and_ends_them),
		IN_ROOM(test_what_never_began_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
