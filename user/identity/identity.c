/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "identity/tables.h"

#define PROCESSES_MIN 8
#define RUNS_MIN 4
#define HOST_BYTES 256

int cl_identity_new(struct cl_identity **out, size_t max_processes, size_t max_runs)
{
	_cleanup_(cl_identity_free) struct cl_identity *id = calloc(1, sizeof(*id));
	int r;

	if (!id)
		return -ENOMEM;
	id->max_processes = max_processes > PROCESSES_MIN ? max_processes : PROCESSES_MIN;
	id->max_runs = max_runs > RUNS_MIN ? max_runs : RUNS_MIN;
	r = cl_recogniser_list_new(&id->known, NULL);
	r = r ? r : cl_recognisers_new(&id->recognisers, id->known);
	r = r ? r : cl_runs_host(id, NULL);
	if (r)
		return r;
	*out = TAKE_PTR(id);
	return 0;
}

void cl_identity_free(struct cl_identity **p)
{
	struct cl_identity *id = TAKE_PTR(*p);

	if (!id)
		return;
	cl_restored_free(id);
	cl_processes_free(id);
	cl_spaces_free(id);
	cl_runs_free(id);
	cl_recognisers_free(&id->recognisers);
	cl_recogniser_list_free(&id->known);
	free(id->host.id);
	free(id->host.name);
	free(id->host.boot_id);
	free(id);
}

static int set_name(char **slot, const char *s)
{
	char *copy = s ? strndup(s, HOST_BYTES) : NULL;

	if (s && !copy)
		return -ENOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}

static int take_host(struct cl_identity *id, const struct cl_observation *obs)
{
	int r = set_name(&id->host.id, obs->host_id);

	r = r ? r : set_name(&id->host.name, obs->host_name);
	r = r ? r : set_name(&id->host.boot_id, obs->boot_id);
	id->host.wall_offset = obs->wall_offset;
	id->host.key_id = obs->key_id;
	if (!id->host_run->begin)
		id->host_run->begin = 1; /* with the boot */
	return r ? r : cl_runs_host(id, obs);
}

/* One that this program does not understand (a recording of another one) changes nothing. */
static int take_recogniser(struct cl_identity *id, const struct cl_observation *obs)
{
	struct cl_recognisers *fresh = NULL;
	int r = obs->detail ? cl_recogniser_list_take_text(id->known, "recording", obs->detail, NULL) : -EINVAL;

	if (r == -ENOMEM)
		return r;
	id->stats.recognisers_refused += r != 0;
	r = cl_recognisers_new(&fresh, id->known);
	if (r)
		return r;
	cl_recognisers_free(&id->recognisers);
	id->recognisers = fresh;
	return 0;
}

static bool has_actor(const struct cl_observation *obs)
{
	switch (obs->kind) {
	case CL_OBS_ACCESS:
	case CL_OBS_RECEIVE:
	case CL_OBS_HELD:
	case CL_OBS_WRITE:
		return obs->process.tgid;
	default:
		return obs->kind >= CL_OBS_EXEC && obs->kind <= CL_OBS_RUN_BEGIN && obs->process.tgid;
	}
}

static int act(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	int r;

	switch (obs->kind) {
	case CL_OBS_EXEC:
	case CL_OBS_PROCESS:
		r = cl_processes_exec(id, obs, p);
		return r ? r : cl_attribute(id, obs, p);
	case CL_OBS_FORK:
		return cl_processes_fork(id, obs, p);
	case CL_OBS_EXIT:
		cl_processes_exit(id, p, obs->ts, obs->exit_code);
		return 0;
	default:
		p->acted = true;
		/* a login that came after the fork */
		return p->run == id->host_run ? cl_attribute_session(id, obs, p) : 0;
	}
}

static int dispatch(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	switch (obs->kind) {
	case CL_OBS_HOST:
		return take_host(id, obs);
	case CL_OBS_RUN_BEGIN:
		return cl_registered_begin(id, obs, p);
	case CL_OBS_RUN_END:
		return cl_registered_end(id, obs);
	case CL_OBS_KNOWN_RUN:
		return cl_restored_run(id, obs);
	case CL_OBS_RECOGNISER:
		return take_recogniser(id, obs);
	case CL_OBS_TICK:
		cl_restored_settle(id, obs->ts);
		return 0;
	default:
		return p ? act(id, obs, p) : 0;
	}
}

static size_t missing(struct cl_identity *id, const struct cl_observation *obs)
{
	size_t n = !cl_processes_find(id, obs->process);

	return n + (obs->kind == CL_OBS_FORK && !cl_processes_find(id, obs->child));
}

/* Evicts before anything is looked up, only for what is really missing; what is there may be evicted by that itself. */
static int reserve(struct cl_identity *id, const struct cl_observation *obs)
{
	int r = 0;

	if (id->n_processes + 2 <= id->max_processes || !has_actor(obs))
		return 0;
	while (!r && id->n_processes + missing(id, obs) > id->max_processes)
		r = cl_processes_reserve(id, missing(id, obs));
	return r;
}

int cl_identity_apply(struct cl_identity *id, const struct cl_observation *obs, struct cl_process **actor,
		      struct cl_run **ended)
{
	struct cl_process *p = NULL;
	int r = reserve(id, obs);

	if (!r && has_actor(obs))
		r = cl_processes_actor(id, obs, &p);
	cl_runs_expire(id, obs->ts);
	r = r ? r : dispatch(id, obs, p);
	id->stats.processes = id->n_processes;
	id->stats.runs = id->n_runs;
	if (r)
		return r;
	*actor = p;
	*ended = cl_runs_next_ended(id);
	return 0;
}

struct cl_process *cl_identity_process(struct cl_identity *id, struct cl_process_key key)
{
	return cl_processes_find(id, key);
}

struct cl_process *cl_identity_by_pid(struct cl_identity *id, uint32_t tgid)
{
	struct cl_process *p = cl_processes_newest(id, tgid);

	return p && !p->exit_ts ? p : NULL;
}

struct cl_run *cl_identity_run(struct cl_identity *id, const char *run_id)
{
	return cl_runs_find(id, run_id);
}

struct cl_run *cl_identity_host_run(struct cl_identity *id)
{
	return id->host_run;
}

void cl_identity_each_run(struct cl_identity *id, void (*each)(void *ctx, const struct cl_run *run), void *ctx)
{
	struct cl_run *r = NULL, *next = NULL;

	HASH_ITER (hh, id->runs, r, next) {
		each(ctx, r);
	}
}

void cl_identity_each_living(struct cl_identity *id, void (*each)(void *ctx, const struct cl_process *p), void *ctx)
{
	for (struct cl_process *p = cl_processes_next(id, NULL); p; p = cl_processes_next(id, p)) {
		if (!p->exit_ts)
			each(ctx, p);
	}
}

const struct cl_identity_stats *cl_identity_stats(struct cl_identity *id)
{
	return &id->stats;
}

const struct cl_host *cl_identity_host(struct cl_identity *id)
{
	return &id->host;
}

uint64_t cl_host_wall(const struct cl_host *h, uint64_t boot_ns)
{
	return boot_ns ? boot_ns + (uint64_t)h->wall_offset : 0;
}
