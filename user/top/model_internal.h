/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the model: what is remembered between two snapshots, for model.c, model_credentials.c, model_lists.c. */
#pragma once

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "top/model.h"

struct cl_top_hold {
	char *run;     /* node id */
	uint64_t last; /* when it was seen */
};

/* A credential as it was read last. */
struct cl_top_credential {
	char *id;
	uint64_t last;	 /* of its node when it was read */
	uint64_t costly; /* until then it is not read again */
	bool stale, wanted;
	cJSON *row;		   /* as in the snapshot; NULL: not read yet */
	struct cl_top_hold *holds; /* in runs, the latest ones */
	size_t n_holds;
	UT_hash_handle hh;
};

struct cl_top_finding {
	char *id;
	uint64_t last, count;
	uint32_t severity;
	bool wanted;
	cJSON *row;
	cJSON *runs; /* run ids that it names, as in "run_id" */
	UT_hash_handle hh;
};

struct cl_top_model {
	struct cl_top_credential *credentials;
	struct cl_top_finding *findings;
	cJSON *lists; /* findings, credentials, runs and store as of `changes`; NULL: to be made */
	uint64_t changes;
	uint64_t pending;
	cJSON *events; /* counters of the status before, by kind */
	uint64_t counted;
};

/* Each brings its part of what is remembered up to date; `until`: cl_boot_ns() at which it has to come to an end. */
int cl_top_read_findings(struct cl_top_model *m, struct cl_store_db *db, struct cl_error *err);
int cl_top_read_credentials(struct cl_top_model *m, struct cl_store_db *db, uint64_t until, struct cl_error *err);
void cl_top_forget(struct cl_top_model *m);

/* Members findings, credentials, runs and the counts in store, of what is remembered. */
int cl_top_put_lists(struct cl_top_model *m, struct cl_store_db *db, cJSON *o);
/* Members monitor, coverage and events. */
int cl_top_put_monitor(struct cl_top_model *m, const struct cl_top_sources *from, cJSON *o);

/* "Critical" ...; "" for 0. */
const char *cl_top_severity(uint32_t number);
