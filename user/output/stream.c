/* SPDX-License-Identifier: Apache-2.0 */
#include "output/stream.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "output/tls.h"
#include "output/wait.h"

#define DEAD_AFTER_MS 60000 /* nothing acknowledged for so long, or nothing taken: the kernel gives the connection up */

/* ---- connecting ---- */

static void set_options(int fd)
{
	unsigned int dead = DEAD_AFTER_MS;
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead, sizeof(dead));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

static int socket_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) ? -errno : -error;
}

static int connect_one(const struct addrinfo *a, uint64_t until, const atomic_bool *stop, int *out)
{
	_cleanup_close_ int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
	int r = fd < 0 ? -errno : 0;

	if (r)
		return r;
	set_options(fd);
	r = connect(fd, a->ai_addr, a->ai_addrlen) ? -errno : 0;
	if (r == -EINPROGRESS) {
		r = cl_wait_ready(fd, POLLOUT, until, stop);
		r = r ? r : socket_error(fd);
	}
	if (!r)
		*out = TAKE_FD(fd);
	return r;
}

/* Each address has its share of the time: a dead one does not keep those behind it from being tried. */
static int connect_any(struct cl_stream *s, struct cl_error *err)
{
	struct addrinfo *list = NULL;
	uint64_t n = 0;
	int r = cl_resolve(&s->lookup, s->host, s->port, SOCK_STREAM, s->stop, &list, err);

	if (r)
		return r;
	r = -EHOSTUNREACH;
	for (const struct addrinfo *a = list; a; a = a->ai_next)
		n++;
	for (const struct addrinfo *a = list; a && r && r != -ECANCELED; a = a->ai_next)
		r = connect_one(a, cl_boot_ns() + CL_WAIT_NS / n, s->stop, &s->fd);
	freeaddrinfo(list);
	return r ? cl_fail(err, r, "%s", strerror(-r)) : 0;
}

int cl_stream_connect(struct cl_stream *s, struct cl_error *err)
{
	struct cl_error why = {0};
	int r = connect_any(s, &why);

	if (!r && s->tls)
		r = cl_tls_start(s->tls, s->fd, cl_boot_ns() + CL_WAIT_NS, s->stop, &s->ssl, &why);
	if (!r)
		return 0;
	cl_closep(&s->fd);
	return cl_fail(err, r, "cannot connect to %s port %s: %s", s->host, s->port, why.text);
}

/* ---- the end ---- */

static int unacknowledged(int fd)
{
	int bytes = 0;

	return ioctl(fd, SIOCOUTQ, &bytes) ? 0 : bytes;
}

/*
 * A receiver that closes after it has read everything sends FIN; one that dies or closes with bytes unread sends RST:
 * then what was sent lately may be lost.
 */
bool cl_stream_disconnect(struct cl_stream *s)
{
	bool lost;

	if (s->fd < 0)
		return false;
	lost = socket_error(s->fd) || unacknowledged(s->fd);
	cl_tls_end(&s->ssl);
	cl_closep(&s->fd);
	return lost;
}

void cl_stream_close(struct cl_stream *s)
{
	cl_stream_disconnect(s);
	cl_lookup_drop(&s->lookup);
}

enum cl_stream_look cl_stream_look(struct cl_stream *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	char bytes[512];
	ssize_t n;
	int r;

	if (s->fd < 0 || poll(&p, 1, 0) <= 0)
		return CL_STREAM_UP;
	if (s->ssl) {
		r = cl_tls_look(s->ssl, NULL);
		return r < 0 ? CL_STREAM_BROKEN : r ? CL_STREAM_ENDED : CL_STREAM_UP;
	}
	n = recv(s->fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? CL_STREAM_UP : CL_STREAM_BROKEN;
	return n ? CL_STREAM_UP : CL_STREAM_ENDED;
}

/* ---- writing ---- */

static ssize_t write_some(struct cl_stream *s, const char *bytes, size_t len, short *events, struct cl_error *err)
{
	ssize_t n;

	if (s->ssl)
		return cl_tls_write(s->ssl, bytes, len, events, err);
	*events = POLLOUT;
	n = send(s->fd, bytes, len, MSG_NOSIGNAL);
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? -EAGAIN : cl_fail(err, -errno, "%s", strerror(errno));
}

static bool is_reset(int fd, int wait_ms)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, wait_ms) > 0 && p.revents & (POLLERR | POLLHUP);
}

/* Until the receiver's kernel has every byte. A reset empties the queue too: it is asked for after the queue. */
static int settle(struct cl_stream *s, uint64_t until)
{
	for (;;) {
		bool empty = !unacknowledged(s->fd);

		if (is_reset(s->fd, empty ? 0 : 1))
			return -ECONNRESET;
		if (empty)
			return 0;
		if (atomic_load(s->stop))
			return -ECANCELED;
		if (cl_boot_ns() > until)
			return -ETIMEDOUT;
	}
}

static int write_all(struct cl_stream *s, const char *bytes, size_t len, size_t *at, struct cl_error *err)
{
	uint64_t until = cl_boot_ns() + CL_WAIT_NS;
	int r = 0;

	while (*at < len && !r) {
		short events = POLLOUT;
		ssize_t n = write_some(s, bytes + *at, len - *at, &events, err);

		if (n > 0)
			*at += (size_t)n;
		else
			r = n == -EAGAIN ? cl_wait_ready(s->fd, events, until, s->stop) : (int)n;
	}
	return r ? r : settle(s, until);
}

int cl_stream_write(struct cl_stream *s, const char *bytes, size_t len, size_t *at, struct cl_error *err)
{
	struct cl_error why = {0};
	int r = write_all(s, bytes, len, at, &why);

	if (!r)
		return 0;
	return cl_fail(err, r, "cannot send to %s port %s: %s", s->host, s->port,
		       r == -ETIMEDOUT ? "it takes nothing more for now"
		       : *why.text     ? why.text
				       : strerror(-r));
}
