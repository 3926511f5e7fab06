/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects over the internet protocols:  connect_to WAY
 * The listener is in the same process: connecting needs no accept while the backlog has room.
 *   tcp4 tcp6 udp4 refused4      as they are called
 *   mapped any4 any6 other4      ::ffff:127.0.0.1, 0.0.0.0, ::, 127.1.2.3
 *   waiting waiting-refused      without blocking: the answer comes later
 *   again                        connects, takes it back (AF_UNSPEC), connects elsewhere on the same descriptor
 *   fastopen                     TCP_FASTOPEN_CONNECT: the connect may wait for the first bytes
 */
#include "socket.h"

struct act {
	union address server, asked, real; /* what is served, what connect gets, what the kernel makes of it */
	int type, result;		   /* expected: 0 or an errno */
	int flags;
};

static struct act tcp4(const char *asked, const char *real)
{
	struct act a = {.server = v4_address("0.0.0.0", 0), .type = SOCK_STREAM};

	serve(&a.server, SOCK_STREAM);
	a.asked = v4_address(asked, a.server.v4.sin_port);
	a.real = v4_address(real, a.server.v4.sin_port);
	return a;
}

static struct act tcp6(const char *asked, const char *real)
{
	struct act a = {.server = v6_address("::", 0), .type = SOCK_STREAM};

	serve(&a.server, SOCK_STREAM);
	a.asked = v6_address(asked, a.server.v6.sin6_port);
	a.real = v6_address(real, a.server.v6.sin6_port);
	return a;
}

static struct act udp4(void)
{
	struct act a = {.server = v4_address("127.0.0.1", 0), .type = SOCK_DGRAM};

	serve(&a.server, SOCK_DGRAM);
	a.asked = a.real = a.server;
	return a;
}

static struct act refused(void)
{
	struct act a = {.asked = v4_address("127.0.0.1", free_port(SOCK_STREAM)), .type = SOCK_STREAM};

	a.real = a.asked;
	a.result = ECONNREFUSED;
	return a;
}

static struct act choose(const char *way)
{
	struct act a;

	if (!strcmp(way, "udp4"))
		return udp4();
	if (!strcmp(way, "tcp6"))
		return tcp6("::1", "::1");
	if (!strcmp(way, "any6"))
		return tcp6("::", "::1");
	if (!strcmp(way, "mapped"))
		return tcp6("::ffff:127.0.0.1", "::ffff:127.0.0.1");
	if (!strcmp(way, "any4"))
		return tcp4("0.0.0.0", "127.0.0.1");
	if (!strcmp(way, "other4"))
		return tcp4("127.1.2.3", "127.1.2.3");
	a = strcmp(way, "refused4") && strcmp(way, "waiting-refused") ? tcp4("127.0.0.1", "127.0.0.1") : refused();
	a.flags = strncmp(way, "waiting", 7) ? 0 : SOCK_NONBLOCK;
	return a;
}

/* What the connect ended with, at once or later. */
static int outcome(int fd, const struct act *a)
{
	int result = connect(fd, &a->asked.any, address_size(&a->asked)) ? errno : 0, error = 0;
	socklen_t size = sizeof(error);

	if (result != EINPROGRESS)
		return result;
	if (poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, 5000) != 1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
		die("poll");
	return error;
}

static void go(int fd, const struct act *a)
{
	uint64_t before, after = now();
	int result = outcome(fd, a);

	before = now();
	if (result != a->result)
		die("connect did what it should not");
	fact_connect(fd, &a->real, "call", after, before);
	fact_end();
	if (a->type == SOCK_STREAM)
		fact_answer(fd, &a->real, result, after, before);
}

static void go_again(int fd, struct act *a)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	go(fd, a);
	if (connect(fd, &none, sizeof(none)))
		die("connect to nobody");
	*a = tcp4("127.0.0.2", "127.0.0.2");
	go(fd, a);
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	int fd, on = 1;
	struct act a;

	if (argc != 2)
		return 2;
	fact_exec();
	a = choose(way);
	fd = socket(a.asked.any.sa_family, a.type | a.flags | SOCK_CLOEXEC, 0);
	if (!strcmp(way, "fastopen") && setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)))
		die("TCP_FASTOPEN_CONNECT");
	if (strcmp(way, "again"))
		go(fd, &a);
	else
		go_again(fd, &a);
	leave(0);
}
