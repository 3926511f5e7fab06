/* SPDX-License-Identifier: Apache-2.0 */
/* One file per subcommand; main.c finds it in the table and passes the arguments on (argv[0] = the subcommand). */
#pragma once

#include <argp.h>
#include <stdbool.h>

#include "config/config.h"

enum cl_status {
	CL_EXIT_OK = 0,
	CL_EXIT_FAILED = 1, /* failed, or found where a command says so */
	CL_EXIT_USAGE = 2,
	CL_EXIT_UNABLE = 3, /* the kernel or the rights cannot do it */
};

struct cl_command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
};

extern const struct cl_command cl_command_monitor, cl_command_run, cl_command_task, cl_command_credentials,
	cl_command_findings, cl_command_lineage, cl_command_scan, cl_command_replay, cl_command_doctor,
	cl_command_fingerprint, cl_command_policy, cl_command_version, cl_command_top, cl_command_outputs;

/* Options that every command takes; a command lists cl_common_argp as an argp child with &common as its input. */
struct cl_common {
	const char *config, *state, *socket; /* NULL: not given */
	bool json, verbose;
	struct cl_config settings; /* after cl_common_load */
};
extern const struct argp cl_common_argp;
/* Parses; exits with CL_EXIT_USAGE on wrong usage. `examples` (five) and `doc` make the help. */
void cl_command_parse(const char *name, const char *usage, const char *doc, const char *examples,
		      const struct argp_option *options, argp_parser_t parser, int argc, char **argv, void *input,
		      struct cl_common *common);
const char *
cl_common_config(const struct cl_common *common); /* the file that is read; it need not be there when not given */
/* Reads the configuration and applies --state and --socket; prints the error. 0 or CL_EXIT_FAILED. */
int cl_common_load(struct cl_common *common);
void cl_common_free(struct cl_common *common);
bool cl_common_json(const struct cl_common *common); /* --json, or stdout is not a terminal */
