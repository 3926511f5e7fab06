/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What programs of the evasion cases add to a trigger's facts: who a process is in its case, by the name that the case's
 * judge knows it by. The case and the run come from the environment that tests/evasion/run.sh sets.
 */
#pragma once

#include "../trigger/trigger.h"

__attribute__((unused)) static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

__attribute__((unused)) static int must(long result, const char *what)
{
	if (result < 0)
		die(what);
	return (int)result;
}

__attribute__((unused)) static void fact_here(const char *name)
{
	fact_begin(name);
	fact_string("case", from_environment("CASE"));
	fact_string("run", from_environment("RUN"));
}

/* This process (or thread) is `who`: said, and its pid left in the case's directory for the others. */
__attribute__((unused)) static void tell_who(const char *who)
{
	char path[PATH_MAX], number[16];
	int fd, n;

	fact_here("process");
	fact_string("who", who);
	fact_end();
	snprintf(path, sizeof(path), "%s/pid.%s", from_environment("X"), who);
	n = snprintf(number, sizeof(number), "%d\n", getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, number, (size_t)n) != n)
		die(path);
	close(fd);
}

/* `name` is this open file. */
__attribute__((unused)) static void tell_file(const char *name, int fd)
{
	fact_here("file");
	fact_string("name", name);
	fact_file(fd);
	fact_end();
}

/* Facts go to the file FACTS, whatever stdout is. */
__attribute__((unused)) static void facts_to_file(void)
{
	int fd = open(from_environment("FACTS"), O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		die("FACTS");
	if (dup2(fd, STDOUT_FILENO) < 0)
		die("stdout");
}
