/* SPDX-License-Identifier: Apache-2.0 */
/* The parent opens a file, a child that executes another program reads it:  inherit_fd PATH */
#include "trigger.h"

#include <sys/wait.h>

static char content[4096];

static void reader(int fd)
{
	uint64_t before, after = now();
	ssize_t n = read(fd, content, sizeof(content));

	before = now();
	if (n < 0)
		die("read");
	fact_begin("read");
	fact_path(fd);
	fact_file(fd);
	fact_string("how", "read");
	fact(",\"offset\":0,\"length\":%zd", n);
	fact_hash("content_hash", content, (size_t)n);
	fact_opener(getppid());
	fact_between(after, before);
	fact_end();
	leave(0);
}

int main(int argc, char **argv)
{
	uint64_t before, after;
	char number[16];
	pid_t pid;
	int fd;

	fact_exec();
	if (argc == 3)
		reader((int)strtol(argv[2], NULL, 10));
	if (argc != 2)
		return 2;
	after = now();
	fd = open(argv[1], O_RDONLY);
	before = now();
	if (fd < 0)
		die(argv[1]);
	fact_begin("open");
	fact_path(fd);
	fact_file(fd);
	fact(",\"open_flags\":%d", fcntl(fd, F_GETFL));
	fact_between(after, before);
	fact_end();

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
