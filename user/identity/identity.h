/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers "whose act is this?": the process table, the runs that processes belong to, and how runs nest.
 *
 * A process is (tgid, start) of one boot; a process that is not known (its fork was before the start, or lost) gets
 * an entry of its own with `known` false and a parent of which only the key is known: never a guessed one.
 * A child belongs to its creator's run; a recogniser can open a nested run at exec. The innermost run counts.
 *
 * Pointers given out are borrowed and live until the next call of cl_identity_apply (eviction happens only there).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/table.h"
#include "event/observation.h"
#include "event/run_kind.h"

enum cl_run_state {
	CL_RUN_ACTIVE = 0,
	CL_RUN_ENDED = 1,
	CL_RUN_ENDED_WITH_SURVIVORS = 2, /* ended, yet processes of it live on */
};

struct cl_run {
	char *id;	/* unique on this host: the run id given or found, else made from kind and first process */
	char *workflow; /* stable name, with its kind: "ci:github/owner/repo/workflow/job", "unit:ssh.service" */
	char *environment, *spiffe_id, *owner, *outcome;  /* NULL: not known */
	char *repository, *job, *attempt;		  /* as their systems name them */
	char *allowed_credentials, *allowed_destinations; /* as declared (see below); NULL: nothing said */
	uint32_t kind;					  /* enum cl_run_kind */
	uint32_t registrant;				  /* of a declared one: uid of who registered it */
	uint32_t state;					  /* enum cl_run_state */
	struct cl_run *parent;				  /* NULL for the host's run */
	uint64_t begin, end;				  /* boot ns; end 0 while active */
	uint64_t ttl;		    /* ns, 0: none; past it the run ends by word, outcome "expired" */
	uint32_t live;		    /* processes alive in it, nested runs not counted */
	bool unattributed;	    /* a guess: no recogniser claimed it */
	bool declared;		    /* basis `declared` instead of `observed` */
	struct cl_process_key root; /* the process that began it; its exit ends a declared run */
	UT_hash_handle hh;	    /* by id */

	/* of identity alone, see runs.c */
	char *cgroup;	    /* declared for a cgroup: its path */
	char *named;	    /* its system's own name of this execution, when that is not the id; in a table by it */
	uint64_t cgroup_id; /* the one in which it began */
	struct cl_run *next_ended, *next_cgroup;
	const void *recogniser; /* row that opened it; NULL: none */
	uint32_t busy;		/* runs directly below with a process alive in them or further down */
	uint32_t nested;	/* runs directly below */
	uint32_t depth;		/* the host's run: 0 */
	uint32_t login;		/* audit session of a session's run */
	bool closed;		/* ended by word: nothing opens it again */
	bool waiting;		/* its end is still to be reported */
	bool doomed;		/* chosen for eviction */
	bool restored;		/* from the store, not yet known who of it is left */
	bool by_name;		/* is in that table: a later run of the same name is not in its place */
	UT_hash_handle hh_named;
};

/* A program that a process ran before the one that it runs now. */
struct cl_image {
	char *exe, *script;
	uint64_t ino, when; /* boot ns of its exec; 0: it was there at the start, or came with the fork */
	uint32_t dev, flags;
};

#define CL_IMAGES_MAX 32
/* The first one and the latest. */
struct cl_images {
	uint32_t n, forgotten;
	struct cl_image list[];
};

struct cl_process {
	struct cl_process_key key;
	struct cl_process_key parent_key;    /* creator; tgid 0: not known */
	struct cl_process_key kernel_parent; /* as the kernel says it now; tgid 0: not known */
	struct cl_process *parent;	     /* NULL: not in the table */
	struct cl_run *run;		     /* never NULL */
	char *exe;			     /* kernel's path; NULL: not known */
	char *script;			     /* the name given to execve when it is not the executable (a script) */
	char *program;	 /* what a program loader or an interpreter runs, by its arguments; NULL: exe is no such */
	char *preload;	 /* what LD_PRELOAD or LD_AUDIT put into it; NULL: nothing */
	char *command;	 /* redacted */
	char *comm;	 /* anybody's choice: shown, never decides; NULL: not known */
	char *cgroup;	 /* path at the last exec */
	char *container; /* id; NULL: none */
	struct cl_images *earlier; /* NULL: none */
	uint64_t exe_ino;
	uint32_t exe_dev;
	uint32_t uid, euid, gid, loginuid, session, ns_tgid; /* in the initial user namespace, whichever it is in */
	uint32_t userns, ns_uid, mntns, pidns;		     /* ns_uid: in userns; (uint32_t)-1: it has none there */
	uint64_t exec_ts;				     /* boot ns of the last exec; 0: forked only */
	uint64_t exit_ts;				     /* 0: alive */
	int32_t exit_code;
	uint32_t flags;	   /* enum cl_flag of the last exec */
	uint32_t children; /* entries in the table that point here: such an entry is not evicted */
	bool known;
	bool unattributed;	/* which run it belongs to is a guess: its own or an ancestor's fork was not seen */
	bool container_entered; /* the container is known by the mount namespace: it was started elsewhere */
	bool brokered;		/* started by a daemon that starts for others: who asked is not known */
	bool moved;		/* into another cgroup since the last exec */
	bool changed;		/* who or where it is, since it was last shown (weave.c takes it back) */
	bool woven;		/* has been a node of the graph (weave.c): else an act need not look for one */
	bool queued;		/* of identity alone: waits for eviction */
	bool own_image, acted;	/* of identity alone: it ran its image itself; it did something with it */
	bool anchors;		/* of identity alone: gives the mount namespace `anchor` its container's name */
	uint32_t anchor;
	uint64_t cgroup_id;
	struct cl_process *older; /* of identity alone: the one that had this tgid before */
	UT_hash_handle hh;	  /* by tgid, the newest of its holders */
};

enum cl_exe_state {
	CL_EXE_FILE = 0,
	CL_EXE_DELETED = 1, /* had no name any more when it was executed */
	CL_EXE_MEMORY = 2,  /* a memfd: its name is a label */
};
enum cl_exe_state cl_process_exe_state(const struct cl_process *p);
bool cl_process_in_userns(const struct cl_process *p); /* other than the initial one */
/* What it really runs: a script before its interpreter, a program before its loader; NULL: not known. */
const char *cl_process_program(const struct cl_process *p);

struct cl_identity;

struct cl_identity_stats {
	uint64_t processes, runs; /* now */
	uint64_t runs_ended;
	uint64_t processes_evicted, runs_evicted; /* exited ones, the oldest first */
	uint64_t processes_unknown;		  /* entered by an act without a fork or exec */
	uint64_t processes_forced;    /* of the evicted: were alive or had children, the table was full of such */
	uint64_t runs_refused;	      /* not opened: table full of live ones, or nested too deep */
	uint64_t execs_cut;	      /* arguments or environment were longer than what is looked at, or unreadable */
	uint64_t spaces_refused;      /* mount namespaces of containers that found no room */
	uint64_t recognisers_refused; /* of the site's own: not understood, or one too many */
	uint64_t runs_expired;	      /* of those that ended: their time to live was over */
};

int cl_identity_new(struct cl_identity **out, size_t max_processes, size_t max_runs);
void cl_identity_free(struct cl_identity **p);

/*
 * Takes every kind of observation. *actor is the acting process (NULL for host, coverage, loss, tick);
 * for a fork it is the creator and the child is in the table already.
 * *ended gets a run that ended by this observation (NULL: none). Its processes are still in the table. When several
 * end at once, each further one comes with one of the next calls. A run that comes back to life (the next step of a CI
 * job) ends again and is reported again.
 * 0, or -ENOMEM: the observation is lost to the table, which stays sound.
 *
 * RUN_BEGIN without a process but with a cgroup path declares a run for that cgroup and what is below it.
 * KNOWN_RUN: ts = begin, since = end (0: not ended), detail = state; parents first. Then once more with run_id and
 * process alone for each process that belonged to it, which counts when that process turns up. With the first TICK,
 * which must come after the baseline, runs of which nobody is left end.
 */
int cl_identity_apply(struct cl_identity *id, const struct cl_observation *obs, struct cl_process **actor,
		      struct cl_run **ended);

struct cl_process *cl_identity_process(struct cl_identity *id, struct cl_process_key key); /* NULL: not known */
struct cl_process *cl_identity_by_pid(struct cl_identity *id, uint32_t tgid);		   /* the live one; NULL */
/* It starts the steps of jobs of a known system, and has the secrets of them all. */
bool cl_identity_is_worker(const struct cl_identity *id, const struct cl_process *p);
struct cl_run *cl_identity_run(struct cl_identity *id, const char *run_id);
struct cl_run *cl_identity_host_run(struct cl_identity *id);
void cl_identity_each_run(struct cl_identity *id, void (*each)(void *ctx, const struct cl_run *run), void *ctx);
/* Whether a CL_OBS_PROCESS says something that is not known: a new process, another image, a parent that was missing. */
bool cl_identity_is_news(struct cl_identity *id, const struct cl_observation *obs);
/* Those of which no exit is known, in no order; the table must not change meanwhile. */
void cl_identity_each_living(struct cl_identity *id, void (*each)(void *ctx, const struct cl_process *p), void *ctx);
const struct cl_identity_stats *cl_identity_stats(struct cl_identity *id);

/* What CL_OBS_HOST said. */
struct cl_host {
	char *id, *name, *boot_id;
	int64_t wall_offset;
	uint32_t key_id;
	uint32_t mntns; /* the first process's, which no record says; 0: not known */
};
const struct cl_host *cl_identity_host(struct cl_identity *id);
uint64_t cl_host_wall(const struct cl_host *h, uint64_t boot_ns); /* 0 stays 0 */

/*
 * What a run was declared to need: which credentials it may use and where it may connect. Whoever registers a run may say
 * so, about what is theirs. Each run around it that has a list is asked too: what is nested can narrow, never widen.
 *
 * A detector that has a use in hand asks, before it reports or while it weighs:
 *   CL_PERMIT_UNSAID   nobody said anything: judge as ever
 *   CL_PERMIT_YES      declared: an expected use, also the first time. It is the word of who registered (run->registrant,
 *                      0 = root), not a policy: it answers what is new, it allows no reuse and ends no revocation
 *   CL_PERMIT_NO       a list was declared and this is not in it: a second credential, a second destination
 *   CL_PERMIT_UNKNOWN  (destinations) a list holds names and what the address is called is not known
 * A credential that was rotated is asked for by its first value too (succession.origin): YES to either is YES.
 * `names` are those known for the address, NULL-terminated, or NULL. `address` as in an observation: a unix socket is
 * asked for by its path with port 0.
 */
enum cl_permit { CL_PERMIT_UNSAID = 0, CL_PERMIT_YES, CL_PERMIT_NO, CL_PERMIT_UNKNOWN };
enum cl_permit cl_run_allows_credential(const struct cl_run *run, const uint8_t fp[CL_FP_SIZE]);
enum cl_permit cl_run_allows_destination(const struct cl_run *run, const char *address, uint32_t port,
					 const char *const *names);
/*
 * How lists are written: words with a blank between, CL_PERMITS_MAX at most. A credential is "cred:" and 32 hex digits.
 * A destination is "192.0.2.1:443", "[2001:db8::1]:443", "api.example.com:443", "*.example.com:443" (any name below),
 * each with ":*" for any port, or the path of a unix socket. These say whether one word is such: 0, -EINVAL.
 */
#define CL_PERMITS_MAX 32
int cl_permit_check_credential(const char *word);
int cl_permit_check_destination(const char *word);

bool cl_run_is_ancestor(const struct cl_run *a, const struct cl_run *of); /* of itself: false */
bool cl_run_same_workflow(const struct cl_run *a, const struct cl_run *b);
