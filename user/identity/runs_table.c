/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of runs: how one is made, found by id or name, and evicted. Idle and childless runs go, in batches; one with
 * a live process or a nested run stays.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "identity/tables.h"

#define ID_BYTES (CL_NAME_BYTES + 64)	   /* a taken id gets a suffix */
#define LIST_BYTES (CL_PERMITS_MAX * 272u) /* of what a run is declared to need */

struct cl_run *cl_runs_find(struct cl_identity *id, const char *run_id)
{
	struct cl_run *r = NULL;

	HASH_FIND_STR(id->runs, run_id, r);
	return r;
}

struct cl_run *cl_runs_find_named(struct cl_identity *id, const char *named)
{
	struct cl_run *r = NULL;

	HASH_FIND(hh_named, id->named_runs, named, strlen(named), r);
	return r;
}

void cl_runs_unname(struct cl_identity *id, struct cl_run *r)
{
	if (r->by_name)
		HASH_DELETE(hh_named, id->named_runs, r);
	r->by_name = false;
}

int cl_runs_name(struct cl_identity *id, struct cl_run *run, const char *named)
{
	struct cl_run *before = cl_runs_find_named(id, named);
	char *copy = strdup(named);

	if (!copy)
		return -ENOMEM;
	cl_runs_unname(id, run);
	free(run->named);
	run->named = copy;
	if (before)
		cl_runs_unname(id, before);
	HASH_ADD_KEYPTR(hh_named, id->named_runs, run->named, strlen(run->named), run);
	run->by_name = run->hh_named.tbl;
	return run->by_name ? 0 : -ENOMEM;
}

static void run_free(struct cl_run *r)
{
	free(r->id);
	free(r->workflow);
	free(r->environment);
	free(r->spiffe_id);
	free(r->owner);
	free(r->allowed_credentials);
	free(r->allowed_destinations);
	free(r->outcome);
	free(r->repository);
	free(r->job);
	free(r->attempt);
	free(r->cgroup);
	free(r->named);
	free(r);
}

void cl_runs_free(struct cl_identity *id)
{
	struct cl_run *r = NULL, *next = NULL;

	/* renaming it can have failed half way */
	if (id->host_run && !cl_table_added(id->host_run))
		run_free(id->host_run);
	HASH_ITER (hh, id->runs, r, next) {
		cl_runs_unname(id, r);
		HASH_DELETE(hh, id->runs, r);
		run_free(r);
	}
}

static int earlier_end(const void *a, const void *b)
{
	const struct cl_run *x = *(struct cl_run *const *)a, *y = *(struct cl_run *const *)b;
	uint64_t x_end = x->end ? x->end : UINT64_MAX, y_end = y->end ? y->end : UINT64_MAX;

	return x_end != y_end ? (x_end > y_end) - (x_end < y_end) : strcmp(x->id, y->id);
}

/*
 * Idle and childless runs, the oldest end first, those that never ended last (their processes were evicted, or none
 * ever came); never the one that is about to become a parent.
 */
static size_t candidates(struct cl_identity *id, const struct cl_run *spare, struct cl_run **out)
{
	struct cl_run *r = NULL, *next = NULL;
	size_t n = 0;

	HASH_ITER (hh, id->runs, r, next) {
		if (r != spare && r != id->host_run && cl_run_is_idle(r) && !r->nested && !r->waiting)
			out[n++] = r;
	}
	qsort(out, n, sizeof(struct cl_run *), earlier_end);
	return n;
}

/* A batch at once: exited processes that point to an evicted run are handed to the run around it in one walk. */
static int make_room(struct cl_identity *id, const struct cl_run *spare)
{
	_cleanup_free_ struct cl_run **list = NULL;
	size_t n, most = id->max_runs / 16 + 1;

	if (id->n_runs < id->max_runs)
		return 0;
	list = calloc(id->n_runs, sizeof(struct cl_run *));
	if (!list)
		return -ENOMEM;
	n = candidates(id, spare, list);
	if (!n)
		return 1;
	n = n < most ? n : most;
	for (size_t i = 0; i < n; i++)
		list[i]->doomed = true;
	cl_restored_evict(id);
	for (struct cl_process *p = cl_processes_next(id, NULL); p; p = cl_processes_next(id, p))
		if (p->run->doomed)
			p->run = p->run->parent;
	for (size_t i = 0; i < n; i++) {
		list[i]->parent->nested--;
		cl_runs_forget_cgroup(id, list[i]);
		cl_runs_unname(id, list[i]);
		HASH_DELETE(hh, id->runs, list[i]);
		run_free(list[i]);
	}
	id->n_runs -= n;
	id->stats.runs_evicted += n;
	return 0;
}

static int copy_name(char **out, const char *s)
{
	size_t len = s ? strnlen(s, CL_NAME_BYTES + 1) : 0;

	if (!s || !*s)
		return 0;
	if (len > CL_NAME_BYTES) {
		/* not in the middle of a character */
		for (len = CL_NAME_BYTES; len && ((unsigned char)s[len] & 0xc0) == 0x80; len--)
			;
	}
	*out = strndup(s, len);
	return *out ? 0 : -ENOMEM;
}

/* A list that is too long to have been declared is kept as far as whole words go. */
static int copy_list(char **out, const char *s)
{
	size_t len = s ? strnlen(s, LIST_BYTES + 1) : 0;

	if (!s || !*s)
		return 0;
	if (len > LIST_BYTES)
		while (len && s[len] != ' ')
			len--;
	*out = strndup(s, len);
	return *out ? 0 : -ENOMEM;
}

/* 0, or 1 when even the suffixed id is taken. */
static int free_id(struct cl_identity *id, const struct cl_run_spec *spec, char out[ID_BYTES])
{
	snprintf(out, ID_BYTES, "%.*s", CL_NAME_BYTES, spec->id);
	if (!cl_runs_find(id, out))
		return 0;
	snprintf(out, ID_BYTES, "%.*s@%u:%llu", CL_NAME_BYTES, spec->id, spec->root.tgid,
		 (unsigned long long)spec->root.start);
	return cl_runs_find(id, out) ? 1 : 0;
}

static int make(struct cl_run **out, const struct cl_run_spec *spec, const char *run_id)
{
	struct cl_run *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return -ENOMEM;
	e = (r->id = strdup(run_id)) ? 0 : -ENOMEM;
	e = e ? e : copy_name(&r->workflow, spec->workflow);
	e = e ? e : copy_name(&r->environment, spec->environment);
	e = e ? e : copy_name(&r->spiffe_id, spec->spiffe_id);
	e = e ? e : copy_name(&r->owner, spec->owner);
	e = e ? e : copy_list(&r->allowed_credentials, spec->allowed_credentials);
	e = e ? e : copy_list(&r->allowed_destinations, spec->allowed_destinations);
	e = e ? e : copy_name(&r->repository, spec->repository);
	e = e ? e : copy_name(&r->job, spec->job);
	e = e ? e : copy_name(&r->attempt, spec->attempt);
	if (!e && !r->workflow)
		e = (r->workflow = strdup("unknown")) ? 0 : -ENOMEM;
	if (e) {
		run_free(r);
		return e;
	}
	r->kind = spec->kind;
	r->parent = spec->parent;
	r->depth = spec->parent ? spec->parent->depth + 1 : 0;
	r->begin = spec->begin;
	r->ttl = spec->ttl;
	r->cgroup_id = spec->cgroup_id;
	r->root = (struct cl_process_key){.start = spec->root.start, .tgid = spec->root.tgid};
	r->unattributed = spec->unattributed;
	r->declared = spec->declared;
	r->registrant = spec->registrant;
	r->recogniser = spec->recogniser;
	*out = r;
	return 0;
}

int cl_runs_open(struct cl_identity *id, const struct cl_run_spec *spec, struct cl_run **out)
{
	char run_id[ID_BYTES];
	struct cl_run *r;
	int e = spec->parent && spec->parent->depth >= CL_RUN_DEPTH_MAX ? 1 : make_room(id, spec->parent);

	e = e ? e : free_id(id, spec, run_id);
	id->stats.runs_refused += e > 0;
	e = e ? e : make(&r, spec, run_id);
	if (e)
		return e;
	HASH_ADD_KEYPTR(hh, id->runs, r->id, strlen(r->id), r);
	if (!cl_table_added(r)) {
		run_free(r);
		return -ENOMEM;
	}
	id->n_runs++;
	if (r->parent)
		r->parent->nested++;
	cl_runs_await_expiry(id, r);
	*out = r;
	return 0;
}

/* The host's run takes the host's name as soon as that is known. */
int cl_runs_host(struct cl_identity *id, const struct cl_observation *obs)
{
	char run_id[CL_NAME_BYTES], workflow[CL_NAME_BYTES];
	struct cl_run_spec spec = {.kind = CL_RUN_HOST, .id = run_id, .workflow = workflow, .unattributed = true};
	struct cl_run *r = NULL, *old = id->host_run;
	int e;

	snprintf(run_id, sizeof(run_id), "host:%s", obs && obs->host_id ? obs->host_id : "unknown");
	snprintf(workflow, sizeof(workflow), "host:%s", obs && obs->host_name ? obs->host_name : "unknown");
	if (!old)
		return cl_runs_open(id, &spec, &id->host_run);
	if (!strcmp(old->id, run_id) && !strcmp(old->workflow, workflow))
		return 0;
	e = make(&r, &spec, run_id);
	if (e)
		return e;
	/* in place: everything points to it */
	HASH_DELETE(hh, id->runs, old);
	free(old->id);
	free(old->workflow);
	old->id = TAKE_PTR(r->id);
	old->workflow = TAKE_PTR(r->workflow);
	run_free(r);
	HASH_ADD_KEYPTR(hh, id->runs, old->id, strlen(old->id), old);
	return cl_table_added(old) ? 0 : -ENOMEM;
}
