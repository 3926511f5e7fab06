/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/usual.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "detect/engine.h"
#include "detect/providers.h"
#include "detect/snapshot.h"
#include "lineage/ids.h"

#define SAID_MAX 3

/* ---- the table ---- */

static void drop(struct cl_usuals *t, struct cl_usual *u)
{
	HASH_DEL(t->table, u);
	free(u->run);
	free(u->program);
	free(u->places);
	free(u);
}

void cl_usuals_free(struct cl_usuals *t)
{
	while (t->table)
		drop(t, t->table);
}

static struct cl_usual *find(const struct cl_usuals *t, const uint8_t fp[CL_FP_SIZE])
{
	struct cl_usual *u = NULL;

	HASH_FIND(hh, t->table, fp, CL_FP_SIZE, u);
	return u;
}

/* Values that took each other's place are one credential. */
static const uint8_t *origin(const struct cl_credential *c)
{
	return c->succession.has_origin ? c->succession.origin : c->fp;
}

struct cl_usual *cl_usual_find(const struct cl_usuals *t, const struct cl_credential *c)
{
	return find(t, origin(c));
}

static int enter(struct cl_usuals *t, const uint8_t fp[CL_FP_SIZE], struct cl_usual **out)
{
	struct cl_usual *u;

	while (t->table && HASH_COUNT(t->table) >= t->max) {
		drop(t, t->table);
		t->evicted++;
	}
	u = calloc(1, sizeof(*u));
	if (!u)
		return -ENOMEM;
	memcpy(u->fp, fp, CL_FP_SIZE);
	HASH_ADD(hh, t->table, fp, CL_FP_SIZE, u);
	if (!cl_table_added(u)) {
		free(u);
		return -ENOMEM;
	}
	*out = u;
	return 0;
}

/* uthash keeps the order of insertion: the head is the least recent. */
static void touch(struct cl_usuals *t, struct cl_usual *u)
{
	if (!u->hh.next)
		return;
	HASH_DEL(t->table, u);
	HASH_ADD(hh, t->table, fp, CL_FP_SIZE, u);
}

/* ---- places ---- */

/* A host below a host that is known is the same people's; a name without a dot has no people. */
static bool is_same_host(const char *known, const char *name, size_t len)
{
	if (!*known)
		return false;
	return strchr(known, '.') ? cl_name_is_below(name, len, known)
				  : strlen(known) == len && !memcmp(known, name, len);
}

bool cl_usual_knows(const struct cl_usual *u, const char *place, const char *names)
{
	const char *at, *name;
	size_t len;

	for (size_t i = 0; u && i < u->n; i++) {
		if (!strcmp(u->places[i].place, place))
			return true;
		for (at = names; cl_name_next(&at, &name, &len);)
			if (is_same_host(u->places[i].name, name, len))
				return true;
	}
	return false;
}

bool cl_usual_is_full(const struct cl_usual *u)
{
	return u && u->n == CL_USUAL_PLACES;
}

static int add(struct cl_usual *u, const char *place, const char *names)
{
	struct cl_usual_place *places, *p;
	const char *name;
	size_t len;

	if (cl_usual_is_full(u))
		return 0;
	places = realloc(u->places, (u->n + 1) * sizeof(*places));
	if (!places)
		return -ENOMEM;
	u->places = places;
	p = &places[u->n++];
	memset(p, 0, sizeof(*p));
	snprintf(p->place, sizeof(p->place), "%s", place);
	if (cl_name_next(&names, &name, &len) && len < sizeof(p->name))
		memcpy(p->name, name, len);
	return 0;
}

/* ---- kept by the store ---- */

static int text_of(const struct cl_usual *u, struct cl_text *out)
{
	int r = 0;

	for (size_t i = 0; i < u->n && !r; i++)
		r = cl_text_printf(out, "%s%s%s%s", i ? "; " : "", u->places[i].place, *u->places[i].name ? " " : "",
				   u->places[i].name);
	return r;
}

static int keep(struct cl_detect *d, const struct cl_usual *u)
{
	_cleanup_json_ cJSON *attrs = NULL;
	_cleanup_text_ struct cl_text text = {0};
	char id[CL_ID_SIZE];
	int r = text_of(u, &text);

	if (r || !d->graph)
		return r;
	attrs = cJSON_CreateObject();
	if (!attrs)
		return -ENOMEM;
	cl_json_str(attrs, "usual_destinations", cl_text_str(&text));
	cl_json_time(attrs, "usual_since", u->since);
	cl_json_str(attrs, "usual_run", u->run);
	cl_json_str(attrs, "usual_program", u->program);
	return cl_graph_node(d->graph, CL_NODE_CREDENTIAL, cl_id_credential(id, sizeof(id), u->fp), NULL, d->now,
			     TAKE_PTR(attrs));
}

static int first(struct cl_usual *u, uint64_t since, const char *run, const char *program)
{
	int r = cl_dup_bounded(&u->run, run, CL_NAME_SHOWN);

	u->since = since;
	return r ? r : cl_dup_bounded(&u->program, program, CL_PATH_SHOWN);
}

int cl_usual_learn(struct cl_usuals *t, struct cl_detect *d, const struct cl_credential *c,
		   const struct cl_process *actor, const char *place, const char *names)
{
	struct cl_usual *u = cl_usual_find(t, c);
	int r = 0;

	if (!u) {
		r = enter(t, origin(c), &u);
		if (r)
			return r;
		r = first(u, d->now, actor->run->id, cl_process_program(actor));
		u->process = actor->key;
	}
	d->stats.usual_evicted = t->evicted;
	touch(t, u);
	r = r ? r : add(u, place, names);
	return r ? r : keep(d, u);
}

/* One of "place name", up to the "; " that ends it. */
static int restore_place(struct cl_usual *u, const char *entry, size_t len)
{
	const char *space = memchr(entry, ' ', len);
	size_t n = space ? (size_t)(space - entry) : len;
	char place[CL_POLICY_DESTINATION], name[CL_USUAL_NAME] = "";

	if (!n || n >= sizeof(place))
		return 0;
	snprintf(place, sizeof(place), "%.*s", (int)n, entry);
	if (space && len - n - 1 < sizeof(name))
		snprintf(name, sizeof(name), "%.*s", (int)(len - n - 1), space + 1);
	return add(u, place, name);
}

int cl_usual_restore(struct cl_usuals *t, const struct cl_observation *obs)
{
	const char *end, *at = obs->detail;
	struct cl_usual *u;
	int r;

	if (obs->n_sightings != 1 || !at || find(t, obs->sightings[0].fp))
		return 0;
	r = enter(t, obs->sightings[0].fp, &u);
	r = r ? r : first(u, obs->since, obs->run_id, obs->program);
	for (; !r && *at; at = *end ? end + 2 : end) {
		end = strstr(at, "; ");
		end = end ? end : at + strlen(at);
		r = restore_place(u, at, (size_t)(end - at));
	}
	return r;
}

int cl_usual_say(const struct cl_usual *u, struct cl_text *out)
{
	int r = 0;

	for (size_t i = 0; i < u->n && i < SAID_MAX && !r; i++) {
		const struct cl_usual_place *p = &u->places[i];

		r = cl_text_printf(out, "%s%s", i ? ", " : "", p->place);
		if (!r && *p->name)
			r = cl_text_printf(out, " (%s)", p->name);
	}
	return r || u->n <= SAID_MAX ? r : cl_text_printf(out, " and %zu more", u->n - SAID_MAX);
}
