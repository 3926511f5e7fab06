/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects once:  connect_to tcp4|tcp6|udp4|refused4|unix|abstract [PATH]
 * The listener is in the same process: connecting needs no accept while the backlog has room.
 */
#include "trigger.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

static socklen_t make_address(const char *kind, const char *path, union address *a)
{
	size_t len = strlen(path);

	memset(a, 0, sizeof(*a));
	if (!strcmp(kind, "tcp6")) {
		a->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
		return sizeof(a->v6);
	}
	if (!strcmp(kind, "unix") || !strcmp(kind, "abstract")) {
		int abstract = kind[0] == 'a';

		a->local.sun_family = AF_UNIX;
		memcpy(a->local.sun_path + abstract, path, len);
		return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
	}
	a->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	return sizeof(a->v4);
}

/* A socket that is bound, and listens unless the connection is to be refused; its real address in *a. */
static void serve(const char *kind, int type, union address *a, socklen_t *len)
{
	int fd = socket(a->any.sa_family, type, 0);

	if (kind[0] == 'u' && kind[2] == 'i')
		unlink(a->local.sun_path);
	if (fd < 0 || bind(fd, &a->any, *len))
		die("bind");
	if (type == SOCK_STREAM && strcmp(kind, "refused4") && listen(fd, 1))
		die("listen");
	if (a->any.sa_family != AF_UNIX && getsockname(fd, &a->any, len))
		die("getsockname");
}

static void fact_socket(int fd, const union address *a, const char *path)
{
	int type = 0, protocol = 0;
	socklen_t size = sizeof(int);
	unsigned char bytes[16] = {0};

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size);
	fact(",\"family\":%d,\"type\":%d,\"protocol\":%d", a->any.sa_family, type, protocol);
	if (a->any.sa_family == AF_INET)
		memcpy(bytes, &a->v4.sin_addr, 4);
	if (a->any.sa_family == AF_INET6)
		memcpy(bytes, &a->v6.sin6_addr, 16);
	fact(",\"port\":%u,\"scope\":%u,\"address\":\"", a->any.sa_family == AF_UNIX ? 0 : ntohs(a->v4.sin_port),
	     a->any.sa_family == AF_INET6 ? a->v6.sin6_scope_id : 0);
	for (size_t i = 0; i < sizeof(bytes); i++)
		fact("%02x", bytes[i]);
	fact("\"");
	fact_string("name", a->any.sa_family == AF_UNIX ? path : "");
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "", *path = argc > 2 ? argv[2] : "";
	int type = !strncmp(kind, "udp", 3) ? SOCK_DGRAM : SOCK_STREAM, fd, result;
	uint64_t before, after;
	union address a;
	socklen_t len = make_address(kind, path, &a);

	if (argc < 2)
		return 2;
	fact_exec();
	serve(kind, type, &a, &len);
	fd = socket(a.any.sa_family, type | SOCK_CLOEXEC, 0);
	after = now();
	result = connect(fd, &a.any, len);
	before = now();
	if (result && errno != ECONNREFUSED)
		die("connect");
	if (!result != !!strcmp(kind, "refused4"))
		die("connect did what it should not");
	fact_begin("connect");
	fact_socket(fd, &a, path);
	fact_string("kind", kind);
	fact_between(after, before);
	fact_end();
	leave(0);
}
