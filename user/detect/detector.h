/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a detector sees and how it speaks. A detector is one file with one `const struct cl_detector` and one row in
 * the table of engine.c; it keeps nothing but its own state and never sees a credential's bytes.
 *
 * Everything here is a copy that outlives the process and the run it describes; pointers are borrowed and die with the
 * call. Times are wall clock ns (0: not known).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"
#include "base/text.h"
#include "detect/detect.h"

#define CL_RUN_PARENTS 16 /* ancestors of a run that are kept, the nearest first */
#define CL_USE_ACTS 16
#define CL_USE_DESTINATIONS 16

struct cl_run_view {
	char *id, *workflow, *repository;
	char *environment; /* by its own word; cl_detect_environment asks policy first */
	uint32_t kind, state;
	uint64_t begin, end;
	bool unattributed;
	char *parents[CL_RUN_PARENTS]; /* ids */
	uint32_t parent_kinds[CL_RUN_PARENTS];
	size_t n_parents;
};

/* A process with its chain, as it was when it acted; shared by all acts of one image. */
struct cl_snapshot {
	size_t refs;
	struct cl_process_key key;
	uint64_t exec_ts;
	char *name;			/* of the executable, else the comm */
	char *exe, *script, *container; /* NULL: not known, none */
	uint32_t uid, euid;
	uint32_t kinds;	   /* of its program: programs.h */
	bool unattributed; /* which run it belongs to is a guess */
	char *json;	   /* the `process` member of a side */
};

struct cl_act {
	uint32_t how;	/* enum cl_use_how */
	uint32_t basis; /* enum cl_basis */
	uint32_t line;
	bool inherited;	 /* its parent carried the same variable already: nothing new was given */
	bool unverified; /* the bytes that were read are known in part only */
	bool standing;	 /* the file that was read had been there before the run began */
	char *name, *path, *destination;
	char *asked;		     /* another name that the file was asked for by */
	struct cl_snapshot *process; /* NULL: not known (restored from the store) */
	uint64_t first, latest, count;
};

struct cl_destination {
	char *id, *address;
	char *hosts[2];	       /* the name by which it was asked for, then NULL; not known: NULL */
	const char *transport; /* "tcp", "udp", "unix" */
	uint32_t port;
};

/* All that one run did with one credential. */
struct cl_use {
	struct cl_credential *credential;
	struct cl_run_view run;
	uint64_t workflow_hash;
	bool used;    /* false: only inherited or reached so far */
	bool reached; /* only reached into holders so far: whoever just looked uses nothing */
	struct cl_act acts[CL_USE_ACTS];
	size_t n_acts, best, last; /* indices: the first act of the strongest kind, the latest act */
	uint64_t acts_cut;
	struct cl_destination destinations[CL_USE_DESTINATIONS];
	size_t n_destinations;
	uint64_t destinations_cut;
	struct cl_use *prev, *next; /* the least recently active first */
};

/*
 * Values that took each other's place (inferred). What is reported of one is a repeat of what was reported of its
 * origin: a value that was first seen when it replaced another one is no second secret.
 */
struct cl_succession {
	uint8_t from[CL_FP_SIZE], to[CL_FP_SIZE], origin[CL_FP_SIZE];
	bool has_from, has_to, has_origin;
	uint64_t since; /* wall ns: when the latest of these was seen */
};

struct cl_credential {
	uint8_t fp[CL_FP_SIZE];	   /* the first: it is known by that */
	uint8_t shown[CL_FP_SIZE]; /* the newest: people are told that; the same when it has one only */
	uint32_t key_id, shown_key_id, class;
	bool local;
	uint64_t expires, first, last;
	char *provider, *format, *kind; /* of the catalogue */
	char *facts;			/* event/facts.h; NULL: none */
	uint64_t lifetime;		/* ns that its kind lives; 0: not known, or it says itself when it ends */
	struct cl_succession succession;
	struct cl_use *uses;
	size_t n_uses;
	struct cl_run_view home; /* the run that it belongs to; id NULL: none */
	uint64_t first_use;
	bool declared; /* home was told, not seen */
	UT_hash_handle hh;
};

/* How a credential came to the program that a process runs. The more it had to do for it, the more it means to use it. */
enum cl_came {
	CL_CAME_ALONG = 0, /* inherited, or part of the surroundings in which its run began */
	CL_CAME_GIVEN = 1, /* in a variable that whoever started it did not carry itself */
	CL_CAME_TAKEN = 2, /* it read it, or has it on its command line */
};

/* What a detector found. The engine hashes, counts and reports it. */
struct cl_fact {
	const char *compared[4];		/* NULL-terminated: with detector, host and credential its identity */
	const struct cl_credential *credential; /* NULL: about the monitor itself */
	const struct cl_use *sides[2];		/* the earlier first; NULL: none */
	bool latest[2];				/* that side shows its latest act, not its strongest */
	uint32_t severity;
	/* `credential` is one of several that it is about, no part of its identity (may be NULL); sides[0], of no
	 * credential, was gathered (cl_detect_gather). */
	bool gathered;
	const char *detail; /* sentence of a fact without credential, or words for `describe`; copied */
	uint64_t since;	    /* begin of the window; 0: now */
};

struct cl_detector {
	const char *id, *title;
	/* Own state; both or none. */
	int (*start)(void **state);
	void (*stop)(void **state);
	/* A use was entered: use->acts[use->last] is what happened. 0 or -errno. */
	int (*use)(struct cl_detect *d, void *state, const struct cl_use *use);
	/* Any observation, after holdings and coverage took it in. */
	int (*observe)(struct cl_detect *d, void *state, const struct cl_observation *obs,
		       const struct cl_process *actor);
	/* One plain sentence: who, what, when, where on both sides. */
	int (*describe)(const struct cl_fact *fact, struct cl_text *out);
};

extern const struct cl_detector cl_detector_unexpected_reader, cl_detector_credential_sweep,
	cl_detector_exposed_in_arguments, cl_detector_credential_copied;
extern const struct cl_detector cl_detector_cross_workflow_reuse, cl_detector_cross_run_reuse,
	cl_detector_delegated_credential, cl_detector_use_after_end, cl_detector_use_after_expiry,
	cl_detector_use_after_revocation, cl_detector_process_scrape, cl_detector_coverage_degraded,
	cl_detector_new_destination, cl_detector_cross_environment_reuse, cl_detector_long_lived;

int cl_detect_report(struct cl_detect *d, const struct cl_detector *by, const struct cl_fact *fact);
/* The fact holds no more: reports activity "close" when it was reported before and is still open. */
int cl_detect_close(struct cl_detect *d, const struct cl_detector *by, const struct cl_fact *fact);

/*
 * Takes an act into a use that belongs to no credential: what one actor did with several. Made when *use is NULL; the
 * caller frees it (cl_use_free). first, latest and process of the act are filled.
 */
int cl_detect_gather(struct cl_detect *d, const struct cl_process *actor, struct cl_act *act,
		     const struct cl_destination *to, struct cl_use **use);
int cl_detect_gather_connect(struct cl_detect *d, const struct cl_process *actor, const struct cl_observation *obs,
			     struct cl_use **use);
void cl_use_free(struct cl_use **use);
int cl_use_dup(struct cl_use **out, const struct cl_use *use);

/* ---- what detectors ask ---- */

uint64_t cl_detect_now(const struct cl_detect *d);
const struct cl_host *cl_detect_host(const struct cl_detect *d);
struct cl_credential *cl_detect_credential(struct cl_detect *d, const uint8_t fp[CL_FP_SIZE]); /* NULL: not known */
const struct cl_process *cl_detect_process(const struct cl_detect *d, struct cl_process_key key);
/* It starts the steps of a job, and has the secrets of all of them in its memory, whatever has been seen of them. */
bool cl_detect_is_worker(const struct cl_detect *d, struct cl_process_key key);
const struct cl_use *cl_credential_use_in(const struct cl_credential *c, const char *run_id); /* NULL: none */
/* State and end of a run as they are now; a run that identity has dropped has ended. */
uint32_t cl_detect_run_state(const struct cl_detect *d, const struct cl_run_view *run, uint64_t *end);
bool cl_run_view_is_ancestor(const struct cl_run_view *a, const struct cl_run_view *of);
/* What it takes in now is a state that was found, not an act. */
bool cl_detect_is_baseline(const struct cl_detect *d);
/* The process has it from there (enum cl_source), as its program is now. */
bool cl_detect_has_in(const struct cl_detect *d, struct cl_process_key key, const struct cl_credential *c,
		      uint32_t source);
/* Policy lets both have the credential, now and all that they did with it: it is no reuse. Counted, once for the act in
 * hand; ask only about what would be reported. */
bool cl_detect_allows(struct cl_detect *d, const struct cl_use *a, const struct cl_use *b);
/*
 * Whether the use's run was declared to need the credential (identity.h); by the values that it had before, too. What
 * belongs to the run, being issued to it, is its own: YES.
 */
enum cl_permit cl_detect_permit(const struct cl_detect *d, const struct cl_use *use);
/* Somebody allowed the run to go to the place with it (policy/policy.h). Counted. */
bool cl_detect_allows_place(struct cl_detect *d, const struct cl_credential *c, const char *run_id, const char *place);

/* ---- the site's policy (policy/rules.h, detect/rules.h) ---- */

/* Label of the run's environment: policy's, else the run's own word. NULL: none. */
const char *cl_detect_environment(const struct cl_detect *d, const struct cl_use *use);
/* Label of a destination's; hosts: its names, NULL-terminated, or NULL. NULL: none. */
const char *cl_detect_environment_of(const struct cl_detect *d, const char *address, uint32_t port,
				     const char *const *hosts);
/* ns that policy lets such a credential live; UINT64_MAX: for ever by its word; 0: it says nothing. */
uint64_t cl_detect_ttl(const struct cl_detect *d, const struct cl_credential *c);
/* Policy lets whoever acts read the store. Counted: ask only when the catalogue does not. */
bool cl_detect_expects_reader(struct cl_detect *d, const struct cl_use *use, const char *store, const char *path);
/* Policy lets the credential go there. Counted: ask only about what would be reported. */
bool cl_detect_may_reach(struct cl_detect *d, const struct cl_use *use, const char *address, uint32_t port,
			 const char *const *hosts);
/* By whom, when and why it was revoked (policy/policy.h); NULL: it is not. */
const cJSON *cl_detect_revocation(const struct cl_detect *d, const struct cl_credential *c);
/* Static, or not known to be anything better. */
/* The process holds what took the credential's place, too: it has no use for the old one. */
bool cl_detect_is_replaced(const struct cl_detect *d, struct cl_process_key key, const struct cl_credential *c);
uint32_t cl_detect_came(const struct cl_detect *d, struct cl_process_key key, const uint8_t fp[CL_FP_SIZE]);
bool cl_credential_is_lasting(const struct cl_credential *c);
const struct cl_act *cl_use_best(const struct cl_use *u);
const struct cl_act *cl_use_last(const struct cl_use *u);
const struct cl_act *cl_fact_act(const struct cl_fact *fact, size_t side);

/* ---- words ---- */

const char *cl_use_how_name(uint32_t how); /* "read", ... */
/* "GitHub credential cred:..." */
int cl_say_credential(struct cl_text *out, const struct cl_credential *c);
/* "cat (pid 42, uid 0) read it from /root/.netrc:3 at 2026-01-01T00:00:00Z" */
int cl_say_act(struct cl_text *out, const struct cl_act *a, bool latest);
/* "bash", and "bash[42]" */
int cl_say_program(struct cl_text *out, const struct cl_process *p);
int cl_say_process(struct cl_text *out, const struct cl_process *p, struct cl_process_key key);
/* "workflow ci:x (run y)" */
int cl_say_run(struct cl_text *out, const struct cl_run_view *r);
/* Both: "workflow ci:x (run y) cat (pid 42, uid 0) read it from ..." */
int cl_say_side(struct cl_text *out, const struct cl_fact *fact, size_t side);
