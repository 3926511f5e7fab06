/* SPDX-License-Identifier: Apache-2.0 */
#include "command/credential_record.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "command/policy.h"
#include "lineage/query.h"

struct record {
	struct cl_store_db *db;
	cJSON *files, *destinations, *runs, *findings; /* lists in the record */
	double n_files, n_destinations, n_runs, n_findings;
};

/* A new entry, or NULL when the list is full; counts either way. */
static cJSON *entry(cJSON *list, double *count)
{
	return ++*count <= CL_CREDENTIAL_LISTED ? cl_json_push(list) : NULL;
}

static int add_label(void *ctx, const struct cl_node *n)
{
	cJSON *o = ctx;

	if (n->kind == CL_NODE_FILE)
		cl_json_str(o, "path",
			    *cl_json_get_str(n->attrs, "path") ? cl_json_get_str(n->attrs, "path") : n->label);
	else
		cl_json_str(o, "address", n->label ? n->label : n->id);
	return 0;
}

static int add_edge(void *ctx, const struct cl_edge *e)
{
	struct record *rec = ctx;
	bool file = e->kind == CL_EDGE_STORED_IN;
	cJSON *o;

	if (!file && e->kind != CL_EDGE_USED_TOWARD)
		return 0;
	o = file ? entry(rec->files, &rec->n_files) : entry(rec->destinations, &rec->n_destinations);
	if (!o)
		return 0;
	cl_json_str(o, "id", e->target);
	cl_store_node(rec->db, e->target, add_label, o);
	cl_json_str(o, file ? "place" : "by", e->evidence);
	cl_json_time(o, "first", e->first);
	cl_json_time(o, "last", e->last);
	if (!file)
		cl_json_num(o, "count", (double)e->count);
	return 0;
}

static int add_run(void *ctx, const struct cl_node *run)
{
	static const char *const members[] = {"run_id", "workflow", "run_kind", "environment", "state", "begin", "end"};
	struct record *rec = ctx;
	cJSON *o = entry(rec->runs, &rec->n_runs);

	for (size_t i = 0; o && i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(run->attrs, members[i]))
			cl_json_str(o, members[i], cl_json_get_str(run->attrs, members[i]));
	return 0;
}

static int add_finding(void *ctx, const cJSON *finding)
{
	static const char *const members[] = {"id", "detector", "severity", "last"};
	struct record *rec = ctx;
	cJSON *o = entry(rec->findings, &rec->n_findings);

	for (size_t i = 0; o && i < ARRAY_SIZE(members); i++)
		cl_json_str(o, members[i], cl_json_get_str(finding, members[i]));
	return 0;
}

/* What else the graph knows of it, which is what it or its place declared. */
static void add_declared(cJSON *o, const struct cl_node *n)
{
	cJSON *facts = NULL;
	const cJSON *a;

	cJSON_ArrayForEach (a, n->attrs) {
		if (!cJSON_IsString(a) || !cl_credential_attr_is_fact(a->string))
			continue;
		facts = facts ? facts : cl_json_obj(o, "facts");
		cl_json_str(facts, a->string, a->valuestring);
	}
}

static void add_facts(cJSON *o, const struct cl_node *n)
{
	static const char *const members[] = {
		"fingerprint", "key_id",      "first_fingerprint", "first_key_id",  "provider",
		"format",      "class",	      "expires",	   "rotated_to",    "rotated_from",
		"rotated_at",  "replaced_at", "rotated_in",	   "rotation_basis"};
	uint64_t now = cl_wall_ns();

	if (!n->attrs) /* policy speaks of it, nobody has seen it */
		cl_json_str(o, "fingerprint", n->id);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(n->attrs, members[i]))
			cl_json_str(o, members[i], cl_json_get_str(n->attrs, members[i]));
	if (cJSON_IsTrue(cl_json_at(n->attrs, "local")))
		cl_json_bool(o, "local", true);
	cl_json_time(o, "first_seen", n->first);
	cl_json_time(o, "last_seen", n->last);
	if (n->first && n->first < now)
		cl_json_num(o, "age_seconds", (double)((now - n->first) / CL_NS_PER_S));
	if (cl_json_get_num(n->attrs, "lifetime_seconds") > 0)
		cl_json_num(o, "lifetime_seconds", cl_json_get_num(n->attrs, "lifetime_seconds"));
	add_declared(o, n);
}

int cl_credential_fill(struct cl_store_db *db, const cJSON *config, const struct cl_node *n, cJSON *o,
		       struct cl_error *err)
{
	const struct cl_finding_filter filter = {.credential = n->id};
	struct record rec = {.db = db};
	uint64_t holders = 0;
	int r;

	add_facts(o, n);
	r = cl_policy_fill(db, config, n, o, err);
	if (r)
		return r;
	rec.files = cl_json_arr(o, "files");
	rec.runs = cl_json_arr(o, "runs");
	rec.destinations = cl_json_arr(o, "destinations");
	rec.findings = cl_json_arr(o, "findings");
	r = cl_store_holders(db, n->id, &holders, err);
	if (!r)
		r = cl_store_edges(db, n->id, CL_OUT, add_edge, &rec);
	if (!r)
		r = cl_store_runs_of(db, n->id, add_run, &rec);
	if (!r)
		r = cl_store_findings(db, &filter, add_finding, &rec, NULL);
	cl_json_num(o, "processes", (double)holders);
	cl_json_num(o, "files_total", rec.n_files);
	cl_json_num(o, "runs_total", rec.n_runs);
	cl_json_num(o, "destinations_total", rec.n_destinations);
	cl_json_num(o, "findings_total", rec.n_findings);
	return r;
}
