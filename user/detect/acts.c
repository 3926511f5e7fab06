/* SPDX-License-Identifier: Apache-2.0 */
/* What an observation does to the holdings, and which uses it makes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "credlineage/event.h"
#include "detect/engine.h"
#include "detect/reach.h"
#include "detect/snapshot.h"
#include "lineage/ids.h"

/* ---- reads ---- */

/* What is laid just before a run begins is laid for it. */
#define LAID_BEFORE CL_NS_PER_S

static bool is_standing(const struct cl_detect *d, const struct cl_observation *obs, const struct cl_run *run)
{
	return obs->ctime && obs->ctime + LAID_BEFORE < cl_host_wall(cl_detect_host(d), run->begin);
}

/* With `open` it has the file open, which is as much as to have inherited what is in it. */
static int apply_read(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor, bool open)
{
	int r = 0;

	for (size_t i = 0; i < obs->n_sightings && !r; i++) {
		const struct cl_sighting *s = &obs->sightings[i];
		struct cl_act act = {
			.how = CL_USE_READ,
			.basis = open ? CL_BASIS_INFERRED : CL_BASIS_OBSERVED,
			.line = s->line,
			.inherited = open,
			.unverified = obs->unverified,
			.standing = is_standing(d, obs, actor->run),
			.count = 1 + (uint64_t)obs->repeats,
		};
		struct cl_credential *c = NULL;

		r = cl_dup_bounded(&act.name, s->name, CL_NAME_SHOWN);
		r = r ? r : cl_dup_bounded(&act.path, obs->path, CL_PATH_SHOWN);
		r = r ? r : cl_dup_bounded(&act.asked, obs->filename, CL_PATH_SHOWN);
		r = r ? r : cl_holdings_enter(&d->holdings, s, d->now, &c);
		r = r ? r : cl_holdings_hold(&d->holdings, actor->key, s->fp, s->source);
		if (!r && !open)
			cl_holdings_came(&d->holdings, actor->key, s->fp, CL_CAME_TAKEN);
		r = r ? r : cl_acts_use(d, c, actor, &act, NULL);
		free(act.name);
		free(act.path);
		free(act.asked);
	}
	return r;
}

/* ---- images: exec, and processes that were there before ---- */

/*
 * One sighting per credential speaks for the exec: one that gives something new before one that only passes on, then a
 * command line, which others can read, before a variable.
 */
static int weight(const struct cl_observation *obs, size_t i, const bool *inherited)
{
	return 2 * !inherited[i] + (obs->sightings[i].source == CL_SOURCE_ARGUMENTS);
}

static bool speaks(const struct cl_observation *obs, size_t i, const bool *inherited)
{
	const struct cl_sighting *s = &obs->sightings[i];
	int own = weight(obs, i, inherited);

	for (size_t j = 0; j < obs->n_sightings; j++) {
		if (j == i || memcmp(obs->sightings[j].fp, s->fp, CL_FP_SIZE))
			continue;
		if (weight(obs, j, inherited) > own || (j < i && weight(obs, j, inherited) == own))
			return false;
	}
	return true;
}

static int use_image(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor, size_t i,
		     bool inherited)
{
	const struct cl_sighting *s = &obs->sightings[i];
	struct cl_credential *c = cl_holdings_credential(&d->holdings, s->fp);
	struct cl_act act = {
		.how = s->source == CL_SOURCE_ARGUMENTS ? CL_USE_ARGUMENTS : CL_USE_ENVIRONMENT,
		.basis = obs->kind == CL_OBS_EXEC ? CL_BASIS_OBSERVED : CL_BASIS_INFERRED,
		.inherited = inherited,
	};
	int r;

	if (!c)
		return 0; /* pushed out by its neighbours of this very exec */
	r = cl_dup_bounded(&act.name, s->name, CL_NAME_SHOWN);
	r = r ? r : cl_acts_use(d, c, actor, &act, NULL);
	free(act.name);
	return r;
}

/*
 * With this exec the process comes into its run: what its environment holds was put there for the run as a whole (by a
 * service manager, a container's engine, a runner that starts each step of a job), not for this program.
 */
static bool is_at_the_door(const struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	const struct cl_run *run = actor->run;
	const struct cl_process *parent = cl_identity_process(d->identity, actor->parent_key);

	if (cl_key_equal(run->root, actor->key))
		return run->begin >= obs->ts || run->kind == CL_RUN_UNIT || run->kind == CL_RUN_CONTAINER ||
		       run->kind == CL_RUN_POD;
	return !parent || parent->run != run;
}

static uint32_t came(const struct cl_sighting *s, bool inherited, bool surroundings)
{
	if (s->source == CL_SOURCE_ARGUMENTS)
		return CL_CAME_TAKEN;
	return inherited || surroundings ? CL_CAME_ALONG : CL_CAME_GIVEN;
}

/* What a process was started with, its creator has in its memory: it wrote it there for its first program. */
static int apply_giver(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	const struct cl_images *before = actor->earlier;
	int r = 0;

	if (!actor->parent_key.tgid || (before && before->n && before->list[before->n - 1].when))
		return 0;
	for (size_t i = 0; i < obs->n_sightings && !r; i++) {
		const uint8_t *fp = obs->sightings[i].fp;

		if (!cl_holder_sources(cl_holdings_holder(&d->holdings, actor->parent_key), fp))
			r = cl_holdings_hold(&d->holdings, actor->parent_key, fp, CL_SOURCE_GAVE);
	}
	return r;
}

#define IMAGE_SIGHTINGS_MAX 256

static int apply_image(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	const struct cl_holder *self = cl_holdings_holder(&d->holdings, actor->key);
	const struct cl_holder *parent = cl_holdings_holder(&d->holdings, actor->parent_key);
	size_t n = obs->n_sightings < IMAGE_SIGHTINGS_MAX ? obs->n_sightings : IMAGE_SIGHTINGS_MAX;
	struct cl_observation seen = *obs;
	bool inherited[IMAGE_SIGHTINGS_MAX];
	bool surroundings = obs->kind == CL_OBS_PROCESS || is_at_the_door(d, obs, actor);
	struct cl_credential *c;
	int r = 0;

	seen.n_sightings = n;
	for (size_t i = 0; i < n; i++) {
		const struct cl_sighting *s = &obs->sightings[i];

		inherited[i] = s->source == CL_SOURCE_ENVIRONMENT &&
			       (cl_holder_carries(self, s->fp) || cl_holder_carries(parent, s->fp));
	}
	if (obs->kind == CL_OBS_EXEC)
		cl_holdings_exec(&d->holdings, actor->key, obs->flags & (CL_F_ENV_TRUNCATED | CL_F_ENV_FAULT));
	for (size_t i = 0; i < n && !r; i++) {
		r = cl_holdings_enter(&d->holdings, &obs->sightings[i], d->now, &c);
		r = r ? r : cl_holdings_hold(&d->holdings, actor->key, obs->sightings[i].fp, obs->sightings[i].source);
		if (!r)
			cl_holdings_came(&d->holdings, actor->key, obs->sightings[i].fp,
					 came(&obs->sightings[i], inherited[i], surroundings));
	}
	for (size_t i = 0; i < n && !r; i++)
		if (speaks(&seen, i, inherited))
			r = use_image(d, obs, actor, i, inherited[i]);
	return r || obs->kind != CL_OBS_EXEC ? r : apply_giver(d, obs, actor);
}

/* ---- connects ---- */

bool cl_detect_is_plumbing(const struct cl_observation *obs)
{
	/* Name service and logging of the C library: nearly every program asks there as it starts, and no credential
	 * is used toward them. Without this list nothing would ever only inherit. */
	static const char *const sockets[] = {
		"/run/nscd/",		"/var/run/nscd/",      "/dev/log", "/run/systemd/journal/",
		"/run/systemd/userdb/", "/var/lib/sss/pipes/",
	};

	if (obs->kind != CL_OBS_CONNECT)
		return false;
	/* getaddrinfo sorts addresses by connecting datagram sockets to port 0: nothing is sent. */
	if (obs->family != AF_UNIX)
		return obs->sock_type == SOCK_DGRAM && !obs->port;
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
		if (obs->address && cl_starts_with(obs->address, sockets[i]))
			return true;
	return false;
}

/* Where a connect went, in words. */
struct way {
	char id[CL_ID_SIZE], address[CL_NAME_SHOWN], name[CL_NAME_SHOWN];
	struct cl_destination to;
	char *shown;
};

static void fill_way(struct way *w, const struct cl_observation *obs)
{
	w->to = (struct cl_destination){
		.id = cl_id_destination(w->id, sizeof(w->id), obs),
		.address = w->address,
		.transport = cl_transport_name(obs->family, obs->sock_type),
		.port = obs->port,
	};
	snprintf(w->address, sizeof(w->address), "%s", obs->address ? obs->address : "");
	snprintf(w->name, sizeof(w->name), "%.*s", obs->names ? (int)strcspn(obs->names, " ") : 0,
		 obs->names ? obs->names : "");
	*w->to.hosts = *w->name ? w->name : NULL;
	/* "destination:tcp:192.0.2.1:443" without the kind reads well in sentences */
	w->shown = strchr(w->id, ':');
	w->shown = w->shown ? w->shown + 1 : w->id;
}

int cl_detect_gather_connect(struct cl_detect *d, const struct cl_process *actor, const struct cl_observation *obs,
			     struct cl_use **use)
{
	struct way w;
	struct cl_act act = {.how = CL_USE_CONNECT, .basis = CL_BASIS_OBSERVED, .count = 1 + (uint64_t)obs->repeats};

	fill_way(&w, obs);
	act.destination = w.shown;
	return cl_detect_gather(d, actor, &act, &w.to, use);
}

/*
 * `likely`: not seen. Another program, in this process, read it, and its successor may have it; or the connection is
 * older than the credential, and what passes it is not looked at.
 */
static int use_toward(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor,
		      const uint8_t fp[CL_FP_SIZE], bool likely)
{
	struct cl_credential *c = cl_holdings_credential(&d->holdings, fp);
	struct cl_act act = {.how = CL_USE_CONNECT,
			     .basis = likely ? CL_BASIS_INFERRED : CL_BASIS_OBSERVED,
			     .inherited = likely,
			     .count = 1 + (uint64_t)obs->repeats};
	struct way w;

	if (!c)
		return 0;
	fill_way(&w, obs);
	act.destination = w.shown;
	c->last = d->now;
	return cl_acts_use(d, c, actor, &act, &w.to);
}

static int apply_connect(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	struct cl_holder *holder = cl_holdings_holder(&d->holdings, actor->key);
	uint8_t fps[CL_HELD_MAX][CL_FP_SIZE];
	size_t n;
	int r = 0;

	/* To be come to is no act of one's own: the lineage has the outlet, but an heir that serves has used nothing. */
	if (!holder || cl_detect_is_plumbing(obs) || obs->how == CL_CONNECT_ACCEPT)
		return 0;
	cl_holdings_touch(&d->holdings, holder);
	n = cl_detect_holding(d, actor->key, fps, CL_HELD_MAX);
	for (size_t i = 0; i < n && !r; i++)
		r = use_toward(d, obs, actor, fps[i],
			       obs->since || cl_holder_had(cl_holdings_holder(&d->holdings, actor->key), fps[i]));
	return r;
}

/* ---- runs ---- */

/* A run was registered around a process that may hold something already, and may name credentials of its own. */
static int apply_run_begin(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	uint8_t fps[CL_HELD_MAX][CL_FP_SIZE];
	struct cl_credential *c;
	size_t n;
	int r = 0;

	for (size_t i = 0; i < obs->n_sightings && !r; i++) {
		r = cl_holdings_enter(&d->holdings, &obs->sightings[i], d->now, &c);
		if (r)
			break;
		cl_run_view_free(&c->home);
		c->declared = true;
		r = cl_run_view_copy(&c->home, actor->run, cl_detect_host(d));
	}
	n = cl_detect_holding(d, actor->key, fps, CL_HELD_MAX);
	for (size_t i = 0; i < n && !r; i++) {
		struct cl_act act = {.how = CL_USE_ENVIRONMENT, .basis = CL_BASIS_INFERRED, .inherited = true};

		c = cl_holdings_credential(&d->holdings, fps[i]);
		if (c)
			r = cl_acts_use(d, c, actor, &act, NULL);
	}
	return r;
}

int cl_acts_apply(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor)
{
	switch (obs->kind) {
	case CL_OBS_EXEC:
	case CL_OBS_PROCESS:
		return apply_image(d, obs, actor);
	case CL_OBS_FORK:
		/* A copy of the memory is a copy of what stands in it. */
		return cl_holdings_copy(&d->holdings, obs->process, obs->child);
	case CL_OBS_EXIT:
		cl_holdings_drop(&d->holdings, actor->key);
		return 0;
	case CL_OBS_READ:
		if (cl_reach_is_environ(obs))
			return cl_reach_read(d, obs, actor);
		return obs->exempt ? 0 : apply_read(d, obs, actor, false);
	case CL_OBS_RECEIVE:
	case CL_OBS_HELD:
		return obs->exempt ? 0 : apply_read(d, obs, actor, true);
	case CL_OBS_ACCESS:
		return cl_reach_apply(d, obs, actor);
	case CL_OBS_CONNECT:
		return apply_connect(d, obs, actor);
	case CL_OBS_RUN_BEGIN:
		return apply_run_begin(d, obs, actor);
	default:
		return 0;
	}
}
