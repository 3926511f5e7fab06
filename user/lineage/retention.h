/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store forgets: acts and findings that are too old, the oldest of them sooner when the file is too large,
 * and reports that every output has had. Works in small steps between other writes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lineage/store.h"

struct cl_retention {
	uint64_t max_age;   /* ns; 0: forget nothing */
	uint64_t max_bytes; /* of the database */
	uint64_t age;	    /* in force now: max_age, or less while the file is too large */
	uint64_t due;	    /* boot ns of the next look */
	uint64_t removed;   /* rows forgotten so far */
};

void cl_retention_init(struct cl_retention *r, uint64_t max_age, uint64_t max_bytes);
/* One bounded step, when it is due. `sent`: the last report that every output has had. 0 or -errno. */
int cl_retention_step(struct cl_retention *r, struct cl_store_db *db, uint64_t sent, uint64_t boot_ns,
		      uint64_t wall_ns);
