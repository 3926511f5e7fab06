/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every output may say of what it gets, as options of its spec. Of findings:
 *   severity=medium       at least this one (low, medium, high, critical)
 *   detector=A,B          of these detectors only
 *   workflow=PATTERN      one side's workflow matches ("*" is any text); what has no workflow does not
 *   findings=none         no findings, where events go there (all)
 *   rate=10/s             not more than so many (per s, m or h), and so many events; what is over it waits
 *   outbox-size=20000     reports that may wait for it, 1 to 1000000; over it the least severe, the oldest first, goes
 *   outbox-age=7d         how long one may wait, 1s to 365d
 * Of events:
 *   events=credential     every act with a credential goes there, too, as an OCSF event (none), in a format that has
 *                         records for acts (format/format.h). The filters above are about findings. How events travel,
 *                         and when one is lost: delivery/flow.h
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "output/spec.h"

#define CL_OUTBOX_SIZE 20000
#define CL_OUTBOX_AGE_NS (7 * 86400 * 1000000000ull)

struct cl_output_terms {
	uint32_t severity;	/* 0: any */
	const char *detectors;	/* comma list; NULL: any; borrowed of the spec, as the next */
	const char *workflow;	/* NULL: any */
	uint64_t rate, rate_ns; /* so many in so long; 0: as fast as it takes them */
	uint64_t outbox_size;	/* reports */
	uint64_t outbox_age;	/* ns */
	bool no_findings, events;
};

extern const char *const cl_terms_options[]; /* ends with NULL */

/* The spec outlives the terms. */
int cl_terms_parse(struct cl_output_terms *out, const struct cl_output_spec *spec, struct cl_error *err);
bool cl_terms_want(const struct cl_output_terms *t, const cJSON *finding);
