/* SPDX-License-Identifier: Apache-2.0 */
/* Which findings are meant. */
#pragma once

#include <stdbool.h>

#include "store/store.h"

struct cl_finding_choice {
	struct cl_finding_filter stored; /* what the store filters by */
	const char *provider, *workflow; /* of its credential, of one of its sides; NULL: all */
	const char *status;		 /* as of format/review.h; NULL: all */
};

/* What the store does not filter by. */
bool cl_finding_concerns(const struct cl_finding_choice *c, const cJSON *finding);
/* All of it: for a report, which comes unfiltered. */
bool cl_finding_wanted(const struct cl_finding_choice *c, const cJSON *finding);
