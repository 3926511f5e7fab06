/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most processes match nothing, and that has to be cheap: a clause is looked at only when something of what it asks for
 * is there: one of its variables, one of its programs, a part of a path. What has nothing to be found by is looked at
 * always.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "identity/recognise_internal.h"

static int add_list(struct cl_triggers *t, const char *const *list, size_t clause)
{
	int r = 0;

	for (; list && *list && !r; list++)
		r = cl_triggers_add(t, *list, strcspn(*list, "="), clause);
	return r;
}

static int want_conditions(struct cl_recognisers *r, const struct cl_clause *c)
{
	int e = add_list(&r->wanted, c->all, 0);

	e = e ? e : add_list(&r->wanted, c->any, 0);
	return e ? e : add_list(&r->wanted, c->none, 0);
}

/* 1, -ENOMEM. Of these the catalogue lets none in that is too short. */
static int add_paths(struct cl_parts *p, const char *const *list, size_t clause)
{
	int r = 0;

	for (; *list && !r; list++)
		r = cl_parts_add(p, *list, strlen(*list), clause);
	return r ? r : 1;
}

/* Of a pattern of a cgroup's path: the longest run of characters that stand for themselves. */
static size_t literal_in(const char *pattern, const char **out)
{
	size_t longest = 0;

	while (*pattern) {
		size_t n = strcspn(pattern, "/*{");

		if (n > longest) {
			longest = n;
			*out = pattern;
		}
		pattern += n;
		if (*pattern == '{')
			pattern += strcspn(pattern, "}");
		pattern += *pattern != '\0';
	}
	return longest;
}

/* 1; 0: one of them has nothing to be found by, -ENOMEM. */
static int add_cgroups(struct cl_parts *p, const char *const *patterns, size_t clause)
{
	const char *literal = NULL;
	int r = 0;

	for (size_t i = 0; patterns[i]; i++)
		if (literal_in(patterns[i], &literal) < CL_PART_MIN)
			return 0;
	for (; *patterns && !r; patterns++) {
		size_t n = literal_in(*patterns, &literal);

		r = cl_parts_add(p, literal, n, clause);
	}
	return r ? r : 1;
}

/* By the program that the command line begins with: 1; 0: the pattern names none, -ENOMEM. */
static int add_command(struct cl_triggers *t, const char *pattern, size_t clause)
{
	size_t n = strcspn(pattern, " ");
	const char *base = memrchr(pattern, '/', n), *first = base ? base + 1 : pattern;
	int r;

	n -= (size_t)(first - pattern);
	if (strcspn(pattern, "*{") < strcspn(pattern, " ") || (n == 3 && !memcmp(first, "...", 3)))
		return 0;
	r = cl_triggers_add(t, first, n, clause);
	return r ? r : 1;
}

/* By what has no names in the clause's own lists: 1, 0: it can't be found that way, -ENOMEM. */
static int index_by_part(struct cl_recognisers *r, const struct cl_clause *c, size_t i)
{
	int e = c->paths ? add_paths(&r->paths, c->paths, i) : 0;

	if (!e && c->command)
		e = add_command(&r->commands, c->command, i);
	if (!e && c->cgroups)
		e = add_cgroups(&r->cgroups, c->cgroups, i);
	return e;
}

static int index_clause(struct cl_recognisers *r, const struct cl_clause *c, size_t row)
{
	size_t i = r->n_clauses++;
	const char *const first[] = {c->all ? c->all[0] : NULL, NULL};
	int e = want_conditions(r, c);

	r->clauses[i] = c;
	r->row_of[i] = (uint16_t)row;
	if (e)
		return e;
	if (c->all)
		return add_list(&r->variables, first, i);
	if (c->any)
		return add_list(&r->variables, c->any, i);
	if (c->programs)
		return add_list(&r->programs, c->programs, i);
	if (c->started_by)
		return add_list(&r->starters, c->started_by, i);
	e = index_by_part(r, c, i);
	if (!e)
		cl_clause_set_add(&r->always, i);
	return e < 0 ? e : 0;
}

static int want_template(struct cl_recognisers *r, const char *t)
{
	int e = 0;

	while (!e && t && (t = strchr(t, '{'))) {
		const char *end = strchr(t, '}');

		for (t++; !e && end && t < end; t += *t == '|') {
			size_t n = strcspn(t, "|}"), name = strcspn(t, "|}^%#");

			if (*t != '=' && *t != '.')
				e = cl_triggers_add(&r->wanted, t, name, 0);
			t += n;
		}
	}
	return e;
}

static int index_row(struct cl_recognisers *r, size_t i)
{
	const struct cl_recogniser *row = r->rows[i];
	const char *const templates[] = {row->workflow, row->run_id,  row->repository,
					 row->job,	row->attempt, row->environment};
	int e = 0;

	for (size_t j = 0; !e && j < row->n_when; j++)
		e = index_clause(r, &row->when[j], i);
	for (size_t j = 0; !e && j < ARRAY_SIZE(templates); j++)
		e = want_template(r, templates[j]);
	return e;
}

/* What attribute_cgroup.c, images.c and the names of pods ask for. */
static const char *const of_identity[] = {
	"ACTIONS_RUNNER_POD_NAME",
	"APP_ENV",
	"DEPLOYMENT_ENVIRONMENT",
	"DEPLOY_ENV",
	"FLATPAK_ID",
	"HOSTNAME",
	"INVOCATION_ID",
	"LD_AUDIT",
	"LD_PRELOAD",
	"POD_NAME",
	"POD_NAMESPACE",
	"TRIGGER_UNIT",
	"JOB_COMPLETION_INDEX",
};

/* Beginning and length tell most names apart. */
static uint64_t length_bit(size_t len)
{
	return 1ull << (len < 63 ? len : 63);
}

/* Each once, as strings of their own. */
static int name_wanted(struct cl_recognisers *r)
{
	size_t n = 0, bytes = 0, at = 0;

	cl_triggers_sort(&r->wanted);
	for (size_t i = 0; i < r->wanted.n; i++) {
		if (n && cl_triggers_is_at(&r->wanted, n - 1, r->wanted.list[i].name, r->wanted.list[i].len))
			continue;
		r->wanted.list[n] = r->wanted.list[i];
		r->lengths[(unsigned char)*r->wanted.list[n].name] |= length_bit(r->wanted.list[n].len);
		bytes += r->wanted.list[n++].len + 1;
	}
	r->wanted.n = n;
	r->names = calloc(n + 1, sizeof(*r->names));
	r->text = calloc(1, bytes + 1);
	if (!r->names || !r->text)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		r->names[i] = memcpy(r->text + at, r->wanted.list[i].name, r->wanted.list[i].len);
		at += r->wanted.list[i].len + 1;
	}
	return 0;
}

int cl_recognisers_new(struct cl_recognisers **out, const struct cl_recogniser_list *list)
{
	_cleanup_(cl_recognisers_free) struct cl_recognisers *r = calloc(1, sizeof(*r));
	const struct cl_recogniser *const *rows;
	int e = 0;

	if (!r)
		return -ENOMEM;
	rows = cl_recogniser_list_rows(list, &r->n);
	memcpy(r->rows, rows, r->n * sizeof(*rows));
	for (size_t i = 0; !e && i < r->n; i++)
		e = index_row(r, i);
	for (size_t i = 0; !e && i < ARRAY_SIZE(of_identity); i++)
		e = cl_triggers_add(&r->wanted, of_identity[i], strlen(of_identity[i]), 0);
	cl_triggers_sort(&r->variables);
	cl_triggers_sort(&r->programs);
	cl_triggers_sort(&r->starters);
	cl_triggers_sort(&r->commands);
	e = e ? e : name_wanted(r);
	if (!e)
		*out = TAKE_PTR(r);
	return e;
}

void cl_recognisers_free(struct cl_recognisers **p)
{
	struct cl_recognisers *r = TAKE_PTR(*p);

	if (!r)
		return;
	cl_triggers_free(&r->variables);
	cl_triggers_free(&r->programs);
	cl_triggers_free(&r->starters);
	cl_triggers_free(&r->commands);
	cl_triggers_free(&r->paths.list);
	cl_triggers_free(&r->cgroups.list);
	cl_triggers_free(&r->wanted);
	free(r->names);
	free(r->text);
	free(r);
}

const char *const *cl_recognisers_variables(const struct cl_recognisers *r, size_t *n)
{
	*n = r->wanted.n;
	return r->names;
}

bool cl_recognisers_want(const struct cl_recognisers *r, const char *name, size_t len)
{
	if (!len || !(r->lengths[(unsigned char)*name] & length_bit(len)))
		return false;
	return cl_triggers_is_at(&r->wanted, cl_triggers_first(&r->wanted, name, len), name, len);
}
