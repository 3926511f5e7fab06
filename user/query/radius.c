/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far credentials got: who held one, in which run and on which host, in which files it lies, where it was used or its
 * holders went, and what else those held. What a holder did before it held one is no consequence of that.
 */
#include "query/radius.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"

#define ACTS_MAX 2000	/* of one holder; one with more (a proxy, an agent) is summarised */
#define HOLDS_MAX 40000 /* of one credential: four ways to hold it for as many holders as are kept */
#define RUNS_OF_ONE 8	/* a process was moved that often */
#define RUN_DEPTH_MAX 64
#define KINDS(first, last) ((struct cl_kinds){CL_EDGE_##first, CL_EDGE_##last})

static bool in_window(const struct cl_radius *r, const struct cl_link *l)
{
	return cl_lineage_in_window(r->w, l->kind, l->first, l->last);
}

/* The node, put on the list when it is of that kind and on no other. 1 and *out; 0: it is not. */
static int reach(struct cl_radius *r, int64_t n, uint32_t kind, enum cl_radius_list list, const struct cl_link *by,
		 struct cl_reached **out)
{
	int found = cl_radius_look(r, n, out);

	if (found <= 0)
		return found;
	return (*out)->kind == kind && (!(*out)->list || (*out)->list == list) && cl_radius_reach(r, *out, list, by);
}

/* ---- which credentials ---- */

static int add_credential(void *ctx, const struct cl_link *l)
{
	int64_t n = l->kind == CL_EDGE_USED_TOWARD ? l->source : l->target;
	struct cl_radius *r = ctx;
	struct cl_reached *node;
	int found = in_window(r, l) ? reach(r, n, CL_NODE_CREDENTIAL, CL_RADIUS_CREDENTIAL, l, &node) : 0;

	return found < 0 ? found : 0;
}

/* A credential of the focus itself, or (`held`) what the focus held and what was used there. */
static int credentials_of(struct cl_radius *r, const struct cl_qnode *q, bool held)
{
	const struct cl_link self = {.kind = CL_EDGE_READ, .basis = CL_BASIS_OBSERVED, .target = q->n};

	if (!held)
		return q->kind == CL_NODE_CREDENTIAL ? add_credential(r, &self) : 0;
	if (q->kind == CL_NODE_DESTINATION)
		return cl_store_links(r->w->db, q->n, CL_IN, KINDS(USED_TOWARD, USED_TOWARD), ACTS_MAX, add_credential,
				      r);
	return cl_store_links(r->w->db, q->n, CL_OUT, CL_KINDS_HOLD, ACTS_MAX, add_credential, r);
}

static int find_credentials(struct cl_radius *r)
{
	int err = 0;

	for (int held = 0; held < 2 && !err && !r->n[CL_RADIUS_CREDENTIAL]; held++)
		for (const struct cl_qnode *q = r->w->first; q && !err; q = q->next)
			err = q->seed ? credentials_of(r, q, held) : 0;
	return err;
}

/* ---- from a credential ---- */

static int from_credential(void *ctx, const struct cl_link *l)
{
	struct cl_radius *r = ctx;
	struct cl_reached *node;
	int found = 0;

	if (!in_window(r, l))
		return 0;
	if (l->kind == CL_EDGE_STORED_IN)
		found = reach(r, l->target, CL_NODE_FILE, CL_RADIUS_FILE, l, &node);
	else if (l->kind == CL_EDGE_USED_TOWARD)
		found = reach(r, l->target, CL_NODE_DESTINATION, CL_RADIUS_DESTINATION, l, &node);
	return found < 0 ? found : 0;
}

static int add_holder(void *ctx, const struct cl_link *l)
{
	struct cl_radius *r = ctx;
	struct cl_reached *holder;
	int found = in_window(r, l) ? reach(r, l->source, CL_NODE_PROCESS, CL_RADIUS_HOLDER, l, &holder) : 0;

	if (found <= 0 || l->basis != CL_BASIS_INFERRED || !l->evidence || holder->via)
		return found < 0 ? found : 0;
	holder->via = strdup(l->evidence);
	return holder->via ? 0 : -ENOMEM;
}

/* ---- from a holder ---- */

struct holder {
	struct cl_radius *r;
	struct cl_reached *node, *runs[RUNS_OF_ONE];
	size_t n_runs, acts;
};

struct climb {
	struct cl_radius *r;
	struct cl_reached *host;
	int64_t around; /* the run in which this one is, 0: none */
};

static int climb_one(void *ctx, const struct cl_link *l)
{
	struct climb *c = ctx;
	struct cl_reached *node;
	int found = cl_radius_look(c->r, l->target, &node);

	if (found == 1 && node->kind == CL_NODE_HOST)
		c->host = node;
	else if (found == 1 && node->kind == CL_NODE_RUN)
		c->around = node->n;
	return found < 0 ? found : 0;
}

/* The outermost of the runs around it lies in the host. */
static int find_host(struct cl_radius *r, struct cl_reached *run, const struct cl_link *by)
{
	struct climb c = {.r = r, .around = run->n};
	int err = 0;

	for (int depth = 0; !err && !c.host && c.around && depth < RUN_DEPTH_MAX; depth++) {
		int64_t n = c.around;

		c.around = 0;
		err = cl_store_links(r->w->db, n, CL_OUT, KINDS(PART_OF, RAN_IN), 0, climb_one, &c);
	}
	if (err || !c.host || !cl_radius_reach(r, c.host, CL_RADIUS_HOST, by))
		return err;
	run->whose = strdup(c.host->id);
	return run->whose ? 0 : -ENOMEM;
}

static int add_run(void *ctx, const struct cl_link *l)
{
	struct holder *h = ctx;
	const struct cl_reached *by = h->node;
	const struct cl_link held = {.basis = l->basis == CL_BASIS_INFERRED ? CL_BASIS_INFERRED : by->basis,
				     .first = by->first,
				     .last = by->last};
	struct cl_reached *run;
	int found = reach(h->r, l->target, CL_NODE_RUN, CL_RADIUS_RUN, &held, &run);

	if (found <= 0)
		return found;
	if (h->n_runs < RUNS_OF_ONE)
		h->runs[h->n_runs++] = run;
	return run->whose ? 0 : find_host(h->r, run, &held);
}

/* Another credential, or the file by which this one came unseen. */
static int took(struct holder *h, const struct cl_link *l)
{
	const char *via = h->node->via;
	struct cl_reached *node;
	int found = cl_radius_look(h->r, l->target, &node);

	if (found == 1 && node->kind == CL_NODE_FILE && via && l->evidence && !strcmp(via, l->evidence)) {
		const struct cl_link inferred = {.basis = CL_BASIS_INFERRED};

		return reach(h->r, l->target, CL_NODE_FILE, CL_RADIUS_FILE, &inferred, &node);
	}
	if (found == 1)
		found = reach(h->r, l->target, CL_NODE_CREDENTIAL, CL_RADIUS_ALSO_HELD, l, &node);
	for (size_t i = 0; found == 1 && i < h->n_runs; i++) {
		int err = cl_radius_held_in(h->r, node, h->runs[i]->id);

		found = err ? err : 1;
	}
	return found;
}

/* Of a place where it went both before and after only the last time is known to be after. */
static int went(struct holder *h, const struct cl_link *l)
{
	struct cl_link after = *l;
	struct cl_reached *node;

	if (l->last < h->node->first)
		return 0;
	after.basis = CL_BASIS_INFERRED;
	if (l->first < h->node->first)
		after.first = l->last;
	return reach(h->r, l->target, CL_NODE_DESTINATION, CL_RADIUS_DESTINATION, &after, &node);
}

static int act(void *ctx, const struct cl_link *l)
{
	struct holder *h = ctx;
	int found = 0;

	if (h->acts++ >= ACTS_MAX)
		return 1;
	if (in_window(h->r, l))
		found = l->kind == CL_EDGE_CONNECTED_TO ? went(h, l) : took(h, l);
	return found < 0 ? found : 0;
}

static int from_holder(struct cl_radius *r, struct cl_reached *node)
{
	struct holder h = {.r = r, .node = node};
	uint64_t edges = ACTS_MAX;
	int err = cl_store_links(r->w->db, node->n, CL_OUT, KINDS(PART_OF, PART_OF), 0, add_run, &h);

	err = err < 0 ? err : cl_store_links(r->w->db, node->n, CL_OUT, KINDS(READ, CONNECTED_TO), 0, act, &h);
	if (err <= 0)
		return err;
	err = cl_store_count_links(r->w->db, node->n, CL_OUT, KINDS(READ, CONNECTED_TO), CL_LINEAGE_COUNTED, &edges);
	cl_lineage_say_hub(r->w, node->id, edges - ACTS_MAX);
	return err;
}

/* ---- all of it ---- */

static int from_each(struct cl_radius *r, enum cl_radius_list list, int (*go)(struct cl_radius *, struct cl_reached *))
{
	int err = 0;

	for (struct cl_reached *node = r->nodes; node && !err; node = node->hh.next) {
		err = node->list == list ? go(r, node) : 0;
		cl_lineage_tell(r->w);
	}
	return err;
}

static int from_one(struct cl_radius *r, struct cl_reached *credential)
{
	int err = cl_store_links(r->w->db, credential->n, CL_OUT, KINDS(USED_TOWARD, STORED_IN), 0, from_credential, r);

	return err ? err : cl_store_links(r->w->db, credential->n, CL_IN, CL_KINDS_HOLD, HOLDS_MAX, add_holder, r);
}

int cl_lineage_radius(struct cl_lineage_walk *w, cJSON *lineage)
{
	_cleanup_(cl_radius_free) struct cl_radius r = {.w = w};
	int err = find_credentials(&r);

	err = err ? err : from_each(&r, CL_RADIUS_CREDENTIAL, from_one);
	err = err ? err : from_each(&r, CL_RADIUS_HOLDER, from_holder);
	return err ? err : cl_radius_write(&r, lineage);
}
