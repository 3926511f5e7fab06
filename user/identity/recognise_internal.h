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

struct cl_recognisers {
	const struct cl_recogniser *rows[CL_RECOGNISERS_MAX];
	size_t n;
	const struct cl_clause *clauses[CL_CLAUSES_ALL];
	uint16_t row_of[CL_CLAUSES_ALL];
	size_t n_clauses;
	struct cl_triggers variables, programs; /* by which a clause is found */
	struct cl_clause_set always;		/* those that neither finds */
	struct cl_triggers wanted;		/* every variable, once */
	const char **names;			/* the same, for who wants to read them */
	char *text;				/* of the names */
};

/* Adds the clauses that the name is a trigger of. */
void cl_triggers_find(const struct cl_triggers *t, const char *name, size_t len, struct cl_clause_set *out);
