/* SPDX-License-Identifier: Apache-2.0 */
#include "command/credential_filter.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "base/json.h"
#include "query/query.h"
#include "store/walk.h"

void cl_credential_filter_free(struct cl_credential_filter *f)
{
	free(f->held);
	f->held = NULL;
}

bool cl_credential_filter_is_empty(const struct cl_credential_filter *f)
{
	return !f->since && !f->older && !f->provider && !f->workflow && !f->unused;
}

/* ---- workflow ---- */

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int keep(void *ctx, int64_t credential)
{
	struct cl_credential_filter *f = ctx;
	int64_t *more;

	if (f->n_held == f->cap_held) {
		more = realloc(f->held, (f->cap_held * 2 + 64) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		f->held = more;
		f->cap_held = f->cap_held * 2 + 64;
	}
	f->held[f->n_held++] = credential;
	return 0;
}

struct preparing {
	struct cl_credential_filter *f;
	struct cl_store_db *db;
};

static int add_workflow(void *ctx, const char *id)
{
	struct preparing *p = ctx;
	int64_t workflow;
	int r = cl_store_number_of(p->db, id, &workflow);

	return r ? r : cl_store_held_in_workflow(p->db, workflow, keep, p->f);
}

int cl_credential_filter_prepare(struct cl_credential_filter *f, struct cl_store_db *db, struct cl_error *err)
{
	struct preparing p = {f, db};
	int r = f->workflow ? cl_lineage_workflows(db, f->workflow, add_workflow, &p, err) : 0;

	if (f->n_held)
		qsort(f->held, f->n_held, sizeof(*f->held), compare);
	return r;
}

/* ---- use ---- */

struct use {
	uint64_t last;
};

static int take_last(void *ctx, const struct cl_link *l)
{
	struct use *use = ctx;

	if (l->last > use->last)
		use->last = l->last;
	return 0;
}

int cl_credential_filter_wants(const struct cl_credential_filter *f, struct cl_store_db *db, const struct cl_node *n)
{
	static const struct cl_kinds used = {CL_EDGE_USED_TOWARD, CL_EDGE_USED_TOWARD};
	struct use use = {0};
	int64_t number;
	int r;

	if ((!f->unused && n->last < f->since) || (f->older && n->first >= f->older) ||
	    (f->provider && strcasecmp(cl_json_get_str(n->attrs, "provider"), f->provider)))
		return 0;
	if (!f->workflow && !f->unused)
		return 1;
	r = cl_store_number_of(db, n->id, &number);
	if (!r && f->workflow && (!f->n_held || !bsearch(&number, f->held, f->n_held, sizeof(*f->held), compare)))
		return 0;
	if (!r && f->unused)
		r = cl_store_links(db, number, CL_OUT, used, 0, take_last, &use);
	return r ? r : !f->unused || !use.last || use.last < f->since;
}
