/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which known systems a process says it runs for: by variables of its environment (recognisers.c is the table) or, for
 * agents, by its program. The environment is the process's own word: values are cut and escaped here.
 *
 * A template is text with {NAME} for a variable's value; {A|B} takes the first that is set, {A|=text} falls back to the
 * text. A template with a variable that is not set does not expand.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/observation.h"

#define CL_VALUE_BYTES 257 /* of an expanded template, with its NUL */
#define CL_MATCHES 8

struct cl_recogniser {
	const char *name;	     /* "github", "claude-code" */
	uint32_t kind;		     /* enum cl_run_kind */
	bool generic;		     /* only where no other one of its kind matches */
	const char *all[3], *any[4]; /* "NAME" set to something, "NAME=value" in either case of letters */
	const char *unless;	     /* the same; another row knows better */
	const char *programs[4];     /* basenames of executables or scripts */
	const char *in_path[2];	     /* part of the executable's or script's path */
	const char *workflow;	     /* template */
	const char *run_id;	     /* template; NULL or not expanding: made from the first process */
	const char *repository, *job, *environment; /* templates, may be NULL */
	const char *worker; /* basename of the program that lives as long as the job and starts its steps */
};

extern const struct cl_recogniser cl_recogniser_table[];
extern const size_t cl_recogniser_count;

struct cl_recognisers; /* the table, indexed */
int cl_recognisers_new(struct cl_recognisers **out);
void cl_recognisers_free(struct cl_recognisers **p);

struct cl_match {
	const struct cl_recogniser *row;
	bool by_variable; /* else by program */
};
/* Rows that match, in the table's order (outer first); returns how many. */
size_t cl_recognisers_match(const struct cl_recognisers *r, const struct cl_observation *obs,
			    struct cl_match out[CL_MATCHES]);
bool cl_recogniser_expand(const char *template, const struct cl_observation *obs, char out[CL_VALUE_BYTES]);
const char *cl_obs_var(const struct cl_observation *obs, const char *name); /* NULL: not set or empty */
