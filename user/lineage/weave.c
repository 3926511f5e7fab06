/* SPDX-License-Identifier: Apache-2.0 */
/* What an act means for the graph. How a process, a run or a credential looks as a node is weave_nodes.c's. */
#include "lineage/weave.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "credlineage/event.h"
#include "lineage/weave_nodes.h"

static bool holds(const struct cl_weave *w, const char *process_id, const char *credential)
{
	static const uint32_t kinds[] = {CL_EDGE_READ, CL_EDGE_HELD_IN_ENVIRONMENT, CL_EDGE_PASSED_IN_ARGUMENTS,
					 CL_EDGE_RECEIVED};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (cl_graph_has_edge(w->g, kinds[i], process_id, credential))
			return true;
	return false;
}

/* The nearest ancestor in the parent run holds it too: that run handed its credential down. */
static int delegated(struct cl_weave *w, const struct cl_process *p, const char *credential)
{
	const struct cl_run *run = p->run, *above = run ? run->parent : NULL;
	char id[CL_ID_SIZE], from[CL_ID_SIZE], to[CL_ID_SIZE];
	int depth = 0;

	if (!above || cl_run_is_ambient(run->kind) || cl_run_is_ambient(above->kind))
		return 0;
	for (; p && p->run != above && depth < CL_CHAIN_MAX; depth++)
		p = p->parent;
	if (!p || p->run != above)
		return 0;
	if (!holds(w, cl_id_process(id, sizeof(id), w->host->boot_id, p->key), credential))
		return 0;
	return cl_weave_edge(w, CL_EDGE_DELEGATED_TO, cl_id_run(from, sizeof(from), w->host->id, above->id),
			     cl_id_run(to, sizeof(to), w->host->id, run->id), w->when, CL_BASIS_INFERRED, credential);
}

static uint32_t holding_kind(uint32_t source)
{
	switch (source) {
	case CL_SOURCE_ENVIRONMENT:
		return CL_EDGE_HELD_IN_ENVIRONMENT;
	case CL_SOURCE_ARGUMENTS:
		return CL_EDGE_PASSED_IN_ARGUMENTS;
	case CL_SOURCE_DESCRIPTOR:
		return CL_EDGE_RECEIVED;
	default:
		return CL_EDGE_READ;
	}
}

/* The actor holds the credential; `file`: node id of where it was read, NULL: not from a file. */
static int sighting(struct cl_weave *w, const struct cl_process *p, const struct cl_sighting *s, const char *file)
{
	uint32_t kind = holding_kind(s->source);
	char credential[CL_ID_SIZE], evidence[CL_EVIDENCE_SIZE];
	int r;

	cl_id_credential(credential, sizeof(credential), s->fp);
	r = cl_weave_credential(w, s, credential);
	if (!r)
		r = cl_weave_edge(w, kind, w->actor, credential, w->when, w->basis,
				  cl_weave_evidence(evidence, w, s, kind));
	if (!r && file)
		r = cl_weave_edge(w, CL_EDGE_STORED_IN, credential, file, w->when, w->basis,
				  cl_weave_place(evidence, s));
	if (!r)
		r = delegated(w, p, credential);
	return r;
}

/* What was read came by a descriptor that another process opened: it stands at the origin. */
static int received(struct cl_weave *w)
{
	char credential[CL_ID_SIZE], evidence[CL_EVIDENCE_SIZE];
	const char *opener = cl_weave_remarks(evidence, w);
	int r = 0;

	for (size_t i = 0; i < w->obs->n_sightings && !r; i++) {
		cl_id_credential(credential, sizeof(credential), w->obs->sightings[i].fp);
		r = cl_weave_credential(w, &w->obs->sightings[i], credential);
		if (!r)
			r = cl_weave_edge(w, CL_EDGE_RECEIVED, w->actor, credential, w->when, CL_BASIS_OBSERVED,
					  opener);
	}
	return r;
}

static int sightings(struct cl_weave *w, const struct cl_process *p, const char *file)
{
	int r = 0;

	for (size_t i = 0; !r && i < w->obs->n_sightings; i++)
		r = sighting(w, p, &w->obs->sightings[i], file);
	return r;
}

/* An exec that brings no credential only refreshes a process that is in the graph already. */
static int on_start(struct cl_weave *w, struct cl_process *p)
{
	char id[CL_ID_SIZE];
	int r;

	if (!w->obs->n_sightings &&
	    (!p->woven || !cl_graph_touch(w->g, cl_id_process(id, sizeof(id), w->host->boot_id, p->key))))
		return 0;
	r = cl_weave_actor(w, p, true);
	return r ? r : sightings(w, p, NULL);
}

/* A file that was only opened may still be read: known to hold a credential, it is a likely reading. */
static int on_read(struct cl_weave *w, struct cl_process *p)
{
	char file[CL_ID_SIZE], evidence[CL_EVIDENCE_SIZE];
	int r;

	if (!w->obs->n_sightings && !(w->obs->store && w->obs->kind == CL_OBS_READ))
		return 0;
	w->basis = w->obs->kind == CL_OBS_READ ? CL_BASIS_OBSERVED : CL_BASIS_INFERRED;
	r = cl_weave_actor(w, p, false);
	if (!r && *w->opener)
		r = received(w);
	if (r || !w->obs->path)
		return r ? r : sightings(w, p, NULL);
	r = cl_weave_file(w, p, file);
	if (!r)
		r = cl_weave_edge(w, CL_EDGE_READ, w->actor, file, w->when, w->basis, cl_weave_remarks(evidence, w));
	return r ? r : sightings(w, p, file);
}

/* The other end of what was passed. */
static int from_opener(struct cl_weave *w, struct cl_process *opener)
{
	char id[CL_ID_SIZE], evidence[CL_EVIDENCE_SIZE];
	int r = cl_weave_chain(w, opener, false);

	cl_id_process(id, sizeof(id), w->host->boot_id, opener->key);
	return r ? r
		 : cl_weave_edge(w, CL_EDGE_RECEIVED, w->actor, id, w->when, CL_BASIS_OBSERVED,
				 w->obs->path ? cl_escape(evidence, sizeof(evidence), w->obs->path) : NULL);
}

/* A descriptor came from elsewhere, or was there before anybody looked: that it can be read is seen, a reading is not. */
static int on_descriptor(struct cl_weave *w, struct cl_process *p, struct cl_process *opener)
{
	char file[CL_ID_SIZE], evidence[CL_EVIDENCE_SIZE];
	int r;

	if (!w->obs->n_sightings && !w->obs->store)
		return 0;
	r = cl_weave_actor(w, p, false);
	if (!r && *w->opener && opener)
		r = from_opener(w, opener);
	if (r || !w->obs->path)
		return r ? r : sightings(w, p, NULL);
	r = cl_weave_file(w, p, file);
	if (!r)
		r = cl_weave_edge(w, CL_EDGE_RECEIVED, w->actor, file, w->when, w->basis,
				  cl_weave_remarks(evidence, w));
	return r ? r : sightings(w, p, file);
}

static const char *part_of(uint32_t how)
{
	return how == CL_ACCESS_ENVIRON ? "environment of" : how == CL_ACCESS_FD ? "descriptor of" : "memory of";
}

/* What the actor then has it did not show: its bytes were not seen. */
static int on_access(struct cl_weave *w, struct cl_process *p, struct cl_process *target,
		     const uint8_t (*open)[CL_FP_SIZE], size_t n)
{
	char id[CL_ID_SIZE], who[CL_EVIDENCE_SIZE], evidence[CL_EVIDENCE_SIZE + 16];
	int r;

	if (!n || !target)
		return 0;
	snprintf(evidence, sizeof(evidence), "%s %.200s", part_of(w->obs->how),
		 cl_weave_process_label(who, sizeof(who), target));
	r = cl_weave_actor(w, p, false);
	if (!r)
		r = cl_weave_chain(w, target, false);
	if (!r)
		r = cl_weave_edge(w, CL_EDGE_READ, w->actor,
				  cl_id_process(id, sizeof(id), w->host->boot_id, target->key), w->when,
				  CL_BASIS_OBSERVED, evidence);
	for (size_t i = 0; !r && i < n; i++) {
		cl_id_credential(id, sizeof(id), open[i]);
		r = cl_graph_node(w->g, CL_NODE_CREDENTIAL, id, NULL, w->when, NULL);
		if (!r)
			r = cl_weave_edge(w, CL_EDGE_RECEIVED, w->actor, id, w->when, CL_BASIS_INFERRED, evidence);
	}
	return r;
}

static int on_end(struct cl_weave *w, struct cl_process *p)
{
	char id[CL_ID_SIZE];
	int r;

	if (!p->woven || !cl_graph_touch(w->g, cl_id_process(id, sizeof(id), w->host->boot_id, p->key)))
		return 0;
	r = cl_weave_exit(w, p, id);
	return r ? r : cl_weave_run_ended(w, p->run);
}

static void name_opener(struct cl_weave *w, struct cl_identity *id)
{
	struct cl_process_key key = w->obs->opener;
	const struct cl_process *p;

	if (!key.tgid || cl_key_equal(key, w->obs->process))
		return;
	p = cl_identity_process(id, key);
	if (p)
		cl_weave_process_label(w->opener, sizeof(w->opener), p);
	else
		snprintf(w->opener, sizeof(w->opener), "process [%" PRIu32 "]", key.tgid);
}

/* Nearly all that happens: processes come and go of which nothing is in the graph. */
static bool is_nothing(const struct cl_observation *obs, const struct cl_process *p)
{
	switch (obs->kind) {
	case CL_OBS_FORK:
		return true;
	case CL_OBS_EXEC:
	case CL_OBS_PROCESS:
	case CL_OBS_EXIT:
		return !p || (!p->woven && !obs->n_sightings);
	default:
		return false;
	}
}

int cl_weave(struct cl_graph *g, struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
	     const uint8_t (*holding)[CL_FP_SIZE], size_t n)
{
	struct cl_weave w;
	int r;

	if (is_nothing(obs, p))
		return 0;
	w = (struct cl_weave){.g = g, .host = cl_identity_host(id), .obs = obs, .basis = CL_BASIS_OBSERVED};
	if (!w.host || !w.host->id || !w.host->boot_id)
		return 0;
	w.when = cl_host_wall(w.host, obs->ts);
	name_opener(&w, id);
	if (obs->kind == CL_OBS_HOST)
		return cl_weave_host(&w);
	if (obs->kind == CL_OBS_RUN_END)
		return cl_weave_run_ended(&w, obs->run_id ? cl_identity_run(id, obs->run_id) : NULL);
	if (obs->kind == CL_OBS_CONNECT_END)
		return cl_weave_answer(&w);
	if (!p)
		return 0;
	switch (obs->kind) {
	case CL_OBS_EXEC:
	case CL_OBS_PROCESS:
		return on_start(&w, p);
	case CL_OBS_RUN_BEGIN:
		return cl_weave_actor(&w, p, true);
	case CL_OBS_OPEN:
	case CL_OBS_READ:
		return on_read(&w, p);
	case CL_OBS_RECEIVE:
	case CL_OBS_HELD:
		return on_descriptor(&w, p, cl_identity_process(id, obs->opener));
	case CL_OBS_ACCESS:
		return on_access(&w, p, cl_identity_process(id, obs->child), holding, n);
	case CL_OBS_CONNECT:
		/* of no consequence unless the actor holds a credential, or goes where some are handed out */
		if ((!n && !obs->service) || !obs->address)
			return 0;
		r = cl_weave_actor(&w, p, false);
		return r ? r : cl_weave_connect(&w, p, holding, n);
	case CL_OBS_EXIT:
		return on_end(&w, p);
	default:
		return 0;
	}
}

static int note_rotation(struct cl_weave *w, const char *credential, const char *key, const char *other, const char *at)
{
	_cleanup_json_ cJSON *a = cJSON_CreateObject();
	char path[CL_EVIDENCE_SIZE];

	if (!a)
		return -ENOMEM;
	cl_json_str(a, key, other);
	cl_json_time(a, at, w->when);
	cl_json_str(a, "rotated_in", cl_escape(path, sizeof(path), w->obs->path));
	cl_json_str(a, "rotation_basis", cl_basis_name(CL_BASIS_INFERRED));
	return cl_weave_node(w, CL_NODE_CREDENTIAL, credential, NULL, 0, &a);
}

int cl_weave_rotation(struct cl_graph *g, struct cl_identity *id, const struct cl_observation *obs,
		      const uint8_t from[CL_FP_SIZE], const uint8_t to[CL_FP_SIZE])
{
	struct cl_weave w = {.g = g, .host = cl_identity_host(id), .obs = obs};
	char old[CL_ID_SIZE], new[CL_ID_SIZE];
	int r;

	if (!w.host || !w.host->id)
		return 0;
	w.when = cl_host_wall(w.host, obs->ts);
	cl_id_credential(old, sizeof(old), from);
	cl_id_credential(new, sizeof(new), to);
	r = note_rotation(&w, old, "rotated_to", new, "replaced_at");
	return r ? r : note_rotation(&w, new, "rotated_from", old, "rotated_at");
}
