/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "lineage/weave.h"
#include "pipeline/aliases.h"
#include "pipeline/connections.h"
#include "pipeline/places.h"
#include "pipeline/second.h"

#define HOLDING_MAX 64
#define PLACES_MAX 4096
#define SECOND_MAX 4096

struct cl_pipeline {
	struct cl_identity *identity;
	struct cl_graph *graph;
	struct cl_detect *detect;
	struct cl_connections *connections;
	struct cl_aliases *aliases;
	struct cl_places *places;
	struct cl_second *second;
	/* Of the event in hand; on the stack they would be wiped for every one of them. */
	struct cl_rotation rotations[CL_ROTATIONS_MAX];
	uint8_t holding[HOLDING_MAX][CL_FP_SIZE], fresh[HOLDING_MAX][CL_FP_SIZE];
};

struct cl_limits cl_limits_of(const struct cl_config *c)
{
	return (struct cl_limits){
		.processes = c->limits.processes,
		.runs = c->limits.runs,
		.credentials = c->limits.credentials,
		.uses = c->limits.uses,
		.findings = c->limits.findings,
		.nodes = c->limits.nodes,
		.edges = c->limits.edges,
	};
}

static void on_join(void *ctx, const uint8_t *later, const uint8_t *first)
{
	cl_detect_join(ctx, later, first);
}

int cl_pipeline_new(struct cl_pipeline **out, const struct cl_limits *limits,
		    void (*report)(void *ctx, const cJSON *finding), void *ctx)
{
	const struct cl_detect_limits detect = {
		.max_credentials = limits->credentials,
		.max_uses_per_credential = limits->uses,
		.max_findings = limits->findings,
	};
	struct cl_pipeline *p = calloc(1, sizeof(*p));
	int r = p ? cl_identity_new(&p->identity, limits->processes, limits->runs) : -ENOMEM;

	r = r ? r : cl_connections_new(&p->connections);
	r = r ? r : cl_aliases_new(&p->aliases, 2 * limits->credentials);
	r = r ? r : cl_places_new(&p->places, PLACES_MAX);
	r = r ? r : cl_second_new(&p->second, SECOND_MAX);
	r = r ? r : cl_graph_new(&p->graph, limits->nodes, limits->edges);
	r = r ? r : cl_detect_new(&p->detect, p->identity, p->graph, &detect, report, ctx);
	if (r) {
		cl_pipeline_free(&p);
		return r;
	}
	cl_aliases_on_join(p->aliases, on_join, p->detect);
	*out = p;
	return 0;
}

void cl_pipeline_free(struct cl_pipeline **p)
{
	struct cl_pipeline *pipeline = TAKE_PTR(*p);

	if (!pipeline)
		return;
	cl_detect_free(&pipeline->detect);
	cl_graph_free(&pipeline->graph);
	cl_identity_free(&pipeline->identity);
	cl_connections_free(&pipeline->connections);
	cl_aliases_free(&pipeline->aliases);
	cl_places_free(&pipeline->places);
	cl_second_free(&pipeline->second);
	free(pipeline);
}

static bool is_among(const uint8_t fp[CL_FP_SIZE], const uint8_t (*list)[CL_FP_SIZE], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!memcmp(list[i], fp, CL_FP_SIZE))
			return true;
	return false;
}

/* The credentials of a read that its reader did not hold before. */
static size_t new_to_reader(struct cl_pipeline *p, const struct cl_observation *obs, uint8_t out[][CL_FP_SIZE])
{
	uint8_t before[HOLDING_MAX][CL_FP_SIZE];
	size_t n = 0, held = cl_detect_holding(p->detect, obs->process, before, HOLDING_MAX);

	for (size_t i = 0; i < obs->n_sightings && n < HOLDING_MAX; i++)
		if (!is_among(obs->sightings[i].fp, before, held))
			memcpy(out[n++], obs->sightings[i].fp, CL_FP_SIZE);
	return n;
}

/* It may use what it has just read on a connection that it has already. */
static int use_older(struct cl_pipeline *p, const struct cl_observation *obs, struct cl_process *actor,
		     const uint8_t (*fps)[CL_FP_SIZE], size_t n)
{
	struct cl_observation older[CL_CONNECTIONS_EACH];
	size_t count = cl_connections_of(p->connections, obs, older);
	int r = 0;

	for (size_t i = 0; i < count && !r; i++) {
		if (cl_detect_is_plumbing(&older[i]))
			continue;
		r = cl_weave(p->graph, p->identity, &older[i], actor, fps, n);
		r = r ? r : cl_detect_apply(p->detect, &older[i], actor, NULL);
	}
	return r;
}

/* Which values took others' places: judgement before it sees the act, the graph when both are in it. */
static int rotate(struct cl_pipeline *p, const struct cl_observation *obs, const struct cl_rotation *list, size_t n,
		  bool woven)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		r = woven ? cl_weave_rotation(p->graph, p->identity, obs, list[i].from, list[i].to)
			  : cl_detect_rotated(p->detect, obs, list[i].from, list[i].to);
	return r;
}

static int feed(struct cl_pipeline *p, const struct cl_observation *obs)
{
	struct cl_rotation *rotations = p->rotations;
	uint8_t(*holding)[CL_FP_SIZE] = p->holding, (*fresh)[CL_FP_SIZE] = p->fresh;
	struct cl_process *actor = NULL;
	struct cl_run *ended = NULL;
	bool reads = obs->kind == CL_OBS_READ && obs->n_sightings && !obs->exempt;
	/* Nearly all events are none of these: what only they need is not made for every one. */
	size_t n = 0, n_fresh = reads ? new_to_reader(p, obs, fresh) : 0, turned;
	int r = cl_identity_apply(p->identity, obs, &actor, &ended);

	if (r)
		return r;
	turned = cl_second_knows(p->second, obs) ? 0 : cl_places_take(p->places, obs, rotations);
	r = rotate(p, obs, rotations, turned, false);
	if (obs->kind == CL_OBS_CONNECT && !cl_detect_is_plumbing(obs))
		n = cl_detect_holding(p->detect, obs->process, holding, HOLDING_MAX);
	else if (obs->kind == CL_OBS_ACCESS)
		n = cl_detect_laid_open(p->detect, obs, holding, HOLDING_MAX);
	/* The graph first: a finding carries the part of it that it speaks of. */
	r = r ? r : cl_weave(p->graph, p->identity, obs, actor, holding, n);
	r = r ? r : rotate(p, obs, rotations, turned, true);
	r = r ? r : cl_detect_apply(p->detect, obs, actor, ended);
	r = r || !n_fresh ? r : use_older(p, obs, actor, fresh, n_fresh);
	r = r ? r : cl_second_take(p->second, obs, actor, p->identity, p->detect, p->graph);
	if (!r)
		cl_connections_take(p->connections, obs);
	return r;
}

int cl_pipeline_feed(struct cl_pipeline *p, const struct cl_observation *obs)
{
	int r = cl_aliases_apply(p->aliases, &obs);

	return r ? r : feed(p, obs);
}

void cl_pipeline_flush(struct cl_pipeline *p)
{
	cl_detect_flush(p->detect);
}

struct cl_graph *cl_pipeline_graph(struct cl_pipeline *p)
{
	return p->graph;
}

struct cl_identity *cl_pipeline_identity(struct cl_pipeline *p)
{
	return p->identity;
}

struct cl_detect *cl_pipeline_detect(struct cl_pipeline *p)
{
	return p->detect;
}

const struct cl_aliases *cl_pipeline_aliases(const struct cl_pipeline *p)
{
	return p->aliases;
}

uint64_t cl_pipeline_places_evicted(const struct cl_pipeline *p)
{
	return cl_places_evicted(p->places);
}

const struct cl_second_stats *cl_pipeline_second(const struct cl_pipeline *p)
{
	return cl_second_stats(p->second);
}

bool cl_pipeline_is_held(const struct cl_pipeline *p, uint64_t ino, uint32_t dev, struct cl_process_key *writer)
{
	return cl_second_is_held(p->second, ino, dev, writer);
}
