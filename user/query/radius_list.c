/* SPDX-License-Identifier: Apache-2.0 */
/* What a blast radius has found so far, and how it is written. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "query/radius.h"

#define SEEN_MAX 50000 /* nodes that were looked at only to tell what they are count too */
#define RUNS_EACH 100  /* beside one that was held too */

/* `name`: the member, and the word in a gap. */
static const struct {
	const char *name;
	size_t most;
} lists[CL_RADIUS_LISTS] = {
	[CL_RADIUS_HOLDER] = {"processes", 10000},
	[CL_RADIUS_CREDENTIAL] = {"credentials", 100},
	[CL_RADIUS_RUN] = {"runs", 2000},
	[CL_RADIUS_HOST] = {"hosts", 2000},
	[CL_RADIUS_FILE] = {"files", 2000},
	[CL_RADIUS_DESTINATION] = {"destinations", 2000},
	[CL_RADIUS_ALSO_HELD] = {"also_held", 2000},
};

static void free_reached(struct cl_reached *node)
{
	free(node->id);
	free(node->label);
	free(node->what);
	free(node->whose);
	free(node->via);
	cl_ids_free(&node->runs);
	free(node);
}

void cl_radius_free(struct cl_radius *r)
{
	struct cl_reached *node = r->nodes, *next;

	HASH_CLEAR(hh, r->nodes);
	for (; node; node = next) {
		next = node->hh.next;
		free_reached(node);
	}
}

/* ---- finding ---- */

static int keep(char **to, const char *text)
{
	if (!text || !*text)
		return 0;
	*to = strdup(text);
	return *to ? 0 : -ENOMEM;
}

static int load(void *ctx, const struct cl_node *from)
{
	struct cl_reached *node = ctx;
	bool run = from->kind == CL_NODE_RUN;
	int r = keep(&node->id, from->id);

	node->kind = from->kind;
	r = r ? r : keep(&node->label, from->label ? from->label : from->id);
	r = r ? r : keep(&node->what, cl_json_get_str(from->attrs, run ? "workflow" : "provider"));
	return r || run ? r : keep(&node->whose, cl_json_get_str(from->attrs, "class"));
}

int cl_radius_look(struct cl_radius *r, int64_t n, struct cl_reached **out)
{
	struct cl_reached *node;
	int err;

	HASH_FIND(hh, r->nodes, &n, sizeof(n), node);
	if (!node && r->n_nodes >= SEEN_MAX) {
		cl_lineage_say_limit(r->w, "nodes", SEEN_MAX);
		return 0;
	}
	if (!node) {
		node = calloc(1, sizeof(*node));
		if (!node)
			return -ENOMEM;
		node->n = n;
		err = cl_store_node_at(r->w->db, n, load, node);
		if (!err) {
			HASH_ADD(hh, r->nodes, n, sizeof(n), node);
			err = node->hh.tbl ? 0 : -ENOMEM;
		}
		if (err) {
			free_reached(node);
			return err == -ENOENT ? 0 : err;
		}
		r->n_nodes++;
	}
	*out = node;
	return 1;
}

static uint32_t stronger(uint32_t a, uint32_t b)
{
	if (a == CL_BASIS_OBSERVED || b == CL_BASIS_OBSERVED)
		return CL_BASIS_OBSERVED;
	return a == CL_BASIS_DECLARED || b == CL_BASIS_DECLARED ? CL_BASIS_DECLARED : CL_BASIS_INFERRED;
}

bool cl_radius_reach(struct cl_radius *r, struct cl_reached *node, enum cl_radius_list list, const struct cl_link *by)
{
	if (!node->list && r->n[list] >= lists[list].most) {
		cl_lineage_say_limit(r->w, lists[list].name, (double)lists[list].most);
		return false;
	}
	if (!node->list) {
		r->n[list]++;
		node->list = list;
		node->basis = by->basis;
		node->first = by->first;
	}
	node->basis = stronger(node->basis, by->basis);
	if (by->first && (!node->first || by->first < node->first))
		node->first = by->first;
	if (by->last > node->last)
		node->last = by->last;
	return true;
}

int cl_radius_held_in(struct cl_radius *r, struct cl_reached *node, const char *run)
{
	for (size_t i = 0; i < node->runs.n; i++)
		if (!strcmp(node->runs.ids[i], run))
			return 0;
	if (node->runs.n < RUNS_EACH)
		return cl_ids_add(&node->runs, run);
	cl_lineage_say_limit(r->w, "also_held", RUNS_EACH);
	return 0;
}

/* ---- writing ---- */

static void write_ids(cJSON *to, const struct cl_ids *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		cJSON_AddItemToArray(to, cl_json_clean_string(ids->ids[i]));
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The members that its list has, in the order of the schema. */
static void write_node(const struct cl_reached *node, cJSON *to)
{
	bool run = node->list == CL_RADIUS_RUN, held = node->list == CL_RADIUS_ALSO_HELD;
	bool timed = run || node->list == CL_RADIUS_DESTINATION;

	cl_json_str(to, "id", node->id);
	cl_json_str(to, "label", node->label);
	if (run || held) {
		cl_json_str(to, run ? "workflow" : "provider", node->what);
		cl_json_str(to, run ? "host" : "class", node->whose);
	}
	if (timed) {
		cl_json_time(to, "first", node->first);
		cl_json_time(to, "last", node->last);
	}
	if (timed || node->list == CL_RADIUS_FILE)
		cl_json_str(to, "basis", cl_basis_name(node->basis));
	if (held)
		write_ids(cl_json_arr(to, "runs"), &node->runs);
}

static void write_credentials(const struct cl_radius *r, cJSON *o)
{
	_cleanup_(cl_ids_free) struct cl_ids ids = {0};
	const struct cl_reached *node;
	int err = 0;

	for (node = r->nodes; node && !err; node = node->hh.next)
		err = node->list == CL_RADIUS_CREDENTIAL ? cl_ids_add(&ids, node->id) : 0;
	if (ids.n)
		qsort(ids.ids, ids.n, sizeof(*ids.ids), by_text);
	write_ids(cl_json_arr(o, lists[CL_RADIUS_CREDENTIAL].name), &ids);
}

int cl_radius_write(const struct cl_radius *r, cJSON *lineage)
{
	cJSON *o = cl_json_obj(lineage, "blast_radius"), *arrays[CL_RADIUS_LISTS] = {NULL};

	write_credentials(r, o);
	for (int i = CL_RADIUS_RUN; i < CL_RADIUS_LISTS; i++)
		arrays[i] = cl_json_arr(o, lists[i].name);
	for (struct cl_reached *node = r->nodes; node; node = node->hh.next) {
		if (node->runs.n)
			qsort(node->runs.ids, node->runs.n, sizeof(*node->runs.ids), by_text);
		if (node->list >= CL_RADIUS_RUN)
			write_node(node, cl_json_push(arrays[node->list]));
	}
	for (int i = CL_RADIUS_RUN; i < CL_RADIUS_LISTS; i++)
		cl_lineage_sort(arrays[i]);
	return o ? 0 : -ENOMEM;
}
