/* SPDX-License-Identifier: Apache-2.0 */
/* What may be declared with a run: the options that `run` and `task begin` share, and how they stand in a request. */
#pragma once

#include <argp.h>
#include <cjson/cJSON.h>

#include "identity/identity.h"

struct cl_declared {
	const char *workflow, *run_id, *environment, *ttl, *spiffe_id, *owner;
	const char *credentials[CL_PERMITS_MAX], *destinations[CL_PERMITS_MAX];
	size_t n_credentials, n_destinations;
};

/* Keys from here on, no characters: a command's own begin at 1. */
#define CL_DECLARE_KEY 0x200
enum {
	CL_DECLARE_WORKFLOW = CL_DECLARE_KEY,
	CL_DECLARE_RUN_ID,
	CL_DECLARE_ENVIRONMENT,
	CL_DECLARE_TTL,
	CL_DECLARE_SPIFFE_ID,
	CL_DECLARE_OWNER,
	CL_DECLARE_CREDENTIAL,
	CL_DECLARE_DESTINATION,
};

/* Rows of an argp table. */
#define CL_DECLARE_OPTIONS                                                                                             \
	{"workflow", CL_DECLARE_WORKFLOW, "NAME", 0, "Name of the work", 0},                                           \
		{"run-id", CL_DECLARE_RUN_ID, "ID", 0, "Id of this run (default: made)", 0},                           \
		{"environment",                                                                                        \
		 CL_DECLARE_ENVIRONMENT,                                                                               \
		 "NAME",                                                                                               \
		 0,                                                                                                    \
		 "dev, staging, production or a label of the site",                                                    \
		 0},                                                                                                   \
		{"ttl",                                                                                                \
		 CL_DECLARE_TTL,                                                                                       \
		 "DURATION",                                                                                           \
		 0,                                                                                                    \
		 "How long the run may last (15m, 2h): past it, it has ended as expired, whoever goes on",             \
		 0},                                                                                                   \
		{"spiffe-id", CL_DECLARE_SPIFFE_ID, "URI", 0, "Workload identity of the run", 0},                      \
		{"owner", CL_DECLARE_OWNER, "NAME", 0, "Whose work it is", 0},                                         \
		{"allow-credential",                                                                                   \
		 CL_DECLARE_CREDENTIAL,                                                                                \
		 "FP",                                                                                                 \
		 0,                                                                                                    \
		 "The run needs this credential and no other that is not named so (repeatable)",                       \
		 0},                                                                                                   \
		{"allow-destination",                                                                                  \
		 CL_DECLARE_DESTINATION,                                                                               \
		 "HOST:PORT",                                                                                          \
		 0,                                                                                                    \
		 "The run connects there and nowhere else that is not named so (repeatable): an address, a name, "     \
		 "*.name, a socket's path; port * for any",                                                            \
		 0},                                                                                                   \
	{                                                                                                              \
		0                                                                                                      \
	}

/* 0, or ARGP_ERR_UNKNOWN for a key that is none of these. */
error_t cl_declare_parse(struct cl_declared *d, int key, char *arg, struct argp_state *state);
void cl_declare_put(const struct cl_declared *d, cJSON *request);
