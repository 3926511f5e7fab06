/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects over TCP while another thread keeps changing the address in memory:  connect_swap TRIES
 * What a record says must be where the connection went. Each try has two places of its own, 127.1.i.j and 127.2.i.j.
 */
#include "socket.h"

#include <pthread.h>
#include <stdatomic.h>

static volatile union address shared;
static atomic_bool done;

static void *swap(void *unused)
{
	volatile unsigned char *second = (volatile unsigned char *)&shared.v4.sin_addr + 1;

	while (!done)
		*second ^= 1 ^ 2;
	return unused;
}

/* Where the connection went, in network order. */
static uint32_t go(int listener, in_port_t port, int try)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), peer;
	struct linger reset = {.l_onoff = 1};
	union address a;
	socklen_t len = sizeof(a.v4);

	shared.v4.sin_addr.s_addr = htonl(0x7f010000u | (uint32_t)(try / 200) << 8 | (uint32_t)(try % 200 + 1));
	shared.v4.sin_port = port;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)); /* no port stays behind */
	if (connect(fd, (struct sockaddr *)(uintptr_t)&shared, len) || getpeername(fd, &a.any, &len))
		die("connect");
	peer = accept(listener, NULL, NULL);
	close(fd);
	close(peer);
	return a.v4.sin_addr.s_addr;
}

int main(int argc, char **argv)
{
	union address server = v4_address("0.0.0.0", 0);
	int tries = argc == 2 ? (int)strtol(argv[1], NULL, 10) : 0, listener = serve(&server, SOCK_STREAM), swapped = 0;
	uint32_t *went = calloc((size_t)tries + 1, sizeof(*went));
	pthread_t thread;

	shared.v4.sin_family = AF_INET;
	if (!went || tries > 40000 || pthread_create(&thread, NULL, swap, NULL))
		return 2;
	for (int i = 0; i < tries; i++) {
		went[i] = go(listener, server.v4.sin_port, i);
		swapped += (ntohl(went[i]) >> 16) == 0x7f02;
	}
	done = true;
	pthread_join(thread, NULL);
	fact_begin("swap");
	fact(",\"tries\":%d,\"swapped\":%d", tries, swapped);
	fact_hash("went_hash", went, (size_t)tries * sizeof(*went));
	fact_end();
	return 0;
}
