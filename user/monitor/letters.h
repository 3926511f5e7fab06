/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dead letters of the running monitor's outputs are sent once more, or thrown away, for {"op":"dead-letters"}. The
 * writer's thread does it, one request at a time. Only root and the monitor's own user may ask.
 */
#pragma once

#include "monitor/desk.h"
#include "monitor/errand.h"

#define CL_LETTERS_NAME 512 /* bytes of an output's name or a finding's id */

struct cl_letters {
	struct cl_writer *writer;
	const struct cl_desk *desk; /* which store is ours */
	struct cl_errand errand;
	/* the writer's thread's while the errand is under way */
	char output[CL_LETTERS_NAME], finding[CL_LETTERS_NAME]; /* "": all */
	bool retry;
	pid_t pid;
	uid_t uid;
	uint64_t n;
	int result;
	struct cl_error err;
};

/* A cl_control_handler. */
int cl_letters_handle(struct cl_letters *l, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
		      struct cl_error *err);
