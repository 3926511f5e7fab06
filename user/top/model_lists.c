/* SPDX-License-Identifier: Apache-2.0 */
/* The snapshot's lists out of what is remembered: sorted, joined, capped. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "store/recent.h"
#include "top/model_internal.h"

static int attach(cJSON *list, cJSON *item)
{
	if (item && cJSON_AddItemToArray(list, item))
		return 0;
	cJSON_Delete(item);
	return -ENOMEM;
}

/* Larger first; 0: the same. */
static int descending(double a, double b)
{
	return a > b ? -1 : a < b;
}

/* ---- findings ---- */

static int later_finding(const void *a, const void *b)
{
	const struct cl_top_finding *x = *(struct cl_top_finding *const *)a, *y = *(struct cl_top_finding *const *)b;
	int order = x->last == y->last ? 0 : x->last > y->last ? -1 : 1;

	return order ? order : strcmp(x->id, y->id);
}

static int put_findings(struct cl_top_model *m, cJSON *o)
{
	size_t n = HASH_COUNT(m->findings), i = 0;
	_cleanup_free_ struct cl_top_finding **all = calloc(n + 1, sizeof(struct cl_top_finding *));
	cJSON *list = cl_json_arr(o, "findings");
	int r = all && list ? 0 : -ENOMEM;

	if (r)
		return r;
	for (struct cl_top_finding *f = m->findings; f; f = f->hh.next)
		all[i++] = f;
	qsort(all, n, sizeof(struct cl_top_finding *), later_finding);
	for (i = 0; !r && i < n; i++)
		r = attach(list, cJSON_Duplicate(all[i]->row, true));
	return r;
}

/* ---- credentials ---- */

static int more_reused(const void *a, const void *b)
{
	static const char *const by[] = {"workflows", "runs", "destinations"};
	const struct cl_top_credential *x = *(struct cl_top_credential *const *)a,
				       *y = *(struct cl_top_credential *const *)b;
	int order = 0;

	for (size_t i = 0; !order && i < ARRAY_SIZE(by); i++)
		order = descending(cl_json_get_num(x->row, by[i]), cl_json_get_num(y->row, by[i]));
	if (!order)
		order = x->last == y->last ? 0 : x->last > y->last ? -1 : 1;
	return order ? order : strcmp(x->id, y->id);
}

static int put_credentials(struct cl_top_model *m, cJSON *o)
{
	_cleanup_free_ struct cl_top_credential **all =
		calloc(HASH_COUNT(m->credentials) + 1, sizeof(struct cl_top_credential *));
	cJSON *list = cl_json_arr(o, "credentials");
	size_t n = 0;
	int r = all && list ? 0 : -ENOMEM;

	if (r)
		return r;
	for (struct cl_top_credential *c = m->credentials; c; c = c->hh.next) {
		if (c->row)
			all[n++] = c;
	}
	qsort(all, n, sizeof(struct cl_top_credential *), more_reused);
	for (size_t i = 0; !r && i < n; i++)
		r = attach(list, cJSON_Duplicate(all[i]->row, true));
	return r;
}

/* ---- runs ---- */

struct run {
	char *id;
	cJSON *row;
	cJSON *held; /* providers and how many credentials of each */
	double credentials;
	uint64_t last; /* sign of life that is known without reading it */
	uint32_t severity;
	UT_hash_handle hh;
};

struct runs {
	struct run *all;
	struct cl_store_db *db;
};

static void free_runs(struct runs *runs)
{
	struct run *run, *next;

	HASH_ITER (hh, runs->all, run, next) {
		HASH_DEL(runs->all, run);
		cJSON_Delete(run->row);
		cJSON_Delete(run->held);
		free(run->id);
		free(run);
	}
}

static struct run *enter(struct runs *runs, const char *id, uint64_t last)
{
	struct run *run;

	HASH_FIND_STR(runs->all, id, run);
	if (run && run->last < last)
		run->last = last;
	if (run)
		return run;
	run = calloc(1, sizeof(*run));
	if (!run)
		return NULL;
	run->last = last;
	run->id = strdup(id);
	run->held = cJSON_CreateArray();
	if (run->id && run->held)
		HASH_ADD_KEYPTR(hh, runs->all, run->id, strlen(run->id), run);
	if (run->id && run->held && run->hh.tbl)
		return run;
	cJSON_Delete(run->held);
	free(run->id);
	free(run);
	return NULL;
}

static void count_held(struct run *run, const char *provider)
{
	cJSON *item;

	run->credentials++;
	cJSON_ArrayForEach (item, run->held) {
		if (!strcmp(cl_json_get_str(item, "provider"), provider)) {
			cJSON *count = cJSON_GetObjectItemCaseSensitive(item, "count");

			if (count)
				cJSON_SetNumberValue(count, count->valuedouble + 1);
			return;
		}
	}
	item = cl_json_push(run->held);
	cl_json_str(item, "provider", provider);
	cl_json_num(item, "count", 1);
}

static int enter_holders(struct runs *runs, const struct cl_top_model *m)
{
	for (const struct cl_top_credential *c = m->credentials; c; c = c->hh.next) {
		for (size_t i = 0; i < c->n_holds; i++) {
			struct run *run = enter(runs, c->holds[i].run, c->holds[i].last);

			if (!run)
				return -ENOMEM;
			count_held(run, cl_json_get_str(c->row, "provider"));
		}
	}
	return 0;
}

static int enter_newest(void *ctx, const struct cl_recent_node *n)
{
	return enter(ctx, n->id, n->last) ? 0 : -ENOMEM;
}

/* The worst of the findings that name it. A run's node is called run:HOST:ID. */
static void rate(struct runs *runs, const struct cl_top_model *m, const char *host)
{
	for (const struct cl_top_finding *f = m->findings; f; f = f->hh.next) {
		const cJSON *name;

		cJSON_ArrayForEach (name, f->runs) {
			char id[512];
			struct run *run;

			snprintf(id, sizeof(id), "run:%s:%s", host, name->valuestring);
			HASH_FIND_STR(runs->all, id, run);
			if (run && run->severity < f->severity)
				run->severity = f->severity;
		}
	}
}

static int describe(void *ctx, const struct cl_node *n)
{
	static const char *const members[] = {"run_id", "workflow", "environment", "begin", "end"};
	struct run *run = ctx;
	const char *state = cl_json_get_str(n->attrs, "state");

	run->row = cJSON_CreateObject();
	if (!run->row)
		return -ENOMEM;
	cl_json_str(run->row, "id", n->id);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		if (*cl_json_get_str(n->attrs, members[i]))
			cl_json_str(run->row, members[i], cl_json_get_str(n->attrs, members[i]));
	cl_json_str(run->row, "kind", cl_json_get_str(n->attrs, "run_kind"));
	cl_json_str(run->row, "state", !strcmp(state, "ended_with_survivors") ? "survivors" : state);
	cl_json_time(run->row, "last", n->last);
	return 0;
}

static int livelier(const void *a, const void *b)
{
	const struct run *x = *(struct run *const *)a, *y = *(struct run *const *)b;
	int order = strcmp(cl_json_get_str(x->row, "state"), cl_json_get_str(y->row, "state"));

	if (order) /* active, ended, survivors: those first that still do something */
		return !strcmp(cl_json_get_str(x->row, "state"), "ended")   ? 1
		       : !strcmp(cl_json_get_str(y->row, "state"), "ended") ? -1
									    : order;
	order = strcmp(cl_json_get_str(y->row, "last"), cl_json_get_str(x->row, "last"));
	return order ? order : strcmp(x->id, y->id);
}

static int finish(struct run *run)
{
	if (!cJSON_AddItemToObject(run->row, "holds", run->held))
		return -ENOMEM;
	run->held = NULL;
	cl_json_num(run->row, "credentials", run->credentials);
	cl_json_str(run->row, "severity", cl_top_severity(run->severity));
	return 0;
}

static int later_run(const void *a, const void *b)
{
	const struct run *x = *(struct run *const *)a, *y = *(struct run *const *)b;
	int order = x->last == y->last ? 0 : x->last > y->last ? -1 : 1;

	return order ? order : strcmp(x->id, y->id);
}

/* The latest ones, read whole: *n of them. */
static int read_runs(struct runs *runs, struct run **all, size_t *n, double *left_out)
{
	struct run *run, *next;
	size_t known = 0;

	HASH_ITER (hh, runs->all, run, next)
		all[known++] = run;
	qsort(all, known, sizeof(struct run *), later_run);
	*left_out = known > CL_TOP_RUNS ? (double)(known - CL_TOP_RUNS) : 0;
	*n = 0;
	for (size_t i = 0; i < known && i < CL_TOP_RUNS; i++) {
		int r = cl_store_node(runs->db, all[i]->id, describe, all[i]);

		if (r && r != -ENOENT)
			return r;
		if (!r)
			all[(*n)++] = all[i];
	}
	return 0;
}

static int list_runs(struct runs *runs, cJSON *list, double *left_out)
{
	_cleanup_free_ struct run **all = calloc(HASH_COUNT(runs->all) + 1, sizeof(struct run *));
	size_t n = 0;
	int r = all ? read_runs(runs, all, &n, left_out) : -ENOMEM;

	if (r)
		return r;
	qsort(all, n, sizeof(struct run *), livelier);
	for (size_t i = 0; !r && i < n; i++) {
		r = finish(all[i]);
		r = r ? r : attach(list, TAKE_PTR(all[i]->row));
	}
	return r;
}

static int put_runs(struct cl_top_model *m, struct cl_store_db *db, cJSON *o, double *left_out)
{
	_cleanup_(free_runs) struct runs runs = {.db = db};
	cJSON *list = cl_json_arr(o, "runs");
	int r = list ? enter_holders(&runs, m) : -ENOMEM;

	r = r ? r : cl_store_recent_nodes(db, CL_NODE_RUN, CL_RECENT_NEWEST, CL_TOP_RUNS, enter_newest, &runs);
	if (!r)
		rate(&runs, m, cl_json_get_str(o, "host.id"));
	return r ? r : list_runs(&runs, list, left_out);
}

int cl_top_put_lists(struct cl_top_model *m, struct cl_store_db *db, cJSON *o)
{
	cJSON *store = cl_json_obj(o, "store");
	double runs_left_out = 0;
	int r = put_findings(m, o);

	r = r ? r : put_credentials(m, o);
	r = r ? r : put_runs(m, db, o, &runs_left_out);
	cl_json_num(store, "credentials_pending", (double)m->pending);
	cl_json_num(store, "runs_left_out", runs_left_out);
	return r;
}
