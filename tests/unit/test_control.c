/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket with a real client in a second process. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "control/control.h"

static char directory[] = "/tmp/credlineage-control-XXXXXX";
static char path[64];
static int again; /* how often the handler still says "ask again" */

static int handler(void *ctx, const struct cl_peer *peer, cJSON *request, cJSON *reply, struct cl_error *err)
{
	(void)ctx;
	if (!strcmp(cl_json_get_str(request, "op"), "refuse"))
		return cl_fail(err, -EPERM, "pid %d may not", 7);
	if (again && again--)
		return cl_fail(err, -EAGAIN, "the process is not known to the monitor");
	cl_json_num(reply, "pid", peer->pid);
	cl_json_num(reply, "uid", peer->uid);
	return 0;
}

static int start(void **state)
{
	struct cl_control *c = NULL;

	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/sub/c.sock", directory);
	again = 0;
	if (cl_control_new(&c, &(struct cl_unix_socket_place){.path = path}, handler, NULL, NULL))
		return -1;
	*state = c;
	return 0;
}

static int stop(void **state)
{
	struct cl_control *c = *state;

	cl_control_free(&c);
	snprintf(path, sizeof(path), "%s/sub", directory);
	rmdir(path);
	return rmdir(directory);
}

/* Serves until the child exits; its exit status. */
static int serve_until(struct cl_control *c, pid_t child)
{
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		struct pollfd fd = {.fd = cl_control_fd(c), .events = POLLIN};

		poll(&fd, 1, cl_control_waiting(c) ? 1 : 20);
		cl_control_serve(c);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The client's side: 0 when the daemon says ok and knows our pid; else 1, text compared by the caller's pattern. */
static int ask(const char *op, const char *expect_error)
{
	_cleanup_json_ cJSON *request = cJSON_CreateObject(), *reply = NULL;
	struct cl_error err = {0};
	int r;

	cl_json_str(request, "op", op);
	r = cl_control_call(path, request, &reply, &err);
	if (expect_error)
		return r != -EREMOTEIO || !strstr(err.text, expect_error);
	return r || (pid_t)cl_json_get_num(reply, "pid") != getpid() ||
	       (uid_t)cl_json_get_num(reply, "uid") != getuid();
}

static int ask_in_child(struct cl_control *c, const char *op, const char *expect_error)
{
	pid_t child = fork();

	if (!child)
		_exit(ask(op, expect_error));
	return serve_until(c, child);
}

static void test_peer_is_known_from_the_kernel(void **state)
{
	struct stat st;

	assert_int_equal(ask_in_child(*state, "run", NULL), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
}

static void test_refusal_says_why(void **state)
{
	assert_int_equal(ask_in_child(*state, "refuse", "the monitor refused: pid 7 may not"), 0);
	assert_int_equal(cl_control_stats(*state)->refused, 1);
}

static void test_request_waits_until_known(void **state)
{
	again = 5;
	assert_int_equal(ask_in_child(*state, "run", NULL), 0);
	assert_int_equal(again, 0);
}

static void test_request_does_not_wait_for_ever(void **state)
{
	again = 1 << 30;
	assert_int_equal(ask_in_child(*state, "run", "not known to the monitor"), 0);
}

/* Sends bytes, reads what comes back until the daemon closes; 0 when the answer holds `expect`. */
static int raw(const char *bytes, size_t len, const char *expect)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char answer[4096] = "";
	size_t got = 0;
	ssize_t n;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) || send(fd, bytes, len, MSG_NOSIGNAL) < 0)
		return 2;
	while (got < sizeof(answer) - 1 && (n = recv(fd, answer + got, sizeof(answer) - 1 - got, 0)) > 0)
		got += (size_t)n;
	return !strstr(answer, expect);
}

static void test_hostile_lines(void **state)
{
	static char flood[2 * CL_CONTROL_LINE];
	static const struct {
		const char *bytes, *expect;
	} cases[] = {
		{"GET / HTTP/1.1\n", "one JSON object"},
		{"[1,2]\n", "one JSON object"},
		{"{\"op\":\n", "one JSON object"},
		{flood, "too long"},
	};

	memset(flood, 'x', sizeof(flood) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		pid_t child = fork();

		if (!child)
			_exit(raw(cases[i].bytes, strlen(cases[i].bytes), cases[i].expect));
		assert_int_equal(serve_until(*state, child), 0);
	}
	assert_int_equal(ask_in_child(*state, "run", NULL), 0);
}

static void test_too_many_requests_close_the_connection(void **state)
{
	pid_t child = fork();

	if (!child) {
		_cleanup_text_ struct cl_text t = {0};

		for (int i = 0; i < 1200; i++)
			cl_text_puts(&t, "{}\n");
		_exit(raw(t.s, t.len, "\"ok\":true"));
	}
	assert_int_equal(serve_until(*state, child), 0);
	assert_int_equal(cl_control_stats(*state)->clients, 0);
}

static void test_second_monitor_is_refused_and_dead_socket_replaced(void **state)
{
	struct cl_control *second = NULL;
	struct cl_error err = {0};
	char dead[80];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(cl_control_new(&second, &(struct cl_unix_socket_place){.path = path}, handler, NULL, &err),
			 -EADDRINUSE);
	assert_non_null(strstr(err.text, "another process answers there"));
	snprintf(dead, sizeof(dead), "%s/dead.sock", directory);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", dead);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(cl_control_new(&second, &(struct cl_unix_socket_place){.path = dead}, handler, NULL, &err), 0);
	cl_control_free(&second);
	assert_int_equal(access(dead, F_OK), -1);
}

static void test_whom_the_socket_lets_in(void **state)
{
	const struct group *own = getgrgid(getegid());
	char at[80];
	struct cl_unix_socket_place place = {.path = at, .mode = 0600, .group = own ? own->gr_name : NULL};
	struct cl_control *c = NULL;
	struct cl_error err = {0};
	struct stat st;

	(void)state;
	snprintf(at, sizeof(at), "%s/narrow.sock", directory);
	assert_int_equal(cl_control_new(&c, &place, handler, NULL, &err), 0);
	assert_int_equal(stat(at, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_gid, getegid());
	cl_control_free(&c);
	place.group = "no-such-group";
	assert_int_equal(cl_control_new(&c, &place, handler, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.text, "group \"no-such-group\": there is no such group (groupadd --system"));
	assert_int_equal(access(at, F_OK), -1);
}

static void test_its_directory_is_nobody_elses(void **state)
{
	char own[80], at[sizeof(own) + 8];
	const struct cl_unix_socket_place place = {.path = at};
	struct cl_control *c = NULL;
	struct cl_error err = {0};

	(void)state;
	snprintf(own, sizeof(own), "%s/run", directory);
	snprintf(at, sizeof(at), "%s/c.sock", own);
	assert_int_equal(mkdir(own, 0700), 0);
	assert_int_equal(chmod(own, 0770), 0);
	assert_int_equal(cl_control_new(&c, &place, handler, NULL, &err), -EPERM);
	assert_non_null(strstr(err.text, "lets others write there"));
	assert_int_equal(rmdir(own), 0);
	assert_int_equal(symlink(directory, own), 0);
	assert_int_equal(cl_control_new(&c, &place, handler, NULL, &err), -ENOTDIR);
	assert_non_null(strstr(err.text, "symbolic link"));
	unlink(own);
}

static void test_no_monitor(void **state)
{
	_cleanup_json_ cJSON *request = cJSON_CreateObject(), *reply = NULL;
	struct cl_error err = {0};

	(void)state;
	assert_int_equal(cl_control_call("/nonexistent/c.sock", request, &reply, &err), -ENOENT);
	assert_string_equal(err.text, "cannot reach the monitor at \"/nonexistent/c.sock\": No such file or directory "
				      "(is it running? sudo credlineage monitor)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_peer_is_known_from_the_kernel, start, stop),
		cmocka_unit_test_setup_teardown(test_refusal_says_why, start, stop),
		cmocka_unit_test_setup_teardown(test_request_waits_until_known, start, stop),
		cmocka_unit_test_setup_teardown(test_request_does_not_wait_for_ever, start, stop),
		cmocka_unit_test_setup_teardown(test_hostile_lines, start, stop),
		cmocka_unit_test_setup_teardown(test_too_many_requests_close_the_connection, start, stop),
		cmocka_unit_test_setup_teardown(test_second_monitor_is_refused_and_dead_socket_replaced, start, stop),
		cmocka_unit_test_setup_teardown(test_whom_the_socket_lets_in, start, stop),
		cmocka_unit_test_setup_teardown(test_its_directory_is_nobody_elses, start, stop),
		cmocka_unit_test(test_no_monitor),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
