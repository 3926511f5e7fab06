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

__attribute__((unused)) static void fact_here(const char *name)
{
	fact_begin(name);
	fact_string("case", from_environment("CASE"));
	fact_string("run", from_environment("RUN"));
}

/* This process (or thread) is `who`. */
__attribute__((unused)) static void tell_who(const char *who)
{
	fact_here("process");
	fact_string("who", who);
	fact_end();
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
