/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way from observations to findings. A live capture, a recording that is replayed and (later) a stream from
 * other hosts all call cl_pipeline_feed.
 */
#pragma once

#include <cjson/cJSON.h>

#include "config/config.h"
#include "detect/detect.h"
#include "identity/identity.h"
#include "lineage/graph.h"
#include "pipeline/aliases.h"
#include "pipeline/second.h"

struct cl_limits {
	size_t processes, runs, credentials, uses, findings, nodes, edges;
};

struct cl_limits cl_limits_of(const struct cl_config *c);

struct cl_pipeline;
int cl_pipeline_new(struct cl_pipeline **out, const struct cl_limits *limits,
		    void (*report)(void *ctx, const cJSON *finding), void *ctx);
void cl_pipeline_free(struct cl_pipeline **p);
int cl_pipeline_feed(struct cl_pipeline *p, const struct cl_observation *obs);
void cl_pipeline_flush(struct cl_pipeline *p);
struct cl_graph *cl_pipeline_graph(struct cl_pipeline *p);
struct cl_identity *cl_pipeline_identity(struct cl_pipeline *p);
struct cl_detect *cl_pipeline_detect(struct cl_pipeline *p);
/* Which names are one credential: cl_aliases_first turns what somebody calls it into what detectors call it. */
const struct cl_aliases *cl_pipeline_aliases(const struct cl_pipeline *p);
uint64_t cl_pipeline_places_evicted(const struct cl_pipeline *p); /* of pipeline/places.h */
bool cl_pipeline_is_held(const struct cl_pipeline *p, uint64_t ino, uint32_t dev,
			 struct cl_process_key *writer); /* cl_second_is_held */
const struct cl_second_stats *cl_pipeline_second(const struct cl_pipeline *p);
