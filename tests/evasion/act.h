/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of act.c have in common: a step is a word "name" or "name=value" and a function. */
#pragma once

#include "evasion.h"

struct step {
	const char *name;
	void (*run)(const char *value);
};

extern const struct step *const step_tables[]; /* each ends with a step without a name; NULL at the end */

static char **next_step; /* what is left to do */
static const char *this_program;

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(path);
	close(fd);
}

/* Splits "a<separator>b": the first part is copied, the second given back. */
static const char *split(const char *value, char separator, char *first, size_t size)
{
	const char *at = strchr(value, separator);

	if (!at || (size_t)(at - value) >= size)
		exit(2);
	memcpy(first, value, (size_t)(at - value));
	first[at - value] = 0;
	return at + 1;
}

static void tell_number(const char *name, const char *of, uint64_t value)
{
	fact_here(name);
	fact_string("of", of);
	fact(",\"value\":%" PRIu64, value);
	fact_end();
}

/* Another process's own view of itself is not the host's: its creator tells who it is. */
static void tell_other(const char *who, pid_t pid)
{
	char path[64];
	struct proc_stat s;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	s = read_stat(path);
	fact_used = 0;
	fact("{\"fact\":\"process\",\"tgid\":%ld,\"start\":%" PRIu64 ",\"parent_tgid\":%ld", s.pid, s.start, s.parent);
	fact_string("case", from_environment("CASE"));
	fact_string("run", from_environment("RUN"));
	fact_string("who", who);
	fact_end();
}

/* The rest of the command line as a program, found as a shell finds it. */
static const char *which(const char *name)
{
	static char path[PATH_MAX];
	const char *list = from_environment("PATH");

	if (strchr(name, '/'))
		return name;
	while (*list) {
		size_t len = strcspn(list, ":");

		snprintf(path, sizeof(path), "%.*s/%s", (int)len, list, name);
		if (!access(path, X_OK))
			return path;
		list += len + (list[len] == ':');
	}
	die(name);
}

static void do_step(const char *word)
{
	size_t len = strcspn(word, "=");

	if (memchr(word, '/', len)) /* a script's own name, when this program is its interpreter */
		return;
	for (const struct step *const *table = step_tables; *table; table++) {
		for (const struct step *s = *table; s->name; s++) {
			if (strlen(s->name) != len || strncmp(s->name, word, len))
				continue;
			s->run(word[len] ? word + len + 1 : "");
			return;
		}
	}
	fprintf(stderr, "no such step: %s\n", word);
	exit(2);
}

static void do_steps(char **steps)
{
	for (next_step = steps; *next_step;)
		do_step(*next_step++);
}
