/* SPDX-License-Identifier: Apache-2.0 */
/* Many short-lived processes, one after another:  storm COUNT */
#include "trigger.h"

#include <sys/wait.h>

int main(int argc, char **argv)
{
	long count = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	pid_t pid;

	if (count <= 0)
		return 2;
	fact_begin("storm");
	fact(",\"count\":%ld", count);
	fact_end();
	for (long i = 0; i < count; i++) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid < 0)
			die("fork");
		waitpid(pid, NULL, 0);
	}
	return 0;
}
