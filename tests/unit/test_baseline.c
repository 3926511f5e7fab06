/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that are there already: their order, and what is read from /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../user/capture/order.c"
#include "../../user/capture/procfs.c"

#define MANY 5000

static struct cl_task task(uint32_t tgid, uint64_t start, uint32_t parent, uint64_t parent_start)
{
	return (struct cl_task){.tgid = tgid, .start = start, .parent_tgid = parent, .parent_start = parent_start};
}

static void test_parents_first(void **state)
{
	/* 30's new parent (a subreaper) is younger than 30 itself; 9 reuses no number but has an unknown parent. */
	const struct cl_task t[] = {task(30, 300, 40, 400), task(40, 400, 1, 10), task(1, 10, 0, 0), task(9, 5, 77, 1)};
	uint32_t order[4];
	size_t place[4];

	(void)state;
	assert_int_equal(cl_baseline_order(t, 4, order), 0);
	for (size_t i = 0; i < 4; i++)
		place[order[i]] = i;
	assert_true(place[2] < place[1]);
	assert_true(place[1] < place[0]);
	assert_int_equal(order[0], 3); /* the oldest without a known parent */
}

static void test_same_number_other_start_is_another(void **state)
{
	const struct cl_task t[] = {task(5, 100, 7, 999), task(7, 1000, 1, 10), task(1, 10, 0, 0)};
	uint32_t order[3];

	(void)state;
	assert_int_equal(cl_baseline_order(t, 3, order), 0);
	assert_int_equal(order[0], 2);
	assert_int_equal(order[1], 0); /* 7 at 999 is not 7 at 1000: by age */
	assert_int_equal(order[2], 1);
}

static void test_loops_end(void **state)
{
	const struct cl_task t[] = {task(1, 10, 2, 20), task(2, 20, 1, 10), task(3, 30, 3, 30)};
	uint32_t order[3], seen = 0;

	(void)state;
	assert_int_equal(cl_baseline_order(t, 3, order), 0);
	for (size_t i = 0; i < 3; i++)
		seen |= 1u << order[i];
	assert_int_equal(seen, 7);
	assert_int_equal(cl_baseline_order(t, 0, order), 0);
}

static void test_a_long_chain(void **state)
{
	static struct cl_task t[MANY];
	static uint32_t order[MANY];

	(void)state;
	/* Each one's parent is younger: the worst case for an order by age. */
	for (uint32_t i = 0; i < MANY; i++)
		t[i] = task(i + 1, i + 1, i + 2, i + 2);
	assert_int_equal(cl_baseline_order(t, MANY, order), 0);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(order[i], MANY - 1 - i);
}

static void test_start_ticks(void **state)
{
	uint64_t ticks = 7;

	(void)state;
	assert_int_equal(cl_procfs_start_ticks(
				 "42 (cat) R 1 42 42 0 -1 4194304 86 0 0 0 0 0 0 0 20 0 1 0 123456 5 6 7\n", &ticks),
			 0);
	assert_int_equal(ticks, 123456);
	assert_int_equal(
		cl_procfs_start_ticks("42 (a) 1 ) (b) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 99 5\n", &ticks),
		0);
	assert_int_equal(ticks, 99);
	ticks = 7;
	assert_int_equal(cl_procfs_start_ticks("42 (cat) R 1 2 3", &ticks), -EPROTO);
	assert_int_equal(cl_procfs_start_ticks("", &ticks), -EPROTO);
	assert_int_equal(cl_procfs_start_ticks("42 (cat) R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 -1 5", &ticks),
			 -EPROTO);
	assert_int_equal(ticks, 7);
}

static void test_cgroup(void **state)
{
	char hybrid[] = "12:pids:/a\n1:name=systemd:/b\n0::/system.slice/x.service\n";
	char old[] = "4:memory:/m\n12:pids:/docker/1f2e\n1:name=systemd:/b\n0::/\n";
	char some[] = "12:pids:/\n4:memory:/kubepods/x\n1:name=systemd:/b\n";
	char named[] = "9:net_cls:/n\n12:pids:/\n1:name=systemd:/system.slice/x.service\n0::/\n";
	char other[] = "9:net_cls:/n\n2:name=mine:/m\n";
	char root[] = "0::/\n";
	char none[] = "";

	(void)state;
	assert_string_equal(cl_procfs_cgroup(hybrid), "/system.slice/x.service");
	assert_string_equal(cl_procfs_cgroup(old), "/docker/1f2e");
	assert_string_equal(cl_procfs_cgroup(some), "/kubepods/x");
	assert_string_equal(cl_procfs_cgroup(named), "/system.slice/x.service");
	assert_string_equal(cl_procfs_cgroup(other), "/");
	assert_string_equal(cl_procfs_cgroup(root), "/");
	assert_string_equal(cl_procfs_cgroup(none), "/");
}

static void test_read_is_bounded(void **state)
{
	int dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char small[8], text[4096];

	(void)state;
	assert_true(dir >= 0);
	assert_int_equal(cl_procfs_read(dir, "stat", small, sizeof(small)), 7);
	assert_int_equal(strlen(small), 7);
	assert_true(cl_procfs_read(dir, "stat", text, sizeof(text)) > 20);
	assert_int_equal(cl_procfs_read(dir, "no-such-file", text, sizeof(text)), -ENOENT);
	close(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parents_first),	cmocka_unit_test(test_same_number_other_start_is_another),
		cmocka_unit_test(test_loops_end),	cmocka_unit_test(test_a_long_chain),
		cmocka_unit_test(test_start_ticks),	cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_read_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
