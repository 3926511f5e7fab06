/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accepts its own connection:  accept_from accept|accept4|tcp6|unix
 * One over a unix socket is told by who connects, not by who accepts.
 */
#include "socket.h"

static int listener(union address *a, bool local)
{
	int fd;

	if (!local)
		return serve(a, SOCK_STREAM);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*a = (union address){.local = {.sun_family = AF_UNIX, .sun_path = "\0trigger-accept"}};
	if (bind(fd, &a->any, sizeof(a->local)) || listen(fd, 1))
		die("bind");
	return fd;
}

/* The connection waits until it is accepted. */
static void come(const union address *a, socklen_t len)
{
	union address none = {.any.sa_family = AF_UNIX};
	int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t before, after = now();

	if (connect(fd, &a->any, len))
		die("connect");
	before = now();
	if (a->any.sa_family != AF_UNIX) {
		fact_connect(fd, a, "call", after, before);
		fact_end();
		fact_answer(fd, a, 0, after, before);
		return;
	}
	fact_connect(fd, &none, "call", after, before);
	fact_bytes("name_bytes", a->local.sun_path + 1, sizeof(a->local.sun_path) - 1);
	fact(",\"flag\":\"abstract\"");
	fact_end();
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	bool local = !strcmp(way, "unix");
	union address a = strcmp(way, "tcp6") ? v4_address("127.0.0.1", 0) : v6_address("::1", 0);
	uint64_t before, after;
	int server, fd;

	if (argc != 2)
		return 2;
	fact_exec();
	server = listener(&a, local);
	come(&a, local ? sizeof(a.local) : address_size(&a));
	after = now();
	fd = strcmp(way, "accept4") ? accept(server, NULL, NULL) : accept4(server, NULL, NULL, SOCK_CLOEXEC);
	before = now();
	if (fd < 0)
		die("accept");
	if (!local) { /* the peer's address and the port that it came to */
		fact_connect(fd, &a, "accept", after, before);
		fact_end();
	}
	leave(0);
}
