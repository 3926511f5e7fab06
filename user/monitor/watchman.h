/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches the watching: tells the pipeline what is covered and what was lost, and answers questions about it.
 * Coverage and loss enter the stream as observations, so that a recording knows them too.
 */
#pragma once

#include <cjson/cJSON.h>

#include "capture/capture.h"
#include "metrics/health.h"
#include "monitor/name_watch.h"
#include "monitor/opa.h"
#include "monitor/writer.h"
#include "monitor/written.h"
#include "pipeline/observe.h"
#include "pipeline/pipeline.h"

#define CL_OWN_LOSSES 4

struct cl_watchman {
	struct cl_capture *capture;
	struct cl_pipeline *pipeline;
	struct cl_writer *writer;
	struct cl_opa *opa; /* NULL: none */
	void (*feed)(void *ctx, const struct cl_observation *obs);
	void *ctx;
	uint64_t counters[CL_COUNTERS]; /* at the last look */
	uint64_t looked;		/* boot ns */
	const struct cl_observer_stats *observed;
	const struct cl_looker_stats *looked_after;
	struct cl_name_watch *names;
	uint64_t own[CL_OWN_LOSSES]; /* the same of what is lost on this side of the rings */
	int store_error;	     /* as it was told last; 0: the store is written */
	uint32_t lost_kinds;	     /* 1 << enum cl_kind; whoever reconciles takes it away */
	bool disturbed;		     /* somebody meddled since */
	struct cl_health health;
};

void cl_watchman_begin(struct cl_watchman *w);			       /* coverage of every act */
void cl_watchman_look(struct cl_watchman *w);			       /* once a second: what was lost since */
void cl_watchman_line(struct cl_watchman *w, char *line, size_t size); /* the same in short, for the service manager */
void cl_watchman_status(struct cl_watchman *w, cJSON *out);	       /* counters of every stage, coverage */
