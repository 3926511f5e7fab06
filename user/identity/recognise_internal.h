/* SPDX-License-Identifier: Apache-2.0 */
/* The index of a list of recognisers, shared by who makes it (recognise.c) and who asks it (match.c). */
#pragma once

#include "base/cleanup.h"
#include "identity/identity.h"
#include "identity/recognise.h"

#define CL_CLAUSE_WORDS (CL_CLAUSES_ALL / 64)

struct cl_clause_set {
	uint64_t bits[CL_CLAUSE_WORDS];
};

struct cl_trigger {
	const char *name;
	size_t len;
	uint16_t clause;
};

struct cl_triggers {
	struct cl_trigger *list; /* sorted by name */
	size_t n, cap;
};

/* What stands somewhere in a text: the first two bytes of each part are marked, so that most texts are passed over. */
#define CL_PART_MARKS 1024
struct cl_parts {
	struct cl_triggers list; /* in no order */
	uint64_t marks[CL_PART_MARKS / 64];
};

struct cl_recognisers {
	const struct cl_recogniser *rows[CL_RECOGNISERS_MAX];
	size_t n;
	const struct cl_clause *clauses[CL_CLAUSES_ALL];
	uint16_t row_of[CL_CLAUSES_ALL];
	size_t n_clauses;
	/* By which a clause is found: what has to be there, whatever else it asks. */
	struct cl_triggers variables, programs, starters, commands; /* commands: the first word's basename */
	struct cl_parts paths, cgroups;
	struct cl_clause_set always; /* those that none of these finds */
	struct cl_triggers wanted;   /* every variable, once */
	uint64_t lengths[256];	     /* of those, by their first byte: bits */
	const char **names;	     /* the same, for who wants to read them */
	char *text;		     /* of the names */
};

static inline void cl_clause_set_add(struct cl_clause_set *s, size_t clause)
{
	s->bits[clause / 64] |= 1ull << clause % 64;
}

/* ---- triggers.c ---- */

/* The name is borrowed. 0, -ENOMEM. Sorted before anything is found. */
int cl_triggers_add(struct cl_triggers *t, const char *name, size_t len, size_t clause);
void cl_triggers_sort(struct cl_triggers *t);
/* The first that is not before the name, and whether one is the name's. */
size_t cl_triggers_first(const struct cl_triggers *t, const char *name, size_t len);
bool cl_triggers_is_at(const struct cl_triggers *t, size_t i, const char *name, size_t len);
/* Adds the clauses that the name is a trigger of. */
void cl_triggers_find(const struct cl_triggers *t, const char *name, size_t len, struct cl_clause_set *out);
void cl_triggers_free(struct cl_triggers *t);

#define CL_PART_MIN 2
/* A part of CL_PART_MIN bytes or more, borrowed. 0, -ENOMEM. */
int cl_parts_add(struct cl_parts *p, const char *s, size_t len, size_t clause);
/* Adds the clauses of all parts that stand in the text. */
void cl_parts_find(const struct cl_parts *p, const char *text, struct cl_clause_set *out);
