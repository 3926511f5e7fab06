/* SPDX-License-Identifier: Apache-2.0 */
/* What receivers refuse for good: kept, said why, sent again in order, thrown away and counted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "delivery_room.h"

static void test_a_refused_one_is_kept_and_can_be_sent_again(void **state)
{
	struct room *room = *state;
	uint64_t n;

	receivers[0].refuse = 3;
	begin(room, (const char *[]){"fake:/a"}, 1);
	report_all(0, 6);
	assert_true(until_empty("fake:/a"));
	assert_int_equal(receivers[0].n, 5);
	assert_int_equal(stats_of("fake:/a").stats.refused, 1);
	assert_int_equal(stats_of("fake:/a").stats.dead, 1);
	receivers[0].refuse = -1;
	assert_int_equal(cl_delivery_dead(delivery, "fake:/a", "fnd-9", true, &n, NULL), 0);
	assert_int_equal(n, 0);
	assert_int_equal(cl_delivery_dead(delivery, "fake:/a", "fnd-3", true, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_true(until_got(&receivers[0], 6) && until_empty("fake:/a"));
	assert_int_equal(receivers[0].got[5], 3);
	assert_int_equal(stats_of("fake:/a").stats.dead, 0);
	report_all(6, 8);
	assert_true(until_got(&receivers[0], 8));
	assert_int_equal(receivers[0].n, 8);
}

static int tell_dead(void *ctx, const struct cl_dead_letter *l)
{
	snprintf(ctx, 128, "%s %s %s", l->output, l->finding, l->reason);
	assert_true(l->time > 0);
	return 0;
}

static void test_a_dead_letter_says_why(void **state)
{
	struct room *room = *state;
	char text[128] = "";
	uint64_t n;

	receivers[0].refuse = 0;
	begin(room, (const char *[]){"fake:/a?name=siem"}, 1);
	report_all(0, 1);
	assert_true(until_empty("siem"));
	assert_int_equal(cl_dead_list(room->db, "siem", tell_dead, text, NULL), 0);
	assert_string_equal(text, "siem fnd-0 not this one");
	assert_int_equal(cl_delivery_dead(delivery, NULL, NULL, false, &n, NULL), 0);
	assert_int_equal(n, 1);
	text[0] = '\0';
	assert_int_equal(cl_dead_list(room->db, NULL, tell_dead, text, NULL), 0);
	assert_string_equal(text, "");
}

/* A receiver that was mended gets what it refused before what it has not had, without waiting for its next try. */
static void test_mended_it_gets_all_in_order(void **state)
{
	uint64_t n;

	receivers[0].refuse = EVERY;
	begin(*state, (const char *[]){"fake:/a", "fake:/b"}, 2);
	report_all(0, 200);
	assert_true(until_empty("fake:/a"));
	assert_int_equal(stats_of("fake:/a").stats.dead, 200);
	receivers[0].refuse = -1;
	receivers[0].away = 1;
	receivers[0].retry_ns = cl_boot_ns() + 3600 * CL_NS_PER_S;
	report_all(200, 300);
	assert_true(until_waiting("fake:/a"));
	receivers[0].away = 0;
	assert_int_equal(cl_delivery_dead(delivery, NULL, NULL, true, &n, NULL), 0);
	assert_int_equal(n, 200);
	assert_true(until_got(&receivers[0], 300) && until_empty("fake:/a"));
	check_order(&receivers[0], 0, 300);
	assert_int_equal(stats_of("fake:/a").stats.dead, 0);
	assert_int_equal(stats_of("fake:/a").stats.dead_dropped, 0);
	assert_true(until_got(&receivers[1], 300));
	check_order(&receivers[1], 0, 300);
}

static int tell_dropped(void *ctx, const struct cl_outbox *o)
{
	((uint64_t *)ctx)[!strcmp(o->name, "fake:/b")] = o->dead_dropped;
	return 0;
}

static void test_what_is_thrown_away_is_counted(void **state)
{
	struct room *room = *state;
	uint64_t n, dropped[2] = {0};

	receivers[0].refuse = receivers[1].refuse = EVERY;
	begin(room, (const char *[]){"fake:/a", "fake:/b"}, 2);
	report_all(0, 3);
	assert_true(until_empty("fake:/a") && until_empty("fake:/b"));
	assert_int_equal(cl_delivery_dead(delivery, "fake:/a", "fnd-1", false, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(stats_of("fake:/a").stats.dead, 2);
	assert_int_equal(stats_of("fake:/a").stats.dead_dropped, 1);
	assert_int_equal(cl_delivery_dead(delivery, NULL, NULL, false, &n, NULL), 0);
	assert_int_equal(n, 5);
	assert_int_equal(stats_of("fake:/a").stats.dead_dropped, 3);
	assert_int_equal(stats_of("fake:/b").stats.dead_dropped, 3);
	assert_int_equal(cl_outbox_list(room->db, tell_dropped, dropped, NULL), 0);
	assert_int_equal(dropped[0], 3);
	assert_int_equal(dropped[1], 3);
	assert_int_equal(receivers[0].n, 0);
}

/* Letters of an output that is gone: nobody would send them. */
static void test_what_nobody_would_send_stays_dead(void **state)
{
	struct room *room = *state;
	struct cl_error err = {0};
	uint64_t n;

	receivers[1].refuse = EVERY;
	begin(room, (const char *[]){"fake:/a", "fake:/b"}, 2);
	report_all(0, 3);
	assert_true(until_empty("fake:/a") && until_empty("fake:/b"));
	cl_delivery_free(&delivery);
	begin(room, (const char *[]){"fake:/a"}, 1);
	assert_int_equal(cl_delivery_dead(delivery, NULL, NULL, true, &n, NULL), 0);
	assert_int_equal(n, 0);
	assert_int_equal(cl_delivery_dead(delivery, "fake:/b", NULL, true, &n, &err), -ENOENT);
	assert_string_equal(err.text, "no output \"fake:/b\" runs (credlineage outputs status lists them)");
	assert_int_equal(cl_delivery_dead(delivery, "fake:/b", NULL, false, &n, NULL), 0);
	assert_int_equal(n, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(test_a_refused_one_is_kept_and_can_be_sent_again),
		IN_ROOM(test_a_dead_letter_says_why),
		IN_ROOM(test_mended_it_gets_all_in_order),
		IN_ROOM(test_what_is_thrown_away_is_counted),
		IN_ROOM(test_what_nobody_would_send_stays_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
