/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for the store: in order, and who gives way when there is no room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../user/monitor/queue.c"

/* One item for each digit, which is its severity. */
static void fill(struct cl_queue *q, const char *severities)
{
	cl_queue_init(q);
	for (; *severities; severities++) {
		struct cl_item *item = calloc(1, sizeof(*item));

		assert_non_null(item);
		item->severity = (uint32_t)(*severities - '0');
		cl_queue_append(q, item);
	}
}

/* "3:1 2:4": severities and numbers, in order; empties it. */
static void list(struct cl_queue *q, char out[128])
{
	size_t len = 0;

	*out = '\0';
	while (q->head) {
		struct cl_item *item = cl_queue_take(q);

		len += (size_t)snprintf(out + len, 128 - len, "%s%u:%llu", len ? " " : "", item->severity,
					(unsigned long long)item->number);
		cl_item_free(item);
	}
	assert_int_equal(q->n, 0);
}

static void test_who_gives_way(void **state)
{
	static const struct {
		const char *waiting;
		uint32_t severity;
		const char *stay;
		size_t held;
	} cases[] = {
		{"3232", 4, "3:1 3:3 2:4", 1}, /* the oldest of the least severe */
		{"2333", 3, "2:1 3:3 3:4", 1}, /* never one that is being written */
		{"2332", 3, "2:1 3:2 3:3", 3},
		{"2332", 3, "2:1 3:2 3:3 2:4", 4},
		{"3332", 2, "3:1 3:2 3:3", 1},	   /* one that is as severe */
		{"3444", 3, "3:1 4:2 4:3 4:4", 1}, /* all others are more severe */
		{"2", 5, "2:1", 1},
		{"", 5, "", 0},
	};
	struct cl_queue q;
	char left[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cl_item *out, *held[4];

		fill(&q, cases[i].waiting);
		assert_int_equal(cl_queue_hold(&q, held, cases[i].held), cases[i].held);
		out = cl_queue_give_way(&q, cases[i].severity);
		if (out)
			cl_item_free(out);
		list(&q, left);
		assert_string_equal(left, cases[i].stay);
	}
}

/* The last one gives way, and the next is appended where it stood. */
static void test_append_after(void **state)
{
	struct cl_queue q;
	struct cl_item *item = calloc(1, sizeof(*item)), *head;
	char left[128];

	(void)state;
	assert_non_null(item);
	fill(&q, "332");
	assert_int_equal(cl_queue_hold(&q, &head, 1), 1);
	cl_item_free(cl_queue_give_way(&q, 5));
	item->severity = 5;
	cl_queue_append(&q, item);
	assert_true(cl_queue_has_passed(&q, 0));
	assert_false(cl_queue_has_passed(&q, 1));
	list(&q, left);
	assert_string_equal(left, "3:1 3:2 5:4");
	assert_true(cl_queue_has_passed(&q, 4));
	cl_queue_clear(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_gives_way),
		cmocka_unit_test(test_append_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
