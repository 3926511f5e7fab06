/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that are older than what their process reads later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mk_observation.h"
#include "pipeline/connections.h"

#define A mk_key(100, 1000)

static int setup(void **state)
{
	struct cl_connections *c = NULL;

	assert_int_equal(cl_connections_new(&c), 0);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct cl_connections *c = *state;

	cl_connections_free(&c);
	assert_null(c);
	return 0;
}

static void call(struct cl_connections *c, struct cl_process_key who, const char *address, uint64_t socket)
{
	struct cl_observation o = mk_obs_connect(10 + socket, who, address, 443);

	o.socket = socket;
	cl_connections_take(c, &o);
}

static void expect(struct cl_connections *c, struct cl_process_key who, const char *const *want, size_t n)
{
	struct cl_observation now = mk_obs_read(99, who, "/x"), got[CL_CONNECTIONS_EACH];

	assert_int_equal(cl_connections_of(c, &now, got), n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(got[i].address, want[i]);
		assert_int_equal(got[i].kind, CL_OBS_CONNECT);
		assert_int_equal(got[i].port, 443);
		assert_int_equal(got[i].ts, 99);
		assert_int_equal(got[i].since, 10 + got[i].socket);
	}
}
#define EXPECT(c, who, ...)                                                                                            \
	expect(c, who, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void the_latest_few_are_kept(void **state)
{
	struct cl_connections *c = *state;

	for (uint64_t i = 1; i <= CL_CONNECTIONS_EACH + 1; i++) {
		char address[16];

		snprintf(address, sizeof(address), "192.0.2.%u", (unsigned int)i);
		call(c, A, address, i);
	}
	EXPECT(c, A, "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5");
	call(c, A, "192.0.2.3", 9); /* again: the same place */
	EXPECT(c, A, "192.0.2.2", "192.0.2.4", "192.0.2.5", "192.0.2.3");
	expect(c, mk_key(100, 1001), NULL, 0); /* another process of that pid */
}

static void what_did_not_come_about_is_none(void **state)
{
	struct cl_connections *c = *state;
	struct cl_observation end = mk_obs(CL_OBS_CONNECT_END, 20, A, mk_key(0, 0));
	struct cl_observation datagram = mk_obs_connect(30, A, "192.0.2.9", 53), gone = mk_obs_exit(40, A, 0);

	call(c, A, "192.0.2.1", 1);
	call(c, A, "192.0.2.2", 2);
	end.socket = 1;
	end.result = 111;
	cl_connections_take(c, &end);
	end.socket = 2;
	end.result = 0;
	cl_connections_take(c, &end);
	datagram.sock_type = SOCK_DGRAM;
	cl_connections_take(c, &datagram);
	EXPECT(c, A, "192.0.2.2");
	cl_connections_take(c, &gone);
	expect(c, A, NULL, 0);
}

static void processes_are_bounded(void **state)
{
	struct cl_connections *c = *state;

	call(c, A, "192.0.2.1", 1);
	for (uint32_t i = 0; i < 4095; i++)
		call(c, mk_key(1000 + i, 1), "192.0.2.1", 1);
	assert_int_equal(cl_connections_evicted(c), 0);
	call(c, A, "192.0.2.1", 1); /* the most recent now */
	call(c, mk_key(9000, 1), "192.0.2.1", 1);
	assert_int_equal(cl_connections_evicted(c), 1);
	EXPECT(c, A, "192.0.2.1");
	expect(c, mk_key(1000, 1), NULL, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_latest_few_are_kept),
		T(what_did_not_come_about_is_none),
		T(processes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
