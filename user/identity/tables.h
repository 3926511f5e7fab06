/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: the two tables and what they do to each other. */
#pragma once

#include "catalogue/recogniser.h"
#include "identity/identity.h"
#include "identity/recognise.h"
#include "identity/shared.h"

#define CL_NAME_BYTES 256 /* of a workflow, run id, environment: longer ones are cut */
#define CL_RUN_DEPTH_MAX 32

/* An exited process that waits for eviction; the time is here so that the heap stays within its own memory. */
struct cl_exited {
	uint64_t ts;
	struct cl_process *p;
};

struct cl_identity {
	struct cl_process *processes; /* by tgid; older holders of a tgid hang off the newest */
	size_t n_processes, max_processes;
	struct cl_exited *exited; /* heap, the oldest exit on top */
	size_t n_exited, exited_cap;

	struct cl_run *runs;	   /* by id */
	struct cl_run *named_runs; /* by what their system calls them, the latest of a name */
	size_t n_runs, max_runs;
	struct cl_run *host_run;
	struct cl_run *ended_first, *ended_last; /* to be reported */
	struct cl_run *cgroup_runs;		 /* declared for a cgroup and not ended */
	uint64_t next_expiry;			 /* boot ns at which the first time to live is over; 0: none is set */

	struct cl_space *spaces;      /* mount namespaces of containers, by number */
	struct cl_expected *expected; /* by key: processes that the store says belonged to a run */
	size_t n_expected;
	bool restoring; /* until the first tick */

	struct cl_shared *strings;
	struct cl_recogniser_list *known; /* what is built in, and the site's own */
	struct cl_recognisers *recognisers;
	struct cl_host host;
	struct cl_identity_stats stats;
};

/* ---- process_table.c ---- */

/* Room for `n` more entries; may evict, so no pointer into the table is held across it. */
int cl_processes_reserve(struct cl_identity *id, size_t n);
struct cl_process *cl_processes_find(struct cl_identity *id, struct cl_process_key key);
struct cl_process *cl_processes_newest(struct cl_identity *id, uint32_t tgid); /* may have exited */
int cl_processes_add(struct cl_identity *id, struct cl_process *p);
void cl_processes_release(struct cl_identity *id, struct cl_process *p);
void cl_processes_enqueue(struct cl_identity *id, struct cl_process *p); /* for eviction, if it is ready for that */
/* One step of a walk over the whole table; NULL: begin, or the end. */
struct cl_process *cl_processes_next(struct cl_identity *id, struct cl_process *p);
void cl_processes_free(struct cl_identity *id);

/* ---- images.c ---- */

/* What it executes now; the program that it leaves is kept when that did or could have done something. -ENOMEM. */
int cl_images_set(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p);
void cl_images_free(struct cl_identity *id, struct cl_process *p);

/* ---- spaces.c: which container a mount namespace belongs to ---- */

void cl_spaces_learn(struct cl_identity *id, struct cl_process *p); /* its cgroup says that it is in one */
void cl_spaces_leave(struct cl_identity *id, struct cl_process *p);
void cl_spaces_settle(struct cl_identity *id, struct cl_process *p); /* its own container, if the cgroup has none */
void cl_spaces_free(struct cl_identity *id);

/* ---- processes.c ---- */

/* The actor's entry, made from the observation's own fields when it is not there. */
int cl_processes_actor(struct cl_identity *id, const struct cl_observation *obs, struct cl_process **out);
int cl_processes_fork(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *creator);
int cl_processes_exec(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p);
void cl_processes_exit(struct cl_identity *id, struct cl_process *p, uint64_t ts, int32_t code);

/* ---- runs_table.c ---- */

struct cl_run_spec {
	uint32_t kind;
	const char *id, *workflow, *environment, *spiffe_id, *owner, *repository, *job, *attempt; /* cut and copied */
	const char *allowed_credentials, *allowed_destinations; /* copied when they are lists */
	struct cl_run *parent;
	struct cl_process_key root;
	uint64_t begin, ttl, cgroup_id;
	uint32_t registrant;
	bool unattributed, declared;
	const void *recogniser;
};

/* 0; 1 when the table is full of live runs or the nesting too deep (counted); -ENOMEM. */
int cl_runs_open(struct cl_identity *id, const struct cl_run_spec *spec, struct cl_run **out);
struct cl_run *cl_runs_find(struct cl_identity *id, const char *run_id);
struct cl_run *cl_runs_find_named(struct cl_identity *id, const char *named);
int cl_runs_name(struct cl_identity *id, struct cl_run *run, const char *named);
void cl_runs_unname(struct cl_identity *id, struct cl_run *run);
int cl_runs_host(struct cl_identity *id, const struct cl_observation *obs); /* makes or renames the host's run */
void cl_runs_free(struct cl_identity *id);

/* ---- runs.c ---- */

static inline bool cl_run_is_idle(const struct cl_run *r)
{
	return !r->live && !r->busy;
}
/* A live process joins, leaves, changes; the last one's leaving ends a run. */
void cl_runs_enter(struct cl_run *run);
void cl_runs_leave(struct cl_identity *id, struct cl_run *run, uint64_t ts);
void cl_runs_move(struct cl_identity *id, struct cl_process *p, struct cl_run *to, uint64_t ts);
/* A process has left its run for good: a declared run above it whose root it was ends, survivors or not. */
void cl_runs_root_exit(struct cl_identity *id, struct cl_run *run, struct cl_process_key key, uint64_t ts);
void cl_runs_end(struct cl_identity *id, struct cl_run *run, uint64_t ts); /* with survivors unless it is idle */
void cl_runs_reopen(struct cl_run *run);
bool cl_runs_contains(const struct cl_run *inner, const struct cl_run *outer); /* itself or nested in it */
struct cl_run *cl_runs_next_ended(struct cl_identity *id);
void cl_runs_forget_cgroup(struct cl_identity *id, const struct cl_run *run); /* nothing joins it by its cgroup now */
/* Ends what has lived its time to live by then; `ttl` of a run that is opened is told first. */
void cl_runs_await_expiry(struct cl_identity *id, const struct cl_run *run);
void cl_runs_expire(struct cl_identity *id, uint64_t now);

/* ---- registered.c ---- */

void cl_registered_spec(struct cl_identity *id, const struct cl_observation *obs, struct cl_run_spec *spec);
int cl_registered_begin(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p);
int cl_registered_end(struct cl_identity *id, const struct cl_observation *obs);

/* ---- restored.c ---- */

int cl_restored_run(struct cl_identity *id, const struct cl_observation *obs);
struct cl_run *cl_restored_member(struct cl_identity *id, struct cl_process_key key); /* NULL: nothing is known */
void cl_restored_evict(struct cl_identity *id);		      /* forgets members of doomed runs */
void cl_restored_settle(struct cl_identity *id, uint64_t ts); /* everybody who is left has turned up */
void cl_restored_free(struct cl_identity *id);

/* ---- attribute.c ---- */

/* Session, unit, container, CI, agent: moves the process into the innermost run that it names. */
int cl_attribute(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p);
int cl_attribute_session(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p);

/* ---- attribute_cgroup.c, attribute_environment.c: one step of it each ---- */

int cl_attribute_cgroup(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p);
int cl_attribute_environment(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p);

/*
 * What a recogniser found: `existing` (NULL: none) or else a new run below the process's own. `named`: the system's own
 * name of this execution, kept for later comparison. *opened gets a run that is new; may be NULL.
 */
struct cl_claim {
	struct cl_run_spec spec;
	struct cl_run *existing;
	const char *named;
};
int cl_attribute_settle(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p,
			struct cl_claim *claim, struct cl_run **opened);
/* "claude-code:1f2e3d4c:4711:123456789": of this host and all its boots only one. */
void cl_attribute_first_process_id(const struct cl_identity *id, const char *prefix, struct cl_process_key key,
				   char out[CL_VALUE_BYTES]);
bool cl_attribute_has_task(const struct cl_run *run); /* itself or one around it */
bool cl_attribute_joins(const struct cl_process *p, const struct cl_run *existing);
