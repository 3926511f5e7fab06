/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connects to a port of this host, forks; the child (WHO child) reads the file and sends it on the connection that its
 * parent made, and ends before the parent does:  send_on PORT PATH
 */
#include "evasion.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int s = socket(AF_INET, SOCK_STREAM, 0), fd, tries = 0, status = 1;
	static char buf[4096];
	ssize_t n;
	pid_t pid;

	if (argc != 3)
		return 2;
	facts_to_file();
	a.sin_port = htons((uint16_t)atoi(argv[1]));
	while (connect(s, (struct sockaddr *)&a, sizeof(a))) {
		if (tries++ > 100)
			die("connect");
		usleep(50000);
		close(s);
		s = socket(AF_INET, SOCK_STREAM, 0);
	}
	pid = fork();
	if (!pid) {
		tell_who("child");
		fd = open(argv[2], O_RDONLY | O_CLOEXEC);
		n = read(fd, buf, sizeof(buf));
		_exit(n > 0 && send(s, buf, (size_t)n, 0) == n ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}
