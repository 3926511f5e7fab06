/* SPDX-License-Identifier: Apache-2.0 */
/* What is forgotten when: by age, by size, and reports behind the slowest output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/json.h"
#include "store/outbox.h"
#include "store/retention.h"

#define HOUR (3600 * CL_NS_PER_S)
#define NOW (1000 * HOUR)

static char dir[] = "/tmp/credlineage-retention-XXXXXX";
static struct cl_store_db *db;

static int enter(void **state)
{
	char path[64];

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/credlineage-retention-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/credlineage.db", dir);
	if (cl_store_open(&db, path, CL_STORE_WRITE, NULL))
		return -1;
	return cl_store_set(db, CL_STORE_HOST, "{\"id\":\"h\",\"boot_id\":\"b\"}");
}

static int leave(void **state)
{
	char command[96];

	(void)state;
	cl_store_close(&db);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void put_report_for(unsigned int i, uint64_t when, uint64_t output, bool is_wanted)
{
	struct cl_posting p = {.time = when, .outputs = &output, .n = is_wanted};
	_cleanup_json_ cJSON *f = cJSON_CreateObject();
	char id[32];
	uint64_t seq;

	snprintf(id, sizeof(id), "fnd-%u", i);
	cl_json_str(f, "id", id);
	cl_json_str(f, "detector", "x");
	cl_json_str(f, "severity", "Low");
	cl_json_time(f, "first", when);
	cl_json_time(f, "last", when);
	assert_int_equal(cl_store_report(db, f, &seq, NULL), 0);
	p.report = seq;
	assert_int_equal(cl_outbox_post(db, &p, NULL), 0);
}

static void put_report(unsigned int i, uint64_t when)
{
	put_report_for(i, when, 0, false);
}

static int count(void *ctx, const cJSON *finding)
{
	(void)finding;
	++*(int *)ctx;
	return 0;
}

static int findings(void)
{
	const struct cl_finding_filter all = {0};
	int n = 0;

	assert_int_equal(cl_store_findings(db, &all, count, &n, NULL), 0);
	return n;
}

/* Steps until there is nothing more to do at this moment. */
static void settle(struct cl_retention *r)
{
	uint64_t before;
	int rounds = 0;

	do {
		before = r->sweep.removed;
		r->due = 0;
		assert_int_equal(cl_retention_step(r, db, 1, NOW), 0);
	} while (r->sweep.removed != before && ++rounds < 100);
	assert_true(rounds < 100);
}

static void test_age(void **state)
{
	struct cl_retention r;

	(void)state;
	cl_retention_init(&r, 10 * HOUR, UINT64_MAX);
	put_report(1, NOW - 11 * HOUR);
	put_report(2, NOW - 9 * HOUR);
	settle(&r);
	assert_int_equal(findings(), 1);
	assert_int_equal(r.sweep.removed, 1);
}

static void test_nothing_is_forgotten_without_an_age(void **state)
{
	struct cl_retention r;

	(void)state;
	cl_retention_init(&r, 0, 1);
	put_report(1, 1);
	settle(&r);
	assert_int_equal(findings(), 1);
}

static void test_not_before_it_is_due(void **state)
{
	struct cl_retention r;

	(void)state;
	cl_retention_init(&r, 10 * HOUR, UINT64_MAX);
	assert_int_equal(cl_retention_step(&r, db, CL_NS_PER_S, NOW), 0);
	put_report(1, NOW - 11 * HOUR);
	assert_int_equal(cl_retention_step(&r, db, 30 * CL_NS_PER_S, NOW), 0);
	assert_int_equal(findings(), 1);
	assert_int_equal(cl_retention_step(&r, db, 62 * CL_NS_PER_S, NOW), 0);
	assert_int_equal(findings(), 0);
}

static void test_size_shortens_the_age_and_gives_it_back(void **state)
{
	struct cl_retention r;

	(void)state;
	cl_retention_init(&r, 100 * HOUR, 1);
	settle(&r);
	assert_int_equal(r.age, 90 * HOUR);
	for (int i = 0; i < 100; i++)
		settle(&r);
	assert_true(r.age >= HOUR * 9 / 10 && r.age <= HOUR);
	r.max_bytes = UINT64_MAX;
	settle(&r);
	assert_int_equal(r.age, 100 * HOUR);
}

static void check_reports(uint64_t after, uint64_t expected)
{
	_cleanup_json_ cJSON *report = NULL;
	uint64_t seq = 0;

	assert_int_equal(cl_store_next_report(db, after, &seq, &report, NULL), 1);
	assert_int_equal(seq, expected);
}

/* The latest thousand stay for those who follow; of the others what an outbox or a dead letter names. */
static void test_reports_wait_for_the_slowest_output(void **state)
{
	const struct cl_settled refused = {.report = 41, .reason = (char[]){"no"}}, taken = {.report = 42};
	struct cl_settlement s = {.items = &refused, .n = 1, .dead_max = 10};
	struct cl_retention r;
	uint64_t n;

	(void)state;
	cl_retention_init(&r, 1000 * HOUR, UINT64_MAX);
	assert_int_equal(cl_outbox_open(db, "file:/x", &s.output, NULL), 0);
	for (unsigned int i = 1; i <= 1100; i++)
		put_report_for(i, NOW, s.output, i == 41 || i == 42);
	settle(&r);
	check_reports(0, 41);
	check_reports(41, 42);
	check_reports(42, 101);
	assert_int_equal(cl_outbox_settle(db, &s, 1, NULL), 0);
	settle(&r);
	check_reports(0, 41);
	assert_int_equal(cl_dead_settle(db, NULL, NULL, false, NOW, &n, NULL), 0);
	assert_int_equal(n, 1);
	settle(&r);
	check_reports(0, 42);
	s.items = &taken;
	assert_int_equal(cl_outbox_settle(db, &s, 1, NULL), 0);
	settle(&r);
	check_reports(0, 101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_age, enter, leave),
		cmocka_unit_test_setup_teardown(test_nothing_is_forgotten_without_an_age, enter, leave),
		cmocka_unit_test_setup_teardown(test_not_before_it_is_due, enter, leave),
		cmocka_unit_test_setup_teardown(test_size_shortens_the_age_and_gives_it_back, enter, leave),
		cmocka_unit_test_setup_teardown(test_reports_wait_for_the_slowest_output, enter, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
