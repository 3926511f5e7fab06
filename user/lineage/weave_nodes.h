/* SPDX-License-Identifier: Apache-2.0 */
/* How things look as nodes: labels for people, flat attributes for programs. Inside of weave.c. */
#pragma once

#include "lineage/ids.h"
#include "lineage/weave.h"

#define CL_EVIDENCE_SIZE 256

/* One observation on its way into the graph. */
struct cl_weave {
	struct cl_graph *g;
	const struct cl_host *host;
	const struct cl_observation *obs;
	uint64_t when;	/* wall ns of the observation */
	uint32_t basis; /* of the acts in it */
	char actor[CL_ID_SIZE];
	char opener[CL_EVIDENCE_SIZE]; /* who opened the descriptor, when it was another: "sh [42]"; "" */
};

/* Each 0 or -ENOMEM. attrs is taken over; labels are escaped here. An edge whose ends were pushed out is let go. */
int cl_weave_node(struct cl_weave *w, uint32_t kind, const char *id, const char *label, uint64_t when, cJSON **attrs);
int cl_weave_edge(struct cl_weave *w, uint32_t kind, const char *source, const char *target, uint64_t when,
		  uint32_t basis, const char *evidence);
void cl_weave_add_device(cJSON *attrs, const char *key, uint32_t dev); /* "253:1", from the kernel's own encoding */
void cl_weave_add_u64(cJSON *attrs, const char *key, uint64_t value);  /* 64 bits do not fit a JSON number */
int cl_weave_host(struct cl_weave *w);
int cl_weave_process(struct cl_weave *w, const struct cl_process *p, const char *id); /* with run, user, container */
/* A process that the table holds never has more ancestors than this; a longer chain is cut and said to be. */
#define CL_CHAIN_MAX 512
/* The process and its ancestors; `fresh`: what is known of it may have changed (exec, a new run). */
int cl_weave_chain(struct cl_weave *w, struct cl_process *p, bool fresh);
/* The same, and it took part now, as who it is now: w->actor. */
int cl_weave_actor(struct cl_weave *w, struct cl_process *p, bool fresh);
int cl_weave_unknown(struct cl_weave *w, const char *id, struct cl_process_key key);
int cl_weave_exit(struct cl_weave *w, const struct cl_process *p, const char *id);
int cl_weave_run(struct cl_weave *w, const struct cl_run *run); /* an act in it: it, its workflow, what it is part of */
int cl_weave_run_ended(struct cl_weave *w, const struct cl_run *run); /* it and those above, where they are there */
int cl_weave_credential(struct cl_weave *w, const struct cl_sighting *s, const char *id);
int cl_weave_file(struct cl_weave *w, const struct cl_process *p, char id[CL_ID_SIZE]);
/* weave_connect.c: the actor went there with these credentials; what became of it. */
int cl_weave_connect(struct cl_weave *w, const struct cl_process *p, const uint8_t (*holding)[CL_FP_SIZE], size_t n);
int cl_weave_answer(struct cl_weave *w);

/* Short texts, escaped. NULL where there is nothing to say. */
char *cl_weave_process_label(char *buf, size_t size, const struct cl_process *p);
const char *cl_weave_evidence(char buf[CL_EVIDENCE_SIZE], const struct cl_weave *w, const struct cl_sighting *s,
			      uint32_t kind);
/* What is remarkable about how a file was read: "opened by sh [42], asked for as /tmp/ln"; NULL: nothing. */
const char *cl_weave_remarks(char buf[CL_EVIDENCE_SIZE], const struct cl_weave *w);
const char *cl_weave_place(char buf[CL_EVIDENCE_SIZE], const struct cl_sighting *s);
