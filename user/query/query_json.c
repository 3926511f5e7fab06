/* SPDX-License-Identifier: Apache-2.0 */
/* The lineage object around its nodes and edges: host, focus, coverage, gaps and the findings that concern it. */
#include "query/query_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "store/statements.h"

/* Adds an object that is there already; it is freed when that fails. */
static int attach(cJSON *to, const char *key, cJSON *item)
{
	if (item && cJSON_AddItemToObject(to, key, item))
		return 0;
	cJSON_Delete(item);
	return -ENOMEM;
}

static cJSON *stored_object(struct cl_lineage_walk *w, const char *name)
{
	_cleanup_free_ char *text = NULL;
	cJSON *o;

	if (cl_store_get(w->db, name, &text))
		return NULL;
	o = cJSON_Parse(text);
	if (cJSON_IsObject(o))
		return o;
	cJSON_Delete(o);
	return NULL;
}

/* ---- host, focus, window ---- */

static int host_of_node(void *ctx, const struct cl_node *n)
{
	cJSON *host = ctx;

	if (cJSON_GetArraySize(host))
		return 0;
	cl_json_str(host, "id", cl_starts_with(n->id, "host:") ? n->id + 5 : n->id);
	cl_json_str(host, "name", n->label);
	if (*cl_json_get_str(n->attrs, "boot_id"))
		cl_json_str(host, "boot_id", cl_json_get_str(n->attrs, "boot_id"));
	return 0;
}

/* As the monitor told it; else as the host's node has it. */
static int add_host(struct cl_lineage_walk *w, cJSON *o)
{
	static const char *const members[] = {"id", "name", "boot_id"};
	_cleanup_json_ cJSON *stored = stored_object(w, CL_STORE_HOST);
	cJSON *host = cl_json_obj(o, "host");

	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(stored, members[i]))
			cl_json_str(host, members[i], cl_json_get_str(stored, members[i]));
	return cJSON_GetArraySize(host) ? 0 : cl_store_nodes(w->db, CL_NODE_HOST, host_of_node, host);
}

static void add_focus(const struct cl_lineage_walk *w, const struct cl_ids *focus, cJSON *o)
{
	cJSON *f = cl_json_obj(o, "focus"), *ids;

	cl_json_str(f, "kind", w->kind);
	cl_json_str(f, "value", w->value);
	cl_json_time(f, "at", w->q->at);
	if (w->q->direction)
		cl_json_str(f, "direction", w->q->direction == CL_LINEAGE_ORIGINS ? "origins" : "consequences");
	ids = cl_json_arr(f, "nodes");
	for (size_t i = 0; i < focus->n; i++)
		cJSON_AddItemToArray(ids, cl_json_clean_string(focus->ids[i]));
}

static void add_window(const struct cl_lineage_walk *w, cJSON *o)
{
	cJSON *window = cl_json_obj(o, "window");

	cl_json_time(window, "from", w->q->since);
	cl_json_time(window, "to", w->q->until);
}

/* ---- coverage ---- */

static void copy_strings(cJSON *to, const cJSON *from, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (*cl_json_get_str(from, names[i]))
			cl_json_str(to, names[i], cl_json_get_str(from, names[i]));
}

static void add_losses(struct cl_lineage_walk *w, const cJSON *stored, cJSON *coverage)
{
	static const char *const names[] = {"act", "stage"};
	cJSON *lost = cl_json_arr(coverage, "lost");
	const cJSON *item;

	cJSON_ArrayForEach (item, cl_json_at(stored, "lost")) {
		cJSON *to = cl_json_push(lost), *gap = cl_json_push(w->gaps);

		copy_strings(to, item, names, ARRAY_SIZE(names));
		cl_json_num(to, "count", cl_json_get_num(item, "count"));
		cl_json_str(gap, "kind", "loss");
		copy_strings(gap, item, names, ARRAY_SIZE(names));
		cl_json_num(gap, "count", cl_json_get_num(item, "count"));
	}
}

/* Member by member, so that nothing but the agreed shape leaves. Not told is not complete. */
static void add_coverage(struct cl_lineage_walk *w, cJSON *o)
{
	static const char *const names[] = {"act", "tier", "detail"};
	_cleanup_json_ cJSON *stored = stored_object(w, CL_STORE_COVERAGE);
	bool complete = cJSON_IsTrue(cl_json_at(stored, "complete"));
	cJSON *coverage = cl_json_obj(o, "coverage"), *acts;
	const cJSON *item;

	cl_json_bool(coverage, "complete", complete);
	acts = cl_json_arr(coverage, "acts");
	cJSON_ArrayForEach (item, cl_json_at(stored, "acts")) {
		copy_strings(cl_json_push(acts), item, names, ARRAY_SIZE(names));
	}
	add_losses(w, stored, coverage);
	if (!complete) {
		cJSON *gap = cl_json_push(w->gaps);

		cl_json_str(gap, "kind", "coverage");
		cl_json_str(gap, "detail",
			    stored ? "the monitor did not see everything: coverage says what"
				   : "the monitor has not said what it sees");
	}
}

/* ---- findings ---- */

struct concern {
	struct cl_lineage_walk *w;
	cJSON *findings;
	size_t n;
};

static int compare_id(const void *id, const void *edge)
{
	return strcmp(id, ((const struct cl_qedge *)edge)->id);
}

static bool has_edge(const struct cl_lineage_walk *w, const char *id)
{
	return w->n_edges && bsearch(id, w->edges, w->n_edges, sizeof(*w->edges), compare_id);
}

static void add_ids(struct concern *c, cJSON *to, const cJSON *from, bool edges)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, from) {
		const char *id = cl_json_get_str(item, "id");

		if (edges ? has_edge(c->w, id) : cl_lineage_find(c->w, id) != NULL)
			cJSON_AddItemToArray(to, cl_json_clean_string(id));
	}
}

/* A finding concerns the lineage when one of its processes or its credential is in it. */
static bool concerns(struct concern *c, const cJSON *finding)
{
	const cJSON *item;

	if (cl_lineage_find(c->w, cl_finding_credential(finding)))
		return true;
	cJSON_ArrayForEach (item, cl_json_at(finding, "sides")) {
		if (cl_lineage_find(c->w, cl_json_get_str(item, "process.id")))
			return true;
	}
	return false;
}

static bool is_focus(const struct concern *c, const cJSON *finding)
{
	return c->w->finding && !strcmp(cl_json_get_str(c->w->finding, "id"), cl_json_get_str(finding, "id"));
}

static int summarise(void *ctx, const cJSON *finding)
{
	static const char *const names[] = {"id", "detector", "title", "message", "severity"};
	struct concern *c = ctx;
	cJSON *f, *to;

	if (!is_focus(c, finding) && (!concerns(c, finding) || c->n >= CL_LINEAGE_FINDINGS))
		return 0;
	if (c->n++ == CL_LINEAGE_FINDINGS - 1) {
		cJSON *gap = cl_json_push(c->w->gaps);

		cl_json_str(gap, "kind", "limit");
		cl_json_str(gap, "what", "findings");
		cl_json_num(gap, "limit", CL_LINEAGE_FINDINGS);
	}
	f = cl_json_push(c->findings);
	if (!f)
		return -ENOMEM;
	copy_strings(f, finding, names, ARRAY_SIZE(names));
	cl_json_time(f, "first", cl_json_get_time(finding, "first"));
	cl_json_time(f, "last", cl_json_get_time(finding, "last"));
	cl_json_num(f, "count", cl_json_get_num(finding, "count"));
	if (*cl_json_get_str(finding, "credential.fingerprint"))
		cl_json_str(f, "credential", cl_json_get_str(finding, "credential.fingerprint"));
	to = cl_json_arr(f, "nodes");
	add_ids(c, to, cl_json_at(finding, "lineage.nodes"), false);
	to = cl_json_arr(f, "edges");
	add_ids(c, to, cl_json_at(finding, "lineage.edges"), true);
	return 0;
}

static int add_findings(struct cl_lineage_walk *w, cJSON *o)
{
	struct cl_finding_filter filter = {.credential = ""};
	struct concern c = {.w = w, .findings = cl_json_arr(o, "findings")};
	int r;

	if (!c.findings)
		return -ENOMEM;
	r = cl_store_findings(w->db, &filter, summarise, &c, w->err);
	for (const struct cl_qnode *node = w->first; !r && node; node = node->next) {
		filter.credential = node->id;
		if (node->kind == CL_NODE_CREDENTIAL)
			r = cl_store_findings(w->db, &filter, summarise, &c, w->err);
	}
	cl_lineage_sort(c.findings);
	return r;
}

/* ---- policy ---- */

/* A credential as people call it and what they decided about it, as it is now: "label", "owner", "policy". */
static int add_policy(struct cl_lineage_walk *w, const struct cl_qnode *n)
{
	static const char *const members[] = {"label", "owner"};
	_cleanup_json_ cJSON *store = NULL, *config = NULL;
	_cleanup_text_ struct cl_text state = {0};
	cJSON *attrs = cJSON_GetObjectItemCaseSensitive(n->json, "attrs");
	int r = cl_store_policy(w->db, CL_POLICY_STORE, n->id, &store, w->err);

	r = r ? r : cl_store_policy(w->db, CL_POLICY_CONFIG, n->id, &config, w->err);
	r = r ? r : cl_policy_say_state(store, config, cl_wall_ns(), &state);
	for (size_t i = 0; !r && i < ARRAY_SIZE(members); i++)
		if (*cl_policy_get(store, config, members[i]))
			cl_json_str(attrs, members[i], cl_policy_get(store, config, members[i]));
	if (!r && state.len)
		cl_json_str(attrs, "policy", cl_text_str(&state));
	return r;
}

/* ---- all of it ---- */

static int by_id(const void *a, const void *b)
{
	return strcmp((*(struct cl_qnode *const *)a)->id, (*(struct cl_qnode *const *)b)->id);
}

static int add_nodes(struct cl_lineage_walk *w, cJSON *nodes)
{
	_cleanup_free_ struct cl_qnode **sorted = calloc(w->n + 1, sizeof(struct cl_qnode *));
	size_t i = 0;
	int r = nodes && sorted ? 0 : -ENOMEM;

	for (struct cl_qnode *n = w->first; !r && n; n = n->next) {
		sorted[i++] = n;
		r = n->kind == CL_NODE_CREDENTIAL ? add_policy(w, n) : 0;
	}
	if (r)
		return r;
	qsort(sorted, i, sizeof(struct cl_qnode *), by_id);
	for (size_t k = 0; !r && k < i; k++) {
		r = cJSON_AddItemToArray(nodes, sorted[k]->json) ? 0 : -ENOMEM;
		sorted[k]->json = r ? sorted[k]->json : NULL;
	}
	return r;
}

static int add_graph(struct cl_lineage_walk *w, cJSON *o)
{
	int r = add_nodes(w, cl_json_arr(o, "nodes"));
	cJSON *edges = cl_json_arr(o, "edges");

	r = r || edges ? r : -ENOMEM;
	for (size_t i = 0; !r && i < w->n_edges; i++) {
		r = cJSON_AddItemToArray(edges, w->edges[i].json) ? 0 : -ENOMEM;
		w->edges[i].json = r ? w->edges[i].json : NULL;
	}
	return r;
}

/* In the contract's order. From the moment when `gaps` hangs in the object, the walk only borrows it. */
static int fill(struct cl_lineage_walk *w, const struct cl_ids *focus, cJSON *o)
{
	cJSON *gaps = w->gaps;
	int r;

	cl_json_str(o, "schema", CL_LINEAGE_SCHEMA);
	cl_json_time(o, "generated", cl_wall_ns());
	r = add_host(w, o);
	add_focus(w, focus, o);
	add_window(w, o);
	add_coverage(w, o);
	cl_json_bool(o, "complete", false);
	w->gaps = NULL;
	if (attach(o, "gaps", gaps))
		return -ENOMEM;
	w->gaps = gaps;
	if (!r)
		r = add_graph(w, o);
	if (!r)
		r = add_findings(w, o);
	if (!r && w->q->blast_radius)
		r = cl_lineage_radius(w, o);
	w->gaps = NULL;
	cl_lineage_sort_gaps(gaps);
	if (!r && !cJSON_GetArraySize(gaps))
		r = cJSON_ReplaceItemInObjectCaseSensitive(o, "complete", cJSON_CreateTrue()) ? 0 : -ENOMEM;
	return r;
}

int cl_lineage_build(struct cl_lineage_walk *w, const struct cl_ids *focus, cJSON **out)
{
	_cleanup_json_ cJSON *o = cJSON_CreateObject();
	int r = o ? fill(w, focus, o) : -ENOMEM;

	if (!r)
		*out = TAKE_PTR(o);
	return r;
}
