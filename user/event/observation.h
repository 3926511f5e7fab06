/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rest of the program knows of an act. An observation never holds a credential's bytes: sightings carry
 * fingerprints, and the command line is redacted before it gets here. Everything after this point (identity, graph,
 * detectors, findings) is a pure function of the stream of observations, so a recording of it replays exactly.
 *
 * Strings are borrowed from the arena or table that made the observation; who keeps one copies it. NULL = not known.
 * codec.c carries it through one field table; fields and kinds are append-only with explicit numbers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"

#define CL_OBSERVATION_SCHEMA 1
#define CL_FP_SIZE 16

enum cl_obs_kind {
	CL_OBS_HOST = 1, /* first: host, boot, wall_offset, key_id */
	CL_OBS_EXEC = 2,
	CL_OBS_FORK = 3, /* actor = creator, child = the new process */
	CL_OBS_EXIT = 4,
	CL_OBS_OPEN = 5,
	CL_OBS_READ = 6,
	CL_OBS_CONNECT = 7,
	CL_OBS_PROCESS = 8,    /* a process that was there before the probes (baseline); like exec, without an act */
	CL_OBS_RUN_BEGIN = 9,  /* registered: actor becomes the run's first process */
	CL_OBS_RUN_END = 10,   /* registered end: run_id, outcome */
	CL_OBS_COVERAGE = 11,  /* act, tier, detail: one per act, at start and when it changes */
	CL_OBS_LOSS = 12,      /* act, count, since: records lost between `since` and ts; detail = stage */
	CL_OBS_TICK = 13,      /* time passes: repeats that wait are reported */
	CL_OBS_KNOWN_RUN = 14, /* from the store at start: a run of before, actor = a live process of it or none */
	CL_OBS_KNOWN_USE = 15, /* from the store at start: run_id held sightings[0] */
	CL_OBS_KNOWN_FINDING = 16, /* from the store at start: finding id, detail = detector, count, since */
	CL_OBS_UNCLEAN =
		17,	    /* the monitor before this one did not stop cleanly; since = its last sign of life (wall) */
	CL_OBS_ACCESS = 18, /* actor reached into child's memory, environment or descriptors (how) */
	CL_OBS_RECEIVE = 19,	 /* a descriptor of a watched file came to the actor from another process */
	CL_OBS_CONNECT_END = 20, /* the answer to the connect of `socket`: result */
	CL_OBS_HELD = 21,	 /* baseline: the actor has a watched file open; like receive, without an act */
	CL_OBS_KNOWN_NAME = 22,	 /* from the store at start: sightings[0].fp and .other are one credential */
	CL_OBS_POLICY = 23, /* what `detail` (store, configuration) says of sightings[0].fp from now on is `policy` */
	CL_OBS_KNOWN_ROTATION = 24, /* from the store at start: sightings[0] was replaced by sightings[1]; count 1: that
				     * had not been seen before */
	CL_OBS_KNOWN_PLACE = 25,    /* from the store at start: sightings[0] lay in path, last at `since` (wall) */
	CL_OBS_RECOGNISER = 26, /* at start, after the host: detail = an entry of the site's own workflow recognisers */
	CL_OBS_RULES =
		27, /* the site's policy (policy/rules.h): `policy` is piece `count` (from 0) of `length` bytes */
	CL_OBS_WRITE = 28, /* the actor, which may hold a credential, has a file open to write to it */
	CL_OBS_STORED =
		29, /* what `process` wrote there was looked at: sightings are what this version of the file holds */
	CL_OBS_KNOWN_DESTINATIONS = 30, /* from the store at start: where sightings[0] usually goes (detect/usual.h) */
	CL_OBS_VERDICT =
		31, /* a policy server on a report (monitor/verdict.h): finding, act, count; tier, outcome, detail */
	CL_OBS_STORE_ANEW = 32, /* at start: the store was damaged (detail), is kept as `path`, a new one began */
};

enum cl_class {
	CL_CLASS_UNKNOWN = 0,
	CL_CLASS_STATIC = 1,
	CL_CLASS_EPHEMERAL = 2,
};

enum cl_source {
	CL_SOURCE_FILE = 1,
	CL_SOURCE_ENVIRONMENT = 2,
	CL_SOURCE_ARGUMENTS = 3,
	CL_SOURCE_DESCRIPTOR = 4,
};

/*
 * One credential seen in one place. While the fingerprint key is exchanged for another one it is computed with both
 * (pipeline/aliases.h joins them): fp under the new key, other under the old one.
 */
struct cl_sighting {
	uint8_t fp[CL_FP_SIZE];
	uint8_t other[CL_FP_SIZE];
	uint32_t key_id, other_key_id; /* which key made which; other_key_id 0: there is no other */
	uint32_t local;	  /* 1: of the kind that can be guessed: made with this host's own keys, compares here only */
	uint32_t source;  /* enum cl_source */
	uint32_t class;	  /* enum cl_class */
	uint32_t line;	  /* from 1 in a file; 0: not known */
	uint64_t expires; /* wall ns; 0: not known */
	const char *provider; /* "GitHub" */
	const char *format;   /* "github_pat_classic" */
	const char *name;     /* key or variable that held it; escaped, never a value */
	const char *facts;    /* event/facts.h */
	uint64_t lifetime;    /* ns that its kind lives when it does not say itself when it ends; 0: not known */
	const char *kind;     /* of the catalogue: "api-key", "password", "private-key" ... */
};

/* Of a credential store. */
enum cl_store_trait {
	CL_STORE_SECRET = 1,   /* the file is the secret, whatever is recognised in it */
	CL_STORE_PROJECT = 2,  /* lies where a project lies: beside others that belong to it */
	CL_STORE_INJECTED = 4, /* put there for the very work that runs there */
};

struct cl_var {
	const char *name, *value;
};

struct cl_process_key {
	uint64_t start; /* ns since boot */
	uint32_t tgid;
	uint32_t pad;
};

static inline bool cl_key_equal(struct cl_process_key a, struct cl_process_key b)
{
	return a.start == b.start && a.tgid == b.tgid;
}

struct cl_observation {
	uint32_t kind;	/* enum cl_obs_kind */
	uint32_t flags; /* enum cl_flag of the record */
	uint64_t ts;	/* ns since boot */

	/* the actor; tgid 0: none */
	struct cl_process_key process, parent, child; /* child: also the target of an access */
	uint64_t cgroup_id;
	uint32_t tid, ns_tgid, uid, euid, gid, loginuid, session, mntns, pidns, userns, ns_uid;
	const char *comm;

	/* exec, process */
	const char *exe, *filename, *command /* redacted */, *cgroup;
	const char *program; /* what a program loader or an interpreter runs, by its arguments */
	uint64_t exe_ino;
	uint32_t exe_dev;
	int32_t exit_code;

	/* open, read, receive; filename: the name that the process gave (of a read: where it is not the file's own) */
	struct cl_process_key opener; /* of the descriptor; tgid 0: not seen */
	uint32_t opener_uid;
	uint32_t repeats; /* the same act by this actor, not told since the last one that was */
	/* 1: which credential was read is not known from the bytes that were read; exit: found gone, the end was not seen */
	uint32_t unverified;
	uint32_t traits; /* read: of the store; enum cl_store_trait */
	const char *path;
	uint64_t ino, ctime, size, length;
	uint32_t dev, generation, open_flags, how;
	const char *store; /* id of the catalogue's credential store that the path matches */
	uint32_t exempt;   /* 1: that store is shared by design, its credentials take no part in findings about reuse */
	/* read: who reads the store: programs, then runtimes whose programs do so through a library
	 * ("aws,terraform;python3"); NULL: not known. `owner` is the software that it belongs to. */
	const char *readers;
	uint32_t whole; /* 1: with this observation every credential of this version of the file has been told */

	/* connect, its end */
	uint32_t asked_port;
	uint64_t socket; /* inode number of the actor's socket */
	int32_t result;	 /* connect's end: 0: established; else a positive errno */
	uint32_t family, sock_type, port;
	const char *service; /* what the destination hands out: "aws-imds", "ssh-agent"; NULL: no credential source */
	const char *address; /* "192.0.2.1", "2001:db8::1", a unix path, "@abstract"; escaped */
	const char *names;   /* under which the address was asked for, the latest first, separated by spaces */
	const char *asked_address; /* with asked_port, CL_F_REDIRECTED: where the process asked to go */

	/* runs */
	const char *workflow, *run_id, *environment, *spiffe_id, *outcome, *run_kind, *parent_run;
	uint64_t ttl; /* ns; 0: none */
	const char *owner;
	/* what the run may use and where it may connect, when it says so (identity.h): words with a blank between */
	const char *allowed_credentials, *allowed_destinations;
	const char *repository, *job, *attempt; /* known run: as they were found */
	uint32_t registrant;			/* uid of who registered or ended it by word */

	/* host, coverage, loss, known */
	uint32_t key_id; /* host: id of the installation's fingerprint key */
	const char *host_id, *host_name, *boot_id, *act, *tier, *detail, *finding;
	int64_t wall_offset; /* ns; wall = boot + offset */
	const char *policy;  /* a statement (policy/policy.h); count: how often its allowance was used; or see RULES */
	uint64_t count, since; /* connect: when it was made, if that was before the credential came that may pass it */

	const struct cl_sighting *sightings;
	size_t n_sightings;
	const struct cl_var *vars; /* environment variables that recognisers ask for; nothing else is kept */
	size_t n_vars;
};

/* "cred:" + 32 hex; buf holds CL_FP_TEXT. */
#define CL_FP_TEXT 40
char *cl_fp_format(char buf[CL_FP_TEXT], const uint8_t fp[CL_FP_SIZE]);
/* The id of the key that made a fingerprint, as 8 hex digits: it stands beside every fingerprint. 0: not known. */
#define CL_KEY_ID_TEXT 9
char *cl_key_id_format(char buf[CL_KEY_ID_TEXT], uint32_t key_id);
uint32_t cl_key_id_parse(const char *s);
int cl_fp_parse(const char *s, uint8_t fp[CL_FP_SIZE]); /* with or without "cred:"; 0, -EINVAL */

const char *cl_class_name(uint32_t class);   /* "static", "ephemeral", "unknown" */
const char *cl_source_name(uint32_t source); /* "file", "environment", "arguments", "descriptor" */
const char *cl_obs_kind_name(uint32_t kind); /* "exec", ... */

/*
 * Codec: one observation = a list of (tag, value); whoever stores or sends it keeps its length. Unknown tags are
 * skipped on reading. encode appends to *buf (grown with realloc, caller frees): 0, -ENOMEM, -E2BIG for lists over
 * 256 elements or a whole over 1 MiB; strings are cut at 64 KiB. decode: 0, -EPROTO for malformed or over-long input,
 * -ENOMEM; strings live in the arena.
 */
int cl_obs_encode(const struct cl_observation *obs, uint8_t **buf, size_t *len, size_t *cap);
int cl_obs_decode(const uint8_t *bytes, size_t len, struct cl_arena *arena, struct cl_observation *out);
