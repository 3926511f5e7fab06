/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syslog over UDP (RFC 5426): one datagram per finding, 2,048 octets unless max-size= says another number. UDP tells
 * nothing: what is lost on the way is lost. When the receiver's host answers that nobody listens, the finding that it was
 * told about by then is kept for later, those before it may be gone.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "output/resolve.h"
#include "output/syslog_message.h"
#include "output/transport.h"
#include "output/wait.h"

struct udp {
	const struct cl_output_spec *spec;
	const atomic_bool *stop;
	struct cl_lookup *lookup;
	int fd;
	size_t max;
};

/* A connected socket hears of ICMP's errors. */
static int connect_udp(struct udp *u, struct cl_error *err)
{
	struct addrinfo *list = NULL;
	int r = cl_resolve(&u->lookup, u->spec->host, u->spec->port, SOCK_DGRAM, u->stop, &list, err);

	if (r)
		return r;
	r = -EHOSTUNREACH;
	for (const struct addrinfo *a = list; a && r; a = a->ai_next) {
		_cleanup_close_ int fd =
			socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);

		r = fd < 0 || connect(fd, a->ai_addr, a->ai_addrlen) ? -errno : 0;
		if (!r)
			u->fd = TAKE_FD(fd);
	}
	freeaddrinfo(list);
	return r ? cl_fail(err, r, "cannot reach %s port %s: %s", u->spec->host, u->spec->port, strerror(-r)) : 0;
}

/* What ICMP said of a datagram; on this host it is said before send returns. */
static int heard(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) ? -errno : -error;
}

static int send_datagram(struct udp *u, const struct cl_text *message)
{
	uint64_t until = cl_boot_ns() + CL_WAIT_NS;
	int r = heard(u->fd);

	while (!r && send(u->fd, cl_text_str(message), message->len, MSG_NOSIGNAL) < 0) {
		r = errno == EINTR || errno == EAGAIN ? 0 : -errno;
		r = r ? r : cl_wait_ready(u->fd, POLLOUT, until, u->stop);
	}
	return r ? r : heard(u->fd);
}

static int send_udp(void *state, const struct cl_output_format *format, struct cl_parcel *parcel, size_t n,
		    uint64_t *retry_ns, struct cl_error *err)
{
	_cleanup_text_ struct cl_text message = {0};
	struct udp *u = state;
	int r = cl_syslog_message(format, parcel->finding, cl_wall_ns(), u->max, &message);

	(void)n;
	(void)retry_ns;
	if (r)
		return cl_syslog_refuse(parcel, r, u->max, err);
	if (u->fd < 0 && connect_udp(u, err))
		return -EAGAIN;
	r = send_datagram(u, &message);
	if (r == -EMSGSIZE) {
		parcel->result = cl_fail(&parcel->why, r,
					 "no datagram of %zu octets gets out; max-size= allows for less", message.len);
		return 0;
	}
	if (r) {
		cl_closep(&u->fd); /* its address is asked for anew */
		return cl_fail(err, -EAGAIN, "cannot send to %s port %s: %s", u->spec->host, u->spec->port,
			       strerror(-r));
	}
	parcel->result = 0;
	return 0;
}

static void close_udp(void **state)
{
	struct udp *u = TAKE_PTR(*state);

	cl_closep(&u->fd);
	cl_lookup_drop(&u->lookup);
	free(u);
}

static int open_udp(const struct cl_output_spec *spec, const atomic_bool *stop, void **state, struct cl_error *err)
{
	_cleanup_free_ struct udp *u = calloc(1, sizeof(*u));
	int r;

	if (!u)
		return cl_fail(err, -ENOMEM, "out of memory");
	*u = (struct udp){.spec = spec, .stop = stop, .fd = -1, .max = CL_SYSLOG_DATAGRAM};
	r = cl_syslog_max_size(spec, &u->max, err);
	if (!r)
		*state = TAKE_PTR(u);
	return r;
}

static void reopen_udp(void *state)
{
	cl_closep(&((struct udp *)state)->fd);
}

static const char *const options[] = {"max-size", NULL};

const struct cl_transport cl_transport_syslog_udp = {
	.scheme = "syslog+udp",
	.target = CL_TARGET_ADDRESS,
	.port = "514",
	.format = "ocsf",
	.options = options,
	.open = open_udp,
	.send = send_udp,
	.reopen = reopen_udp,
	.close = close_udp,
};
