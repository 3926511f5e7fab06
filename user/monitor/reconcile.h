/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After records were lost: what the kernel itself says of processes and open files is set against what is known.
 * Processes that are gone end, those that nobody told of enter with their parent, those that became something else are
 * seen as that; who has a watched file open holds it. All of it enters the stream as observations.
 */
#pragma once

#include "capture/capture.h"
#include "identity/identity.h"

/* Kinds of records, as bits 1 << enum cl_kind, whose loss leaves wrong processes or unknown holders behind. */
#define CL_LOST_PROCESSES (1u << CL_EXEC | 1u << CL_FORK | 1u << CL_EXIT)
#define CL_LOST_FILES (1u << CL_OPEN | 1u << CL_READ | 1u << CL_RECEIVE)

struct cl_reconcile {
	struct cl_capture *capture;
	struct cl_identity *identity;
	void (*on_record)(void *ctx, void *record, size_t size);
	cl_baseline_fn on_process;
	void (*feed)(void *ctx, const struct cl_observation *obs);
	void *ctx;
};

int cl_reconcile(const struct cl_reconcile *r, uint32_t lost_kinds);
