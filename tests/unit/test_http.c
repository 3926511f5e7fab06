/* SPDX-License-Identifier: Apache-2.0 */
/* The server of the metrics, with real connections, and where it may listen. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "base/loopback.h"
#include "metrics/http.h"
#include "metrics/http_request.h"

static char directory[] = "/tmp/credlineage-http-XXXXXX";
static char path[80], where[96];

static int handler(void *ctx, const char *name, struct cl_text *body, const char **type)
{
	(void)ctx;
	if (!strcmp(name, "/fail"))
		return -ENOMEM;
	if (!strcmp(name, "/big")) {
		for (int i = 0; i < 200000; i++)
			cl_text_puts(body, "0123456789");
		return 200;
	}
	*type = "text/x";
	cl_text_puts(body, "hello\n");
	return !strcmp(name, "/metrics") ? 200 : !strcmp(name, "/healthz") ? 503 : 404;
}

static int start(void **state)
{
	struct cl_http *h = NULL;

	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/sub/m.sock", directory);
	snprintf(where, sizeof(where), "unix:%s", path);
	if (cl_http_new(&h, where, handler, NULL, NULL))
		return -1;
	*state = h;
	return 0;
}

static int stop(void **state)
{
	struct cl_http *h = *state;
	char sub[80];

	cl_http_free(&h);
	snprintf(sub, sizeof(sub), "%s/sub", directory);
	return rmdir(sub) || rmdir(directory) ? -1 : 0;
}

static int dial(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* Everything up to the end of the connection; serves meanwhile. */
static const char *answer(struct cl_http *h, int fd, size_t *size)
{
	static char reply[1 << 22];
	size_t len = 0;

	for (int i = 0; i < 20000; i++) {
		ssize_t n;

		cl_http_serve(h);
		n = recv(fd, reply + len, sizeof(reply) - 1 - len, 0);
		if (!n || (n < 0 && errno != EAGAIN))
			break;
		len += n > 0 ? (size_t)n : 0;
	}
	reply[len] = '\0';
	if (size)
		*size = len;
	close(fd);
	return reply;
}

static const char *ask(struct cl_http *h, const char *request)
{
	int fd = dial();

	assert_int_equal(send(fd, request, strlen(request), 0), (ssize_t)strlen(request));
	return answer(h, fd, NULL);
}

static void begins(const char *reply, const char *with)
{
	if (strncmp(reply, with, strlen(with)) != 0)
		fail_msg("\"%.80s\" where \"%s\" was expected", reply, with);
}

static void test_answers(void **state)
{
	struct cl_http *h = *state;
	const char *reply = ask(h, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");

	begins(reply, "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 6\r\n");
	assert_string_equal(strstr(reply, "\r\n\r\n"), "\r\n\r\nhello\n");
	reply = ask(h, "HEAD /metrics?x=1 HTTP/1.0\r\n\r\n");
	begins(reply, "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 6\r\n");
	assert_string_equal(strstr(reply, "\r\n\r\n"), "\r\n\r\n");
	begins(ask(h, "GET /healthz HTTP/1.1\r\n\r\n"), "HTTP/1.1 503 Service Unavailable\r\n");
	assert_int_equal(cl_http_stats(h)->requests, 3);
	begins(ask(h, "GET /secret HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 Not Found\r\n");
	begins(ask(h, "GET /fail HTTP/1.1\r\n\r\n"), "HTTP/1.1 500 Internal Server Error\r\n");
	reply = ask(h, "POST /metrics HTTP/1.1\r\n\r\n");
	begins(reply, "HTTP/1.1 405 Method Not Allowed\r\n");
	assert_non_null(strstr(reply, "\r\nAllow: GET, HEAD\r\n"));
	begins(ask(h, "hello\r\n\r\n"), "HTTP/1.1 400 Bad Request\r\n");
	assert_int_equal(cl_http_stats(h)->requests, 3);
	assert_int_equal(cl_http_stats(h)->refused, 4);
}

static void test_in_pieces(void **state)
{
	struct cl_http *h = *state;
	const char *request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
	int fd = dial();

	for (const char *at = request; *at; at++) {
		assert_int_equal(send(fd, at, 1, 0), 1);
		cl_http_serve(h);
	}
	begins(answer(h, fd, NULL), "HTTP/1.1 200 OK\r\n");
}

static void test_too_long(void **state)
{
	struct cl_http *h = *state;
	char request[CL_HTTP_REQUEST + 1];

	memset(request, 'x', sizeof(request) - 1);
	request[sizeof(request) - 1] = '\0';
	memcpy(request, "GET /metrics HTTP/1.1\r\n", 23);
	begins(ask(h, request), "HTTP/1.1 431 ");
}

/* A reader that takes its time gets all of a long answer, and nobody waits for it. */
static void test_slow_reader(void **state)
{
	struct cl_http *h = *state;
	int fd = dial();
	size_t size;

	assert_int_equal(send(fd, "GET /big HTTP/1.1\r\n\r\n", 21, 0), 21);
	for (int i = 0; i < 10; i++)
		cl_http_serve(h);
	begins(ask(h, "GET /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 OK\r\n");
	begins(answer(h, fd, &size), "HTTP/1.1 200 OK\r\n");
	assert_true(size > 2000000);
}

/* Who only connects gives way to who asks: the one who is there longest first. */
static void test_crowd(void **state)
{
	struct cl_http *h = *state;
	int idle[CL_HTTP_CLIENTS];
	char byte;

	for (size_t i = 0; i < ARRAY_SIZE(idle); i++) {
		idle[i] = dial();
		cl_http_serve(h);
	}
	begins(ask(h, "GET /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 200 OK\r\n");
	assert_int_equal(cl_http_stats(h)->dropped, 1);
	assert_int_equal(recv(idle[0], &byte, 1, 0), 0);
	assert_int_equal(recv(idle[1], &byte, 1, 0), -1);
	for (size_t i = 0; i < ARRAY_SIZE(idle); i++)
		close(idle[i]);
}

static void test_socket(void **state)
{
	struct cl_http *h = *state, *second = NULL;
	struct cl_error err = {0};
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(cl_http_new(&second, where, handler, NULL, &err), -EADDRINUSE);
	assert_non_null(strstr(err.text, "another process answers there"));
	cl_http_free(&h);
	assert_int_equal(stat(path, &st), -1);
	/* what is no socket stays */
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(cl_http_new(&second, where, handler, NULL, &err), -EEXIST);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(cl_http_new(&h, where, handler, NULL, &err), 0);
	*state = h;
}

static int parse(const char *text, struct cl_http_request *out, size_t limit)
{
	*out = (struct cl_http_request){0};
	return cl_http_request_parse(out, text, strlen(text), limit);
}

static void test_requests(void **state)
{
	struct cl_http_request r;
	char nul[] = "GET /a?b HTTP/1.1\r\n\r\n";

	(void)state;
	assert_int_equal(parse("GET /metrics HTTP/1.1\r\nA: b\r\n\r\n", &r, 99), 200);
	assert_string_equal(r.path, "/metrics");
	assert_false(r.head);
	assert_int_equal(parse("HEAD /metrics?a=/b HTTP/1.0\r\n\r\n", &r, 99), 200);
	assert_string_equal(r.path, "/metrics");
	assert_true(r.head);
	assert_int_equal(parse("GET /metrics HTTP/1.1\r\n", &r, 99), 0);
	assert_int_equal(parse("GET /metrics HTTP/1.1\r\n", &r, 23), 431);
	assert_int_equal(parse("GET /metrics HTTP/2.0\r\n\r\n", &r, 99), 505);
	assert_int_equal(parse("DELETE / HTTP/1.1\r\n\r\n", &r, 99), 405);
	assert_int_equal(parse("get / HTTP/1.1\r\n\r\n", &r, 99), 405);
	assert_int_equal(parse("GET /metrics\r\n\r\n", &r, 99), 400);
	assert_int_equal(parse("GET  HTTP/1.1\r\n\r\n", &r, 99), 400);
	assert_int_equal(parse("GET metrics HTTP/1.1\r\n\r\n", &r, 99), 400);
	assert_int_equal(parse("GET http://x/metrics HTTP/1.1\r\n\r\n", &r, 99), 400);
	assert_int_equal(parse("\r\n\r\n", &r, 99), 400);
	nul[6] = '\0';
	assert_int_equal(cl_http_request_parse(&r, nul, sizeof(nul) - 1, 99), 400);
	assert_int_equal(
		parse("GET /0123456789012345678901234567890123456789012345678901234567890123456789 HTTP/1.1\r\n\r\n",
		      &r, 199),
		404);
}

static void test_addresses(void **state)
{
	static const char *const good[] = {"127.0.0.1:9877", "127.1.2.3:1", "[::1]:65535", "::1:9877", "unix:/run/x"};
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"0.0.0.0:9877", "is reached from other hosts"},
		{"192.0.2.1:9877", "is reached from other hosts"},
		{"[::]:9877", "is reached from other hosts"},
		{"[::ffff:127.0.0.1]:9877", "is reached from other hosts"},
		{"localhost:9877", "(no names)"},
		{"9877", "(no names)"},
		{":9877", "(no names)"},
		{"", "(no names)"},
		{"127.0.0.1", "(no names)"},
		{"127.0.0.1:", "a port from 1 to 65535"},
		{"127.0.0.1:0", "a port from 1 to 65535"},
		{"127.0.0.1:65536", "a port from 1 to 65535"},
		{"127.0.0.1:98x", "a port from 1 to 65535"},
		{"unix:run/x", "an absolute path"},
		{"unix:", "an absolute path"},
		{"unix:/"
		 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		 "is too long"},
	};
	struct cl_loopback at;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_int_equal(cl_loopback_parse(&at, good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct cl_error err = {0};

		assert_int_equal(cl_loopback_parse(&at, bad[i].text, &err), -EINVAL);
		if (!strstr(err.text, bad[i].why))
			fail_msg("\"%s\": %s", bad[i].text, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, start, stop),
		cmocka_unit_test_setup_teardown(test_in_pieces, start, stop),
		cmocka_unit_test_setup_teardown(test_too_long, start, stop),
		cmocka_unit_test_setup_teardown(test_slow_reader, start, stop),
		cmocka_unit_test_setup_teardown(test_crowd, start, stop),
		cmocka_unit_test_setup_teardown(test_socket, start, stop),
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
