/* SPDX-License-Identifier: Apache-2.0 */
/* What a request to begin or end a run says, checked. Strings point into the request. */
#pragma once

#include "monitor/registrar.h"

#define CL_DECLARED_LIST (CL_PERMITS_MAX * 272)

struct cl_declaration {
	const char *workflow, *run_id, *environment, *spiffe_id, *owner;
	uint64_t ttl;
	char credentials[CL_DECLARED_LIST], destinations[CL_DECLARED_LIST]; /* as in an observation; "" = not said */
};

int cl_registrar_declaration(const cJSON *request, struct cl_declaration *out, struct cl_error *err);
/* Credentials are known by the first of their names (pipeline/aliases.h): those that were declared by another get it. */
void cl_registrar_first_names(const struct cl_registrar *reg, struct cl_declaration *d);
void cl_registrar_fill(const struct cl_declaration *d, struct cl_observation *obs);
int cl_registrar_cgroup(const cJSON *request, const char **out, struct cl_error *err);
int cl_registrar_end(const cJSON *request, struct cl_observation *obs, struct cl_error *err);
