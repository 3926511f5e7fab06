/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/secure.h"
#include "control/control.h"

#define CLIENTS_MAX 64
#define CLIENTS_PER_USER 16 /* root may take all */
#define REQUESTS_MAX 1024   /* per connection */

struct client {
	int fd; /* -1: free slot */
	struct cl_peer peer;
	size_t len;
	unsigned int requests;
	cJSON *waiting; /* request that was answered -EAGAIN */
	uint64_t waiting_since;
	char *line; /* secure: CL_CONTROL_LINE bytes, while there is a client */
};

struct cl_control {
	int listener, epoll;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	cl_control_handler handler;
	void *ctx;
	bool (*admit)(void *ctx, const struct cl_peer *peer);
	void (*refused)(void *ctx, const struct cl_peer *peer, const char *op, const char *why);
	struct cl_control_stats stats;
	struct client clients[CLIENTS_MAX];
};

static void drop(struct cl_control *c, struct client *client)
{
	epoll_ctl(c->epoll, EPOLL_CTL_DEL, client->fd, NULL);
	cl_closep(&client->fd);
	cl_json_freep(&client->waiting);
	cl_secure_free((void **)&client->line, CL_CONTROL_LINE);
	client->len = client->requests = 0;
	c->stats.clients--;
}

/* Replies are short and the socket's buffer is empty in a dialogue: a peer that does not take it is dropped. */
static int say(struct client *client, const cJSON *reply)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(reply);
	struct iovec parts[2] = {{text, text ? strlen(text) : 0}, {(char[]){'\n'}, 1}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t n;

	if (!text)
		return -ENOMEM;
	n = sendmsg(client->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n == (ssize_t)(parts[0].iov_len + 1) ? 0 : -EPIPE;
}

static int refuse(struct cl_control *c, struct client *client, const char *op, const char *text)
{
	_cleanup_json_ cJSON *reply = cJSON_CreateObject();

	c->stats.refused++;
	if (c->refused)
		c->refused(c->ctx, &client->peer, op, text);
	cl_json_bool(reply, "ok", false);
	cl_json_str(reply, "error", text);
	return say(client, reply);
}

/* 1: the request waits, unless this is its last chance. */
static int answer(struct cl_control *c, struct client *client, cJSON *request, bool last)
{
	_cleanup_json_ cJSON *reply = cJSON_CreateObject();
	struct cl_error err = {"cannot do that"};
	int r = reply ? c->handler(c->ctx, &client->peer, request, reply, &err) : -ENOMEM;

	if (r == -EAGAIN && !last)
		return 1;
	if (r)
		return refuse(c, client, cl_json_get_str(request, "op"), err.text);
	cl_json_bool(reply, "ok", true);
	return say(client, reply);
}

static int take_line(struct cl_control *c, struct client *client, const char *line, size_t len)
{
	_cleanup_json_ cJSON *request = cJSON_ParseWithLength(line, len);
	int r;

	c->stats.requests++;
	if (!cJSON_IsObject(request) || ++client->requests > REQUESTS_MAX) {
		refuse(c, client, "",
		       cJSON_IsObject(request) ? "too many requests on one connection"
					       : "a request is one JSON object on one line");
		return -EPROTO;
	}
	if (c->admit && !c->admit(c->ctx, &client->peer))
		return refuse(c, client, cl_json_get_str(request, "op"), "too many requests, wait a few seconds");
	r = answer(c, client, request, false);
	if (r != 1)
		return r;
	client->waiting = TAKE_PTR(request);
	client->waiting_since = cl_boot_ns();
	return 0;
}

static int take_lines(struct cl_control *c, struct client *client)
{
	char *end;
	int r = 0;

	while (!r && !client->waiting && (end = memchr(client->line, '\n', client->len))) {
		size_t len = (size_t)(end - client->line);

		r = take_line(c, client, client->line, len);
		client->len -= len + 1;
		memmove(client->line, end + 1, client->len);
		explicit_bzero(client->line + client->len, len + 1);
	}
	if (!r && client->len == CL_CONTROL_LINE) {
		refuse(c, client, "", "the line is too long");
		r = -EMSGSIZE;
	}
	return r;
}

static void serve_client(struct cl_control *c, struct client *client)
{
	ssize_t n = recv(client->fd, client->line + client->len, CL_CONTROL_LINE - client->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(c, client);
		return;
	}
	client->len += (size_t)n;
	if (take_lines(c, client))
		drop(c, client);
}

static void retry_waiting(struct cl_control *c)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &c->clients[i];
		int r;

		if (client->fd < 0 || !client->waiting)
			continue;
		r = answer(c, client, client->waiting, cl_boot_ns() - client->waiting_since >= CL_CONTROL_WAIT_NS);
		if (r == 1)
			continue;
		cl_json_freep(&client->waiting);
		if (r || take_lines(c, client))
			drop(c, client);
	}
}

static struct client *free_slot(struct cl_control *c, uid_t uid)
{
	struct client *slot = NULL;
	unsigned int same = 0;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (c->clients[i].fd < 0)
			slot = slot ? slot : &c->clients[i];
		else
			same += c->clients[i].peer.uid == uid;
	}
	return uid && same >= CLIENTS_PER_USER ? NULL : slot;
}

static void take_client(struct cl_control *c)
{
	_cleanup_close_ int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct client *client;
	struct epoll_event event = {.events = EPOLLIN};
	void *line = NULL;

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return;
	client = free_slot(c, cred.uid);
	event.data.ptr = client;
	if (!client || cl_secure_alloc(&line, CL_CONTROL_LINE) || epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event)) {
		cl_secure_free(&line, CL_CONTROL_LINE);
		c->stats.clients_refused++;
		if (c->refused)
			c->refused(c->ctx, &(struct cl_peer){.pid = cred.pid, .uid = cred.uid, .gid = cred.gid}, "",
				   "too many connections");
		return;
	}
	client->line = line;
	client->peer = (struct cl_peer){.pid = cred.pid, .uid = cred.uid, .gid = cred.gid, .since = cl_boot_ns()};
	client->fd = TAKE_FD(fd);
	c->stats.clients++;
}

void cl_control_serve(struct cl_control *c)
{
	struct epoll_event events[16];
	int n = epoll_wait(c->epoll, events, (int)ARRAY_SIZE(events), 0);

	for (int i = 0; i < n; i++) {
		if (!events[i].data.ptr)
			take_client(c);
		else if (((struct client *)events[i].data.ptr)->fd >= 0)
			serve_client(c, events[i].data.ptr);
	}
	retry_waiting(c);
}

int cl_control_new(struct cl_control **out, const struct cl_unix_socket_place *place, cl_control_handler handler,
		   void *ctx, struct cl_error *err)
{
	_cleanup_(cl_control_free) struct cl_control *c = calloc(1, sizeof(*c));
	struct epoll_event event = {.events = EPOLLIN};
	int r;

	if (!c)
		return -ENOMEM;
	c->listener = -1;
	c->handler = handler;
	c->ctx = ctx;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		c->clients[i].fd = -1;
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll < 0)
		return -errno;
	r = cl_unix_socket_listen(&c->listener, place, err);
	if (r)
		return r;
	snprintf(c->path, sizeof(c->path), "%s", place->path);
	if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->listener, &event))
		return cl_fail(err, -errno, "cannot watch socket \"%s\": %s", c->path, strerror(errno));
	*out = TAKE_PTR(c);
	return 0;
}

void cl_control_guard(struct cl_control *c, bool (*admit)(void *ctx, const struct cl_peer *peer),
		      void (*refused)(void *ctx, const struct cl_peer *peer, const char *op, const char *why))
{
	c->admit = admit;
	c->refused = refused;
}

void cl_control_free(struct cl_control **p)
{
	struct cl_control *c = *p;

	if (!c)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (c->clients[i].fd >= 0)
			drop(c, &c->clients[i]);
	}
	if (c->listener >= 0)
		unlink(c->path);
	cl_closep(&c->listener);
	cl_closep(&c->epoll);
	free(c);
	*p = NULL;
}

int cl_control_fd(const struct cl_control *c)
{
	return c->epoll;
}

bool cl_control_waiting(const struct cl_control *c)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (c->clients[i].fd >= 0 && c->clients[i].waiting)
			return true;
	}
	return false;
}

const struct cl_control_stats *cl_control_stats(const struct cl_control *c)
{
	return &c->stats;
}
