/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "base/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "base/unix_socket.h"

#define BACKLOG 16

static int parse_unix(struct cl_loopback *out, const char *path, struct cl_error *err)
{
	struct sockaddr_un *to = (struct sockaddr_un *)&out->address;

	if (*path != '/')
		return cl_fail(err, -EINVAL, "must name an absolute path behind \"unix:\"");
	if (strlen(path) >= sizeof(to->sun_path))
		return cl_fail(err, -EINVAL, "is too long: a socket's path has at most %zu characters",
			       sizeof(to->sun_path) - 1);
	to->sun_family = AF_UNIX;
	snprintf(to->sun_path, sizeof(to->sun_path), "%s", path);
	out->size = sizeof(*to);
	return 0;
}

static int parse_port(const char *text, in_port_t *out, struct cl_error *err)
{
	uint64_t port = 0;

	if (cl_parse_u64(text, UINT16_MAX, &port) || !port)
		return cl_fail(err, -EINVAL, "must end with a port from 1 to 65535");
	*out = htons((uint16_t)port);
	return 0;
}

static int parse_internet(struct cl_loopback *out, const char *host, const char *port, struct cl_error *err)
{
	struct sockaddr_in *four = (struct sockaddr_in *)&out->address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&out->address;

	if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		if (ntohl(four->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
			return cl_fail(err, -EINVAL,
				       "is reached from other hosts: use unix:/PATH, 127.0.0.1:PORT or [::1]:PORT");
		four->sin_family = AF_INET;
		out->size = sizeof(*four);
		return parse_port(port, &four->sin_port, err);
	}
	if (inet_pton(AF_INET6, host, &six->sin6_addr) != 1)
		return cl_fail(err, -EINVAL, "must be unix:/PATH, 127.0.0.1:PORT or [::1]:PORT (no names)");
	if (!IN6_IS_ADDR_LOOPBACK(&six->sin6_addr))
		return cl_fail(err, -EINVAL,
			       "is reached from other hosts: use unix:/PATH, 127.0.0.1:PORT or [::1]:PORT");
	six->sin6_family = AF_INET6;
	out->size = sizeof(*six);
	return parse_port(port, &six->sin6_port, err);
}

int cl_loopback_parse(struct cl_loopback *out, const char *text, struct cl_error *err)
{
	struct cl_loopback to = {0};
	char host[INET6_ADDRSTRLEN + 2] = "";
	const char *colon = strrchr(text, ':'), *from = text;
	size_t len = colon ? (size_t)(colon - text) : 0;
	int r;

	if (cl_starts_with(text, "unix:")) {
		r = parse_unix(&to, text + strlen("unix:"), err);
	} else {
		if (len > 2 && *text == '[' && text[len - 1] == ']') {
			from++;
			len -= 2;
		}
		if (len < sizeof(host))
			snprintf(host, sizeof(host), "%.*s", (int)len, from);
		r = parse_internet(&to, host, colon ? colon + 1 : "", err);
	}
	if (!r)
		*out = to;
	return r;
}

static int listen_internet(int *out, const struct cl_loopback *at, const char *text, struct cl_error *err)
{
	_cleanup_close_ int fd = socket(at->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) ||
	    bind(fd, (const struct sockaddr *)&at->address, at->size) || listen(fd, BACKLOG))
		return cl_fail(err, -errno, "cannot listen on \"%s\": %s", text, strerror(errno));
	*out = TAKE_FD(fd);
	return 0;
}

int cl_loopback_listen(int *out, const struct cl_loopback *at, const char *text, struct cl_error *err)
{
	const struct cl_unix_socket_place place = {.path = ((const struct sockaddr_un *)&at->address)->sun_path};

	return at->address.ss_family == AF_UNIX ? cl_unix_socket_listen(out, &place, err)
						: listen_internet(out, at, text, err);
}

void cl_loopback_remove(const struct cl_loopback *at)
{
	if (at->address.ss_family == AF_UNIX)
		unlink(((const struct sockaddr_un *)&at->address)->sun_path);
}
