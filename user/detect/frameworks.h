/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries of which security frameworks a detector speaks to: one versioned data file, compiled in. */
#pragma once

#include <cjson/cJSON.h>

#include "base/error.h"

/* Parses and checks the data; *out is passed to cl_frameworks_json and freed with cJSON_Delete. */
int cl_frameworks_load(cJSON **out, struct cl_error *err);
/* Adds the member "frameworks" of a finding. */
void cl_frameworks_json(const cJSON *data, const char *detector, cJSON *finding);
