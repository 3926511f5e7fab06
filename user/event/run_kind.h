/* SPDX-License-Identifier: Apache-2.0 */
/* What kinds of runs there are. Their names stand in observations, recognisers and the store: append-only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum cl_run_kind {
	CL_RUN_HOST = 1,    /* the host itself: what nobody claims */
	CL_RUN_SESSION = 2, /* login or ssh session */
	CL_RUN_UNIT = 3,    /* systemd unit */
	CL_RUN_CONTAINER = 4,
	CL_RUN_POD = 5,
	CL_RUN_CI_JOB = 6,
	CL_RUN_AGENT = 7,    /* AI agent session */
	CL_RUN_DECLARED = 8, /* `credlineage run`, `task begin` */
	CL_RUN_BATCH = 9,
};

/* host and session: ambient surroundings, not work that a credential is issued to. */
static inline bool cl_run_is_ambient(uint32_t kind)
{
	return kind == CL_RUN_HOST || kind == CL_RUN_SESSION;
}

/* Kinds whose unit of work is one task: a static credential should not outlive it. */
static inline bool cl_run_is_task(uint32_t kind)
{
	return kind == CL_RUN_CI_JOB || kind == CL_RUN_AGENT || kind == CL_RUN_DECLARED || kind == CL_RUN_BATCH;
}

const char *cl_run_kind_name(uint32_t kind);  /* "host", "session", "unit", ... */
uint32_t cl_run_kind_parse(const char *name); /* 0: none of them */
