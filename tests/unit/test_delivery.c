/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the store to receivers that take, refuse, are away or slow, as each test has it: order, restart, bounds, dead
 * letters, filters, rate, and that none waits for another.
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
#include "delivery/pace.h"
#include "output/transport.h"
#include "store/outbox.h"
#include "store_room.h"

#define MS 1000000ull

/* ---- receivers: "fake:/a" to "fake:/d" ---- */

#define GOT_MAX 20000
#define EVERY (-2)

static struct receiver {
	atomic_int away, refuse; /* -EAGAIN; the finding of this number (EVERY: each) for good */
	atomic_uint pause_ms;	 /* for each finding */
	atomic_ulong retry_ns;	 /* boot ns that it names when away */
	atomic_uint n, tries, reopened, batch_max;
	unsigned int got[GOT_MAX];
} receivers[4];

static int open_fake(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	(void)stop;
	if (spec->path[1] < 'a' || spec->path[1] > 'd')
		return cl_fail(err, -ENOENT, "no receiver %s", spec->path);
	*state = &receivers[spec->path[1] - 'a'];
	return 0;
}

static int send_fake(void *state, const struct cl_output_format *format, struct cl_parcel *parcels, size_t n,
		     uint64_t *retry_ns, struct cl_error *err)
{
	struct receiver *r = state;

	(void)format;
	r->tries++;
	if (n > r->batch_max)
		r->batch_max = (unsigned int)n;
	for (size_t i = 0; i < n; i++) {
		int number = (int)cl_json_get_num(parcels[i].finding, "number");

		usleep(r->pause_ms * 1000);
		if (r->away) {
			*retry_ns = r->retry_ns;
			return cl_fail(err, -EAGAIN, "nobody is there");
		}
		parcels[i].result = r->refuse == number || r->refuse == EVERY
					    ? cl_fail(&parcels[i].why, -EBADMSG, "not this one")
					    : 0;
		if (!parcels[i].result)
			r->got[r->n++] = (unsigned int)number;
	}
	return 0;
}

static void reopen_fake(void *state)
{
	((struct receiver *)state)->reopened++;
}

static void close_fake(void **state)
{
	*state = NULL;
}

/* In the place of the file's, which is not linked then. */
const struct cl_transport cl_transport_file = {
	.scheme = "fake",
	.target = CL_TARGET_PATH,
	.format = "ocsf",
	.batch = 50,
	.open = open_fake,
	.send = send_fake,
	.reopen = reopen_fake,
	.close = close_fake,
};

/* ---- the writer's part ---- */

static struct cl_delivery *delivery;

static void wake(void *ctx)
{
	(void)ctx;
}

static void begin(struct room *room, const char *const *specs, size_t n)
{
	struct cl_delivery_options o = {
		.store = room->path, .wake = wake, .backoff_min = 5 * MS, .backoff_max = 40 * MS};
	struct cl_error err = {0};

	if (!room->db)
		reopen(room, CL_STORE_WRITE);
	o.db = room->db;
	if (cl_delivery_new(&delivery, &o, (char *const *)(uintptr_t)specs, n, &err))
		fail_msg("%s", err.text);
	assert_int_equal(cl_delivery_start(delivery), 0);
}

static int start(void **state)
{
	memset(receivers, 0, sizeof(receivers));
	for (size_t i = 0; i < ARRAY_SIZE(receivers); i++)
		receivers[i].refuse = -1;
	return enter(state);
}

static int end(void **state)
{
	cl_delivery_free(&delivery);
	return leave(state);
}

static cJSON *make(unsigned int number, const char *severity, const char *workflow)
{
	cJSON *f = cJSON_CreateObject();
	char id[32];

	snprintf(id, sizeof(id), "fnd-%u", number);
	cl_json_str(f, "id", id);
	cl_json_str(f, "detector", "long-lived");
	cl_json_str(f, "severity", severity);
	cl_json_num(f, "number", number);
	if (workflow)
		cl_json_str(cl_json_obj(cl_json_push(cl_json_arr(f, "sides")), "run"), "workflow", workflow);
	return f;
}

static void report(unsigned int number, const char *severity, const char *workflow)
{
	_cleanup_json_ cJSON *f = make(number, severity, workflow);

	assert_int_equal(cl_delivery_report(delivery, f, NULL, NULL), 0);
}

static void report_all(unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++)
		report(i, "High", NULL);
}

struct wanted {
	const char *name;
	struct cl_delivery_stats stats;
	char error[128];
};

static void take_stats(void *ctx, const struct cl_delivery_stats *s)
{
	struct wanted *w = ctx;

	if (strcmp(s->name, w->name))
		return;
	w->stats = *s;
	snprintf(w->error, sizeof(w->error), "%s", s->error);
	w->stats.error = NULL;
}

static struct wanted stats_of(const char *name)
{
	struct wanted w = {.name = name};

	cl_delivery_stats(delivery, take_stats, &w);
	return w;
}

/* The writer goes on until the receiver has so many; false: not within 10 s. */
static bool until_got(const struct receiver *r, unsigned int n)
{
	for (int i = 0; i < 5000 && r->n < n; i++) {
		assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
		usleep(2000);
	}
	assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
	return r->n >= n;
}

static bool until_empty(const char *name)
{
	for (int i = 0; i < 5000 && stats_of(name).stats.waiting; i++) {
		assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
		usleep(2000);
	}
	return !stats_of(name).stats.waiting;
}

static bool until_waiting(const char *name)
{
	for (int i = 0; i < 5000 && stats_of(name).stats.state != CL_DELIVERY_BACKOFF; i++)
		usleep(2000);
	return stats_of(name).stats.state == CL_DELIVERY_BACKOFF;
}

static bool until_tried(const struct receiver *r, unsigned int n)
{
	for (int i = 0; i < 5000 && r->tries < n; i++) {
		assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
		usleep(2000);
	}
	return r->tries >= n;
}

static void check_order(const struct receiver *r, unsigned int from, unsigned int n)
{
	assert_int_equal(r->n, n);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(r->got[i], from + i);
}

/* ---- tests ---- */

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

	begin(*state, (const char *[]){"fake:/a?rate=20/s"}, 1);
	report_all(0, 30);
	assert_true(until_got(&receivers[0], 20));
	usleep(20000);
	assert_true(receivers[0].n < 30);
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

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_ROOM(test_all_arrive_in_order_and_once),
		IN_ROOM(test_a_dead_and_a_slow_one_hold_up_nobody),
		IN_ROOM(test_it_goes_on_after_a_restart),
		IN_ROOM(test_the_end_does_not_wait_for_the_dead),
		cmocka_unit_test(test_tries_become_rarer),
		IN_ROOM(test_it_waits_as_long_as_the_other_end_asks),
		IN_ROOM(test_a_refused_one_is_kept_and_can_be_sent_again),
		IN_ROOM(test_a_dead_letter_says_why),
		IN_ROOM(test_mended_it_gets_all_in_order),
		IN_ROOM(test_what_is_thrown_away_is_counted),
		IN_ROOM(test_what_nobody_would_send_stays_dead),
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
