/* SPDX-License-Identifier: Apache-2.0 */
#include "command/credential_record.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "command/policy.h"
#include "store/walk.h"

struct record {
	const struct cl_credential_ask *ask;
	cJSON *files, *destinations, *runs, *findings; /* lists in the record */
	uint64_t n_files, n_destinations, last_used;
};

/* A new entry, or NULL when the list is full or not wanted. */
static cJSON *entry(const struct record *rec, cJSON *list)
{
	return cJSON_GetArraySize(list) < rec->ask->listed ? cl_json_push(list) : NULL;
}

static int add_label(void *ctx, const struct cl_node *n)
{
	cJSON *o = ctx;

	cl_json_str(o, "id", n->id);
	if (n->kind == CL_NODE_FILE)
		cl_json_str(o, "path",
			    *cl_json_get_str(n->attrs, "path") ? cl_json_get_str(n->attrs, "path") : n->label);
	else
		cl_json_str(o, "address", n->label ? n->label : n->id);
	return 0;
}

static int add_link(void *ctx, const struct cl_link *l)
{
	bool file = l->kind == CL_EDGE_STORED_IN;
	struct record *rec = ctx;
	cJSON *o = entry(rec, file ? rec->files : rec->destinations);
	int r;

	++*(file ? &rec->n_files : &rec->n_destinations);
	if (!file && l->last > rec->last_used)
		rec->last_used = l->last;
	if (!o)
		return 0;
	r = cl_store_node_at(rec->ask->db, l->target, add_label, o);
	cl_json_str(o, file ? "place" : "by", l->evidence);
	cl_json_time(o, "first", l->first);
	cl_json_time(o, "last", l->last);
	if (!file)
		cl_json_num(o, "count", (double)l->count);
	return r == -ENOENT ? 0 : r;
}

static int add_run(void *ctx, const struct cl_node *run)
{
	static const char *const members[] = {"run_id", "workflow", "run_kind", "environment", "state", "begin", "end"};
	struct record *rec = ctx;
	cJSON *o = entry(rec, rec->runs);

	for (size_t i = 0; o && i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(run->attrs, members[i]))
			cl_json_str(o, members[i], cl_json_get_str(run->attrs, members[i]));
	return 0;
}

static int add_run_at(void *ctx, int64_t run)
{
	struct record *rec = ctx;
	int r = cl_store_node_at(rec->ask->db, run, add_run, rec);

	return r == -ENOENT ? 0 : r;
}

static int add_finding(void *ctx, const cJSON *finding)
{
	static const char *const members[] = {"id", "detector", "severity", "last"};
	struct record *rec = ctx;
	cJSON *o = entry(rec, rec->findings);

	if (!o)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
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

/* What a list has beside the totals; 0 entries: the totals are all. */
static int fill_lists(struct record *rec, int64_t n, const char *id, cJSON *o)
{
	const struct cl_finding_filter filter = {.credential = id};
	const struct cl_credential_ask *ask = rec->ask;
	int r;

	if (!ask->listed)
		return 0;
	rec->runs = cl_json_arr(o, "runs");
	rec->findings = cl_json_arr(o, "findings");
	r = cl_store_newest_runs(ask->db, n, (uint64_t)ask->listed, add_run_at, rec);
	r = r ? r : cl_store_findings(ask->db, &filter, add_finding, rec, NULL);
	return r < 0 ? r : 0;
}

static int fill_seen(struct record *rec, const char *id, cJSON *o, struct cl_error *err)
{
	static const struct cl_kinds used = {CL_EDGE_USED_TOWARD, CL_EDGE_STORED_IN};
	struct cl_store_db *db = rec->ask->db;
	uint64_t holders = 0, runs = 0, findings = 0;
	int64_t n = 0;
	int r = cl_store_number_of(db, id, &n);

	if (rec->ask->listed) {
		rec->files = cl_json_arr(o, "files");
		rec->destinations = cl_json_arr(o, "destinations");
	}
	if (r != -ENOENT) { /* policy may speak of one that nobody has seen */
		r = r ? r : cl_store_links(db, n, CL_OUT, used, 0, add_link, rec);
		r = r ? r : cl_store_holders(db, id, &holders, err);
		r = r ? r : cl_store_count_runs(db, n, &runs);
		r = r ? r : cl_store_count_findings(db, id, &findings);
	}
	r = r && r != -ENOENT ? r : fill_lists(rec, n, id, o);
	cl_json_time(o, "last_used", rec->last_used);
	cl_json_num(o, "processes", (double)holders);
	cl_json_num(o, "files_total", (double)rec->n_files);
	cl_json_num(o, "runs_total", (double)runs);
	cl_json_num(o, "destinations_total", (double)rec->n_destinations);
	cl_json_num(o, "findings_total", (double)findings);
	return r;
}

int cl_credential_fill(const struct cl_credential_ask *ask, const struct cl_node *n, cJSON *o, struct cl_error *err)
{
	struct record rec = {.ask = ask};
	int r;

	add_facts(o, n);
	r = cl_policy_fill(ask->db, ask->config, n, o, err);
	return r ? r : fill_seen(&rec, n->id, o, err);
}
