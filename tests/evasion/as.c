/* SPDX-License-Identifier: Apache-2.0 */
/* Says which process it is in its case, then becomes a command:  as WHO COMMAND... */
#include "evasion.h"

int main(int argc, char **argv)
{
	int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);

	if (argc < 3)
		return 2;
	facts_to_file();
	tell_who(argv[1]);
	if (out < 0 ? close(STDOUT_FILENO) : dup2(out, STDOUT_FILENO) < 0)
		die("stdout");
	execvp(argv[2], argv + 2);
	die(argv[2]);
}
