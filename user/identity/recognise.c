/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most processes match nothing, and that has to be cheap: a clause is looked at only when one of its variables is set or
 * one of its programs runs. What has neither to be found by is looked at always.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "identity/recognise_internal.h"

/* ---- index ---- */

static void set_add(struct cl_clause_set *s, size_t i)
{
	s->bits[i / 64] |= 1ull << i % 64;
}

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int r = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return r ? r : (a_len > b_len) - (a_len < b_len);
}

static int by_name(const void *a, const void *b)
{
	const struct cl_trigger *x = a, *y = b;

	return compare(x->name, x->len, y->name, y->len);
}

static int add(struct cl_triggers *t, const char *name, size_t len, size_t clause)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 256;
		struct cl_trigger *bigger = realloc(t->list, cap * sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		t->list = bigger;
		t->cap = cap;
	}
	t->list[t->n++] = (struct cl_trigger){name, len, (uint16_t)clause};
	return 0;
}

static void sort(struct cl_triggers *t)
{
	if (t->n)
		qsort(t->list, t->n, sizeof(struct cl_trigger), by_name);
}

/* The first that is not before the name. */
static size_t lower_bound(const struct cl_triggers *t, const char *name, size_t len)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(t->list[middle].name, t->list[middle].len, name, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct cl_triggers *t, size_t i, const char *name, size_t len)
{
	return i < t->n && !compare(t->list[i].name, t->list[i].len, name, len);
}

void cl_triggers_find(const struct cl_triggers *t, const char *name, size_t len, struct cl_clause_set *out)
{
	for (size_t i = lower_bound(t, name, len); is_at(t, i, name, len); i++)
		set_add(out, t->list[i].clause);
}

static int add_list(struct cl_triggers *t, const char *const *list, size_t clause)
{
	int r = 0;

	for (; list && *list && !r; list++)
		r = add(t, *list, strcspn(*list, "="), clause);
	return r;
}

static int want_conditions(struct cl_recognisers *r, const struct cl_clause *c)
{
	int e = add_list(&r->wanted, c->all, 0);

	e = e ? e : add_list(&r->wanted, c->any, 0);
	return e ? e : add_list(&r->wanted, c->none, 0);
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
	set_add(&r->always, i);
	return 0;
}

static int want_template(struct cl_recognisers *r, const char *t)
{
	int e = 0;

	while (!e && t && (t = strchr(t, '{'))) {
		const char *end = strchr(t, '}');

		for (t++; !e && end && t < end; t += *t == '|') {
			size_t n = strcspn(t, "|}"), name = strcspn(t, "|}^%#");

			if (*t != '=' && *t != '.')
				e = add(&r->wanted, t, name, 0);
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

/* Each once, as strings of their own. */
static int name_wanted(struct cl_recognisers *r)
{
	size_t n = 0, bytes = 0, at = 0;

	sort(&r->wanted);
	for (size_t i = 0; i < r->wanted.n; i++) {
		if (n && is_at(&r->wanted, n - 1, r->wanted.list[i].name, r->wanted.list[i].len))
			continue;
		r->wanted.list[n] = r->wanted.list[i];
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
		e = add(&r->wanted, of_identity[i], strlen(of_identity[i]), 0);
	sort(&r->variables);
	sort(&r->programs);
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
	free(r->variables.list);
	free(r->programs.list);
	free(r->wanted.list);
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
	return is_at(&r->wanted, lower_bound(&r->wanted, name, len), name, len);
}
