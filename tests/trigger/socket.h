/* SPDX-License-Identifier: Apache-2.0 */
/* What the triggers with sockets share: addresses, and what a record of one must say. */
#pragma once

#include "trigger.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

__attribute__((unused)) static union address v4_address(const char *text, in_port_t port)
{
	union address a = {.v4 = {.sin_family = AF_INET, .sin_port = port}};

	if (inet_pton(AF_INET, text, &a.v4.sin_addr) != 1)
		die(text);
	return a;
}

__attribute__((unused)) static union address v6_address(const char *text, in_port_t port)
{
	union address a = {.v6 = {.sin6_family = AF_INET6, .sin6_port = port}};

	if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) != 1)
		die(text);
	return a;
}

__attribute__((unused)) static socklen_t address_size(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

/* A bound socket at an internet address, listening if it is one that listens; its port in *a. */
__attribute__((unused)) static int serve(union address *a, int type)
{
	int fd = socket(a->any.sa_family, type | SOCK_CLOEXEC, 0);
	socklen_t len = address_size(a);

	if (fd < 0 || bind(fd, &a->any, len) || getsockname(fd, &a->any, &len))
		die("bind");
	if (type == SOCK_STREAM && listen(fd, 64))
		die("listen");
	return fd;
}

/* A port that nobody serves: it was somebody's a moment ago. */
__attribute__((unused)) static in_port_t free_port(int type)
{
	union address a = v4_address("127.0.0.1", 0);

	close(serve(&a, type));
	return a.v4.sin_port;
}

__attribute__((unused)) static void fact_bytes(const char *key, const void *bytes, size_t len)
{
	fact(",\"%s\":\"", key);
	for (size_t i = 0; i < len; i++)
		fact("%02x", ((const unsigned char *)bytes)[i]);
	fact("\"");
}

/* The socket itself, and the internet address in *a (none for a unix one). */
__attribute__((unused)) static void fact_socket(int fd, const union address *a)
{
	int type = 0, protocol = 0;
	socklen_t size = sizeof(int);
	unsigned char bytes[16] = {0};
	unsigned int port = 0;
	struct stat st;

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size);
	if (fstat(fd, &st))
		die("fstat");
	if (a->any.sa_family == AF_INET) {
		memcpy(bytes, &a->v4.sin_addr, 4);
		port = ntohs(a->v4.sin_port);
	} else if (a->any.sa_family == AF_INET6) {
		memcpy(bytes, &a->v6.sin6_addr, 16);
		port = ntohs(a->v6.sin6_port);
	}
	fact(",\"family\":%d,\"type\":%d,\"protocol\":%d", a->any.sa_family, type, protocol);
	fact(",\"socket\":%" PRIu64 ",\"port\":%u,\"scope\":0", (uint64_t)st.st_ino, port);
	fact_bytes("address", bytes, sizeof(bytes));
}

/* One that is not of a unix socket; what else a record says is nothing unless the caller adds it. */
__attribute__((unused)) static void fact_connect(int fd, const union address *a, const char *how, uint64_t after,
						 uint64_t before)
{
	fact_begin("connect");
	fact_socket(fd, a);
	fact_string("how", how);
	fact_between(after, before);
}

/* The answer: 0 or an errno. */
__attribute__((unused)) static void fact_answer(int fd, const union address *a, int error, uint64_t after,
						uint64_t before)
{
	fact_begin("connect_end");
	fact_socket(fd, a);
	fact(",\"error\":%d", error);
	fact_between(after, before);
	fact_end();
}
