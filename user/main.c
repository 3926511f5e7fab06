/* SPDX-License-Identifier: Apache-2.0 */
/* credlineage: finds the subcommand and passes the arguments on. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/parse.h"
#include "base/secure.h"
#include "command/command.h"
#include "command/veil.h"

static const struct cl_command *const commands[] = {
	&cl_command_monitor, &cl_command_run,	  &cl_command_credentials, &cl_command_findings,
	&cl_command_lineage, &cl_command_top,	  &cl_command_scan,	   &cl_command_task,
	&cl_command_replay,  &cl_command_policy,  &cl_command_fingerprint, &cl_command_outputs,
	&cl_command_doctor,  &cl_command_version,
};

static void usage(FILE *out)
{
	fputs("credlineage: watches which process uses which credential, for which workflow, towards whom\n\n"
	      "Usage: credlineage COMMAND [OPTION...]\n\n",
	      out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n`credlineage COMMAND --help` explains each, with examples.\n", out);
}

static int unknown(const char *name)
{
	const char *names[ARRAY_SIZE(commands)], *near;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i]->name;
	near = cl_nearest(name, names, ARRAY_SIZE(names));
	fprintf(stderr, "credlineage: unknown command \"%s\"%s%s%s\n", name, near ? " (did you mean \"" : "",
		near ? near : "", near ? "\"?)" : "; see credlineage --help");
	return CL_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	if (cl_secure_process())
		perror("credlineage: cannot switch core dumps off");
	cl_json_wipe();
	cl_veil(&stderr);
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		usage(stderr);
		return CL_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return CL_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version"))
		return cl_command_version.run(argc - 1, argv + 1);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(argv[1], commands[i]->name)) {
			int status = commands[i]->run(argc - 1, argv + 1);

			/* What is still to be looked through can't be after exit: libcrypto is gone by then. */
			fflush(NULL);
			return status;
		}
	}
	return unknown(argv[1]);
}
