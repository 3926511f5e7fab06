/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store forgets: acts and findings that are too old, and reports that no output needs. While the file is
 * too large acts go sooner, and findings only when acts cannot go any sooner; what a finding's lineage needs stays as
 * long as the finding. Works in small steps between other writes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

struct cl_retention {
	uint64_t max_age;     /* ns; 0: forget nothing */
	uint64_t max_bytes;   /* of the database */
	uint64_t age;	      /* of acts, in force now: max_age, or less while the file is too large */
	uint64_t finding_age; /* the same of findings */
	uint64_t due;	      /* boot ns of the next look */
	struct cl_sweep sweep;
};

void cl_retention_init(struct cl_retention *r, uint64_t max_age, uint64_t max_bytes);
/* One bounded step, when it is due. 0 or -errno. */
int cl_retention_step(struct cl_retention *r, struct cl_store_db *db, uint64_t boot_ns, uint64_t wall_ns);
