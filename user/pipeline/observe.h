/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event -> observation: the only place that looks at arguments, environments and file content. It scans and
 * fingerprints them, redacts the command line, keeps the variables that recognisers ask for, and wipes the rest.
 */
#pragma once

#include <stdbool.h>

#include "credential/credential.h"
#include "event/event.h"
#include "event/names.h"
#include "event/observation.h"

struct cl_observer;
struct cl_observer_stats {
	uint64_t events, malformed, scanned_bytes, sightings;
	uint64_t sightings_cut; /* more in one event than an observation carries */
	uint64_t ignored;	/* candidates that no store claims */
	uint64_t files, files_evicted, readers_evicted;
	uint64_t environments_again, environments_evicted; /* without credentials: known, not looked through again */
	uint64_t read_again, unverified;		   /* reads without content: got it otherwise, or not at all */
};

int cl_observer_new(struct cl_observer **out, const struct cl_catalogue *c, struct cl_scanner *s);
void cl_observer_free(struct cl_observer **p);
/*
 * Who knows by which names an address was asked for (family AF_INET or AF_INET6), by whoever connects now. The names
 * are others' words and hidden like these.
 */
typedef void (*cl_names_fn)(void *ctx, const struct cl_event *ev, int family, const uint8_t *address,
			    struct cl_name_list *out);
void cl_observer_names(struct cl_observer *o, cl_names_fn names, void *ctx);
/* The program's own executable (device in the kernel's encoding): `credlineage run` passes arguments on for others. */
void cl_observer_launcher(struct cl_observer *o, uint32_t dev, uint64_t ino);
/*
 * Who opens a file again for its first bytes, where a read passed no buffer that a probe could look into: the number of
 * bytes of exactly the version in ev->file, or -errno. `path`: as far as it is known. buf is secure memory.
 */
typedef int (*cl_read_again_fn)(const struct cl_event *ev, const char *path, void *buf, size_t size);
void cl_observer_read_again(struct cl_observer *o, cl_read_again_fn read_again);
/*
 * Who reads the public file `path`, which lies beside the file of the event: at most size bytes, 0 or -errno when
 * there is none. Only for what belongs to a private key: its certificate.
 */
typedef int (*cl_read_beside_fn)(const struct cl_event *ev, const char *path, void *buf, size_t size);
void cl_observer_read_beside(struct cl_observer *o, cl_read_beside_fn read_beside);
/*
 * Time passes: what somebody began to read and did not go on with within CL_OBSERVER_KEEP_NS is wiped. What two reads
 * bring that lie further apart is not joined.
 */
#define CL_OBSERVER_KEEP_NS 10000000000ull
void cl_observer_tick(struct cl_observer *o, uint64_t now);
/*
 * Reads one raw record and wipes it (record is not const for that). 1: *out is an observation, valid until the next
 * call. 0: nothing to tell (a candidate file that no store claims; *out has path, dev, ino for the filter).
 * -EPROTO: malformed, counted.
 */
int cl_observe(struct cl_observer *o, void *record, size_t size, struct cl_observation *out);
/*
 * The same for a process that was there already (CL_OBS_PROCESS from the baseline): scans its arguments and
 * environment, fills command, vars and sightings of *obs (valid until the next call). The caller wipes the bytes.
 */
int cl_observe_process(struct cl_observer *o, struct cl_observation *obs, const char *args, size_t args_len,
		       const char *env, size_t env_len);
/* What somebody wrote, read again by whoever looks after it. */
struct cl_written {
	struct cl_process_key process; /* who wrote it */
	struct cl_file file;	       /* the version that was read */
	const char *path;	       /* as an observation of the write had it */
	uint64_t ts;		       /* boot ns: now */
};
/*
 * Scans the whole content of such a file; the caller wipes it. How many credentials lie in it, with *out (CL_OBS_STORED,
 * valid until the next call) where there are any; -errno. From then on a read of that version has them.
 */
int cl_observe_written(struct cl_observer *o, const struct cl_written *w, const void *bytes, size_t len,
		       struct cl_observation *out);
/* What may be kept of a text that somebody else wrote, valid until the next call; NULL: the text itself. */
int cl_observer_conceal(struct cl_observer *o, const char *text, const char **out);
/*
 * True when the whole content of the file version that the last read observation names is fingerprinted: the kernel
 * may leave the content out of further reads of that version.
 */
bool cl_observer_knows_content(const struct cl_observer *o);
/* True when the kernel left content out that is not known here (any more): it has to carry it again. */
bool cl_observer_misses_content(const struct cl_observer *o);
/* The scanner's key is another one now: what was fingerprinted with the one before is looked at again. */
void cl_observer_key_changed(struct cl_observer *o);
const struct cl_observer_stats *cl_observer_stats(const struct cl_observer *o);
