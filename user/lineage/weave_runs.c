/* SPDX-License-Identifier: Apache-2.0 */
/* The host, its runs and their workflows as nodes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "lineage/weave_nodes.h"

#define RUN_DEPTH_MAX 64

int cl_weave_host(struct cl_weave *w)
{
	_cleanup_json_ cJSON *attrs = cJSON_CreateObject();
	char id[CL_ID_SIZE];

	if (!attrs)
		return -ENOMEM;
	cl_json_str(attrs, "id", w->host->id);
	cl_json_str(attrs, "name", w->host->name);
	cl_json_str(attrs, "boot_id", w->host->boot_id);
	return cl_weave_node(w, CL_NODE_HOST, cl_id_host(id, sizeof(id), w->host->id),
			     w->host->name ? w->host->name : w->host->id, w->when, &attrs);
}

/* ---- runs ---- */

static const char *state_name(uint32_t state)
{
	switch (state) {
	case CL_RUN_ENDED:
		return "ended";
	case CL_RUN_ENDED_WITH_SURVIVORS:
		return "ended_with_survivors";
	default:
		return "active";
	}
}

static cJSON *run_attrs(const struct cl_weave *w, const struct cl_run *run)
{
	cJSON *a = cJSON_CreateObject();

	if (!a)
		return NULL;
	cl_json_str(a, "run_id", run->id);
	cl_json_str(a, "run_kind", cl_run_kind_name(run->kind));
	cl_json_str(a, "workflow", run->workflow);
	cl_json_str(a, "environment", run->environment);
	cl_json_str(a, "repository", run->repository);
	cl_json_str(a, "job", run->job);
	cl_json_str(a, "attempt", run->attempt);
	cl_json_str(a, "spiffe_id", run->spiffe_id);
	cl_json_str(a, "owner", run->owner);
	cl_json_str(a, "allowed_credentials", run->allowed_credentials);
	cl_json_str(a, "allowed_destinations", run->allowed_destinations);
	cl_json_str(a, "outcome", run->outcome);
	cl_json_str(a, "state", state_name(run->state));
	cl_json_time(a, "begin", cl_host_wall(w->host, run->begin));
	cl_json_time(a, "end", cl_host_wall(w->host, run->end));
	if (run->declared)
		cl_json_num(a, "registrant", run->registrant);
	if (run->ttl)
		cl_json_num(a, "ttl_seconds", (double)(run->ttl / CL_NS_PER_S));
	if (run->unattributed)
		cl_json_bool(a, "unattributed", true);
	return a;
}

/* "deploy / 8f31": the workflow without its kind, and the run. */
static char *run_label(char *buf, size_t size, const struct cl_run *run)
{
	const char *name = run->workflow ? run->workflow : "";
	const char *colon = strchr(name, ':');

	snprintf(buf, size, "%.100s / %.60s", colon && colon[1] ? colon + 1 : name, run->id);
	return buf;
}

static int put_run(struct cl_weave *w, const struct cl_run *run, const char *id)
{
	_cleanup_json_ cJSON *attrs = run_attrs(w, run);
	char label[CL_EVIDENCE_SIZE];

	if (!attrs)
		return -ENOMEM;
	return cl_weave_node(w, CL_NODE_RUN, id, run_label(label, sizeof(label), run),
			     cl_host_wall(w->host, run->begin), &attrs);
}

/* `there`: the run itself was in the graph already, and with it its edge to the workflow. */
static int put_workflow(struct cl_weave *w, const struct cl_run *run, const char *run_id, bool there)
{
	_cleanup_json_ cJSON *attrs = cJSON_CreateObject();
	char id[CL_ID_SIZE];
	int r;

	if (!attrs)
		return -ENOMEM;
	if (!run->workflow)
		return 0;
	cl_id_workflow(id, sizeof(id), run->workflow);
	if (there && cl_graph_touch(w->g, id))
		return cl_graph_node(w->g, CL_NODE_WORKFLOW, id, NULL, w->when, NULL);
	cl_json_str(attrs, "name", run->workflow);
	cl_json_str(attrs, "run_kind", cl_run_kind_name(run->kind));
	r = cl_weave_node(w, CL_NODE_WORKFLOW, id, run->workflow, w->when, &attrs);
	if (!r)
		r = cl_weave_edge(w, CL_EDGE_PART_OF, run_id, id, cl_host_wall(w->host, run->begin),
				  run->declared	      ? CL_BASIS_DECLARED
				  : run->unattributed ? CL_BASIS_INFERRED
						      : CL_BASIS_OBSERVED,
				  NULL);
	return r;
}

/* The top of every chain of runs lies in the host. */
static int put_in_host(struct cl_weave *w, const struct cl_run *run, const char *run_id)
{
	char id[CL_ID_SIZE];
	int r = 0;

	if (!cl_graph_touch(w->g, cl_id_host(id, sizeof(id), w->host->id)))
		r = cl_weave_host(w);
	if (!r)
		r = cl_weave_edge(w, CL_EDGE_RAN_IN, run_id, id, cl_host_wall(w->host, run->begin), CL_BASIS_OBSERVED,
				  NULL);
	return r;
}

int cl_weave_run(struct cl_weave *w, const struct cl_run *run)
{
	char ids[2][CL_ID_SIZE];
	uint64_t begin = 0; /* of the run below */
	int r = 0;

	for (int depth = 0; !r && run && depth < RUN_DEPTH_MAX; depth++, run = run->parent) {
		const char *id = cl_id_run(ids[depth % 2], CL_ID_SIZE, w->host->id, run->id);
		_cleanup_json_ cJSON *none = NULL;
		bool there = cl_graph_touch(w->g, id);

		if (!there)
			r = put_run(w, run, id);
		if (!r)
			r = cl_weave_node(w, CL_NODE_RUN, id, NULL, w->when, &none);
		if (!r && (!there || !depth))
			r = put_workflow(w, run, id, there);
		if (!r && depth)
			r = cl_weave_edge(w, CL_EDGE_PART_OF, ids[(depth - 1) % 2], id, cl_host_wall(w->host, begin),
					  CL_BASIS_OBSERVED, NULL);
		if (!r && !run->parent && !there)
			r = put_in_host(w, run, id);
		begin = run->begin;
	}
	return r;
}

int cl_weave_run_ended(struct cl_weave *w, const struct cl_run *run)
{
	char id[CL_ID_SIZE];
	int r = 0;

	for (int depth = 0; !r && run && depth < RUN_DEPTH_MAX; depth++, run = run->parent)
		if (run->state != CL_RUN_ACTIVE &&
		    cl_graph_touch(w->g, cl_id_run(id, sizeof(id), w->host->id, run->id)))
			r = put_run(w, run, id);
	return r;
}
