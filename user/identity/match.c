/* SPDX-License-Identifier: Apache-2.0 */
/* Which clauses hold of a process, and which entries match by them. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "identity/recognise_internal.h"

#define WORDS_MAX 64 /* of a command line */
#define ANCESTORS_MAX 32

/* What a process shows of itself, once for all clauses. */
struct look {
	const struct cl_observation *obs;
	const struct cl_process *process;
	const char *words[WORDS_MAX]; /* of the command line, from the program or the script on */
	size_t lens[WORDS_MAX], n_words;
	const char *names[3]; /* paths of executable, script, and what an interpreter or a loader runs; NULL: none */
	const char *bases[3]; /* their basenames */
	char script[256];
};

/* ---- the process ---- */

static void split_command(struct look *l, const char *s)
{
	while (s && *s && l->n_words < WORDS_MAX) {
		size_t n;

		s += strspn(s, " ");
		n = strcspn(s, " ");
		if (!n)
			break;
		l->words[l->n_words] = s;
		l->lens[l->n_words++] = n;
		s += n;
	}
}

/*
 * "node --flag /usr/bin/gemini -p x": the word that it runs; 0 when the program runs none. Of a script that was executed
 * itself the kernel puts the name behind its interpreter's.
 */
static size_t script_word(const struct look *l)
{
	static const char *const runners[] = {"node", "bun", "deno", "python", "perl", "ruby"};
	const char *base = cl_basename(l->obs->exe);
	size_t i = 1;

	for (size_t j = 1; l->names[1] && j < l->n_words && j < 3; j++)
		if (strlen(l->names[1]) == l->lens[j] && !strncmp(l->names[1], l->words[j], l->lens[j]))
			return j;

	for (size_t j = 0; j < ARRAY_SIZE(runners); j++) {
		if (!cl_starts_with(base, runners[j]))
			continue;
		while (i < l->n_words && *l->words[i] == '-')
			i++;
		return i < l->n_words ? i : 0;
	}
	return 0;
}

static void look_at(struct look *l, const struct cl_observation *obs, const struct cl_process *p)
{
	size_t script;

	*l = (struct look){.obs = obs, .process = p, .names = {obs->exe}};
	if (!obs->exe)
		return;
	split_command(l, obs->command);
	if (obs->filename && strcmp(obs->filename, obs->exe))
		l->names[1] = obs->filename;
	script = script_word(l);
	if (script) {
		snprintf(l->script, sizeof(l->script), "%.*s", (int)l->lens[script], l->words[script]);
		l->names[2] = l->script;
		memmove(l->words, l->words + script, (l->n_words - script) * sizeof(l->words[0]));
		memmove(l->lens, l->lens + script, (l->n_words - script) * sizeof(l->lens[0]));
		l->n_words -= script;
	} else if (obs->program) {
		l->names[2] = obs->program;
	}
	for (size_t i = 0; i < ARRAY_SIZE(l->names); i++)
		l->bases[i] = l->names[i] ? cl_basename(l->names[i]) : NULL;
}

static bool is_among(const char *const *list, const char *name)
{
	for (; name && *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

static bool runs(const struct look *l, const char *const *programs)
{
	for (size_t i = 0; i < ARRAY_SIZE(l->names); i++)
		if (is_among(programs, l->bases[i]))
			return true;
	return false;
}

static bool lies_in(const struct look *l, const char *const *parts)
{
	for (size_t i = 0; i < ARRAY_SIZE(l->names); i++)
		for (const char *const *part = parts; l->names[i] && *part; part++)
			if (strstr(l->names[i], *part))
				return true;
	return false;
}

static bool process_runs(const struct cl_process *p, const char *const *programs)
{
	return (p->exe && is_among(programs, cl_basename(p->exe))) ||
	       (p->script && is_among(programs, cl_basename(p->script))) ||
	       (p->program && is_among(programs, cl_basename(p->program)));
}

static bool started_by(const struct look *l, const char *const *programs)
{
	return l->process && l->process->parent && process_runs(l->process->parent, programs) && !runs(l, programs);
}

static bool is_below(const struct look *l, const char *const *programs)
{
	const struct cl_process *up = l->process ? l->process->parent : NULL;

	for (int i = 0; up && i < ANCESTORS_MAX; i++, up = up->parent)
		if (process_runs(up, programs))
			return true;
	return false;
}

/* ---- conditions ---- */

static bool value_fits(const char *value, const char *wanted)
{
	size_t n = strlen(wanted);
	bool open_front = *wanted == '*', open_end = n > 1 && wanted[n - 1] == '*';
	char word[256];

	if (!open_front && !open_end)
		return !strcasecmp(value, wanted);
	snprintf(word, sizeof(word), "%.*s", (int)(n - open_front - open_end), wanted + open_front);
	n = strlen(word);
	if (open_front && open_end)
		return strcasestr(value, word);
	if (open_end)
		return !strncasecmp(value, word, n);
	return strlen(value) >= n && !strcasecmp(value + strlen(value) - n, word);
}

/* A variable that is set twice counts as it is set first, as it does for the process itself. */
static bool holds(const struct cl_observation *obs, const char *condition)
{
	size_t len = strcspn(condition, "=");
	char name[130];
	const char *value;

	snprintf(name, sizeof(name), "%.*s", (int)len, condition);
	value = cl_obs_var(obs, name);
	return value && (!condition[len] || value_fits(value, condition + len + 1));
}

static bool all_hold(const struct cl_observation *obs, const char *const *list)
{
	for (; *list; list++)
		if (!holds(obs, *list))
			return false;
	return true;
}

static bool any_holds(const struct cl_observation *obs, const char *const *list)
{
	for (; *list; list++)
		if (holds(obs, *list))
			return true;
	return false;
}

static bool any_cgroup(const char *const *patterns, const char *path, struct cl_scope *scope)
{
	for (; path && *patterns; patterns++)
		if (cl_pattern_path(*patterns, path, scope))
			return true;
	return false;
}

static bool clause_holds(const struct cl_clause *c, const struct look *l, struct cl_scope *scope)
{
	const struct cl_observation *obs = l->obs;

	return (!c->all || all_hold(obs, c->all)) && (!c->any || any_holds(obs, c->any)) &&
	       (!c->none || !any_holds(obs, c->none)) && (!c->programs || runs(l, c->programs)) &&
	       (!c->paths || lies_in(l, c->paths)) && (!c->started_by || started_by(l, c->started_by)) &&
	       (!c->below || is_below(l, c->below)) &&
	       (!c->command || cl_pattern_command(c->command, l->words, l->lens, l->n_words, scope)) &&
	       (!c->cgroups || any_cgroup(c->cgroups, obs->cgroup, scope));
}

/*
 * An agent's variables are inherited by the next agent that is started in it, whose program says nothing of whose they
 * are; what a job runs is the job's.
 */
static bool names_the_run(const struct cl_clause *c, const struct cl_recogniser *row)
{
	return row->kind != CL_RUN_AGENT || c->all || c->any || c->command || c->cgroups;
}

/* ---- entries ---- */

static uint32_t rank(const struct cl_recogniser *row)
{
	static const uint8_t ranks[] = {
		[CL_RUN_SESSION] = 0, [CL_RUN_UNIT] = 1,  [CL_RUN_CONTAINER] = 2, [CL_RUN_POD] = 2,
		[CL_RUN_CI_JOB] = 3,  [CL_RUN_BATCH] = 3, [CL_RUN_AGENT] = 4};

	return 2u * (row->kind < sizeof(ranks) ? ranks[row->kind] : 5u) + row->generic;
}

/* Keeps the order: outer first, then that of the list. A further clause of the last entry can only name its run. */
static size_t enter(struct cl_match *out, size_t n, const struct cl_match *m)
{
	size_t at = n;

	for (size_t i = 0; i < n; i++) {
		if (out[i].row != m->row)
			continue;
		if (!out[i].named && m->named)
			out[i] = *m;
		return n;
	}
	if (n == CL_MATCHES)
		return n;
	while (at && rank(out[at - 1].row) > rank(m->row))
		at--;
	memmove(out + at + 1, out + at, (n - at) * sizeof(*out));
	out[at] = *m;
	return n + 1;
}

static size_t without_generic(struct cl_match *out, size_t n)
{
	uint32_t kinds = 0;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (out[i].row->generic && kinds >> out[i].row->kind & 1)
			continue;
		kinds |= 1u << out[i].row->kind;
		out[kept++] = out[i];
	}
	return kept;
}

static void find_by_name(const struct cl_triggers *t, const char *path, struct cl_clause_set *out)
{
	const char *base = path ? cl_basename(path) : NULL;

	if (base)
		cl_triggers_find(t, base, strlen(base), out);
}

/* The program that the command line begins with, which may be a script. */
static void find_by_command(const struct cl_triggers *t, const struct look *l, struct cl_clause_set *out)
{
	const char *word = l->n_words ? l->words[0] : NULL, *slash = word ? memrchr(word, '/', l->lens[0]) : NULL;
	const char *base = slash ? slash + 1 : word;

	if (base)
		cl_triggers_find(t, base, l->lens[0] - (size_t)(base - word), out);
}

/* Every clause that can hold, and few others. */
static void find_clauses(const struct cl_recognisers *r, const struct look *l, struct cl_clause_set *out)
{
	const struct cl_process *parent = l->process ? l->process->parent : NULL;
	const struct cl_var *vars = l->obs->vars;

	*out = r->always;
	for (size_t i = 0; i < l->obs->n_vars; i++)
		if (vars[i].name)
			cl_triggers_find(&r->variables, vars[i].name, strlen(vars[i].name), out);
	for (size_t i = 0; i < ARRAY_SIZE(l->names); i++) {
		if (!l->names[i])
			continue;
		cl_triggers_find(&r->programs, l->bases[i], strlen(l->bases[i]), out);
		cl_parts_find(&r->paths, l->names[i], out);
	}
	if (parent) {
		find_by_name(&r->starters, parent->exe, out);
		find_by_name(&r->starters, parent->script, out);
		find_by_name(&r->starters, parent->program, out);
	}
	find_by_command(&r->commands, l, out);
	if (l->obs->cgroup)
		cl_parts_find(&r->cgroups, l->obs->cgroup, out);
}

size_t cl_recognisers_match(const struct cl_recognisers *r, const struct cl_observation *obs,
			    const struct cl_process *p, struct cl_match out[CL_MATCHES])
{
	struct cl_clause_set set;
	struct look l;
	size_t n = 0;

	look_at(&l, obs, p);
	find_clauses(r, &l, &set);
	for (size_t word = 0; word < CL_CLAUSE_WORDS; word++) {
		for (uint64_t left = set.bits[word]; left; left &= left - 1) {
			size_t i = 64 * word + (size_t)__builtin_ctzll(left);
			const struct cl_recogniser *row = r->rows[r->row_of[i]];
			struct cl_match m = {.row = row,
					     .named = names_the_run(r->clauses[i], row),
					     .scope = {.obs = obs, .process = p}};

			if (clause_holds(r->clauses[i], &l, &m.scope))
				n = enter(out, n, &m);
		}
	}
	return without_generic(out, n);
}

uint32_t cl_recognisers_instead(const struct cl_recognisers *r, const char *cgroup)
{
	uint32_t kinds = 0;

	for (size_t i = 0; i < r->n_clauses; i++) {
		const struct cl_recogniser *row = r->rows[r->row_of[i]];
		struct cl_scope scope = {0};

		if (row->instead_of && r->clauses[i]->cgroups && any_cgroup(r->clauses[i]->cgroups, cgroup, &scope))
			kinds |= 1u << row->instead_of;
	}
	return kinds;
}
