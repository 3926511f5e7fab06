/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judgement. The engine keeps who held which credential (holdings, bounded), offers every use to each detector and
 * reports each fact once; a repeat is counted and reported as an update at most once a minute of event time.
 * A detector is one file with one `struct cl_detector`; it may only look at what cl_use and the holdings say.
 *
 * A finding leaves as one JSON object, schema credlineage.finding/1:
 *   {"schema","id":"fnd-<16 hex>","detector","title","message","severity":"Low|Medium|High|Critical",
 *    "policy":{"rule","reason","own_severity"} (where policy gives the severity: the detector's own),
 *    "activity":"create|update|close","count","first","last" (RFC 3339),
 *    "host":{"id","name","boot_id"},
 *    "credential":{"fingerprint","key_id" (8 hex),"first_fingerprint","first_key_id" (where it is known under several
 *                  keys: its node's id),"local" (true: compares on this host only),"provider","format","kind","class",
 *                  "first_seen","age_seconds","expires","label","owner" (as policy has them),
 *                  "policy":[{"source","allow":{},"revoked":{}}] (what is in force, as policy/policy.h has it),
 *                  "facts":{} (strings, event/facts.h),"rotated_from","rotated_to","rotated_at","rotation_basis"},
 *    "sides":[{"run":{"id","workflow","kind","environment","begin","end","state","unattributed","parents":[ids]},
 *              "process":{"id","pid","name","exe","exe_state":"deleted|memfd","exe_inode","script",
 *                         "program" (inferred: what a loader runs),"preload","command","earlier":[{"exe"}],
 *                         "uid","euid" (of the initial user namespace),"ns_uid","loginuid","container","started",
 *                         "started_by":"broker",
 *                         "chain":[{"id","pid","name","exe","command"} parent first, up to the first process known,
 *                                  then {"id","unknown":true} when the chain is cut]},
 *              "use":{"how":"read|environment|arguments|connect|reached","name","path","line","destination","time","basis",
 *                     "inherited":bool}}],
 *    "evidence":[{"kind","time","latest","count","process","name","path","line","destination","basis","inherited"}],
 *    "destinations":[{"id","address","name","port","transport"}],
 *    "frameworks":[{"framework","version","id","name"}],
 *    "coverage":{"complete":bool,"acts":[{"act","tier","detail"}],"lost":[{"act","stage","count"}]},
 *    "lineage":{"nodes":[],"edges":[]},
 *    "review":{} (what people said of it, added by the store: store/review.h)}
 * Lists are bounded (chain, evidence, destinations: 32 each); "chain_cut", "evidence_cut", "destinations_cut" count what
 * was left out. Absent members are not known. The id is a hash of detector and what was compared: the same fact has the
 * same id after a restart and in a replay.
 *
 * What was known before a start comes as observations and is taken in without a report:
 *   KNOWN_USE      run_id (known to identity), sightings, path, since = wall ns of the first use. A variable
 *                  counts as inherited: the weaker claim, until something happens
 *   KNOWN_FINDING  finding = id, count, since = wall ns of the first report, tier = severity, outcome = "close" when
 *                  that was its last activity
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "event/observation.h"
#include "identity/identity.h"
#include "lineage/graph.h"

enum cl_severity {
	CL_SEVERITY_NONE = 0,
	CL_SEVERITY_LOW = 2, /* numbers of OCSF severity_id */
	CL_SEVERITY_MEDIUM = 3,
	CL_SEVERITY_HIGH = 4,
	CL_SEVERITY_CRITICAL = 5,
};
const char *cl_severity_name(uint32_t s);

enum cl_use_how { /* stored: append only */
		  CL_USE_READ = 1,
		  CL_USE_ENVIRONMENT = 2,
		  CL_USE_ARGUMENTS = 3,
		  CL_USE_CONNECT = 4,
		  CL_USE_REACHED = 5, /* reached into a process that holds it */
};

struct cl_detect;
struct cl_detect_limits {
	size_t max_credentials, max_uses_per_credential, max_findings;
};
struct cl_detect_stats {
	uint64_t credentials, uses, findings; /* now */
	uint64_t credentials_evicted, uses_evicted, findings_evicted;
	uint64_t reported, repeated;
	uint64_t holders, holders_evicted; /* processes that hold a credential */
	uint64_t policies,
		policies_refused; /* credentials that policy speaks of; statements that found no room or no sense */
	uint64_t allowed;	  /* acts that policy allows */
	uint64_t excluded;	  /* facts that an exclusion kept from being reported, each time */
	uint64_t rules_refused;	  /* pieces of a site's policy that made no sense */
	uint64_t usual_evicted;	  /* credentials whose usual places found no room any more (usual.h) */
	uint64_t held_cut;	  /* credentials that a process with too many of them was not given */
};

/* The ids of all detectors, NULL-terminated. */
const char *const *cl_detector_ids(void);
/* `report` gets each finding to be sent (borrowed). */
int cl_detect_new(struct cl_detect **out, struct cl_identity *identity, struct cl_graph *graph,
		  const struct cl_detect_limits *limits, void (*report)(void *ctx, const cJSON *finding), void *ctx);
void cl_detect_free(struct cl_detect **p);
/*
 * `act` gets every act with a credential that is seen from now on (borrowed), before detectors judge it; what is only
 * found when watching begins is none. NULL: nobody listens, and none is made. `room` is asked before one is made: false:
 * it would be thrown away, so it is not; NULL: there always is. Schema credlineage.act/1: "id" ("act-<16 hex>", the same in
 * a replay), "last" (its time), "host", "credential", "sides" with that one side whose "use" it is, "destinations"; each as
 * a finding has it.
 */
void cl_detect_tell_acts(struct cl_detect *d, void (*act)(void *ctx, const cJSON *act), bool (*room)(void *ctx),
			 void *ctx);
/* `later` is another fingerprint of the credential that is known as `first` (pipeline/aliases.h). */
void cl_detect_join(struct cl_detect *d, const uint8_t later[CL_FP_SIZE], const uint8_t first[CL_FP_SIZE]);
/* After cl_identity_apply of the same observation; actor and ended are what that call gave. */
int cl_detect_apply(struct cl_detect *d, const struct cl_observation *obs, struct cl_process *actor,
		    struct cl_run *ended);
/* Before cl_detect_apply of the observation that shows it: `to` took the place of `from`. */
int cl_detect_rotated(struct cl_detect *d, const struct cl_observation *obs, const uint8_t from[CL_FP_SIZE],
		      const uint8_t to[CL_FP_SIZE]);
/* Fingerprints that a process holds (without those that it holds a successor of; read, or carries in environment or arguments; children inherit the environment
 * part); at most max, returns how many. For weaving connects. */
size_t cl_detect_holding(const struct cl_detect *d, struct cl_process_key key, uint8_t (*out)[CL_FP_SIZE], size_t max);
/* Those of them that it has in hand: that it read, or was given itself. */
size_t cl_detect_in_hand(const struct cl_detect *d, const struct cl_process *p, uint8_t (*out)[CL_FP_SIZE], size_t max);
/*
 * Fingerprints that an access (CL_OBS_ACCESS) lays open to its actor: what the target holds and the actor did not get in
 * any other way. Nothing for a process of one's own below oneself in the same run: a debugger at work.
 */
size_t cl_detect_laid_open(const struct cl_detect *d, const struct cl_observation *obs, uint8_t (*out)[CL_FP_SIZE],
			   size_t max);
/* A connect in which no credential is used: name service, logging, datagram sockets that only ask for a route. */
bool cl_detect_is_plumbing(const struct cl_observation *obs);
/* The site's policy as the stream told it, with how often each rule was used; never NULL. */
struct cl_rules;
struct cl_rules *cl_detect_rules(struct cl_detect *d);
/* Every credential with its uses (detect/detector.h); stops at the first that is not 0 and gives that. */
struct cl_credential;
int cl_detect_each(const struct cl_detect *d, int (*each)(void *ctx, const struct cl_credential *c), void *ctx);
const struct cl_detect_stats *cl_detect_stats(const struct cl_detect *d);
/* Adds the member "coverage" as a finding of this moment would have it. */
void cl_detect_coverage(const struct cl_detect *d, cJSON *object);
/* Reports what waits for its minute; before a clean stop and at a recording's end. */
void cl_detect_flush(struct cl_detect *d);
