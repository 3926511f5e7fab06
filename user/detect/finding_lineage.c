/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the graph that goes into a finding: what it speaks of, and what stands next to that. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "detect/engine.h"
#include "lineage/ids.h"

#define IDS_MAX 256

struct ids {
	char *v[IDS_MAX];
	size_t n;
};

static void ids_free(struct ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		free(ids->v[i]);
	ids->n = 0;
}

static void ids_add(struct ids *ids, const char *id)
{
	char *copy;

	if (ids->n == IDS_MAX || !*id)
		return;
	copy = strdup(id);
	if (copy)
		ids->v[ids->n++] = copy;
}

static void ids_of_process(struct ids *ids, const struct cl_host *host, const cJSON *process)
{
	const cJSON *link;
	const char *container = cl_json_get_str(process, "container");
	char id[CL_ID_SIZE];

	if (!process)
		return;
	ids_add(ids, cl_json_get_str(process, "id"));
	ids_add(ids, cl_id_user(id, sizeof(id), host->id, (uint32_t)cl_json_get_num(process, "uid")));
	if (*container)
		ids_add(ids, cl_id_container(id, sizeof(id), container));
	cJSON_ArrayForEach (link, cl_json_at(process, "chain"))
		ids_add(ids, cl_json_get_str(link, "id"));
}

static void ids_of_use(struct ids *ids, const struct cl_host *host, const struct cl_use *u, const cJSON *process)
{
	const char *container = cl_json_get_str(process, "container");
	char id[CL_ID_SIZE];

	ids_add(ids, cl_id_run(id, sizeof(id), host->id, u->run.id));
	ids_add(ids, cl_id_workflow(id, sizeof(id), u->run.workflow));
	for (size_t i = 0; i < u->run.n_parents; i++)
		ids_add(ids, cl_id_run(id, sizeof(id), host->id, u->run.parents[i]));
	for (size_t i = 0; i < u->n_acts; i++)
		if (u->acts[i].path)
			ids_add(ids, cl_id_file(id, sizeof(id), *container ? container : host->id, u->acts[i].path));
	for (size_t i = 0; i < u->n_destinations; i++)
		ids_add(ids, u->destinations[i].id);
}

static int add_graph(const struct cl_detect *d, const struct cl_fact *fact, cJSON *finding)
{
	const struct cl_host *host = cl_detect_host(d);
	cJSON *lineage = cl_json_obj(finding, "lineage");
	cJSON *nodes = cl_json_arr(lineage, "nodes"), *edges = cl_json_arr(lineage, "edges");
	_cleanup_(ids_free) struct ids ids = {.n = 0};
	const cJSON *side;
	char id[CL_ID_SIZE];
	size_t i = 0;

	if (!d->graph || !host || !host->id)
		return 0;
	ids_add(&ids, cl_id_host(id, sizeof(id), host->id));
	if (fact->credential)
		ids_add(&ids, cl_id_credential(id, sizeof(id), fact->credential->fp));
	cJSON_ArrayForEach (side, cl_json_at(finding, "sides")) {
		const cJSON *process = cl_json_at(side, "process");

		ids_of_process(&ids, host, process);
		ids_of_use(&ids, host, fact->sides[i++], process);
	}
	return cl_graph_subset(d->graph, (const char *const *)ids.v, ids.n, nodes, edges);
}

/* The credential's node says of it what the finding does. */
static void add_node_policy(const struct cl_detect *d, const struct cl_fact *fact, cJSON *finding)
{
	char id[CL_ID_SIZE];
	cJSON *node;

	if (!fact->credential)
		return;
	cl_id_credential(id, sizeof(id), fact->credential->fp);
	cJSON_ArrayForEach (node, cl_json_at(finding, "lineage.nodes"))
		if (!strcmp(cl_json_get_str(node, "id"), id))
			cl_finding_policy(d, fact->credential->fp, cJSON_GetObjectItemCaseSensitive(node, "attrs"));
}

int cl_finding_lineage(const struct cl_detect *d, const struct cl_fact *fact, cJSON *finding)
{
	int r = add_graph(d, fact, finding);

	if (!r)
		add_node_policy(d, fact, finding);
	return r;
}
