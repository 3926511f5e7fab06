/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the store to receivers that take, are away or slow, as each test has it: order, restart, bounds, filters, rate,
 * another configuration, and that none waits for another.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "delivery/pace.h"
#include "delivery_room.h"

static void test_all_arrive_in_order_and_once(void **state)
{
	receivers[0].away = 1;
	begin(*state, (const char *[]){"fake:/a", "fake:/b"}, 2);
	report_all(0, 300);
	receivers[0].away = 0;
	assert_true(until_got(&receivers[0], 300) && until_got(&receivers[1], 300));
	assert_true(until_empty("fake:/a") && until_empty("fake:/b"));
	check_order(&receivers[0], 0, 300);
	check_order(&receivers[1], 0, 300);
	assert_int_equal(stats_of("fake:/a").stats.sent, 300);
	assert_true(stats_of("fake:/a").stats.last_success > 0);
	assert_int_equal(cl_delivery_totals(delivery).sent, 600);
	assert_in_range(receivers[0].batch_max, 2, 50);
}

/* Several in one commit: all of them or none, and none is on its way before. */
static void test_together_or_not_at_all(void **state)
{
	const cJSON *list[3];
	_cleanup_json_ cJSON *nameless = cJSON_CreateObject();
	struct cl_error err = {0};
	uint64_t last;

	begin(*state, (const char *[]){"fake:/a"}, 1);
	for (unsigned int i = 0; i < 3; i++)
		list[i] = make(i, "High", NULL);
	assert_int_equal(cl_delivery_report(delivery, (const cJSON *[]){list[0], list[1], nameless}, 3, &err), -EINVAL);
	assert_non_null(strstr(err.text, "without id"));
	assert_int_equal(stats_of("fake:/a").stats.waiting, 0);
	assert_int_equal(cl_store_last_report(((struct room *)*state)->db, &last, NULL), 0);
	assert_int_equal(last, 0);
	assert_int_equal(cl_delivery_report(delivery, list, 3, NULL), 0);
	assert_true(until_got(&receivers[0], 3) && until_empty("fake:/a"));
	check_order(&receivers[0], 0, 3);
	assert_int_equal(stats_of("fake:/a").stats.sent, 3);
	for (unsigned int i = 0; i < 3; i++)
		cJSON_Delete((cJSON *)(uintptr_t)list[i]);
}

static void test_a_dead_and_a_slow_one_hold_up_nobody(void **state)
{
	uint64_t before = cl_boot_ns();

	receivers[0].away = 1;
	receivers[1].pause_ms = 300;
	begin(*state, (const char *[]){"fake:/a", "fake:/b", "fake:/c"}, 3);
	report_all(0, 100);
	assert_true(until_got(&receivers[2], 100));
	assert_true(cl_boot_ns() - before < 5 * CL_NS_PER_S);
	assert_true(receivers[1].n < 20);
	assert_int_equal(receivers[0].n, 0);
	assert_int_equal(stats_of("fake:/a").stats.waiting, 100);
	assert_string_equal(stats_of("fake:/a").error, "nobody is there");
	receivers[0].away = 0;
	assert_true(until_got(&receivers[0], 100));
	check_order(&receivers[0], 0, 100);
	receivers[1].pause_ms = 0;
}

static void test_it_goes_on_after_a_restart(void **state)
{
	const char *specs[] = {"fake:/a", "fake:/b"};

	begin(*state, specs, 2);
	report_all(0, 10);
	assert_true(until_empty("fake:/a") && until_empty("fake:/b"));
	receivers[0].away = 1;
	report_all(10, 20);
	assert_true(until_got(&receivers[1], 20));
	cl_delivery_free(&delivery);
	receivers[0].away = 0;
	begin(*state, specs, 2);
	assert_int_equal(stats_of("fake:/b").stats.sent, 20); /* counted on */
	assert_true(until_got(&receivers[0], 20));
	report_all(20, 25);
	assert_true(until_got(&receivers[0], 25) && until_got(&receivers[1], 25));
	check_order(&receivers[0], 0, 25);
	check_order(&receivers[1], 0, 25);
}

static void test_the_end_does_not_wait_for_the_dead(void **state)
{
	uint64_t before;

	receivers[0].away = 1;
	begin(*state, (const char *[]){"fake:/a"}, 1);
	report_all(0, 10);
	assert_true(until_tried(&receivers[0], 1));
	before = cl_boot_ns();
	cl_delivery_free(&delivery);
	assert_true(cl_boot_ns() - before < 2 * CL_NS_PER_S);
}

static void test_tries_become_rarer(void **state)
{
	struct cl_backoff b = {.min = 250 * MS, .max = 60000 * MS};
	const uint64_t whole[] = {250, 500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		struct cl_backoff same = b;

		assert_int_equal(cl_backoff_next(&same, 0), whole[i] * MS / 2);
		assert_in_range(cl_backoff_next(&b, UINT32_MAX), whole[i] * MS * 99 / 100, whole[i] * MS);
		assert_int_equal(b.delay, whole[i] * MS);
	}
}

static void test_it_waits_as_long_as_the_other_end_asks(void **state)
{
	uint64_t asked = cl_boot_ns() + 700 * MS;

	receivers[0].away = 1;
	receivers[0].retry_ns = asked;
	begin(*state, (const char *[]){"fake:/a"}, 1);
	report_all(0, 1);
	assert_true(until_waiting("fake:/a"));
	receivers[0].away = 0;
	assert_true(until_got(&receivers[0], 1));
	assert_true(cl_boot_ns() >= asked);
	assert_int_equal(receivers[0].tries, 2);
}

/* Over the bound the least severe goes, of those the oldest; what is on its way stays. */
static void test_a_full_outbox_drops_the_oldest_low_first(void **state)
{
	static const char *const severities[] = {"High", "Low", "Medium", "Low", "High", "Low"};
	static const unsigned int left[] = {0, 2, 4, 6};

	receivers[0].away = 1;
	receivers[0].retry_ns = cl_boot_ns() + CL_NS_PER_S;
	begin(*state, (const char *[]){"fake:/a?outbox-size=4"}, 1);
	report(0, "High", NULL);
	assert_true(until_waiting("fake:/a")); /* nothing is on its way */
	for (unsigned int i = 1; i < ARRAY_SIZE(severities); i++)
		report(i, severities[i], NULL);
	assert_int_equal(stats_of("fake:/a").stats.waiting, 4);
	report(6, "High", NULL);
	assert_int_equal(stats_of("fake:/a").stats.waiting, 4);
	assert_int_equal(stats_of("fake:/a").stats.dropped, 3);
	assert_int_equal(cl_delivery_totals(delivery).dropped, 3);
	receivers[0].away = 0;
	assert_true(until_got(&receivers[0], 4) && until_empty("fake:/a"));
	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		assert_int_equal(receivers[0].got[i], left[i]);
	assert_int_equal(receivers[0].n, 4);
}

static void test_what_is_too_old_is_dropped(void **state)
{
	struct room *room = *state;
	struct cl_outbox_bound b = {.keep = UINT64_MAX};
	uint64_t n;

	receivers[0].away = 1;
	begin(room, (const char *[]){"fake:/a?outbox-age=1h"}, 1);
	report_all(0, 3);
	assert_true(until_waiting("fake:/a")); /* else all three may be on their way */
	assert_int_equal(cl_outbox_open(room->db, "fake:/a", &b.output, NULL), 0);
	assert_int_equal(cl_outbox_trim(room->db, &b, &n, NULL), 0);
	assert_int_equal(n, 0);
	b.before = cl_wall_ns();
	b.taken = 1;
	assert_int_equal(cl_outbox_trim(room->db, &b, &n, NULL), 0);
	assert_int_equal(n, 2); /* the first is on its way */
	receivers[0].away = 0;
	assert_true(until_got(&receivers[0], 1));
	usleep(100000);
	assert_int_equal(receivers[0].n, 1);
}

static void test_an_output_gets_what_it_wants(void **state)
{
	begin(*state,
	      (const char *[]){"fake:/a?severity=high", "fake:/b?detector=credential-sweep,long-lived",
			       "fake:/c?detector=credential-sweep", "fake:/d?workflow=ci:*"},
	      4);
	report(0, "Low", "ci:deploy");
	report(1, "High", "agent:x");
	report(2, "Critical", NULL);
	assert_true(until_got(&receivers[0], 2) && until_got(&receivers[1], 3) && until_got(&receivers[3], 1));
	assert_int_equal(receivers[0].got[0], 1);
	assert_int_equal(receivers[0].got[1], 2);
	assert_int_equal(receivers[3].got[0], 0);
	usleep(50000);
	assert_int_equal(receivers[0].n + receivers[1].n + receivers[2].n + receivers[3].n, 6);
}

static void test_a_rate_lets_wait_and_loses_nothing(void **state)
{
	uint64_t before = cl_boot_ns();
	size_t early;

	begin(*state, (const char *[]){"fake:/a?rate=20/s"}, 1);
	report_all(0, 30);
	assert_true(until_got(&receivers[0], 20));
	usleep(20000);
	early = receivers[0].n;
	assert_true(early < 30 || cl_boot_ns() - before >= 450 * MS); /* it may be late that this is looked at */
	assert_true(until_got(&receivers[0], 30));
	assert_true(cl_boot_ns() - before >= 450 * MS);
	check_order(&receivers[0], 0, 30);
}

static void test_pace(void **state)
{
	struct cl_pace second = {.n = 10, .ns = CL_NS_PER_S}, minute = {.n = 6, .ns = 60 * CL_NS_PER_S}, none = {0};
	uint64_t t = 1000 * CL_NS_PER_S;

	(void)state;
	assert_true(cl_pace_room(&none, t) == UINT64_MAX);
	assert_int_equal(cl_pace_room(&second, t), 10);
	cl_pace_take(&second, t, 10);
	assert_int_equal(cl_pace_room(&second, t), 0);
	assert_int_equal(cl_pace_next(&second), t + 100 * MS);
	assert_int_equal(cl_pace_room(&second, t + 250 * MS), 2);
	assert_int_equal(cl_pace_room(&minute, t), 1);
	cl_pace_take(&minute, t, 1);
	assert_int_equal(cl_pace_next(&minute), t + 10 * CL_NS_PER_S);
	assert_int_equal(cl_pace_room(&minute, t + 9 * CL_NS_PER_S), 0);
	assert_int_equal(cl_pace_room(&minute, t + 10 * CL_NS_PER_S), 1);
}

static void reload(const char *const *specs, size_t n, const char *expected)
{
	struct cl_error err = {0};
	char said[128] = "";

	cl_delivery_reload(delivery, (char *const *)(uintptr_t)specs, n, said, sizeof(said), &err);
	assert_string_equal(*said ? said : err.text, expected);
}

static void test_outputs_come_change_and_go(void **state)
{
	begin(*state, (const char *[]){"fake:/a", "fake:/b?severity=low", "fake:/c"}, 3);
	report_all(0, 5);
	assert_true(until_empty("fake:/a") && until_empty("fake:/b") && until_empty("fake:/c"));
	reload((const char *[]){"fake:/a", "fake:/z"}, 2, "no receiver /z");
	reload((const char *[]){"fake:/a", "fake:/b?severity=lo"}, 2,
	       "cannot use output \"fake:/b?severity=lo\": severity \"lo\" is not known; there is low, medium, high and "
	       "critical");
	reload((const char *[]){"fake:/a", "fake:/a"}, 2,
	       "cannot use output \"fake:/a\" twice; give one of them name=");
	report_all(5, 6);
	assert_true(until_got(&receivers[2], 6));
	reload((const char *[]){"fake:/a", "fake:/b?severity=critical", "fake:/d"}, 3,
	       "1 outputs are new, 1 have changed, 1 are gone, 1 stay");
	report_all(6, 8);
	assert_true(until_got(&receivers[0], 8) && until_got(&receivers[3], 2));
	usleep(50000);
	assert_int_equal(receivers[0].reopened, 1);
	check_order(&receivers[0], 0, 8);
	check_order(&receivers[1], 0, 6);
	check_order(&receivers[2], 0, 6);
	check_order(&receivers[3], 6, 2);
}

/* One that is busy while its options change begins again where it was, when the one before it is gone. */
static void test_a_change_in_the_middle_loses_nothing(void **state)
{
	receivers[0].pause_ms = 20;
	begin(*state, (const char *[]){"fake:/a"}, 1);
	report_all(0, 20);
	assert_true(until_got(&receivers[0], 3));
	reload((const char *[]){"fake:/a?outbox-size=100"}, 1, "0 outputs are new, 1 have changed, 0 are gone, 0 stay");
	report_all(20, 25);
	assert_true(until_got(&receivers[0], 25) && until_empty("fake:/a"));
	check_order(&receivers[0], 0, 25);
}

static void test_two_of_one_name_are_refused(void **state)
{
	struct room *room = *state;
	char *specs[] = {(char[]){"fake:/a"}, (char[]){"fake:/a?severity=high"}};
	struct cl_delivery_options o = {.store = room->path, .wake = wake};
	struct cl_error err = {0};

	reopen(room, CL_STORE_WRITE);
	o.db = room->db;
	assert_int_equal(cl_delivery_new(&delivery, &o, specs, 2, &err), -EEXIST);
	assert_string_equal(err.text, "cannot use output \"fake:/a?severity=high\": another one is called \"fake:/a\"; "
				      "give one of them name=");
	specs[1] = (char[]){"fake:/a?severity=high&name=urgent"};
	assert_int_equal(cl_delivery_new(&delivery, &o, specs, 2, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(test_all_arrive_in_order_and_once),
		IN_ROOM(test_together_or_not_at_all),
		IN_ROOM(test_a_dead_and_a_slow_one_hold_up_nobody),
		IN_ROOM(test_it_goes_on_after_a_restart),
		IN_ROOM(test_the_end_does_not_wait_for_the_dead),
		cmocka_unit_test(test_tries_become_rarer),
		IN_ROOM(test_it_waits_as_long_as_the_other_end_asks),
		IN_ROOM(test_a_full_outbox_drops_the_oldest_low_first),
		IN_ROOM(test_what_is_too_old_is_dropped),
		IN_ROOM(test_an_output_gets_what_it_wants),
		IN_ROOM(test_a_rate_lets_wait_and_loses_nothing),
		cmocka_unit_test(test_pace),
		IN_ROOM(test_outputs_come_change_and_go),
		IN_ROOM(test_a_change_in_the_middle_loses_nothing),
		IN_ROOM(test_two_of_one_name_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
