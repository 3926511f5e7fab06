/* SPDX-License-Identifier: Apache-2.0 */
/* What a service manager gets to hear, at a socket of our own. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../user/monitor/notify.c"

static int manager = -1;
static char said[256];

/* The next datagram; "" when there is none. */
static const char *heard(void)
{
	ssize_t n = recv(manager, said, sizeof(said) - 1, MSG_DONTWAIT);

	said[n > 0 ? n : 0] = '\0';
	return said;
}

static int listen_as(const char *name, bool abstract)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));

	memcpy(address.sun_path, name, strlen(name));
	if (abstract)
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(manager, (struct sockaddr *)&address, len) || setenv("NOTIFY_SOCKET", name, 1);
}

static int set_up(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@credlineage-notify-%d", getpid());
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return listen_as(name, true);
}

static int tear_down(void **state)
{
	(void)state;
	close(manager);
	return unsetenv("NOTIFY_SOCKET");
}

static void states(void **state)
{
	unsigned long long before = 0, told = 0;
	struct timespec now;

	(void)state;
	cl_notify_ready();
	assert_string_equal(heard(), "READY=1");
	cl_notify_stopping();
	assert_string_equal(heard(), "STOPPING=1");
	cl_notify_status("3 processes");
	assert_string_equal(heard(), "STATUS=3 processes");
	clock_gettime(CLOCK_MONOTONIC, &now);
	before = (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;
	cl_notify_reloading();
	assert_int_equal(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%llu", &told), 1);
	assert_true(told >= before && told < before + 1000000);
	assert_string_equal(heard(), "");
}

static void a_path(void **state)
{
	char directory[] = "/tmp/credlineage-notify-XXXXXX", path[80];

	(void)state;
	close(manager);
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/s", directory);
	assert_int_equal(listen_as(path, false), 0);
	cl_notify_ready();
	assert_string_equal(heard(), "READY=1");
	unlink(path);
	cl_notify_ready(); /* nobody there any more: no harm */
	rmdir(directory);
}

static void nowhere(void **state)
{
	(void)state;
	setenv("NOTIFY_SOCKET", "relative", 1);
	cl_notify_ready();
	setenv("NOTIFY_SOCKET", "", 1);
	cl_notify_ready();
	unsetenv("NOTIFY_SOCKET");
	cl_notify_ready();
	assert_string_equal(heard(), "");
}

/* A manager that does not read is not waited for. */
static void a_deaf_manager(void **state)
{
	(void)state;
	for (int i = 0; i < 5000; i++)
		cl_notify_status("somebody should read this");
	assert_string_equal(heard(), "STATUS=somebody should read this");
}

static void twice_in_its_patience(void **state)
{
	const uint64_t second = 1000000000;
	struct cl_notify n;

	(void)state;
	setenv("WATCHDOG_USEC", "10000000", 1);
	cl_notify_begin(&n);
	assert_int_equal(n.watchdog_ns, 10 * second);
	cl_notify_turn(&n, 100 * second, true);
	assert_string_equal(heard(), "WATCHDOG=1");
	cl_notify_turn(&n, 105 * second - 1, true);
	assert_string_equal(heard(), "");
	cl_notify_turn(&n, 105 * second, true);
	assert_string_equal(heard(), "WATCHDOG=1");
	cl_notify_turn(&n, 120 * second, false); /* the writer hangs */
	assert_string_equal(heard(), "");
	cl_notify_turn(&n, 121 * second, true); /* and is back */
	assert_string_equal(heard(), "WATCHDOG=1");
}

static void no_watchdog(void **state)
{
	static const struct {
		const char *usec, *pid;
	} cases[] = {{NULL, NULL}, {"", NULL},	      {"much", NULL},	{"0", NULL},
		     {"-1", NULL}, {"10000000", "1"}, {"10000000", "x"}};
	struct cl_notify n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		if (cases[i].usec)
			setenv("WATCHDOG_USEC", cases[i].usec, 1);
		if (cases[i].pid)
			setenv("WATCHDOG_PID", cases[i].pid, 1);
		cl_notify_begin(&n);
		assert_int_equal(n.watchdog_ns, 0);
		cl_notify_turn(&n, 1, true);
		assert_string_equal(heard(), "");
	}
}

static void ours_by_number(void **state)
{
	struct cl_notify n;
	char pid[16];

	(void)state;
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_USEC", "4000000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	cl_notify_begin(&n);
	assert_int_equal(n.watchdog_ns, 4000000000ull);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(states, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_path, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nowhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_deaf_manager, set_up, tear_down),
		cmocka_unit_test_setup_teardown(twice_in_its_patience, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_watchdog, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ours_by_number, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
