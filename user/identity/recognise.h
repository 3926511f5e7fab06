/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which known systems a process says it runs for: by variables of its environment, by its program, by its command line,
 * by who started it or by its cgroup. What is asked is data (catalogue/recogniser.h). The environment and the command
 * line are the process's own word: values are cut and escaped here.
 *
 * A template is text with {NAME} for a variable's value; {A|B} takes the first that is set, {A|=text} falls back to the
 * text. A template with a variable that is not set does not expand. See catalogue/recogniser.c for all of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalogue/recogniser.h"
#include "event/observation.h"

#define CL_VALUE_BYTES 257 /* of an expanded template, with its NUL */
#define CL_MATCHES 8
#define CL_CAPTURES 8

struct cl_process;

/* A part of a command line or of a cgroup's path; points into the observation. */
struct cl_capture {
	const char *name, *value;
	size_t name_len, value_len;
};

/* What a template may speak of. */
struct cl_scope {
	const struct cl_observation *obs;
	const struct cl_process *process; /* NULL: none */
	struct cl_capture captures[CL_CAPTURES];
	size_t n;
};

struct cl_recognisers; /* a list, indexed */
/* The list may grow afterwards, which shows in a new index only; it outlives this one. */
int cl_recognisers_new(struct cl_recognisers **out, const struct cl_recogniser_list *list);
void cl_recognisers_free(struct cl_recognisers **p);

struct cl_match {
	const struct cl_recogniser *row;
	bool named; /* what it was known by may also name the run; else only a program is known */
	struct cl_scope scope;
};
/* Entries that match, outer first; returns how many. The process is the one that executes, as it is known so far. */
size_t cl_recognisers_match(const struct cl_recognisers *r, const struct cl_observation *obs,
			    const struct cl_process *p, struct cl_match out[CL_MATCHES]);
/* Bits 1 << CL_RUN_UNIT, 1 << CL_RUN_CONTAINER: an entry knows this cgroup as something else than such a one. */
uint32_t cl_recognisers_instead(const struct cl_recognisers *r, const char *cgroup);

/* The environment variables that an observation keeps: those that entries ask for and a few that identity itself does. */
const char *const *cl_recognisers_variables(const struct cl_recognisers *r, size_t *n); /* sorted */
bool cl_recognisers_want(const struct cl_recognisers *r, const char *name, size_t len);

const char *cl_obs_var(const struct cl_observation *obs, const char *name); /* NULL: not set or empty */

/* ---- template.c ---- */

bool cl_template_expand(const char *template, const struct cl_scope *scope, char out[CL_VALUE_BYTES]);
/* "web-5d4f8c7b9d-x2x4z" -> "web", "db-0" -> "db": without what Kubernetes appends to the names of what it makes. */
void cl_template_owner(char *name);
/* Words that mean the same environment become one: "prod" -> "production"; others stay as they are. */
const char *cl_environment_word(const char *word);

/* ---- pattern.c ---- */

/* Match and take parts into *scope, which is as it was when they do not match. */
bool cl_pattern_command(const char *pattern, const char *const *words, const size_t *lens, size_t n,
			struct cl_scope *scope);
bool cl_pattern_path(const char *pattern, const char *path, struct cl_scope *scope);
