/* SPDX-License-Identifier: Apache-2.0 */
/* Which host and which boot this is: the first observation of every stream. */
#pragma once

#include "base/error.h"
#include "event/observation.h"
#include "store/store.h"

struct cl_host_facts {
	char id[64]; /* /etc/machine-id, hashed; else made once and kept in the store */
	char name[256];
	char boot_id[40];
};

int cl_host_read(struct cl_host_facts *out, struct cl_store_db *db, struct cl_error *err);
/* A CL_OBS_HOST that borrows from `facts`. */
struct cl_observation cl_host_observation(const struct cl_host_facts *facts, uint32_t key_id);
/* Puts it where queries look for it (CL_STORE_HOST). */
int cl_host_store(const struct cl_host_facts *facts, struct cl_store_db *db);
