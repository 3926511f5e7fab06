/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The usual places of each credential: where it was used toward while that was learned (new_destination.c says when).
 * A place is "192.0.2.1:443"; a name by which it was asked for is kept with it and counts for whatever address it has
 * next. Bounded: CL_USUAL_PLACES of one credential, then it is one that goes everywhere, and the least recently used
 * credential goes first. The store keeps it as attributes of the credential's node, so that a restart learns nothing
 * anew:
 *   usual_destinations "192.0.2.1:443 api.example; ...", usual_since, usual_run, usual_program
 * and gives it back as KNOWN_DESTINATIONS: sightings[0], detail (usual_destinations), since (wall), run_id, program.
 */
#pragma once

#include "base/table.h"
#include "detect/detector.h"
#include "policy/policy.h"

#define CL_USUAL_PLACES 24
#define CL_USUAL_NAME 128

struct cl_usual_place {
	char place[CL_POLICY_DESTINATION];
	char name[CL_USUAL_NAME]; /* "": none */
};

struct cl_usual {
	uint8_t fp[CL_FP_SIZE];
	char *run, *program;	       /* of who used it first; NULL: not known */
	struct cl_process_key process; /* the same; tgid 0: of before a restart */
	uint64_t since;		       /* wall ns */
	struct cl_usual_place *places;
	size_t n;
	UT_hash_handle hh;
};

struct cl_usuals {
	struct cl_usual *table;
	size_t max;
	uint64_t evicted;
};

void cl_usuals_free(struct cl_usuals *t);
/* Of a credential and of what took its place since. NULL: it never was used toward anything. */
struct cl_usual *cl_usual_find(const struct cl_usuals *t, const struct cl_credential *c);
/* Learns a place; the first one makes the actor the one who used it first. 0, -ENOMEM. */
int cl_usual_learn(struct cl_usuals *t, struct cl_detect *d, const struct cl_credential *c,
		   const struct cl_process *actor, const char *place, const char *names);
bool cl_usual_knows(const struct cl_usual *u, const char *place, const char *names);
bool cl_usual_is_full(const struct cl_usual *u);
int cl_usual_restore(struct cl_usuals *t, const struct cl_observation *obs);
/* "127.0.0.1:8080 (api.example), ..." of at most three. */
int cl_usual_say(const struct cl_usual *u, struct cl_text *out);
