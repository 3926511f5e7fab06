/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes to places more than once:  connect_many same|distinct|learn|image [FILE]
 *   same        10,000 times to one place, then once more a while later: few records, which count all of them
 *   distinct    to 300 places, once each
 *   learn       to one place, then reads FILE, then there again: two acts
 *   image       to one place, then executes itself and goes there again: likewise
 * Over UDP: a connect there sends nothing.
 */
#include "socket.h"

static int fd;

static void go(const char *address)
{
	union address a = v4_address(address, htons(9));

	if (connect(fd, &a.any, sizeof(a.v4)))
		die("connect");
}

static void tell(unsigned int acts, unsigned int least, unsigned int most)
{
	fact_begin("many");
	fact(",\"acts\":%u,\"least\":%u,\"most\":%u", acts, least, most);
	fact_end();
}

static void same(void)
{
	for (int i = 0; i < 10000; i++)
		go("127.0.0.1");
	usleep(1100000);
	go("127.0.0.1");
	tell(10001, 2, 30); /* a slow machine needs seconds */
}

static void distinct(void)
{
	char address[32];

	for (int i = 0; i < 300; i++) {
		snprintf(address, sizeof(address), "127.3.%d.%d", i / 200, i % 200 + 1);
		go(address);
	}
	tell(300, 300, 300);
}

static void learn(const char *path)
{
	char bytes[64];

	go("127.0.0.1");
	if (!slurp(path, bytes, sizeof(bytes)))
		die(path);
	go("127.0.0.1");
	tell(2, 2, 2);
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!strcmp(way, "same")) {
		same();
	} else if (!strcmp(way, "distinct")) {
		distinct();
	} else if (!strcmp(way, "learn") && argc == 3) {
		learn(argv[2]);
	} else if (!strcmp(way, "image")) {
		go("127.0.0.1");
		execl("/proc/self/exe", argv[0], "again", (char *)NULL);
		die("exec");
	} else if (!strcmp(way, "again")) {
		go("127.0.0.1");
		tell(2, 2, 2);
	} else {
		return 2;
	}
	return 0;
}
