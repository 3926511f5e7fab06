/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "metrics/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/loopback.h"
#include "metrics/http_request.h"

struct client {
	int fd; /* -1: free slot */
	uint64_t since;
	size_t len, sent;
	struct cl_text answer; /* empty: the request is still coming */
	char request[CL_HTTP_REQUEST];
};

struct cl_http {
	int listener, epoll;
	struct cl_loopback at;
	cl_http_handler handler;
	void *ctx;
	struct cl_http_stats stats;
	struct client clients[CL_HTTP_CLIENTS];
};

static void hang_up(struct client *c)
{
	cl_closep(&c->fd);
	cl_text_free(&c->answer);
	c->len = c->sent = 0;
}

static const char *reason_of(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 431:
		return "Request Header Fields Too Large";
	case 503:
		return "Service Unavailable";
	case 505:
		return "HTTP Version Not Supported";
	default:
		return "Internal Server Error";
	}
}

static int write_answer(struct client *c, int status, const char *type, const struct cl_text *body, bool head)
{
	int r = cl_text_printf(&c->answer,
			       "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%sConnection: close\r\n"
			       "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n",
			       status, reason_of(status), type, body->len, status == 405 ? "Allow: GET, HEAD\r\n" : "");

	return r || head || !body->len ? r : cl_text_append(&c->answer, cl_text_str(body), body->len);
}

static int answer(struct cl_http *h, struct client *c, int status, const struct cl_http_request *request)
{
	_cleanup_text_ struct cl_text body = {0};
	const char *type = "text/plain; charset=utf-8";
	int r = 0;

	if (status == 200) {
		status = h->handler(h->ctx, request->path, &body, &type);
		status = status < 0 ? 500 : status;
	}
	if (status != 200 && status != 503) {
		type = "text/plain; charset=utf-8";
		cl_text_free(&body);
		r = cl_text_printf(&body, "%s\n", reason_of(status));
		h->stats.refused++;
	} else {
		h->stats.requests++;
	}
	return r ? r : write_answer(c, status, type, &body, request->head);
}

/* All of it, or what the socket takes now. 1: there is more. */
static int send_answer(struct client *c)
{
	while (c->sent < c->answer.len) {
		ssize_t n = send(c->fd, c->answer.s + c->sent, c->answer.len - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 1 : -errno;
		c->sent += (size_t)n;
	}
	return 0;
}

/* 1: the request is not complete. */
static int receive(struct cl_http *h, struct client *c)
{
	struct cl_http_request request = {0};
	ssize_t n = recv(c->fd, c->request + c->len, sizeof(c->request) - c->len, MSG_DONTWAIT);
	int status;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (n <= 0)
		return n ? -errno : -EPIPE;
	c->len += (size_t)n;
	status = cl_http_request_parse(&request, c->request, c->len, sizeof(c->request));
	return status ? answer(h, c, status, &request) : 1;
}

static void serve_client(struct cl_http *h, struct client *c)
{
	struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};
	int r = c->answer.len ? 0 : receive(h, c);

	if (r == 1)
		return;
	r = r ? r : send_answer(c);
	if (r != 1 || epoll_ctl(h->epoll, EPOLL_CTL_MOD, c->fd, &event))
		hang_up(c);
}

/* A free slot, or that of the one who is here longest: nobody keeps the others out by staying. */
static struct client *slot_for_new(struct cl_http *h)
{
	struct client *oldest = &h->clients[0];

	for (size_t i = 0; i < CL_HTTP_CLIENTS; i++) {
		if (h->clients[i].fd < 0)
			return &h->clients[i];
		if (h->clients[i].since < oldest->since)
			oldest = &h->clients[i];
	}
	h->stats.dropped++;
	hang_up(oldest);
	return oldest;
}

static void take_client(struct cl_http *h)
{
	_cleanup_close_ int fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct epoll_event event = {.events = EPOLLIN};
	struct client *c;

	if (fd < 0)
		return;
	c = slot_for_new(h);
	event.data.ptr = c;
	if (epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &event))
		return;
	c->fd = TAKE_FD(fd);
	c->since = cl_boot_ns();
}

static void drop_slow(struct cl_http *h)
{
	uint64_t now = cl_boot_ns();

	for (size_t i = 0; i < CL_HTTP_CLIENTS; i++) {
		if (h->clients[i].fd < 0 || now - h->clients[i].since < CL_HTTP_PATIENCE_NS)
			continue;
		h->stats.dropped++;
		hang_up(&h->clients[i]);
	}
}

void cl_http_serve(struct cl_http *h)
{
	struct epoll_event events[CL_HTTP_CLIENTS + 1];
	int n = epoll_wait(h->epoll, events, (int)ARRAY_SIZE(events), 0);
	bool calls = false;

	for (int i = 0; i < n; i++) {
		struct client *c = events[i].data.ptr;

		if (!c)
			calls = true;
		else if (c->fd >= 0)
			serve_client(h, c);
	}
	if (calls) /* last: a slot that is given away now has no event in hand */
		take_client(h);
	drop_slow(h);
}

static int listen_at(struct cl_http *h, const char *where, struct cl_error *err)
{
	struct epoll_event event = {.events = EPOLLIN};
	struct cl_error why = {0};
	int r = cl_loopback_parse(&h->at, where, &why);

	if (r)
		return cl_fail(err, r, "cannot serve metrics on \"%s\": it %.300s", where, why.text);
	r = cl_loopback_listen(&h->listener, &h->at, where, &why);
	if (r)
		return cl_fail(err, r, "cannot serve metrics: %.400s", why.text);
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll < 0 || epoll_ctl(h->epoll, EPOLL_CTL_ADD, h->listener, &event))
		return cl_fail(err, -errno, "cannot serve metrics on \"%s\": %s", where, strerror(errno));
	return 0;
}

int cl_http_new(struct cl_http **out, const char *where, cl_http_handler handler, void *ctx, struct cl_error *err)
{
	_cleanup_(cl_http_free) struct cl_http *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->listener = h->epoll = -1;
	h->handler = handler;
	h->ctx = ctx;
	for (size_t i = 0; i < CL_HTTP_CLIENTS; i++)
		h->clients[i].fd = -1;
	r = listen_at(h, where, err);
	if (r)
		return r;
	*out = TAKE_PTR(h);
	return 0;
}

void cl_http_free(struct cl_http **p)
{
	struct cl_http *h = *p;

	if (!h)
		return;
	for (size_t i = 0; i < CL_HTTP_CLIENTS; i++)
		hang_up(&h->clients[i]);
	if (h->listener >= 0)
		cl_loopback_remove(&h->at);
	cl_closep(&h->listener);
	cl_closep(&h->epoll);
	free(h);
	*p = NULL;
}

int cl_http_fd(const struct cl_http *h)
{
	return h->epoll;
}

const struct cl_http_stats *cl_http_stats(const struct cl_http *h)
{
	return &h->stats;
}
