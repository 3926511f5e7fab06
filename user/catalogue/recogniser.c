/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads workflow recognisers: "workflows" of catalogue files, "recognisers" of the configuration's section "workflows".
 * ENTRY
 *   id           required; an entry with an id that exists replaces that entry
 *   system       required; for people
 *   kind         required; "ci-job", "batch", "agent", "unit", "container", "pod", "session". Of several entries that
 *                match, sessions are outermost, then units, containers and pods, jobs, agents
 *   when         required; a list of 1 to 8 clauses, one of which must hold. CLAUSE, everything in it must hold:
 *     all, any, none   conditions on environment variables: "NAME" (set, not empty), "NAME=value" in either case of
 *                letters; a "*" at either end of the value stands for anything
 *     programs   basenames of the executable, of the script or of what an interpreter runs; one of them
 *     paths      parts of the path of one of these; one of them
 *     started_by basenames of the program that started it, unless it is such a program itself
 *     below      basenames of programs, one of which is above it
 *     command    words of the command line with a blank between: a literal word ("run"), "{name}" with literals around
 *                it ("kernel-{id}.json": takes a part of the word), "..." for any words. A word is compared by its
 *                basename when the pattern's has no slash. The first word is the program, or the script of an interpreter
 *     cgroups    patterns of the cgroup's path; one of them: components with "*" for anything and {name} that takes a
 *                part, and "**" for any components
 *   workflow     required; TEMPLATE of the stable name of the work
 *   run_id       TEMPLATE; absent or not expanding: made from the first process
 *   repository, job, attempt, environment   TEMPLATES
 *   worker       basename of the program that lives as long as the job and starts its steps
 *   instead_of   "unit" or "container": the cgroup that the pattern knows is not also such a one
 *   generic      true: only where no other entry of its kind matches
 *   alone        true: opens no run within another task
 *   disabled     true: the entry is taken out
 * TEMPLATE: text with {NAME} for a variable's value or {.name} for what a pattern took. {A|B} takes the first that is
 * there, {A|=text} falls back to the text. After a name: "^c" what stands before the first character c, "%" without what
 * Kubernetes appends to the names of what it makes, "#member" a text member of the JSON object in it. {.uid}, {.program}
 * and {.command} are always there. A template with a name that has no value does not expand.
 *
 * A variable that is used is kept with the process (cut, redacted): names that say that a secret is in it are refused.
 */
#include "catalogue/recogniser.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "catalogue/data.h"
#include "catalogue/entry.h"
#include "catalogue/recogniser_check.h"
#include "event/run_kind.h"

#define ARENA_MAX (4u << 20)
#define ENTRY_BYTES 32768 /* of an entry as text */

struct cl_recogniser_list {
	struct cl_arena *arena;
	const struct cl_recogniser *rows[CL_RECOGNISERS_MAX];
	const char *taken[CL_RECOGNISERS_MAX];
	size_t n, n_taken, clauses;
};

/* ---- members ---- */

static int get_list(const struct cl_entry_input *in, const cJSON *clause, const char *key,
		    const char *(*check)(const char *), const char *const **out)
{
	const char **list = NULL;
	size_t n;
	int r = cl_entry_list(in, clause, key, &list, &n);

	for (size_t i = 0; !r && i < n; i++)
		if (check(list[i]))
			r = cl_entry_bad(in, key, check(list[i]));
	*out = list;
	return r;
}

static int get_text(const struct cl_entry_input *in, const cJSON *entry, const char *key, bool required,
		    const char *(*check)(const char *), const char **out)
{
	int r = cl_entry_string(in, entry, key, required, out);

	return !r && *out && check(*out) ? cl_entry_bad(in, key, check(*out)) : r;
}

static int get_clause(const struct cl_entry_input *in, const cJSON *clause, struct cl_clause *c)
{
	static const char *const keys[] = {"all",	 "any",	  "none",    "programs", "paths",
					   "started_by", "below", "command", "cgroups"};
	int r;

	if (!cJSON_IsObject(clause))
		return cl_entry_bad(in, "when", "holds something that is not an object");
	(void)((r = cl_entry_keys(in, clause, keys, ARRAY_SIZE(keys))) ||
	       (r = get_list(in, clause, "all", cl_recogniser_check_condition, &c->all)) ||
	       (r = get_list(in, clause, "any", cl_recogniser_check_condition, &c->any)) ||
	       (r = get_list(in, clause, "none", cl_recogniser_check_condition, &c->none)) ||
	       (r = get_list(in, clause, "programs", cl_recogniser_check_basename, &c->programs)) ||
	       (r = get_list(in, clause, "paths", cl_recogniser_check_part, &c->paths)) ||
	       (r = get_list(in, clause, "started_by", cl_recogniser_check_basename, &c->started_by)) ||
	       (r = get_list(in, clause, "below", cl_recogniser_check_basename, &c->below)) ||
	       (r = get_text(in, clause, "command", false, cl_recogniser_check_command, &c->command)) ||
	       (r = get_list(in, clause, "cgroups", cl_recogniser_check_cgroup, &c->cgroups)));
	if (r)
		return r;
	if (!c->all && !c->any && !c->programs && !c->paths && !c->started_by && !c->command && !c->cgroups)
		return cl_entry_bad(in, "when", "holds a clause that asks nothing of the process itself");
	return 0;
}

static int get_when(const struct cl_entry_input *in, const cJSON *entry, struct cl_recogniser *row)
{
	const cJSON *when = cJSON_GetObjectItemCaseSensitive(entry, "when"), *clause;
	int n = cJSON_GetArraySize(when), r = 0;
	struct cl_clause *list;

	if (!cJSON_IsArray(when) || n < 1 || n > CL_CLAUSES_MAX)
		return cl_entry_bad(in, "when", "is not a list of 1 to 8 clauses");
	list = cl_arena_alloc(in->arena, (size_t)n * sizeof(*list));
	if (!list)
		return -ENOMEM;
	cJSON_ArrayForEach (clause, when)
		r = r ? r : get_clause(in, clause, &list[row->n_when++]);
	row->when = list;
	return r;
}

static int get_kind(const struct cl_entry_input *in, const cJSON *entry, struct cl_recogniser *row)
{
	const cJSON *kind = cJSON_GetObjectItemCaseSensitive(entry, "kind");
	const cJSON *instead = cJSON_GetObjectItemCaseSensitive(entry, "instead_of");

	row->kind = cJSON_IsString(kind) ? cl_run_kind_parse(kind->valuestring) : 0;
	if (!row->kind || row->kind == CL_RUN_HOST || row->kind == CL_RUN_DECLARED)
		return cl_entry_bad(in, "kind", "is none of session, unit, container, pod, ci-job, batch, agent");
	if (!instead)
		return 0;
	row->instead_of = cJSON_IsString(instead) ? cl_run_kind_parse(instead->valuestring) : 0;
	return row->instead_of == CL_RUN_UNIT || row->instead_of == CL_RUN_CONTAINER
		       ? 0
		       : cl_entry_bad(in, "instead_of", "is neither \"unit\" nor \"container\"");
}

static int read_row(const struct cl_entry_input *in, const cJSON *entry, struct cl_recogniser *row)
{
	int r;

	(void)((r = cl_entry_string(in, entry, "system", true, &row->system)) || (r = get_kind(in, entry, row)) ||
	       (r = get_when(in, entry, row)) ||
	       (r = get_text(in, entry, "workflow", true, cl_recogniser_check_template, &row->workflow)) ||
	       (r = get_text(in, entry, "run_id", false, cl_recogniser_check_template, &row->run_id)) ||
	       (r = get_text(in, entry, "repository", false, cl_recogniser_check_template, &row->repository)) ||
	       (r = get_text(in, entry, "job", false, cl_recogniser_check_template, &row->job)) ||
	       (r = get_text(in, entry, "attempt", false, cl_recogniser_check_template, &row->attempt)) ||
	       (r = get_text(in, entry, "environment", false, cl_recogniser_check_template, &row->environment)) ||
	       (r = get_text(in, entry, "worker", false, cl_recogniser_check_basename, &row->worker)) ||
	       (r = cl_entry_bool(in, entry, "generic", &row->generic)) ||
	       (r = cl_entry_bool(in, entry, "alone", &row->alone)));
	return r;
}

/* ---- the list ---- */

static size_t place_of(const struct cl_recogniser_list *l, const char *id)
{
	size_t i = 0;

	while (i < l->n && strcmp(l->rows[i]->id, id))
		i++;
	return i;
}

static void remove_row(struct cl_recogniser_list *l, size_t at)
{
	if (at == l->n)
		return;
	l->clauses -= l->rows[at]->n_when;
	l->n--;
	memmove(&l->rows[at], &l->rows[at + 1], (l->n - at) * sizeof(l->rows[0]));
}

static int put_row(struct cl_recogniser_list *l, const struct cl_recogniser *row)
{
	size_t at = place_of(l, row->id);
	size_t before;

	if (at == CL_RECOGNISERS_MAX)
		return -E2BIG;
	before = at < l->n ? l->rows[at]->n_when : 0;
	if (l->clauses - before + row->n_when > CL_CLAUSES_ALL)
		return -E2BIG;
	l->clauses += row->n_when - before;
	l->rows[at] = row;
	l->n += at == l->n;
	return 0;
}

static int read_entry(struct cl_recogniser_list *l, struct cl_entry_input *in, const cJSON *entry)
{
	static const char *const keys[] = {"id",     "system",	   "kind",	 "when",    "workflow",
					   "run_id", "job",	   "repository", "attempt", "environment",
					   "worker", "instead_of", "generic",	 "alone",   "disabled"};
	struct cl_recogniser *row;
	bool disabled;
	int r;

	in->id = "";
	if (!cJSON_IsObject(entry))
		return cl_entry_bad(in, "workflows", "holds something that is not an object");
	(void)((r = cl_entry_string(in, entry, "id", true, &in->id)) ||
	       (r = cl_entry_keys(in, entry, keys, ARRAY_SIZE(keys))) ||
	       (r = cl_entry_bool(in, entry, "disabled", &disabled)));
	if (r)
		return r;
	if (strlen(in->id) > 64 || in->id[strspn(in->id, "abcdefghijklmnopqrstuvwxyz0123456789-_.")])
		return cl_entry_bad(in, "id", "is not 1 to 64 small letters, digits, dashes, dots");
	if (disabled) {
		remove_row(l, place_of(l, in->id));
		return 0;
	}
	row = cl_arena_alloc(l->arena, sizeof(*row));
	if (!row)
		return -ENOMEM;
	row->id = in->id;
	r = read_row(in, entry, row);
	return r ? r : put_row(l, row);
}

/* What the site says is told on, an entry at a time (CL_OBS_RECOGNISER). */
static int remember(struct cl_recogniser_list *l, const cJSON *entry)
{
	_cleanup_free_ char *text = cJSON_PrintUnformatted(entry);

	if (!text)
		return -ENOMEM;
	if (l->n_taken == CL_RECOGNISERS_MAX || strlen(text) > ENTRY_BYTES)
		return -E2BIG;
	l->taken[l->n_taken] = cl_arena_strdup(l->arena, text);
	return l->taken[l->n_taken++] ? 0 : -ENOMEM;
}

static int take(struct cl_recogniser_list *l, const char *name, const char *text, const cJSON *entries, bool built_in,
		struct cl_error *err)
{
	struct cl_entry_input in = {.arena = l->arena, .name = name, .text = text, .id = "", .err = err};
	const cJSON *entry;
	int r = 0;

	if (!cJSON_IsArray(entries))
		return cl_entry_bad(&in, "workflows", "is not a list");
	cJSON_ArrayForEach (entry, entries) {
		r = read_entry(l, &in, entry);
		if (!r && !built_in)
			r = remember(l, entry);
		if (r)
			break;
	}
	if (r == -E2BIG)
		return cl_fail(err, r,
			       "cannot read catalogue \"%s\": more than %d workflow recognisers, or one too long", name,
			       CL_RECOGNISERS_MAX);
	return r == -ENOMEM ? cl_fail(err, r, "cannot read catalogue \"%s\": out of memory", name) : r;
}

int cl_recogniser_list_take(struct cl_recogniser_list *l, const char *name, const char *text, const cJSON *entries,
			    struct cl_error *err)
{
	return take(l, name, text, entries, false, err);
}

int cl_recogniser_list_take_text(struct cl_recogniser_list *l, const char *name, const char *entry,
				 struct cl_error *err)
{
	_cleanup_json_ cJSON *parsed = NULL, *list = cJSON_CreateArray();
	int r = list ? cl_json_parse(name, entry, strlen(entry), &parsed, err) : -ENOMEM;

	if (r)
		return r;
	if (!cJSON_AddItemToArray(list, parsed))
		return -ENOMEM;
	parsed = NULL;
	return take(l, name, entry, list, false, err);
}

int cl_recogniser_list_bare(struct cl_recogniser_list **out)
{
	_cleanup_(cl_recogniser_list_free) struct cl_recogniser_list *l = calloc(1, sizeof(*l));
	int r = l ? cl_arena_new(&l->arena, ARENA_MAX) : -ENOMEM;

	if (!r)
		*out = TAKE_PTR(l);
	return r;
}

int cl_recogniser_list_new(struct cl_recogniser_list **out, struct cl_error *err)
{
	_cleanup_(cl_recogniser_list_free) struct cl_recogniser_list *l = NULL;
	_cleanup_json_ cJSON *root = NULL;
	static const char name[] = "built-in workflows";
	int r = cl_recogniser_list_bare(&l);

	r = r ? r : cl_json_parse(name, cl_catalogue_workflows_json, strlen(cl_catalogue_workflows_json), &root, err);
	r = r ? r : take(l, name, cl_catalogue_workflows_json, cl_json_at(root, "workflows"), true, err);
	if (!r)
		*out = TAKE_PTR(l);
	return r;
}

void cl_recogniser_list_free(struct cl_recogniser_list **p)
{
	struct cl_recogniser_list *l = TAKE_PTR(*p);

	if (!l)
		return;
	cl_arena_free(&l->arena);
	free(l);
}

const struct cl_recogniser *const *cl_recogniser_list_rows(const struct cl_recogniser_list *l, size_t *n)
{
	*n = l->n;
	return l->rows;
}

const char *const *cl_recogniser_list_taken(const struct cl_recogniser_list *l, size_t *n)
{
	*n = l->n_taken;
	return l->taken;
}
