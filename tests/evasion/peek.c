/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks into another process:  peek vm PID ADDRESS | mem PID ADDRESS | attach PID ADDRESS | seize PID ADDRESS
 *                              peek traced COMMAND...    a child (WHO traced) that asks its parent to trace it
 * Ends well when what it found at ADDRESS begins as a token does.
 */
#include "evasion.h"

#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

static char buf[32];

static void by_vm(pid_t pid, unsigned long address)
{
	struct iovec here = {buf, sizeof(buf)}, there = {(void *)address, sizeof(buf)};

	must(process_vm_readv(pid, &here, 1, &there, 1, 0), "process_vm_readv");
}

static void by_mem(pid_t pid, unsigned long address)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	must(pread(must(open(path, O_RDONLY), path), buf, sizeof(buf), (off_t)address), path);
}

static void peek_words(pid_t pid, unsigned long address)
{
	for (size_t i = 0; i < sizeof(buf); i += sizeof(long)) {
		long word = ptrace(PTRACE_PEEKDATA, pid, address + i, 0);

		memcpy(buf + i, &word, sizeof(word));
	}
	must(ptrace(PTRACE_DETACH, pid, 0, 0), "detach");
}

static void by_attach(pid_t pid, unsigned long address)
{
	must(ptrace(PTRACE_ATTACH, pid, 0, 0), "attach");
	must(waitpid(pid, NULL, 0), "waitpid");
	peek_words(pid, address);
}

static void by_seize(pid_t pid, unsigned long address)
{
	must(ptrace(PTRACE_SEIZE, pid, 0, 0), "seize");
	must(ptrace(PTRACE_INTERRUPT, pid, 0, 0), "interrupt");
	must(waitpid(pid, NULL, 0), "waitpid");
	peek_words(pid, address);
}

static int trace_child(char **command)
{
	int status = 1;
	pid_t pid = must(fork(), "fork");

	if (!pid) {
		facts_to_file();
		tell_who("traced");
		must(ptrace(PTRACE_TRACEME, 0, 0, 0), "traceme");
		execvp(command[0], command);
		die(command[0]);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		must(ptrace(PTRACE_CONT, pid, 0, 0), "cont");
	return WEXITSTATUS(status);
}

static const struct {
	const char *name;
	void (*look)(pid_t pid, unsigned long address);
} ways[] = {{"vm", by_vm}, {"mem", by_mem}, {"attach", by_attach}, {"seize", by_seize}};

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "traced"))
		return trace_child(argv + 2);
	for (size_t i = 0; argc == 4 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(argv[1], ways[i].name))
			continue;
		ways[i].look(atoi(argv[2]), strtoul(argv[3], NULL, 10));
		return memcmp(buf, "ghp_", 4) ? 1 : 0;
	}
	return 2;
}
