/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which known systems work is done for, as data: what tells that a process works for one of them, and how its workflow,
 * run and place are called. Compiled in from data/workflows.json, changed an entry at a time by catalog.d and by the
 * configuration (recogniser.c has the schema). Who asks what of a process is identity/recognise.h's.
 *
 * Entries keep their address for as long as their list: one that is replaced stays in memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"

#define CL_RECOGNISERS_MAX 256
#define CL_CLAUSES_MAX 8   /* of one entry */
#define CL_CLAUSES_ALL 512 /* of all */

/*
 * One way to know it: everything that it names holds. Lists end with NULL; a list that is NULL asks nothing.
 * A condition is "NAME" (set to something), "NAME=value" in either case of letters, "NAME=value*" or "NAME=*value*".
 */
struct cl_clause {
	const char *const *all, *const *any, *const *none; /* conditions on environment variables */
	const char *const *programs;   /* basename of the executable, of the script, or of what an interpreter runs */
	const char *const *paths;      /* part of the path of one of these */
	const char *const *started_by; /* basename of its creator's program, which it is not itself */
	const char *const *below;      /* basename of a program somewhere above it */
	const char *command;	       /* words of the command line, see recogniser.c; NULL: not asked */
	const char *const *cgroups;    /* patterns of the cgroup's path, one of them */
};

struct cl_recogniser {
	const char *id;		      /* unique: "github", "claude-code" */
	const char *system;	      /* for people */
	uint32_t kind;		      /* enum cl_run_kind */
	const struct cl_clause *when; /* one of them holds */
	size_t n_when;
	/* templates (identity/recognise.h); workflow is there, the others may be NULL */
	const char *workflow, *run_id, *repository, *job, *attempt, *environment;
	const char *worker; /* basename of the program that lives as long as the job and starts its steps */
	uint32_t
		instead_of; /* the cgroup that it knows is no unit (container) of its own: CL_RUN_UNIT, CL_RUN_CONTAINER */
	bool generic;	    /* only where no other entry of its kind matches */
	bool alone;	    /* not within another task: a tool that jobs and agents use, too */
};

struct cl_recogniser_list;
int cl_recogniser_list_new(struct cl_recogniser_list **out, struct cl_error *err); /* what is compiled in */
int cl_recogniser_list_bare(struct cl_recogniser_list **out);			   /* nothing */
void cl_recogniser_list_free(struct cl_recogniser_list **p);
/* `entries`: a list of entries, which are added, replace those of their ids, or take them out; `text` is where it stands,
 * for lines in errors. 0, -EINVAL with file, line and key, -E2BIG, -ENOMEM. Entries before a bad one are taken. */
int cl_recogniser_list_take(struct cl_recogniser_list *l, const char *name, const char *text, const cJSON *entries,
			    struct cl_error *err);
/* The same of one entry as text. */
int cl_recogniser_list_take_text(struct cl_recogniser_list *l, const char *name, const char *entry,
				 struct cl_error *err);
const struct cl_recogniser *const *cl_recogniser_list_rows(const struct cl_recogniser_list *l, size_t *n);
/* Those that were taken since the list was made, as texts that cl_recogniser_list_take_text takes. */
const char *const *cl_recogniser_list_taken(const struct cl_recogniser_list *l, size_t *n);
