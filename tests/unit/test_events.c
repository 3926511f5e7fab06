/* SPDX-License-Identifier: Apache-2.0 */
/* The stream of acts: what waits is bounded, what finds no room is counted, what waited is written before the end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "mk_finding.h"

#include "../../user/monitor/events.c"

#define MORE 88

static size_t lines(const char *path, size_t *whole)
{
	char line[65536];
	FILE *f = fopen(path, "r");
	size_t n = 0;

	assert_non_null(f);
	for (*whole = 0; fgets(line, sizeof(line), f); n++) {
		_cleanup_json_ cJSON *e = cJSON_Parse(line);

		*whole += e && cl_json_get_num(e, "class_uid") == 1001;
	}
	fclose(f);
	return n;
}

static void test_bounded(void **state)
{
	_cleanup_json_ cJSON *act = mk_finding(1, MK_HOSTILE, 1); /* an act has the same members */
	char path[] = "/tmp/cl-events-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct cl_events *e = NULL;
	size_t whole;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(cl_events_new(&e, path, NULL), 0);
	for (int i = 0; i < CL_EVENTS_WAITING + MORE; i++)
		cl_events_put(e, act);
	assert_int_equal(cl_events_stats(e).dropped, MORE);
	assert_int_equal(cl_events_start(e), 0);
	cl_events_free(&e);
	assert_int_equal(lines(path, &whole), CL_EVENTS_WAITING);
	assert_int_equal(whole, CL_EVENTS_WAITING);
	unlink(path);
}

static void test_never_started(void **state)
{
	_cleanup_json_ cJSON *act = mk_finding(1, "x", 1);
	char path[] = "/tmp/cl-events-XXXXXX";
	_cleanup_close_ int fd = mkstemp(path);
	struct cl_events *e = NULL;

	(void)state;
	assert_int_equal(cl_events_new(&e, path, NULL), 0);
	cl_events_put(e, act);
	cl_events_free(&e);
	assert_null(e);
	unlink(path);
}

static void test_places(void **state)
{
	struct cl_events *e = NULL;
	struct cl_error err = {0};

	(void)state;
	assert_int_equal(cl_events_new(&e, "/dev/null", &err), -EINVAL);
	assert_string_equal(err.text, "cannot write events to \"/dev/null\": not a regular file");
	assert_int_equal(cl_events_new(&e, "/nowhere/file", &err), -ENOENT);
	assert_int_equal(cl_events_stats(NULL).written, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_never_started),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
