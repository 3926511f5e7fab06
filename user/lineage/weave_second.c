/* SPDX-License-Identifier: Apache-2.0 */
/* What a file that a holder of a credential wrote means for the graph: what lies in it, and who has it second hand. */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "lineage/weave_nodes.h"

/* "bash [42]" */
static void name_writer(char *buf, size_t size, struct cl_identity *id, struct cl_process_key key)
{
	const struct cl_process *p = cl_identity_process(id, key);

	if (p)
		cl_weave_process_label(buf, size, p);
	else
		snprintf(buf, size, "process [%" PRIu32 "]", key.tgid);
}

static int stored(struct cl_weave *w, const struct cl_sighting *s, const char *file, const char *writer)
{
	char credential[CL_ID_SIZE], place[CL_EVIDENCE_SIZE], text[2 * CL_EVIDENCE_SIZE], evidence[CL_EVIDENCE_SIZE];
	const char *where = cl_weave_place(place, s);
	int r;

	cl_id_credential(credential, sizeof(credential), s->fp);
	snprintf(text, sizeof(text), "%.150s%swritten by %.80s", where ? where : "", where ? ", " : "", writer);
	r = cl_weave_credential(w, s, credential);
	return r ? r
		 : cl_weave_edge(w, CL_EDGE_STORED_IN, credential, file, w->when, CL_BASIS_OBSERVED,
				 cl_escape(evidence, sizeof(evidence), text));
}

int cl_weave_stored(struct cl_graph *g, struct cl_identity *id, const struct cl_observation *obs)
{
	struct cl_weave w = {.g = g, .host = cl_identity_host(id), .obs = obs};
	const struct cl_process *p = cl_identity_process(id, obs->process);
	char file[CL_ID_SIZE], writer[CL_EVIDENCE_SIZE];
	int r;

	if (!w.host || !w.host->id || !obs->path)
		return 0;
	w.when = cl_host_wall(w.host, obs->ts);
	name_writer(writer, sizeof(writer), id, obs->process);
	r = cl_weave_file(&w, p, file);
	for (size_t i = 0; i < obs->n_sightings && !r; i++)
		r = stored(&w, &obs->sightings[i], file, writer);
	return r;
}

/* The two runs: the reader's process is part of one, the writer's of the other. */
static int from_writer(struct cl_weave *w, struct cl_process *writer, const char *evidence)
{
	char id[CL_ID_SIZE];
	int r = cl_weave_chain(w, writer, false);

	cl_id_process(id, sizeof(id), w->host->boot_id, writer->key);
	r = r ? r : cl_weave_run(w, writer->run);
	return r ? r : cl_weave_edge(w, CL_EDGE_RECEIVED, w->actor, id, w->when, CL_BASIS_INFERRED, evidence);
}

static int received(struct cl_weave *w, const struct cl_second_hand *hand, const char *evidence)
{
	char credential[CL_ID_SIZE];
	int r = 0;

	for (size_t i = 0; i < hand->n && !r; i++) {
		cl_id_credential(credential, sizeof(credential), hand->fps[i]);
		r = cl_graph_node(w->g, CL_NODE_CREDENTIAL, credential, NULL, w->when, NULL);
		r = r ? r
		      : cl_weave_edge(w, CL_EDGE_RECEIVED, w->actor, credential, w->when, CL_BASIS_INFERRED, evidence);
	}
	return r;
}

int cl_weave_second_hand(struct cl_graph *g, struct cl_identity *id, const struct cl_observation *obs,
			 struct cl_process *actor, const struct cl_second_hand *hand)
{
	struct cl_observation at = *obs;
	struct cl_weave w = {.g = g, .host = cl_identity_host(id), .obs = &at};
	struct cl_process *writer = cl_identity_process(id, hand->writer);
	char file[CL_ID_SIZE], name[CL_EVIDENCE_SIZE], text[2 * CL_EVIDENCE_SIZE], evidence[CL_EVIDENCE_SIZE];
	int r;

	if (!w.host || !w.host->id || !w.host->boot_id)
		return 0;
	w.when = cl_host_wall(w.host, obs->ts);
	if (obs->kind == CL_OBS_EXEC) {
		at.ino = obs->exe_ino;
		at.dev = obs->exe_dev;
	}
	at.path = obs->kind == CL_OBS_READ && obs->path ? obs->path : hand->path;
	name_writer(name, sizeof(name), id, hand->writer);
	snprintf(text, sizeof(text), "%ssecond hand: %.150s, written by %.60s",
		 obs->kind == CL_OBS_EXEC ? "executed, " : "", hand->path, name);
	cl_escape(evidence, sizeof(evidence), text);
	r = cl_weave_actor(&w, actor, false);
	r = r ? r : cl_weave_file(&w, actor, file);
	if (!obs->n_sightings || obs->kind == CL_OBS_EXEC) /* else that is in the graph already */
		r = r ? r : cl_weave_edge(&w, CL_EDGE_READ, w.actor, file, w.when, CL_BASIS_OBSERVED, evidence);
	r = r || !writer ? r : from_writer(&w, writer, evidence);
	return r ? r : received(&w, hand, evidence);
}
