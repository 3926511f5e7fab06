/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "monitor/desk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "monitor/errand.h"
#include "query/ledger.h"

#define REFUSAL_NS CL_NS_PER_S /* one entry in this time */

/* While the errand is under way everything in the job belongs to the writer's thread. */
struct job {
	struct cl_errand errand;
	cJSON *request, *after;
	struct cl_who who;
	struct cl_ledger_ask ask;
	struct cl_error err;
	int result;
	bool refuse;
	bool fed; /* of this thread */
};

struct cl_desk {
	struct cl_desk_options o;
	struct cl_scanner *scanner;
	char *state;
	int64_t wall_offset; /* the stream's: what is decided now holds for the next act, whatever becomes of the clock */
	struct job change, refusal;
	struct {
		struct cl_errand errand;
		cJSON *config, *before; /* statements: what the file says, what it said; the writer's meanwhile */
		struct cl_error err;
		int result;
	} reload;
	uint64_t refused, unlogged;
};

int cl_desk_new(struct cl_desk **out, const struct cl_desk_options *o)
{
	_cleanup_(cl_desk_free) struct cl_desk *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->o = *o;
	d->state = realpath(o->state, NULL);
	if (!d->state)
		return -errno;
	*out = TAKE_PTR(d);
	return 0;
}

static void drop(struct job *job)
{
	cl_json_freep(&job->request);
	cl_json_freep(&job->after);
	job->fed = false;
}

static void clear(struct job *job)
{
	drop(job);
	cl_errand_end(&job->errand);
}

void cl_desk_free(struct cl_desk **p)
{
	struct cl_desk *d = TAKE_PTR(*p);

	if (!d)
		return;
	clear(&d->change);
	clear(&d->refusal);
	cl_json_freep(&d->reload.config);
	cl_json_freep(&d->reload.before);
	free(d->state);
	free(d);
}

const char *cl_desk_state(const struct cl_desk *d)
{
	return d->state;
}

/* ---- texts ---- */

void cl_desk_redact_with(struct cl_desk *d, struct cl_scanner *scanner)
{
	d->scanner = scanner;
}

/* The redacted copy is escaped; a text in which nothing had to be hidden stays as it was written. */
int cl_desk_redact(void *scanner, const char *text, struct cl_text *out)
{
	_cleanup_text_ struct cl_text hidden = {0}, shown = {0};
	int r = cl_redact(scanner, text, strlen(text), &hidden);

	r = r ? r : cl_text_escape(&shown, text, strlen(text));
	if (r)
		return r;
	return cl_text_puts(out, strcmp(cl_text_str(&hidden), cl_text_str(&shown)) ? cl_text_str(&hidden) : text);
}

/* ---- into the stream ---- */

static int feed(struct cl_desk *d, uint32_t source, const cJSON *statement, uint64_t allowed)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(statement);
	struct cl_sighting which = {0};
	const struct cl_observation obs = {
		.kind = CL_OBS_POLICY,
		.ts = cl_boot_ns(),
		.detail = cl_policy_source_name(source),
		.policy = text,
		.count = allowed,
		.sightings = &which,
		.n_sightings = 1,
	};

	if (!text || cl_fp_parse(cl_json_get_str(statement, "fingerprint"), which.fp))
		return -ENOMEM;
	d->o.feed(d->o.ctx, &obs);
	return 0;
}

static int count_of(void *ctx, const struct cl_node *n)
{
	*(uint64_t *)ctx = (uint64_t)cl_json_get_num(n->attrs, "allowed_times");
	return 0;
}

static int feed_stored(void *ctx, uint32_t source, const cJSON *statement)
{
	struct cl_desk *d = ctx;
	struct cl_store_db *db = cl_writer_db(d->o.writer);
	char id[CL_STORE_CREDENTIAL_ID];
	uint64_t allowed = 0;
	int r = cl_store_policy_resolve(db, cl_json_get_str(statement, "fingerprint"), id, NULL);

	r = r ? r : cl_store_node(db, id, count_of, &allowed);
	return r && r != -ENOENT ? r : feed(d, source, statement, allowed);
}

static int clean_copy(struct cl_desk *d, const cJSON *config, cJSON **out)
{
	_cleanup_json_ cJSON *clean = config ? cJSON_Duplicate(config, true) : cJSON_CreateArray();
	cJSON *item;
	int r = clean ? 0 : -ENOMEM;

	cJSON_ArrayForEach (item, clean)
		r = r ? r : cl_policy_redact(item, cl_desk_redact, d->scanner);
	if (!r)
		*out = TAKE_PTR(clean);
	return r;
}

int cl_desk_begin(struct cl_desk *d, const cJSON *config, struct cl_error *err)
{
	_cleanup_json_ cJSON *clean = NULL;
	int r = clean_copy(d, config, &clean);

	d->wall_offset = cl_wall_offset_ns();
	r = r ? r : cl_ledger_sync(cl_writer_db(d->o.writer), clean, cl_wall_ns(), err);
	return r ? r : cl_store_policies(cl_writer_db(d->o.writer), feed_stored, d, err);
}

/* ---- another configuration ---- */

static int collect_config(void *ctx, uint32_t source, const cJSON *statement)
{
	cJSON *copy = source == CL_POLICY_CONFIG ? cJSON_Duplicate(statement, true) : NULL;

	if (source != CL_POLICY_CONFIG)
		return 0;
	return copy && cJSON_AddItemToArray(ctx, copy) ? 0 : -ENOMEM;
}

static void take_in(void *ctx, struct cl_store_db *db)
{
	struct cl_desk *d = ctx;
	int r;

	d->reload.before = cJSON_CreateArray();
	r = d->reload.before ? cl_store_policies(db, collect_config, d->reload.before, &d->reload.err) : -ENOMEM;
	d->reload.result = r ? r : cl_ledger_sync(db, d->reload.config, cl_wall_ns(), &d->reload.err);
	cl_errand_done(&d->reload.errand);
}

int cl_desk_reload(struct cl_desk *d, const cJSON *config, struct cl_error *err)
{
	int r;

	cl_desk_look(d);
	if (cl_errand_is_pending(&d->reload.errand))
		return cl_fail(err, -EBUSY, "the change of policy before this one is still on its way: try again");
	r = clean_copy(d, config, &d->reload.config);
	if (r)
		return r;
	d->reload.err = (struct cl_error){0};
	if (!cl_errand_begin(&d->reload.errand, d->o.writer, take_in, d))
		return 0;
	cl_json_freep(&d->reload.config);
	return cl_fail(err, -EBUSY, "the store is too busy to take statements about credentials in: try again");
}

static const cJSON *statement_of(const cJSON *list, const char *fingerprint)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list)
		if (!strcmp(cl_json_get_str(item, "fingerprint"), fingerprint))
			return item;
	return NULL;
}

/* A statement that is gone is told as one that says nothing. */
static void feed_gone(struct cl_desk *d, const cJSON *statement)
{
	_cleanup_json_ cJSON *empty = cJSON_CreateObject();

	cl_json_str(empty, "fingerprint", cl_json_get_str(statement, "fingerprint"));
	feed(d, CL_POLICY_CONFIG, empty, 0);
}

/* What became different takes effect. */
static void feed_differences(struct cl_desk *d)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, d->reload.before)
		if (!statement_of(d->reload.config, cl_json_get_str(item, "fingerprint")))
			feed_gone(d, item);
	cJSON_ArrayForEach (item, d->reload.config)
		if (!cJSON_Compare(item, statement_of(d->reload.before, cl_json_get_str(item, "fingerprint")), true))
			feed(d, CL_POLICY_CONFIG, item, 0);
}

static void look_at_reload(struct cl_desk *d)
{
	if (!cl_errand_is_done(&d->reload.errand))
		return;
	if (d->reload.result)
		cl_err("SIGHUP: the store does not take policy.credentials in: %s; the statements of before hold",
		       *d->reload.err.text ? d->reload.err.text : strerror(-d->reload.result));
	else
		feed_differences(d);
	cl_json_freep(&d->reload.config);
	cl_json_freep(&d->reload.before);
	cl_errand_end(&d->reload.errand);
}

void cl_desk_look(struct cl_desk *d)
{
	struct job *job = &d->change;

	look_at_reload(d);
	if (!cl_errand_is_done(&job->errand) || job->fed)
		return;
	job->fed = true;
	if (!job->result && cl_json_at(job->after, "fingerprint")) /* a review of a finding is no policy */
		feed(d, CL_POLICY_STORE, job->after, 0);
}

/* ---- jobs ---- */

static void run(void *ctx, struct cl_store_db *db)
{
	struct job *job = ctx;

	if (job->refuse)
		job->result = cl_ledger_refuse(db, &job->ask, job->err.text);
	else
		job->result = cl_ledger_change(db, &job->ask, &job->after, &job->err);
	cl_errand_done(&job->errand);
}

/* `refused`: why it is only logged; NULL: it is done. */
static int submit(struct cl_desk *d, struct job *job, const struct cl_peer *peer, const cJSON *request,
		  const struct cl_error *refused)
{
	int r;

	drop(job);
	job->request = cJSON_Duplicate(request, true);
	r = job->request ? cl_policy_redact(job->request, cl_desk_redact, d->scanner) : -ENOMEM;
	if (r)
		return r;
	cl_who_of(peer->pid, peer->uid, &job->who);
	if (!refused)
		cl_who_claim(&job->who, cJSON_GetObjectItemCaseSensitive(request, "who"));
	job->ask = (struct cl_ledger_ask){
		.request = job->request,
		.who = &job->who,
		.way = "monitor",
		.wall_ns = cl_boot_ns() + (uint64_t)d->wall_offset,
		.unlogged = refused ? d->unlogged : 0,
	};
	job->refuse = refused;
	job->err = refused ? *refused : (struct cl_error){0};
	return cl_errand_begin(&job->errand, d->o.writer, run, job);
}

/* ---- requests ---- */

static int refuse(struct cl_desk *d, const struct cl_peer *peer, const cJSON *request, struct cl_error *err)
{
	struct job *job = &d->refusal;
	uint64_t now = cl_boot_ns();

	cl_fail(err, -EPERM, "only root may change %s (sudo credlineage ...)",
		cl_json_at(request, "finding") ? "a finding's status" : "policy");
	if (!cl_errand_is_pending(&job->errand) && (!d->refused || now - d->refused >= REFUSAL_NS)) {
		d->refused = now;
		if (!submit(d, job, peer, request, err)) {
			d->unlogged = 0;
			return -EPERM;
		}
	}
	d->unlogged++;
	return -EPERM;
}

static int finish(struct job *job, cJSON *reply, struct cl_error *err)
{
	int r = job->result;

	if (r)
		cl_fail(err, r, "%s", job->err.text);
	else if (!cJSON_AddItemToObject(reply, "statement", job->after))
		r = -ENOMEM;
	else
		job->after = NULL;
	clear(job);
	return r;
}

static int change(struct cl_desk *d, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
		  struct cl_error *err)
{
	struct job *job = &d->change;
	int turn, r;

	cl_desk_look(d);
	turn = cl_errand_turn(&job->errand, peer, request);
	if (turn == CL_ERRAND_DONE)
		return finish(job, reply, err);
	r = turn == CL_ERRAND_BEGIN ? submit(d, job, peer, request, NULL) : turn < 0 ? turn : 0;
	if (r && turn == CL_ERRAND_BEGIN)
		clear(job);
	if (r)
		return cl_fail(err, r, "cannot change policy: %s", strerror(-r));
	return cl_fail(err, -EAGAIN, "%s",
		       turn == CL_ERRAND_ANOTHER
			       ? "another change of policy is on its way, nothing was changed: try again"
			       : "the store is slow: the change is on its way (credlineage credentials audit tells)");
}

bool cl_desk_is_elsewhere(const struct cl_desk *d, const cJSON *request)
{
	const char *meant = cl_json_get_str(request, "state");

	return *meant && strcmp(meant, d->state);
}

int cl_desk_handle(struct cl_desk *d, const struct cl_peer *peer, const cJSON *request, cJSON *reply,
		   struct cl_error *err)
{
	if (!d->scanner)
		return cl_fail(err, -EAGAIN, "the monitor is starting, nothing was changed: try again");
	if (cl_desk_is_elsewhere(d, request)) {
		cl_json_str(reply, "elsewhere", d->state);
		return 0;
	}
	if (peer->uid && peer->uid != geteuid())
		return refuse(d, peer, request, err);
	return change(d, peer, request, reply, err);
}
