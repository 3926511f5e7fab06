/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Observation -> nodes and edges. Processes enter the graph when they matter: they hold a credential, connect while
 * holding one, or are an ancestor of such a process (its chain up to the first process known, an explicit unknown
 * node where the chain is cut). A process without any part in a credential's story costs the graph nothing.
 */
#pragma once

#include "event/observation.h"
#include "identity/identity.h"
#include "lineage/graph.h"

/* After cl_identity_apply of the same observation; actor may be NULL. 0 or -ENOMEM. `holding`: n fingerprints: for a
 * connect those that the actor holds now (CONNECTED_TO and USED_TOWARD edges), for an access those that it lays open
 * (READ and RECEIVED). */
int cl_weave(struct cl_graph *g, struct cl_identity *id, const struct cl_observation *obs, struct cl_process *actor,
	     const uint8_t (*holding)[CL_FP_SIZE], size_t n);
/* `to` took the place of `from` where the observation says: attributes of both (rotated_to, replaced_at; rotated_from,
 * rotated_at), inferred, in every export. */
int cl_weave_rotation(struct cl_graph *g, struct cl_identity *id, const struct cl_observation *obs,
		      const uint8_t from[CL_FP_SIZE], const uint8_t to[CL_FP_SIZE]);

/* What lies in a file that somebody wrote (CL_OBS_STORED): STORED_IN, observed. */
int cl_weave_stored(struct cl_graph *g, struct cl_identity *id, const struct cl_observation *obs);
/* The actor read or executed what a holder of these credentials wrote, in another run: RECEIVED from the writer and of
 * the credentials, inferred. */
struct cl_second_hand {
	struct cl_process_key writer;
	const char *path; /* as the writer had it */
	const uint8_t (*fps)[CL_FP_SIZE];
	size_t n;
};
int cl_weave_second_hand(struct cl_graph *g, struct cl_identity *id, const struct cl_observation *obs,
			 struct cl_process *actor, const struct cl_second_hand *hand);
