/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One credential in two environments: it is used in runs that are labelled with different ones, or a program that took
 * it itself (read it, was given it) connects to a place that is labelled with another one than that run, than another
 * run that used it, or than a place that it went to before. Labels come from policy, else from the run's own word; what
 * has no label is in no environment. Always High. One finding per credential and pair of environments.
 *
 * Where a credential went is known since the start of the monitor; in which runs it was, across restarts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/text.h"
#include "detect/detector.h"
#include "detect/snapshot.h"

#define CREDENTIALS_MAX 4096
#define LABELS_MAX 8 /* of one credential's places */

/* The first run that used it toward a place so labelled. */
struct label {
	char *name, *run;
};

struct gone {
	uint8_t fp[CL_FP_SIZE];
	struct label labels[LABELS_MAX];
	size_t n;
	UT_hash_handle hh;
};

static void drop(struct gone **table, struct gone *g)
{
	HASH_DEL(*table, g);
	for (size_t i = 0; i < g->n; i++) {
		free(g->labels[i].name);
		free(g->labels[i].run);
	}
	free(g);
}

static int start(void **state)
{
	*state = calloc(1, sizeof(struct gone *));
	return *state ? 0 : -ENOMEM;
}

static void stop(void **state)
{
	struct gone **table = *state;

	while (table && *table)
		drop(table, *table);
	free(TAKE_PTR(*state));
}

static struct gone *find(struct gone *table, const struct cl_credential *c)
{
	struct gone *g = NULL;

	HASH_FIND(hh, table, c->fp, CL_FP_SIZE, g);
	return g;
}

static int enter(struct gone **table, const struct cl_credential *c, struct gone **out)
{
	struct gone *g;

	while (HASH_COUNT(*table) >= CREDENTIALS_MAX)
		drop(table, *table);
	g = calloc(1, sizeof(*g));
	if (!g)
		return -ENOMEM;
	memcpy(g->fp, c->fp, CL_FP_SIZE);
	HASH_ADD(hh, *table, fp, CL_FP_SIZE, g);
	if (!cl_table_added(g)) {
		free(g);
		return -ENOMEM;
	}
	*out = g;
	return 0;
}

static int note(struct gone **table, const struct cl_use *use, const char *name)
{
	struct gone *g = find(*table, use->credential);
	struct label label = {NULL, NULL};
	int r = g ? 0 : enter(table, use->credential, &g);

	if (r)
		return r;
	for (size_t i = 0; i < g->n; i++)
		if (!strcmp(g->labels[i].name, name))
			return 0;
	if (g->n == LABELS_MAX)
		return 0;
	r = cl_dup_bounded(&label.name, name, CL_NAME_SHOWN);
	r = r ? r : cl_dup_bounded(&label.run, use->run.id, CL_NAME_SHOWN);
	if (r) {
		free(label.name);
		return r;
	}
	g->labels[g->n++] = label;
	return 0;
}

/* ---- judgement ---- */

/* One credential, here and there; `use` is what happened just now, `before` may be the same. */
static int compare(struct cl_detect *d, const struct cl_use *before, const char *there, const struct cl_use *use,
		   const char *here)
{
	_cleanup_text_ struct cl_text detail = {0};
	struct cl_fact fact = {.credential = use->credential, .sides = {before}, .severity = CL_SEVERITY_HIGH};
	bool swap;
	int r;

	if (!there || !here || !strcmp(there, here) || cl_detect_allows(d, before, use))
		return 0;
	swap = strcmp(there, here) > 0;
	fact.compared[0] = swap ? here : there;
	fact.compared[1] = swap ? there : here;
	fact.sides[1] = before == use ? NULL : use;
	fact.latest[before == use ? 0 : 1] = true;
	r = cl_text_printf(&detail, "%s and %s", there, here);
	fact.detail = cl_text_str(&detail);
	return r ? r : cl_detect_report(d, &cl_detector_cross_environment_reuse, &fact);
}

/* The label of the place that it has just gone to with it; NULL: none. */
static const char *label_of_place(const struct cl_detect *d, const struct cl_use *use)
{
	const struct cl_act *a = cl_use_last(use);

	if (a->how != CL_USE_CONNECT || a->inherited || !a->process || !a->destination ||
	    cl_detect_came(d, a->process->key, use->credential->fp) == CL_CAME_ALONG)
		return NULL;
	for (size_t i = 0; i < use->n_destinations; i++) {
		const struct cl_destination *to = &use->destinations[i];

		if (cl_ends_with(to->id, a->destination))
			return cl_detect_environment_of(d, to->address, to->port, (const char *const *)to->hosts);
	}
	return NULL;
}

static int compare_runs(struct cl_detect *d, const struct cl_use *use, const char *mine, const char *place)
{
	int r = 0;

	for (const struct cl_use *o = use->credential->uses; o && !r; o = o->next) {
		if (o == use || !o->used || o->reached)
			continue;
		r = compare(d, o, cl_detect_environment(d, o), use, mine);
		r = r ? r : compare(d, o, cl_detect_environment(d, o), use, place);
	}
	return r;
}

static int compare_places(struct cl_detect *d, const struct gone *g, const struct cl_use *use, const char *mine,
			  const char *place)
{
	int r = 0;

	for (size_t i = 0; g && i < g->n && !r; i++) {
		const struct cl_use *o = cl_credential_use_in(use->credential, g->labels[i].run);

		if (!o)
			continue;
		r = compare(d, o, g->labels[i].name, use, mine);
		r = r ? r : compare(d, o, g->labels[i].name, use, place);
	}
	return r;
}

static int on_use(struct cl_detect *d, void *state, const struct cl_use *use)
{
	struct gone **table = state;
	const char *mine, *place;
	int r;

	if (!use->used || use->reached)
		return 0;
	mine = cl_detect_environment(d, use);
	place = label_of_place(d, use);
	if (!mine && !place)
		return 0;
	r = compare(d, use, mine, use, place);
	r = r ? r : compare_runs(d, use, mine, place);
	r = r ? r : compare_places(d, find(*table, use->credential), use, mine, place);
	return r || !place ? r : note(table, use, place);
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	int r = cl_say_credential(out, fact->credential);

	r = r ? r : cl_text_puts(out, " is used in two environments");
	r = r || !fact->detail ? r : cl_text_printf(out, ", %s", fact->detail);
	for (size_t i = 0; i < 2 && fact->sides[i] && !r; i++) {
		r = cl_text_puts(out, i ? ", and in " : ": in ");
		r = r ? r : cl_say_side(out, fact, i);
	}
	return r;
}

const struct cl_detector cl_detector_cross_environment_reuse = {
	.id = "cross-environment-reuse",
	.title = "Credential used in two environments",
	.start = start,
	.stop = stop,
	.use = on_use,
	.describe = describe,
};
