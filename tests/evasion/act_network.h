/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps on the network, loopback only. A listener has a name; its port is told as a fact of that name, and a step that
 * follows names the listener:  connect=NAME@127.0.0.1
 *   listen=NAME@ADDRESS    closed=NAME@ADDRESS: a port at which nobody listens;  bound=NAME@ADDRESS: UDP
 *   connect=NAME@ADDRESS   later=... without waiting, then waits for the answer, which may be that nobody is there
 *   anew=...               the socket of the last connect is dissolved and connected anew
 *   swapped=NAME@A/B       200 times, while another thread writes A and B into the address; tells where it came to
 *   sendto sendmsg sendmmsg=NAME@ADDRESS    one message without a connect
 *   send                   one byte on the last connection
 *   unix=PATH abstract=HEX dial=PATH dialabstract=HEX    listeners and connects by name; 108 bytes: without a NUL
 *   accept=NAME            takes what comes at that listener;  raw packet: such a socket
 */
#pragma once

#include "act.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LISTENERS 8

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static struct {
	char name[16];
	int fd, port;
} listeners[LISTENERS];

static int connection = -1;

static socklen_t address_of(const char *text, int port, union address *a)
{
	memset(a, 0, sizeof(*a));
	if (strchr(text, ':')) {
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons((uint16_t)port);
		if (inet_pton(AF_INET6, text, &a->v6.sin6_addr) != 1)
			exit(2);
		return sizeof(a->v6);
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, text, &a->v4.sin_addr) != 1)
		exit(2);
	return sizeof(a->v4);
}

static int make_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

/* Takes a free port and tells it. */
static int take_port(const char *value, int type)
{
	union address a;
	socklen_t len;
	int i = 0;

	while (i < LISTENERS && *listeners[i].name)
		i++;
	if (i == LISTENERS)
		exit(2);
	len = address_of(split(value, '@', listeners[i].name, sizeof(listeners[i].name)), 0, &a);
	listeners[i].fd = make_socket(a.any.sa_family, type);
	if (bind(listeners[i].fd, &a.any, len) || getsockname(listeners[i].fd, &a.any, &len))
		die("bind");
	listeners[i].port = ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
	tell_number("port", listeners[i].name, (uint64_t)listeners[i].port);
	return i;
}

static int find_listener(const char *name)
{
	for (int i = 0; i < LISTENERS; i++)
		if (!strcmp(listeners[i].name, name))
			return i;
	exit(2);
}

/* "NAME@ADDRESS" as an address. */
static socklen_t named_address(const char *value, union address *a)
{
	char name[16];
	const char *text = split(value, '@', name, sizeof(name));

	return address_of(text, listeners[find_listener(name)].port, a);
}

static void step_listen(const char *value)
{
	if (listen(listeners[take_port(value, SOCK_STREAM)].fd, 512))
		die("listen");
}

static void step_closed(const char *value)
{
	take_port(value, SOCK_STREAM); /* bound, so that nobody else takes it */
}

static void step_bound(const char *value)
{
	take_port(value, SOCK_DGRAM);
}

static void step_connect(const char *value)
{
	union address a;
	socklen_t len = named_address(value, &a);

	connection = make_socket(a.any.sa_family, SOCK_STREAM);
	if (connect(connection, &a.any, len))
		die("connect");
}

static void step_later(const char *value)
{
	union address a;
	socklen_t len = named_address(value, &a);
	struct pollfd p = {.events = POLLOUT};
	int error = 0;

	connection = p.fd = make_socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK);
	if (!connect(p.fd, &a.any, len) || errno == ECONNREFUSED)
		return;
	len = sizeof(error);
	if (errno != EINPROGRESS || poll(&p, 1, 5000) != 1 || getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &len))
		die("connect");
}

static void step_anew(const char *value)
{
	struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	union address a;
	socklen_t len = named_address(value, &a);

	if (connect(connection, &nowhere, sizeof(nowhere)) || connect(connection, &a.any, len))
		die("connect");
}

/* An address that another thread writes to all the time: one of two. */
static volatile struct sockaddr_in swapped_address;
static uint32_t swapped_between[2];
static volatile bool swapped_enough;

static void *keep_swapping(void *unused)
{
	for (unsigned int i = 0; !swapped_enough; i++)
		swapped_address.sin_addr.s_addr = swapped_between[i & 1];
	return unused;
}

static void step_swapped(const char *value)
{
	char first[64];
	const char *other = split(value, '/', first, sizeof(first));
	union address a, b, peer;
	socklen_t len = named_address(first, &a), size = sizeof(peer);
	pthread_t thread;

	address_of(other, 0, &b);
	swapped_between[0] = a.v4.sin_addr.s_addr;
	swapped_between[1] = b.v4.sin_addr.s_addr;
	memcpy((void *)(uintptr_t)&swapped_address, &a.v4, sizeof(a.v4));
	if (pthread_create(&thread, NULL, keep_swapping, NULL))
		die("pthread_create");
	for (int i = 0; i < 200; i++) {
		int fd = make_socket(AF_INET, SOCK_STREAM);

		if (connect(fd, (const struct sockaddr *)(uintptr_t)&swapped_address, len) ||
		    getpeername(fd, &peer.any, &size))
			die("connect");
		tell_number("peer", inet_ntoa(peer.v4.sin_addr), ntohs(peer.v4.sin_port));
		close(fd);
	}
	swapped_enough = true;
	pthread_join(thread, NULL);
}

static void step_sendto(const char *value)
{
	union address a;
	socklen_t len = named_address(value, &a);

	if (sendto(make_socket(a.any.sa_family, SOCK_DGRAM), "x", 1, 0, &a.any, len) != 1)
		die("sendto");
}

static struct msghdr message_to(union address *a, socklen_t len)
{
	static char byte[] = "x";
	static struct iovec part = {.iov_base = byte, .iov_len = 1};

	return (struct msghdr){.msg_name = a, .msg_namelen = len, .msg_iov = &part, .msg_iovlen = 1};
}

static void step_sendmsg(const char *value)
{
	union address a;
	struct msghdr m = message_to(&a, named_address(value, &a));

	if (sendmsg(make_socket(a.any.sa_family, SOCK_DGRAM), &m, 0) != 1)
		die("sendmsg");
}

static void step_sendmmsg(const char *value)
{
	union address a;
	struct mmsghdr two[2] = {{.msg_hdr = message_to(&a, named_address(value, &a))}};

	two[1] = two[0];
	if (sendmmsg(make_socket(a.any.sa_family, SOCK_DGRAM), two, 2, 0) != 2)
		die("sendmmsg");
}

static void step_send(const char *unused)
{
	(void)unused;
	if (send(connection, "x", 1, MSG_NOSIGNAL) != 1)
		die("send");
}

static socklen_t local_address(const char *name, size_t len, bool abstract, struct sockaddr_un *a)
{
	size_t most = sizeof(a->sun_path) - abstract;

	if (len > most)
		exit(2);
	memset(a, 0, sizeof(*a));
	a->sun_family = AF_UNIX;
	memcpy(a->sun_path + abstract, name, len);
	if (!abstract && len < most)
		len++;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + abstract + len);
}

static size_t from_hex(const char *hex, char *out, size_t size)
{
	size_t n = 0;
	unsigned int byte;

	for (; n < size && sscanf(hex, "%2x", &byte) == 1; hex += 2)
		out[n++] = (char)byte;
	return n;
}

static void local(const char *name, size_t len, bool abstract, bool dial)
{
	struct sockaddr_un a;
	socklen_t size = local_address(name, len, abstract, &a);
	int fd = make_socket(AF_UNIX, SOCK_STREAM);
	const struct sockaddr *any = (const struct sockaddr *)(const void *)&a;

	if (dial ? connect(fd, any, size) : (bind(fd, any, size) || listen(fd, 16)))
		die(name);
	if (dial)
		connection = fd;
}

static void step_unix(const char *path)
{
	local(path, strlen(path), false, false);
}

static void step_dial(const char *path)
{
	local(path, strlen(path), false, true);
}

static void step_abstract(const char *hex)
{
	char name[108];

	local(name, from_hex(hex, name, sizeof(name)), true, false);
}

static void step_dialabstract(const char *hex)
{
	char name[108];

	local(name, from_hex(hex, name, sizeof(name)), true, true);
}

static void step_accept(const char *name)
{
	connection = accept4(listeners[find_listener(name)].fd, NULL, NULL, SOCK_CLOEXEC);
	if (connection < 0)
		die("accept");
}

static void step_raw(const char *unused)
{
	(void)unused;
	if (socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP) < 0)
		die("raw socket");
}

static void step_packet(const char *unused)
{
	(void)unused;
	if (socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) < 0)
		die("packet socket");
}

static const struct step network_steps[] = {
	{"listen", step_listen},
	{"closed", step_closed},
	{"bound", step_bound},
	{"connect", step_connect},
	{"later", step_later},
	{"anew", step_anew},
	{"swapped", step_swapped},
	{"sendto", step_sendto},
	{"sendmsg", step_sendmsg},
	{"sendmmsg", step_sendmmsg},
	{"send", step_send},
	{"unix", step_unix},
	{"dial", step_dial},
	{"abstract", step_abstract},
	{"dialabstract", step_dialabstract},
	{"accept", step_accept},
	{"raw", step_raw},
	{"packet", step_packet},
	{NULL, NULL},
};
