/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of the OCSF event that are built in files of their own. Absent source members give no members. */
#pragma once

#include <stdbool.h>

#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/text.h"

/* A copy of one member, as it is or as a string / epoch milliseconds. */
void cl_ocsf_str(cJSON *to, const char *key, const cJSON *from, const char *path);
void cl_ocsf_num(cJSON *to, const char *key, const cJSON *from, const char *path);
void cl_ocsf_ms(cJSON *to, const char *key, const cJSON *from, const char *path);
void cl_ocsf_copy(cJSON *to, const char *key, const cJSON *from, const char *path);
/* A number as text: OCSF's ids and observables are strings. */
void cl_ocsf_digits(cJSON *to, const char *key, const cJSON *from, const char *path);

/* Pieces of an evidence or an act; `shown` is a destination as a use names it. */
void cl_ocsf_file(cJSON *to, const char *path);
void cl_ocsf_process(cJSON *to, const cJSON *from);
void cl_ocsf_actor(cJSON *to, const cJSON *process);
void cl_ocsf_endpoint(cJSON *to, const cJSON *finding, const char *shown);
void cl_ocsf_agent(cJSON *to, const cJSON *run);
void cl_ocsf_device(const cJSON *finding, cJSON *event);

/* An act as an event of its class (ocsf_act.c); `agents` as below. */
int cl_ocsf_act(const cJSON *act, const char *version, bool agents, uint64_t logged_ns, struct cl_text *out);

/* `agents`: with ai_agent, which 1.8.0 does not have. */
void cl_ocsf_evidences(const cJSON *finding, bool agents, cJSON *event);
void cl_ocsf_observables(cJSON *event); /* after evidences, resources and device */
void cl_ocsf_sketch(cJSON *event);	/* takes out of a finished event all that a sketch leaves out */
