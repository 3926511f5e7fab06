/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds a token in its environment until the file `stop` is there:  victim VARIABLE [wipe]
 * Leaves in the case's directory where the value lies (`address`); wipe: overwrites its whole environment first.
 */
#include "evasion.h"

extern char **environ;

static void leave_address(const char *value)
{
	char path[PATH_MAX], text[32];
	int fd, n = snprintf(text, sizeof(text), "%lu\n", (unsigned long)value);

	snprintf(path, sizeof(path), "%s/address.new", from_environment("X"));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		die(path);
	close(fd);
	snprintf(path, sizeof(path), "%s/address", from_environment("X"));
	if (chdir(from_environment("X")) || rename("address.new", path))
		die(path);
}

int main(int argc, char **argv)
{
	char *value = argc > 1 ? getenv(argv[1]) : NULL, stop[PATH_MAX];

	if (!value)
		return 2;
	snprintf(stop, sizeof(stop), "%s/stop", from_environment("X"));
	leave_address(value);
	if (argc > 2) {
		char *end = environ[0];

		for (char **e = environ; *e; e++)
			end = *e + strlen(*e);
		memset(environ[0], 'x', (size_t)(end - environ[0]));
	}
	for (int tries = 0; access(stop, F_OK) && tries < 6000; tries++)
		usleep(50000);
	return 0;
}
