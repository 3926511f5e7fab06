/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the monitor for its status and prints the answer:  ask SOCKET */
#include "evasion.h"

#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char **argv)
{
	static const char question[] = "{\"op\":\"status\"}\n";
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	char buf[4096];
	ssize_t n;

	if (argc != 2)
		return 2;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", argv[1]);
	if (connect(s, (struct sockaddr *)&a, sizeof(a)) || write(s, question, sizeof(question) - 1) < 0)
		die(argv[1]);
	do {
		n = read(s, buf, sizeof(buf));
		if (n <= 0 || write(STDOUT_FILENO, buf, (size_t)n) != n)
			die("answer");
	} while (buf[n - 1] != '\n');
	return 0;
}
