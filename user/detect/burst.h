/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that belong together: what one actor did without a longer pause is one fact that is counted, known by what it
 * began with. Bounded: of CL_BURSTS at a time the one that is quiet for longest gives way.
 */
#pragma once

#include "base/clock.h"
#include "detect/detector.h"

#define CL_BURSTS 256
#define CL_BURST_QUIET (60 * CL_NS_PER_S)

struct cl_burst {
	char *key;		/* whose acts; NULL: free */
	char *lead;		/* what they began with */
	uint8_t fp[CL_FP_SIZE]; /* of the credential that they began with */
	bool of_credential;	/* fp counts */
	struct cl_use *use;	/* NULL: not asked for */
	uint64_t first, last, n;
};

struct cl_bursts {
	struct cl_burst list[CL_BURSTS];
};

/* The one that this act goes on with, else a new one; counts it. NULL: out of memory. */
struct cl_burst *cl_burst_of(struct cl_bursts *g, const char *key, const char *lead, uint64_t now);
void cl_bursts_free(struct cl_bursts *g);
