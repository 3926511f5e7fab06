/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is with the one thing that the writer's thread does for a request at a time. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"

#include "../../user/monitor/errand.c"

static bool is_full;
static int asked;

bool cl_writer_ask(struct cl_writer *w, void (*run)(void *ctx, struct cl_store_db *db), void *ctx)
{
	(void)w;
	(void)run;
	(void)ctx;
	asked += !is_full;
	return !is_full;
}

static void nothing(void *ctx, struct cl_store_db *db)
{
	(void)ctx;
	(void)db;
}

static const struct cl_peer one = {.pid = 7}, other = {.pid = 8};

static int turn(struct cl_errand *e, const struct cl_peer *peer, const char *verb)
{
	_cleanup_json_ cJSON *request = cJSON_CreateObject();

	cl_json_str(request, "verb", verb);
	return cl_errand_turn(e, peer, request);
}

static void test_he_comes_again_until_it_is_done(void **state)
{
	struct cl_errand e = {0};

	(void)state;
	asked = 0;
	assert_int_equal(turn(&e, &one, "retry"), CL_ERRAND_BEGIN);
	assert_int_equal(cl_errand_begin(&e, NULL, nothing, NULL), 0);
	assert_int_equal(turn(&e, &one, "retry"), CL_ERRAND_WAIT);
	assert_true(cl_errand_is_pending(&e));
	cl_errand_done(&e);
	assert_int_equal(turn(&e, &one, "retry"), CL_ERRAND_DONE);
	cl_errand_end(&e);
	assert_int_equal(turn(&e, &one, "retry"), CL_ERRAND_BEGIN);
	assert_int_equal(asked, 1);
}

static void test_another_waits_for_his_turn(void **state)
{
	struct cl_errand e = {0};

	(void)state;
	assert_int_equal(turn(&e, &one, "retry"), CL_ERRAND_BEGIN);
	assert_int_equal(cl_errand_begin(&e, NULL, nothing, NULL), 0);
	assert_int_equal(turn(&e, &other, "retry"), CL_ERRAND_ANOTHER);
	assert_int_equal(turn(&e, &one, "discard"), CL_ERRAND_ANOTHER);
	assert_int_equal(turn(&e, &one, "retry"), CL_ERRAND_WAIT);
}

/* Who asked is gone when it is done: it is nobody's. */
static void test_what_nobody_waits_for_gives_way(void **state)
{
	struct cl_errand e = {0};

	(void)state;
	assert_int_equal(turn(&e, &one, "retry"), CL_ERRAND_BEGIN);
	assert_int_equal(cl_errand_begin(&e, NULL, nothing, NULL), 0);
	cl_errand_done(&e);
	assert_int_equal(turn(&e, &other, "retry"), CL_ERRAND_BEGIN);
	assert_int_equal(cl_errand_begin(&e, NULL, nothing, NULL), 0);
	assert_int_equal(turn(&e, &one, "retry"), CL_ERRAND_ANOTHER);
	assert_int_equal(turn(&e, &other, "retry"), CL_ERRAND_WAIT);
}

static void test_a_full_writer_has_begun_nothing(void **state)
{
	struct cl_errand e = {0};

	(void)state;
	is_full = true;
	assert_int_equal(turn(&e, &one, "retry"), CL_ERRAND_BEGIN);
	assert_int_equal(cl_errand_begin(&e, NULL, nothing, NULL), -EBUSY);
	is_full = false;
	assert_false(cl_errand_is_pending(&e) || cl_errand_is_done(&e));
	assert_int_equal(turn(&e, &other, "retry"), CL_ERRAND_BEGIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_he_comes_again_until_it_is_done),
		cmocka_unit_test(test_another_waits_for_his_turn),
		cmocka_unit_test(test_what_nobody_waits_for_gives_way),
		cmocka_unit_test(test_a_full_writer_has_begun_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
