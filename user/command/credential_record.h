/* SPDX-License-Identifier: Apache-2.0 */
/* One credential as `credentials` tells of it: a record for programs, and the same for people. */
#pragma once

#include "base/error.h"
#include "lineage/store.h"

/* Of each list in a record; how many there are in all is said beside it. */
#define CL_CREDENTIAL_LISTED 200

/* Fills o from the node; config: the configuration's policy statements. 0 or -errno. */
int cl_credential_fill(struct cl_store_db *db, const cJSON *config, const struct cl_node *n, cJSON *o,
		       struct cl_error *err);
void cl_credential_put_row(const cJSON *o);
void cl_credential_put_whole(const cJSON *o);
