/* SPDX-License-Identifier: Apache-2.0 */
/* The parent opens a file, a child that executes another program reads it:  inherit_fd PATH */
#include "file_facts.h"

#include <sys/wait.h>

int main(int argc, char **argv)
{
	uint64_t before, after;
	char number[16];
	pid_t pid;
	int fd;

	fact_exec();
	if (argc == 3) {
		read_told((int)strtol(argv[2], NULL, 10), 4096, getppid(), 0);
		leave(0);
	}
	if (argc != 2)
		return 2;
	fd = open_told(argv[1], O_RDONLY, 0);
	fcntl(fd, F_SETFD, 0); /* to be inherited */

	snprintf(number, sizeof(number), "%d", fd);
	after = now();
	pid = fork();
	if (pid == 0) {
		execl(argv[0], argv[0], "--read", number, NULL);
		die(argv[0]);
	}
	before = now();
	fact_begin("fork");
	fact(",\"child\":%d", pid);
	fact_between(after, before);
	fact_end();
	waitpid(pid, NULL, 0);
	leave(0);
}
