/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of credentials and findings, and which of it has to be read again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "store/recent.h"
#include "top/model_internal.h"

#define COSTLY_NS (10 * 1000000ull) /* what takes longer to read */
#define COSTLY_REST 20		    /* is left alone for so many times as long */
#define FINDINGS_EACH 1000
#define DESTINATIONS_EACH 10000

/* ---- credentials ---- */

static void free_holds(struct cl_top_credential *c)
{
	for (size_t i = 0; i < c->n_holds; i++)
		free(c->holds[i].run);
	free(c->holds);
	c->holds = NULL;
	c->n_holds = 0;
}

static void free_credential(struct cl_top_credential *c)
{
	cJSON_Delete(c->row);
	free_holds(c);
	free(c->id);
	free(c);
}

static void free_finding(struct cl_top_finding *f)
{
	cJSON_Delete(f->row);
	cJSON_Delete(f->runs);
	free(f->id);
	free(f);
}

void cl_top_forget(struct cl_top_model *m)
{
	struct cl_top_credential *c, *next;
	struct cl_top_finding *f, *other;

	HASH_ITER (hh, m->credentials, c, next) {
		HASH_DEL(m->credentials, c);
		free_credential(c);
	}
	HASH_ITER (hh, m->findings, f, other) {
		HASH_DEL(m->findings, f);
		free_finding(f);
	}
}

struct reading {
	struct cl_store_db *db;
	struct cl_top_credential read; /* row and holds */
	uint64_t runs, workflows, destinations, findings;
	uint32_t severity;
};

static int take_node(void *ctx, const struct cl_node *n)
{
	static const char *const members[] = {"fingerprint", "provider", "format", "class"};
	struct reading *in = ctx;

	cl_json_str(in->read.row, "id", n->id);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		cl_json_str(in->read.row, members[i], cl_json_get_str(n->attrs, members[i]));
	cl_json_time(in->read.row, "first", n->first);
	cl_json_time(in->read.row, "last", n->last);
	return 0;
}

static int take_run(void *ctx, const struct cl_holding_run *run)
{
	struct reading *in = ctx;
	struct cl_top_hold *hold = &in->read.holds[in->read.n_holds];

	in->runs = run->runs;
	in->workflows = run->workflows;
	hold->run = strdup(run->id);
	if (!hold->run)
		return -ENOMEM;
	hold->last = run->last;
	in->read.n_holds++;
	return 0;
}

static int take_edge(void *ctx, const struct cl_edge *e)
{
	struct reading *in = ctx;

	in->destinations += e->kind == CL_EDGE_USED_TOWARD;
	return in->destinations >= DESTINATIONS_EACH;
}

static int take_finding(void *ctx, const struct cl_recent_finding *f)
{
	struct reading *in = ctx;

	in->findings++;
	if (f->severity > in->severity)
		in->severity = f->severity;
	return 0;
}

static int read_row(struct reading *in, const char *id)
{
	int r = cl_store_node(in->db, id, take_node, in);

	r = r ? r : cl_store_holding_runs(in->db, id, CL_TOP_RUNS_EACH, take_run, in);
	r = r ? r : cl_store_edges(in->db, id, CL_OUT, take_edge, in);
	r = r < 0 ? r : cl_store_recent_findings(in->db, id, FINDINGS_EACH, take_finding, in);
	if (r)
		return r;
	cl_json_num(in->read.row, "runs", (double)in->runs);
	cl_json_num(in->read.row, "workflows", (double)in->workflows);
	cl_json_num(in->read.row, "destinations", (double)in->destinations);
	cl_json_num(in->read.row, "findings", (double)in->findings);
	cl_json_str(in->read.row, "severity", cl_top_severity(in->severity));
	return 0;
}

static int read_credential(struct cl_store_db *db, struct cl_top_credential *c)
{
	struct reading in = {.db = db};
	uint64_t begun = cl_boot_ns(), took;
	int r;

	in.read.row = cJSON_CreateObject();
	in.read.holds = calloc(CL_TOP_RUNS_EACH, sizeof(*in.read.holds));
	r = in.read.row && in.read.holds ? read_row(&in, c->id) : -ENOMEM;
	if (r) {
		cJSON_Delete(in.read.row);
		free_holds(&in.read);
		return r;
	}
	cJSON_Delete(c->row);
	free_holds(c);
	c->row = in.read.row;
	c->holds = in.read.holds;
	c->n_holds = in.read.n_holds;
	c->stale = false;
	took = cl_boot_ns() - begun;
	c->costly = took > COSTLY_NS ? begun + COSTLY_REST * took : 0;
	return 0;
}

static struct cl_top_credential *enter_credential(struct cl_top_model *m, const char *id)
{
	struct cl_top_credential *c;

	HASH_FIND_STR(m->credentials, id, c);
	if (c)
		return c;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->id = strdup(id);
	c->stale = true;
	if (c->id)
		HASH_ADD_KEYPTR(hh, m->credentials, c->id, strlen(c->id), c);
	if (c->id && c->hh.tbl)
		return c;
	free_credential(c);
	return NULL;
}

static int want_credential(void *ctx, const struct cl_recent_node *n)
{
	struct cl_top_model *m = ctx;
	struct cl_top_credential *c = enter_credential(m, n->id);

	if (!c)
		return -ENOMEM;
	c->wanted = true;
	c->stale |= c->last != n->last;
	c->last = n->last;
	return 0;
}

/* Forgets what the store has no more, or what is too old to be among so many; the others are not wanted yet. */
static void sort_out_credentials(struct cl_top_model *m)
{
	struct cl_top_credential *next;

	for (struct cl_top_credential *c = m->credentials; c; c = next) {
		next = c->hh.next;
		if (!c->wanted) {
			HASH_DEL(m->credentials, c);
			free_credential(c);
		} else {
			c->wanted = false;
		}
	}
}

/* What was never read goes before what is only out of date. */
static int read_stale(struct cl_top_model *m, struct cl_store_db *db, bool unread, uint64_t until)
{
	int r;

	for (struct cl_top_credential *c = m->credentials; c; c = c->hh.next) {
		if (!c->stale || unread == (c->row != NULL))
			continue;
		if (cl_boot_ns() >= until || cl_boot_ns() < c->costly) {
			m->pending++;
			continue;
		}
		r = read_credential(db, c);
		if (r)
			return r;
	}
	return 0;
}

int cl_top_read_credentials(struct cl_top_model *m, struct cl_store_db *db, uint64_t until, struct cl_error *err)
{
	int r = cl_store_recent_nodes(db, CL_NODE_CREDENTIAL, CL_RECENT_LATEST, CL_TOP_CREDENTIALS, want_credential, m);

	m->pending = 0;
	if (!r) {
		sort_out_credentials(m);
		r = read_stale(m, db, true, until);
	}
	r = r ? r : read_stale(m, db, false, until);
	return r ? cl_fail(err, r, "cannot read credentials from the store: %s", strerror(-r)) : 0;
}

/* ---- findings ---- */

static void add_name(cJSON *list, const char *name)
{
	const cJSON *item;
	cJSON *added;

	cJSON_ArrayForEach (item, list) {
		if (!strcmp(item->valuestring, name))
			return;
	}
	added = *name ? cl_json_clean_string(name) : NULL;
	if (added && !cJSON_AddItemToArray(list, added))
		cJSON_Delete(added);
}

static int read_finding(struct cl_store_db *db, struct cl_top_finding *f, const struct cl_recent_finding *from)
{
	_cleanup_json_ cJSON *whole = NULL, *row = cJSON_CreateObject(), *runs = cJSON_CreateArray();
	int r = row && runs ? cl_store_finding(db, f->id, &whole, NULL) : -ENOMEM;
	const cJSON *side;
	cJSON *flows;

	if (r)
		return r;
	cl_json_str(row, "id", f->id);
	cl_json_str(row, "detector", from->detector);
	cl_json_str(row, "severity", cl_top_severity(from->severity));
	cl_json_str(row, "title", cl_json_get_str(whole, "title"));
	cl_json_str(row, "credential", cl_json_get_str(whole, "credential.fingerprint"));
	cl_json_str(row, "provider", cl_json_get_str(whole, "credential.provider"));
	flows = cl_json_arr(row, "workflows");
	cJSON_ArrayForEach (side, cl_json_at(whole, "sides")) {
		add_name(flows, cl_json_get_str(side, "run.workflow"));
		add_name(runs, cl_json_get_str(side, "run.id"));
	}
	cl_json_time(row, "first", from->first);
	cl_json_time(row, "last", from->last);
	cl_json_num(row, "count", (double)from->count);
	cJSON_Delete(f->row);
	cJSON_Delete(f->runs);
	f->row = TAKE_PTR(row);
	f->runs = TAKE_PTR(runs);
	return 0;
}

struct looking {
	struct cl_top_model *m;
	struct cl_store_db *db;
};

static struct cl_top_finding *enter_finding(struct cl_top_model *m, const char *id)
{
	struct cl_top_finding *f;

	HASH_FIND_STR(m->findings, id, f);
	if (f)
		return f;
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->id = strdup(id);
	if (f->id)
		HASH_ADD_KEYPTR(hh, m->findings, f->id, strlen(f->id), f);
	if (f->id && f->hh.tbl)
		return f;
	free_finding(f);
	return NULL;
}

/* What is new or came again; its credential's worst finding may be another one by now. */
static int want_finding(void *ctx, const struct cl_recent_finding *from)
{
	struct looking *l = ctx;
	struct cl_top_finding *f = enter_finding(l->m, from->id);
	struct cl_top_credential *c;

	if (!f)
		return -ENOMEM;
	f->wanted = true;
	if (f->row && f->last == from->last && f->count == from->count && f->severity == from->severity)
		return 0;
	f->last = from->last;
	f->count = from->count;
	f->severity = from->severity;
	HASH_FIND_STR(l->m->credentials, from->credential, c);
	if (c)
		c->stale = true;
	return read_finding(l->db, f, from);
}

int cl_top_read_findings(struct cl_top_model *m, struct cl_store_db *db, struct cl_error *err)
{
	struct looking l = {.m = m, .db = db};
	struct cl_top_finding *next;
	int r = cl_store_recent_findings(db, NULL, CL_TOP_FINDINGS, want_finding, &l);

	for (struct cl_top_finding *f = m->findings; f; f = next) {
		next = f->hh.next;
		if (!f->wanted) {
			HASH_DEL(m->findings, f);
			free_finding(f);
		} else {
			f->wanted = false;
		}
	}
	return r ? cl_fail(err, r, "cannot read findings from the store: %s", strerror(-r)) : 0;
}
