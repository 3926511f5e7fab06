/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes that open and read at the same time, more of them than processors:  crush PROCESSES FILES DIRECTORY
 * Each makes FILES watched files of its own in DIRECTORY, id_rP_N, reads each once and opens one that nobody watches
 * as often: a probe that does not run because another run of it was interrupted is seen by the file that is missing.
 */
#include "trigger.h"

#include <sys/wait.h>

static void open_and_read(const char *directory, long process, long n)
{
	char path[PATH_MAX], byte[4];
	int fd, other;

	snprintf(path, sizeof(path), "%s/id_r%ld_%ld", directory, process, n);
	fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "FAKE", 4) != 4 || lseek(fd, 0, SEEK_SET))
		die(path);
	other = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (other < 0 || read(other, byte, sizeof(byte)) != 0)
		die("/dev/null");
	close(other);
	if (read(fd, byte, sizeof(byte)) != sizeof(byte))
		die(path);
	close(fd);
}

int main(int argc, char **argv)
{
	long processes = argc == 4 ? strtol(argv[1], NULL, 10) : 0, files = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	int status, bad = 0;

	if (processes <= 0 || files <= 0)
		return 2;
	mkdir(argv[3], 0700);
	fact_begin("crush");
	fact(",\"processes\":%ld,\"files\":%ld", processes, files);
	fact_string("directory", argv[3]);
	fact_end();
	for (long p = 0; p < processes; p++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid)
			continue;
		for (long n = 0; n < files; n++)
			open_and_read(argv[3], p, n);
		_exit(0);
	}
	while (wait(&status) > 0)
		bad |= status;
	return bad ? 1 : 0;
}
