/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A credential goes to a place where it does not belong. It belongs where its provider is (providers.json, by the names
 * under which the place was asked for), where policy and its run's declaration let it go, and where it was used toward
 * while its usual places were learned (usual.h). Learned is for at most a day, within the run that used it first:
 *   of a kind whose provider is known   by the process that used it first, and by its forked children
 *   of any other kind                   by every program of that run
 * What its program goes to all the time (CL_USUAL_PLACES and more) tells nothing any more when that program does it.
 *
 * Whose act is it? Only of a process that took the credential itself: read it, has it on its command line, or was given
 * it in a variable alone. What was inherited, what stood in the environment in which the run began, what whoever started
 * it gives to other programs, too, what it got by looking into another process (process-scrape), and what came after the
 * connection was made is held against nobody. One of its credentials that belongs there explains the connection.
 *
 * What its run was declared to need outweighs all of that: within it every place is right, outside of it none is, for
 * whatever the process holds.
 *
 * Not a place that a secret is sent to: unix sockets, services that hand credentials out, name and time services.
 *
 * Medium. Low where the program and the work are those that used it first, no other work has had it, and nobody knows
 * where such a credential belongs; and toward a public address as long as no name of any was seen here: such addresses change by the hour.
 * One finding per run, however many credentials and new places: it is about the first of both.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "credlineage/event.h"
#include "detect/incidents.h"
#include "detect/outlet.h"
#include "detect/providers.h"
#include "detect/usual.h"

#define LEARNING_NS (24 * 3600 * CL_NS_PER_S)
#define CREDENTIALS_MAX 8192
#define HOLDING_MAX 64
#define NAMES_ASKED 4
#define PROVIDERS_USED 2 /* a program that takes those of more providers at once shows nothing about any of them */

struct state {
	cJSON *providers;
	struct cl_usuals usuals;
	struct cl_incident *incidents;
	struct cl_giver *givers;
	bool named; /* names of public addresses are seen here */
};

/* The connect in hand. */
struct outlet {
	struct cl_detect *d;
	struct state *st;
	const struct cl_observation *obs;
	const struct cl_process *actor;
	char place[CL_POLICY_DESTINATION];
	uint8_t fps[HOLDING_MAX][CL_FP_SIZE];
	size_t n;
	char names[256];
	const char *hosts[NAMES_ASKED + 1]; /* the same as a list */
	enum cl_permit permit;		    /* of its run's declaration */
};

/* ---- what it keeps ---- */

static void stop(void **state)
{
	struct state *st = TAKE_PTR(*state);

	if (!st)
		return;
	cl_incidents_free(&st->incidents);
	cl_givers_free(&st->givers);
	cl_usuals_free(&st->usuals);
	cJSON_Delete(st->providers);
	free(st);
}

static int start(void **state)
{
	struct state *st = calloc(1, sizeof(*st));
	int r = st ? cl_providers_load(&st->providers, NULL) : -ENOMEM;

	if (r) {
		free(st);
		return r;
	}
	st->usuals.max = CREDENTIALS_MAX;
	*state = st;
	return 0;
}

/* ---- who was given it ---- */

static int on_exec(struct cl_detect *d, struct state *st, const struct cl_observation *obs,
		   const struct cl_process *actor)
{
	const char *program = cl_process_program(actor);
	int r = 0;

	for (size_t i = 0; i < obs->n_sightings && !r; i++)
		if (cl_detect_came(d, actor->key, obs->sightings[i].fp) == CL_CAME_GIVEN)
			r = cl_givers_note(&st->givers, actor->parent_key, obs->sightings[i].fp,
					   program ? cl_fnv1a(program, strlen(program)) : 0);
	return r;
}

static bool took(const struct outlet *o, const uint8_t fp[CL_FP_SIZE])
{
	switch (cl_detect_came(o->d, o->actor->key, fp)) {
	case CL_CAME_TAKEN:
		return true;
	case CL_CAME_GIVEN:
		return !cl_givers_widely(o->st->givers, o->actor->parent_key, fp);
	default:
		return false;
	}
}

/* ---- judgement ---- */

static bool belongs(const struct outlet *o, const struct cl_credential *c)
{
	return cl_providers_own(o->st->providers, c->provider, o->obs->names) ||
	       cl_usual_knows(cl_usual_find(&o->st->usuals, c), o->place, o->obs->names);
}

static bool is_explained(const struct outlet *o)
{
	const struct cl_credential *c;

	for (size_t i = 0; i < o->n; i++) {
		c = cl_detect_credential(o->d, o->fps[i]);
		if (c && belongs(o, c))
			return true;
	}
	return false;
}

static bool same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool is_first_program(const struct outlet *o, const struct cl_usual *u)
{
	return same_text(u->program, cl_process_program(o->actor));
}

static bool may_learn(const struct outlet *o, const struct cl_credential *c, const struct cl_usual *u, bool crowd)
{
	bool provided = cl_providers_has(o->st->providers, c->provider);

	if (!u)
		return !provided || !crowd;
	if (!same_text(u->run, o->actor->run->id) || cl_detect_now(o->d) > u->since + LEARNING_NS)
		return false;
	return !provided || (is_first_program(o, u) && (cl_key_equal(u->process, o->actor->key) ||
							cl_key_equal(u->process, o->actor->parent_key)));
}

static bool is_crowd(const struct outlet *o)
{
	const char *seen[PROVIDERS_USED];
	size_t n = 0, j;

	for (size_t i = 0; i < o->n; i++) {
		const struct cl_credential *c = cl_detect_credential(o->d, o->fps[i]);

		if (!c || !took(o, o->fps[i]) || !cl_providers_has(o->st->providers, c->provider))
			continue;
		for (j = 0; j < n && strcmp(seen[j], c->provider); j++)
			;
		if (j == PROVIDERS_USED)
			return true;
		if (j == n)
			seen[n++] = c->provider;
	}
	return false;
}

/* The run in which the credential was used first, and whether this one does the same work. */
static const struct cl_use *first_use(const struct cl_credential *c, const struct cl_usual *u)
{
	return u && u->run ? cl_credential_use_in(c, u->run) : NULL;
}

static bool had_by_others(const struct cl_credential *c, const char *workflow)
{
	for (const struct cl_use *u = c->uses; u; u = u->next)
		if (!cl_run_is_ambient(u->run.kind) && strcmp(u->run.workflow, workflow))
			return true;
	return false;
}

static uint32_t severity(const struct outlet *o, const struct cl_credential *c, const struct cl_usual *u)
{
	const struct cl_use *first = first_use(c, u);

	if (o->permit == CL_PERMIT_NO)
		return CL_SEVERITY_MEDIUM;
	if (!o->obs->names && cl_outlet_is_public(o->obs) && !o->st->named)
		return CL_SEVERITY_LOW;
	if (u && !cl_providers_has(o->st->providers, c->provider) && is_first_program(o, u) && first &&
	    same_text(first->run.workflow, o->actor->run->workflow) && !had_by_others(c, first->run.workflow))
		return CL_SEVERITY_LOW;
	return CL_SEVERITY_MEDIUM;
}

static int words(const struct outlet *o, const struct cl_usual *u, size_t others, struct cl_text *out)
{
	int r = 0;

	if (o->obs->names)
		r = cl_text_printf(out, " (asked for as %s)", o->obs->names);
	if (!r && o->permit == CL_PERMIT_NO)
		r = cl_text_puts(out, ", which its run was not declared to need");
	if (!r && u && u->n) {
		r = cl_text_puts(out, "; until then it went to ");
		r = r ? r : cl_usual_say(u, out);
	}
	if (!r && others)
		r = cl_text_printf(out, "; so did %zu more credential%s", others, others == 1 ? "" : "s");
	return r;
}

static int report(const struct outlet *o, const struct cl_credential *suspect, size_t others)
{
	struct cl_incident *i = cl_incident_of(o->st->incidents, o->actor->run->id);
	const struct cl_credential *c = i ? cl_detect_credential(o->d, i->fp) : NULL;
	const struct cl_use *use = c ? cl_credential_use_in(c, o->actor->run->id) : NULL, *first;
	const struct cl_usual *u;
	_cleanup_text_ struct cl_text detail = {0};
	struct cl_fact fact = {.latest = {false}};
	int r = 0;

	if (!use) {
		c = suspect;
		use = cl_credential_use_in(c, o->actor->run->id);
		r = use && !i ? cl_incident_new(&o->st->incidents, o->actor->run->id, c->fp, o->place, &i) : 0;
	}
	if (r || !use)
		return r;
	u = cl_usual_find(&o->st->usuals, c);
	first = first_use(c, u);
	fact.compared[0] = use->run.workflow;
	fact.compared[1] = i->place;
	fact.credential = c;
	fact.severity = severity(o, c, u);
	fact.sides[0] = first && first != use ? first : use;
	fact.sides[1] = first && first != use ? use : NULL;
	fact.latest[fact.sides[1] ? 1 : 0] = true;
	r = words(o, u, others, &detail);
	fact.detail = cl_text_str(&detail);
	return r ? r : cl_detect_report(o->d, &cl_detector_new_destination, &fact);
}

static bool is_allowed(const struct outlet *o, const struct cl_credential *c)
{
	const struct cl_use *use = cl_credential_use_in(c, o->actor->run->id);

	return cl_detect_allows_place(o->d, c, o->actor->run->id, o->place) ||
	       (use && cl_detect_may_reach(o->d, use, o->obs->address, o->obs->port, o->hosts));
}

/* Each credential that it took either learns the place or is one that does not belong there. */
static int judge(const struct outlet *o)
{
	const struct cl_credential *suspect = NULL, *learning[HOLDING_MAX];
	bool crowd = is_crowd(o);
	size_t n = 0, suspects = 0;
	int r = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct cl_credential *c = cl_detect_credential(o->d, o->fps[i]);
		const struct cl_usual *u = c ? cl_usual_find(&o->st->usuals, c) : NULL;

		if (!c || !took(o, o->fps[i]))
			continue;
		if (may_learn(o, c, u, crowd)) {
			learning[n++] = c;
		} else if (u && !o->obs->since && !(cl_usual_is_full(u) && is_first_program(o, u)) &&
			   !is_allowed(o, c)) {
			suspect = suspect ? suspect : c;
			suspects++;
		}
	}
	if (suspect)
		return report(o, suspect, suspects - 1);
	for (size_t i = 0; i < n && !r; i++)
		r = cl_usual_learn(&o->st->usuals, o->d, learning[i], o->actor, o->place, o->obs->names);
	return r;
}

/*
 * Where it is right to go is learned, too: who goes there first is the one from whom others are told. By what its run
 * declared, as any other place; at a provider, what belongs to that provider.
 */
static int teach(const struct outlet *o)
{
	bool crowd = is_crowd(o), declared = o->permit == CL_PERMIT_YES, learns;
	int r = 0;

	for (size_t i = 0; i < o->n && !r; i++) {
		const struct cl_credential *c = cl_detect_credential(o->d, o->fps[i]);
		const struct cl_usual *u = c ? cl_usual_find(&o->st->usuals, c) : NULL;

		if (!c || !took(o, o->fps[i]))
			continue;
		learns = declared ? may_learn(o, c, u, crowd)
				  : !u && !crowd && cl_providers_own(o->st->providers, c->provider, o->obs->names);
		if (learns && !cl_usual_knows(u, o->place, o->obs->names))
			r = cl_usual_learn(&o->st->usuals, o->d, c, o->actor, o->place, o->obs->names);
	}
	return r;
}

/* What policy says of a credential goes before what its run declared of itself. */
static int judge_undeclared(const struct outlet *o)
{
	const struct cl_credential *suspect = NULL;
	size_t suspects = 0;

	for (size_t i = 0; i < o->n && !o->obs->since; i++) {
		const struct cl_credential *c = cl_detect_credential(o->d, o->fps[i]);

		if (!c || is_allowed(o, c))
			continue;
		suspect = suspect ? suspect : c;
		suspects++;
	}
	return suspect ? report(o, suspect, suspects - 1) : 0;
}

static void list_names(struct outlet *o)
{
	char *at = o->names, *name;
	size_t n = 0;

	/* Half a name is another name. */
	if (o->obs->names && strlen(o->obs->names) < sizeof(o->names))
		memcpy(o->names, o->obs->names, strlen(o->obs->names) + 1);
	while (n < NAMES_ASKED && (name = strsep(&at, " ")))
		if (*name)
			o->hosts[n++] = name;
}

static int on_connect(struct cl_detect *d, struct state *st, const struct cl_observation *obs,
		      const struct cl_process *actor)
{
	struct outlet o = {.d = d, .st = st, .obs = obs, .actor = actor};

	st->named |= obs->names && cl_outlet_is_public(obs);
	o.n = cl_detect_holding(d, actor->key, o.fps, HOLDING_MAX);
	if (!o.n)
		return 0;
	cl_policy_place(obs->address, obs->port, false, o.place);
	list_names(&o);
	o.permit = cl_run_allows_destination(actor->run, obs->address, obs->port, o.hosts);
	if (o.permit == CL_PERMIT_NO)
		return judge_undeclared(&o);
	return o.permit == CL_PERMIT_YES || is_explained(&o) ? teach(&o) : judge(&o);
}

static int observe(struct cl_detect *d, void *state, const struct cl_observation *obs, const struct cl_process *actor)
{
	struct state *st = state;

	if (obs->kind == CL_OBS_KNOWN_DESTINATIONS)
		return cl_usual_restore(&st->usuals, obs);
	if (obs->kind == CL_OBS_EXEC && actor)
		return on_exec(d, st, obs, actor);
	return actor && cl_outlet_is_one(obs) ? on_connect(d, st, obs, actor) : 0;
}

static int describe(const struct cl_fact *fact, struct cl_text *out)
{
	size_t there = fact->sides[1] ? 1 : 0;
	int r = cl_say_credential(out, fact->credential);

	r = r ? r : cl_text_puts(out, " goes where it does not belong: in ");
	r = r ? r : cl_say_side(out, fact, there);
	return r || !fact->detail ? r : cl_text_puts(out, fact->detail);
}

const struct cl_detector cl_detector_new_destination = {
	.id = "new-destination",
	.title = "Credential goes to a new destination",
	.start = start,
	.stop = stop,
	.observe = observe,
	.describe = describe,
};
