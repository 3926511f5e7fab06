/* SPDX-License-Identifier: Apache-2.0 */
#include "identity/recognise.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"

#define ROWS_MAX 64 /* a set of rows is one word */
#define WORD_BYTES 256

struct trigger {
	const char *name;
	size_t len;
	uint64_t row; /* one bit */
};

struct triggers {
	struct trigger *list; /* sorted by name */
	size_t n;
};

struct cl_recognisers {
	struct triggers variables, programs;
};

/* ---- index ---- */

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int r = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return r ? r : (a_len > b_len) - (a_len < b_len);
}

static int by_name(const void *a, const void *b)
{
	const struct trigger *x = a, *y = b;

	return compare(x->name, x->len, y->name, y->len);
}

static void add(struct triggers *t, const char *condition, size_t row)
{
	if (condition)
		t->list[t->n++] = (struct trigger){condition, strcspn(condition, "="), 1ull << row};
}

static uint64_t find(const struct triggers *t, const char *name, size_t len)
{
	size_t low = 0, high = t->n;
	uint64_t rows = 0;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (compare(t->list[middle].name, t->list[middle].len, name, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < t->n && !compare(t->list[low].name, t->list[low].len, name, len); low++)
		rows |= t->list[low].row;
	return rows;
}

int cl_recognisers_new(struct cl_recognisers **out)
{
	_cleanup_(cl_recognisers_free) struct cl_recognisers *r = calloc(1, sizeof(*r));
	size_t most = cl_recogniser_count * 5;

	if (!r || cl_recogniser_count > ROWS_MAX)
		return r ? -E2BIG : -ENOMEM;
	r->variables.list = calloc(most, sizeof(struct trigger));
	r->programs.list = calloc(most, sizeof(struct trigger));
	if (!r->variables.list || !r->programs.list)
		return -ENOMEM;
	for (size_t i = 0; i < cl_recogniser_count; i++) {
		const struct cl_recogniser *row = &cl_recogniser_table[i];

		add(&r->variables, row->all[0], i);
		for (size_t j = 0; j < ARRAY_SIZE(row->any); j++)
			add(&r->variables, row->any[j], i);
		for (size_t j = 0; j < ARRAY_SIZE(row->programs); j++)
			add(&r->programs, row->programs[j], i);
	}
	qsort(r->variables.list, r->variables.n, sizeof(struct trigger), by_name);
	qsort(r->programs.list, r->programs.n, sizeof(struct trigger), by_name);
	*out = TAKE_PTR(r);
	return 0;
}

void cl_recognisers_free(struct cl_recognisers **p)
{
	struct cl_recognisers *r = TAKE_PTR(*p);

	if (!r)
		return;
	free(r->variables.list);
	free(r->programs.list);
	free(r);
}

/* ---- variables ---- */

static const char *var(const struct cl_observation *obs, const char *name, size_t len)
{
	for (size_t i = 0; i < obs->n_vars; i++) {
		const struct cl_var *v = &obs->vars[i];

		if (v->name && v->value && *v->value && !strncmp(v->name, name, len) && !v->name[len])
			return v->value;
	}
	return NULL;
}

const char *cl_obs_var(const struct cl_observation *obs, const char *name)
{
	return var(obs, name, strlen(name));
}

static bool holds(const struct cl_observation *obs, const char *condition)
{
	size_t len = strcspn(condition, "=");
	const char *value = var(obs, condition, len);

	return value && (!condition[len] || !strcasecmp(value, condition + len + 1));
}

static bool row_holds(const struct cl_recogniser *row, const struct cl_observation *obs)
{
	if (row->unless && holds(obs, row->unless))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(row->any); i++)
		if (row->any[i] && holds(obs, row->any[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(row->all); i++)
		if (row->all[i] && !holds(obs, row->all[i]))
			return false;
	return row->all[0];
}

/* ---- programs ---- */

/* "node --flag /usr/bin/gemini -p x" -> "/usr/bin/gemini"; only for programs that run a script. */
static const char *script_word(const struct cl_observation *obs, char out[WORD_BYTES])
{
	static const char *const runners[] = {"node", "bun", "deno", "python"};
	const char *base = cl_basename(obs->exe), *s = obs->command;
	bool runs = false;

	for (size_t i = 0; i < ARRAY_SIZE(runners); i++)
		runs |= cl_starts_with(base, runners[i]);
	if (!runs || !s)
		return NULL;
	do {
		s += strcspn(s, " ");
		s += strspn(s, " ");
	} while (*s == '-');
	snprintf(out, WORD_BYTES, "%.*s", (int)strcspn(s, " "), s);
	return *out ? out : NULL;
}

static uint64_t program_rows(const struct cl_recognisers *r, const char *path)
{
	const char *base = cl_basename(path);
	uint64_t rows = find(&r->programs, base, strlen(base));

	for (size_t i = 0; i < cl_recogniser_count; i++) {
		const struct cl_recogniser *row = &cl_recogniser_table[i];

		for (size_t j = 0; j < ARRAY_SIZE(row->in_path) && row->in_path[j]; j++)
			if (strstr(path, row->in_path[j]))
				rows |= 1ull << i;
	}
	return rows;
}

static uint64_t by_program(const struct cl_recognisers *r, const struct cl_observation *obs)
{
	char word[WORD_BYTES];
	const char *script;
	uint64_t rows;

	if (!obs->exe)
		return 0;
	rows = program_rows(r, obs->exe);
	if (obs->filename && strcmp(obs->filename, obs->exe))
		rows |= program_rows(r, obs->filename);
	script = script_word(obs, word);
	return script ? rows | program_rows(r, script) : rows;
}

size_t cl_recognisers_match(const struct cl_recognisers *r, const struct cl_observation *obs,
			    struct cl_match out[CL_MATCHES])
{
	uint64_t by_variable = 0, rows = by_program(r, obs), kinds = 0;
	size_t n = 0;

	for (size_t i = 0; i < obs->n_vars; i++)
		if (obs->vars[i].name)
			by_variable |= find(&r->variables, obs->vars[i].name, strlen(obs->vars[i].name));
	for (uint64_t left = rows | by_variable; left && n < CL_MATCHES; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		const struct cl_recogniser *row = &cl_recogniser_table[i];
		bool held = (by_variable >> i & 1) && row_holds(row, obs);

		if ((!held && !(rows >> i & 1)) || (row->generic && kinds >> row->kind & 1))
			continue;
		kinds |= 1ull << row->kind;
		out[n++] = (struct cl_match){.row = row, .by_variable = held};
	}
	return n;
}

/* ---- templates ---- */

struct output {
	char *s;
	size_t len;
};

static void put(struct output *o, const char *s, size_t len)
{
	size_t left = CL_VALUE_BYTES - 1 - o->len;

	len = len < left ? len : left;
	memcpy(o->s + o->len, s, len);
	o->len += len;
	o->s[o->len] = '\0';
}

static void put_value(struct output *o, const char *value)
{
	char safe[CL_VALUE_BYTES];

	cl_escape(safe, sizeof(safe), value);
	put(o, safe, strlen(safe));
}

/* One {...}; `s` stands behind the brace. */
static bool put_choice(struct output *o, const struct cl_observation *obs, const char *s, size_t len)
{
	for (const char *end = s + len; s < end;) {
		size_t n = 0;
		const char *value;

		if (*s == '=') {
			put(o, s + 1, (size_t)(end - s) - 1);
			return true;
		}
		while (s + n < end && s[n] != '|')
			n++;
		value = var(obs, s, n);
		if (value) {
			put_value(o, value);
			return true;
		}
		s += n + (s + n < end);
	}
	return false;
}

bool cl_recogniser_expand(const char *template, const struct cl_observation *obs, char out[CL_VALUE_BYTES])
{
	struct output o = {.s = out};

	out[0] = '\0';
	if (!template)
		return false;
	while (*template) {
		size_t n = strcspn(template, "{");

		put(&o, template, n);
		template += n;
		if (!*template)
			break;
		n = strcspn(template, "}");
		if (!put_choice(&o, obs, template + 1, n - 1))
			return false;
		template += n + 1;
	}
	return true;
}
