/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends to an address without a connect:  send_to WAY [PATH]
 *   sendto sendmsg sendmmsg     UDP; the last to three places in one call
 *   unspec any6                 UDP to AF_UNSPEC, which the kernel takes for its own family; to ::
 *   connected                   without an address on a connected socket: only the connect is told
 *   overruled                   to another address than the connected one
 *   datagram abstract           unix sockets, by a path and without one
 *   fastopen                    TCP: sendto with MSG_FASTOPEN
 */
#include "socket.h"

static const char byte[] = "x";

static struct msghdr message(union address *to, socklen_t len, struct iovec *v)
{
	*v = (struct iovec){.iov_base = (void *)(uintptr_t)byte, .iov_len = 1};
	return (struct msghdr){.msg_name = to, .msg_namelen = len, .msg_iov = v, .msg_iovlen = 1};
}

static void tell(int fd, const union address *to, const char *how, bool user, uint64_t after, uint64_t before)
{
	fact_connect(fd, to, how, after, before);
	if (user)
		fact(",\"user\":true");
	fact_end();
}

static void send_one(const char *way, int fd, union address *to, const union address *real)
{
	uint64_t before, after = now();
	struct iovec v;
	struct msghdr m = message(to, address_size(to), &v);

	if ((strcmp(way, "sendmsg") ? sendto(fd, byte, 1, 0, &to->any, address_size(to)) : sendmsg(fd, &m, 0)) != 1)
		die(way);
	before = now();
	tell(fd, real, "send", true, after, before);
}

static void send_many(int fd, const union address *to)
{
	union address each[3] = {*to, v4_address("127.0.0.2", to->v4.sin_port), v4_address("127.0.0.3", 0)};
	struct mmsghdr messages[3] = {0};
	uint64_t before, after;
	struct iovec v[3];

	each[2].v4.sin_port = htons(9);
	for (int i = 0; i < 3; i++)
		messages[i].msg_hdr = message(&each[i], sizeof(each[i].v4), &v[i]);
	after = now();
	if (sendmmsg(fd, messages, 3, 0) != 3)
		die("sendmmsg");
	before = now();
	for (int i = 0; i < 3; i++)
		tell(fd, &each[i], "send", true, after, before);
}

static void send_connected(const char *way, int fd, union address *to)
{
	union address other = v4_address("127.0.0.9", to->v4.sin_port);
	uint64_t before, after = now();

	if (connect(fd, &to->any, sizeof(to->v4)))
		die("connect");
	before = now();
	tell(fd, to, "call", false, after, before);
	if (send(fd, byte, 1, 0) != 1 || write(fd, byte, 1) != 1)
		die("send");
	if (!strcmp(way, "overruled"))
		send_one(way, fd, &other, &other);
}

static void send_udp(const char *way)
{
	bool six = !strcmp(way, "any6");
	union address server = six ? v6_address("::", 0) : v4_address("0.0.0.0", 0), to, real;
	int fd;

	serve(&server, SOCK_DGRAM);
	fd = socket(server.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	to = six ? v6_address("::", server.v6.sin6_port) : v4_address("127.0.0.1", server.v4.sin_port);
	real = six ? v6_address("::1", server.v6.sin6_port) : to;
	if (!strcmp(way, "sendmmsg")) {
		send_many(fd, &to);
	} else if (!strcmp(way, "connected") || !strcmp(way, "overruled")) {
		send_connected(way, fd, &to);
	} else {
		if (!strcmp(way, "unspec"))
			to.any.sa_family = AF_UNSPEC;
		send_one(way, fd, &to, &real);
	}
}

static void send_local(const char *path, bool abstract)
{
	union address a = {.local.sun_family = AF_UNIX}, none = {.any.sa_family = AF_UNIX};
	size_t len = strlen(path);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + !abstract + abstract);
	int server = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t before, after;

	memcpy(a.local.sun_path + abstract, path, len);
	if (bind(server, &a.any, size))
		die("bind");
	after = now();
	if (sendto(fd, byte, 1, 0, &a.any, size) != 1)
		die("sendto");
	before = now();
	fact_connect(fd, &none, "send", after, before);
	fact_bytes("name_bytes", path, len);
	if (abstract)
		fact(",\"flag\":\"abstract\"");
	fact(",\"user\":true");
	fact_end();
}

static void send_fast(void)
{
	union address to = v4_address("127.0.0.1", 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t before, after;

	serve(&to, SOCK_STREAM);
	after = now();
	if (sendto(fd, byte, 1, MSG_FASTOPEN, &to.any, sizeof(to.v4)) != 1)
		die("sendto");
	before = now();
	tell(fd, &to, "send", false, after, before);
	fact_answer(fd, &to, 0, after, before);
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";

	if (argc < 2)
		return 2;
	fact_exec();
	if (!strcmp(way, "fastopen"))
		send_fast();
	else if (argc == 3)
		send_local(argv[2], !strcmp(way, "abstract"));
	else
		send_udp(way);
	leave(0);
}
