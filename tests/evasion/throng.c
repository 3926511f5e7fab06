/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Much of one kind, to push out what matters:
 *   throng opens SECONDS FILE       opens and closes it at full speed
 *   throng paths COUNT DIRECTORY    reads DIRECTORY/N/.env, made before, without a credential in it
 *   throng ports COUNT              connects to COUNT ports of this host
 *   throng sleepers COUNT           COUNT processes at the same time, until the file `stop` is there
 *   throng arguments COUNT FILE     becomes `true` with COUNT arguments before one that FILE holds
 */
#include "evasion.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void opens(long seconds, const char *path)
{
	uint64_t end = now() + (uint64_t)seconds * 1000000000u;

	while (now() < end)
		for (int i = 0; i < 1000; i++)
			close(must(open(path, O_RDONLY | O_CLOEXEC), path));
}

static void paths(long count, const char *directory)
{
	char path[PATH_MAX], buf[64];
	int fd;

	for (long i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%ld", directory, i);
		must(mkdir(path, 0755), path);
		snprintf(path, sizeof(path), "%s/%ld/.env", directory, i);
		fd = must(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644), path);
		must(write(fd, "COLOUR=blue\n", 12), path);
		must(pread(fd, buf, sizeof(buf), 0), path);
		close(fd);
	}
}

static void ports(long count)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	int s = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");

	/* Each address of 127/8 is this host. */
	for (long i = 0; i < count; i++) {
		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(i / 1000));
		a.sin_port = htons((uint16_t)(30000 + i % 1000));
		must(connect(s, (struct sockaddr *)&a, sizeof(a)), "connect");
	}
}

static void sleepers(long count)
{
	char stop[PATH_MAX], ready[PATH_MAX];

	snprintf(stop, sizeof(stop), "%s/stop", from_environment("X"));
	snprintf(ready, sizeof(ready), "%s/crowded", from_environment("X"));
	must(setpgid(0, 0), "setpgid"); /* the signal at the end is for them alone */
	for (long i = 0; i < count; i++) {
		if (must(fork(), "fork"))
			continue;
		pause();
		_exit(0);
	}
	close(open(ready, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	for (int tries = 0; access(stop, F_OK) && tries < 600; tries++)
		usleep(50000);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
}

static void arguments(long count, const char *path)
{
	char **argv = calloc((size_t)count + 3, sizeof(*argv)), token[128];

	if (!argv || !slurp(path, token, sizeof(token)))
		die(path);
	token[strcspn(token, "\n")] = 0;
	argv[0] = "true";
	for (long i = 1; i <= count; i++)
		argv[i] = "an-argument-of-no-interest";
	argv[count + 1] = token;
	execvp("true", argv);
	die("true");
}

int main(int argc, char **argv)
{
	const char *way = argc > 2 ? argv[1] : "";
	long n = argc > 2 ? strtol(argv[2], NULL, 10) : 0;

	if (!strcmp(way, "opens") && argc == 4)
		opens(n, argv[3]);
	else if (!strcmp(way, "paths") && argc == 4)
		paths(n, argv[3]);
	else if (!strcmp(way, "ports"))
		ports(n);
	else if (!strcmp(way, "sleepers"))
		sleepers(n);
	else if (!strcmp(way, "arguments") && argc == 4)
		arguments(n, argv[3]);
	else
		return 2;
	return 0;
}
