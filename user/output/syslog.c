/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syslog over TCP with octet counting (RFC 6587). The protocol has no acknowledgement, so a message counts as sent
 * when the receiver's kernel has it, and what was sent lately is kept: when a connection breaks in a way that may have
 * thrown away bytes nobody read (reset, or bytes on the way), the kept messages go out again first. A receiver can get
 * a message twice (metadata.uid tells), it does not miss one.
 *
 * Nothing here waits longer than WAIT_MS; while the receiver is away send says -EAGAIN with a growing pause.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "output/syslog_message.h"
#include "output/transport.h"

#define WAIT_MS 2000
#define KEPT 64
#define KEPT_FOR (60 * CL_NS_PER_S)

struct frame {
	char *bytes;
	size_t len;
	uint64_t when;
};

struct syslog {
	char *host, *port;
	int fd;
	struct frame kept[KEPT]; /* a ring, the oldest at `first` */
	size_t first, n;
	size_t again; /* of the kept, the newest: still to be sent again on this connection */
};

/* ---- what was sent lately ---- */

static void forget_oldest(struct syslog *s)
{
	free(s->kept[s->first].bytes);
	s->kept[s->first] = (struct frame){0};
	s->first = (s->first + 1) % KEPT;
	s->n--;
	s->again = s->again > s->n ? s->n : s->again;
}

static void forget_old(struct syslog *s)
{
	uint64_t now = cl_boot_ns();

	while (s->n && !s->again && s->kept[s->first].when + KEPT_FOR < now)
		forget_oldest(s);
}

static void keep(struct syslog *s, struct cl_text *frame)
{
	struct frame *f;

	if (s->n == KEPT)
		forget_oldest(s);
	f = &s->kept[(s->first + s->n++) % KEPT];
	f->len = frame->len;
	f->bytes = cl_text_take(frame);
	f->when = cl_boot_ns();
}

/* ---- the connection ---- */

static int set_timeouts(int fd)
{
	struct timeval wait = {.tv_sec = WAIT_MS / 1000};
	int one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) ? -errno : 0;
}

static int connect_one(const struct addrinfo *a, int *out)
{
	_cleanup_close_ int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
	int r = fd < 0 ? -errno : set_timeouts(fd);

	if (r)
		return r;
	/* With SO_SNDTIMEO a connect that takes too long ends with EINPROGRESS. */
	if (connect(fd, a->ai_addr, a->ai_addrlen))
		return errno == EINPROGRESS ? -ETIMEDOUT : -errno;
	*out = TAKE_FD(fd);
	return 0;
}

static int connect_to(struct syslog *s, struct cl_error *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list = NULL;
	int r = getaddrinfo(s->host, s->port, &hints, &list);

	if (r)
		return cl_fail(err, -EHOSTUNREACH, "cannot find syslog receiver \"%s\": %s", s->host, gai_strerror(r));
	r = -EHOSTUNREACH;
	for (const struct addrinfo *a = list; a && r; a = a->ai_next)
		r = connect_one(a, &s->fd);
	freeaddrinfo(list);
	if (r)
		return cl_fail(err, r, "cannot connect to syslog receiver %s port %s: %s", s->host, s->port,
			       strerror(-r));
	return 0;
}

static int unacknowledged(int fd)
{
	int bytes = 0;

	return ioctl(fd, SIOCOUTQ, &bytes) ? 0 : bytes;
}

/*
 * The end of a connection. A receiver that closes after it has read everything sends FIN; one that dies or closes with
 * bytes unread sends RST: then what was sent lately may be lost and goes out again.
 */
static void disconnect(struct syslog *s, bool broken)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (s->fd < 0)
		return;
	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	forget_old(s);
	if (broken || error || unacknowledged(s->fd))
		s->again = s->n;
	cl_closep(&s->fd);
}

/* Receivers send nothing: readable means closed. */
static void notice_end(struct syslog *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	char byte[64];
	ssize_t n;

	if (s->fd < 0 || poll(&p, 1, 0) <= 0)
		return;
	n = recv(s->fd, byte, sizeof(byte), MSG_DONTWAIT);
	if (n <= 0)
		disconnect(s, n < 0);
}

static bool is_reset(int fd, int wait_ms)
{
	struct pollfd p = {.fd = fd};

	return poll(&p, 1, wait_ms) > 0 && p.revents & (POLLERR | POLLHUP);
}

/* Until the receiver's kernel has every byte. A reset empties the queue too: it is asked for after the queue. */
static int settle(int fd)
{
	for (int waited = 0; waited < WAIT_MS; waited++) {
		bool empty = !unacknowledged(fd);

		if (is_reset(fd, empty ? 0 : 1))
			return -ECONNRESET;
		if (empty)
			return 0;
	}
	return -ETIMEDOUT;
}

static int transmit(struct syslog *s, const char *bytes, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t n = send(s->fd, bytes + at, len - at, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	return settle(s->fd);
}

static int transmit_kept(struct syslog *s)
{
	while (s->again) {
		const struct frame *f = &s->kept[(s->first + s->n - s->again) % KEPT];
		int r = transmit(s, f->bytes, f->len);

		if (r)
			return r;
		s->again--;
	}
	return 0;
}

static int transmit_all(struct syslog *s, const struct cl_text *frame, struct cl_error *err)
{
	int r = transmit_kept(s);

	r = r ? r : transmit(s, cl_text_str(frame), frame->len);
	if (!r)
		return 0;
	disconnect(s, true);
	return cl_fail(err, r, "cannot send to syslog receiver %s port %s: %s", s->host, s->port, strerror(-r));
}

/* ---- the transport ---- */

static int make_frame(const struct cl_output_format *format, const cJSON *finding, struct cl_text *out)
{
	_cleanup_text_ struct cl_text message = {0};
	int r = cl_syslog_message(format, finding, cl_wall_ns(), &message);

	r = r ? r : cl_text_printf(out, "%zu ", message.len);
	return r ? r : cl_text_append(out, cl_text_str(&message), message.len);
}

static int send_syslog(void *state, const struct cl_output_format *format, struct cl_parcel *parcel, size_t n,
		       uint64_t *retry_ns, struct cl_error *err)
{
	struct syslog *s = state;
	_cleanup_text_ struct cl_text frame = {0};
	int r;

	(void)n;
	(void)retry_ns;
	notice_end(s);
	r = make_frame(format, parcel->finding, &frame);
	if (r) {
		parcel->result =
			cl_fail(&parcel->why, -EBADMSG, "cannot make a syslog message of it: %s", strerror(-r));
		return 0;
	}
	if (s->fd < 0 && connect_to(s, err))
		return -EAGAIN;
	if (transmit_all(s, &frame, err))
		return -EAGAIN;
	parcel->result = 0;
	keep(s, &frame);
	forget_old(s);
	return 0;
}

static void close_syslog(void **state)
{
	struct syslog *s = TAKE_PTR(*state);

	while (s->n)
		forget_oldest(s);
	cl_closep(&s->fd);
	free(s->host);
	free(s->port);
	free(s);
}

static int open_syslog(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	struct syslog *s = calloc(1, sizeof(*s));
	void *p = s;

	(void)err;
	(void)stop;
	if (!s)
		return -ENOMEM;
	s->fd = -1;
	s->host = strdup(spec->host);
	s->port = strdup(spec->port);
	if (!s->host || !s->port) {
		close_syslog(&p);
		return -ENOMEM;
	}
	*state = s;
	return 0;
}

const struct cl_transport cl_transport_syslog_tcp = {
	.scheme = "syslog+tcp",
	.target = CL_TARGET_ADDRESS,
	.format = "ocsf",
	.open = open_syslog,
	.send = send_syslog,
	.close = close_syslog,
};
