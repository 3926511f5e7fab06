/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the observer share: one file per family of acts. */
#pragma once

#include "credential/seen.h"
#include "identity/recognise.h"
#include "pipeline/assemble.h"
#include "pipeline/conceal.h"
#include "pipeline/files.h"
#include "pipeline/observe.h"

#define SIGHTINGS_MAX 128
#define CL_BESIDE_MAX 8192 /* bytes of a certificate */

struct cl_observer {
	const struct cl_catalogue *catalogue;
	struct cl_name_rules rules;	    /* what the kernel's filter goes by */
	struct cl_recognisers *recognisers; /* which variables of an environment are kept */
	struct cl_scanner *scanner;
	struct cl_arena *arena; /* what an observation points at, until the next one */
	struct cl_arena *raw;	/* secure: what comes from the watched process; wiped before a call returns */
	struct cl_concealer concealer;
	struct cl_assembler *assembler;
	struct cl_seen *environments; /* those in which nothing was found */
	struct cl_files files;
	struct cl_sighting sightings[SIGHTINGS_MAX];
	size_t n_sightings;
	bool knows_content, misses_content;
	bool carries; /* bytes of a process that may hold a credential went through the hands that the stack remembers */
	cl_read_again_fn read_again;   /* NULL: nobody can */
	cl_read_beside_fn read_beside; /* NULL: nobody can */
	cl_names_fn names;	       /* NULL: nobody knows */
	void *names_ctx;
	char beside[CL_BESIDE_MAX];
	void *again; /* secure: CL_CONTENT_MAX bytes of what was read again */
	uint32_t launcher_dev;
	uint64_t launcher_ino; /* 0: not known */
	struct cl_observer_stats stats;
};

/* A call begins, and ends: whatever lay open of a process is gone with it. */
void cl_observer_begin(struct cl_observer *o);
void cl_observer_end(struct cl_observer *o);
/* Which version of which file. */
void cl_observer_file(const struct cl_file *f, struct cl_observation *obs);
/* Adds the sightings of one source; returns how many it added, or -errno. */
int cl_observer_scan(struct cl_observer *o, uint32_t source, const char *path, struct cl_view v);
/* What the observer itself keeps of a name: credentials hidden, hostile bytes escaped; NULL for none. */
int cl_observer_text(struct cl_observer *o, const char *name, bool cut, const char **out);

/* Each fills what its kind carries: 1: tell, 0: nothing to tell, -errno. */
int cl_observe_open(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs);
int cl_observe_read(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs);
int cl_observe_receive(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs);
int cl_observe_held(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs);
int cl_observe_write(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs);
int cl_observe_connect(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs);
int cl_observe_connect_end(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs);
