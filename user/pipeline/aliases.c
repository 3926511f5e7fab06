/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/aliases.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"

/* A fingerprint that is one of several of its credential. The first one's own entry holds which is the newest. */
struct name {
	uint8_t fp[CL_FP_SIZE], first[CL_FP_SIZE], newest[CL_FP_SIZE];
	uint32_t key_id, newest_key_id; /* of fp, of newest */
	UT_hash_handle hh;
};

struct cl_aliases {
	struct name *names; /* the one that was used longest ago first */
	size_t max;
	uint64_t evicted;
	void (*joined)(void *ctx, const uint8_t *later, const uint8_t *first);
	void *ctx;
	struct cl_observation named;
	struct cl_sighting *sightings;
	size_t cap;
};

int cl_aliases_new(struct cl_aliases **out, size_t max)
{
	struct cl_aliases *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->max = max;
	*out = a;
	return 0;
}

void cl_aliases_on_join(struct cl_aliases *a, void (*joined)(void *ctx, const uint8_t *later, const uint8_t *first),
			void *ctx)
{
	a->joined = joined;
	a->ctx = ctx;
}

static void drop(struct cl_aliases *a, struct name *n)
{
	HASH_DEL(a->names, n);
	free(n);
}

void cl_aliases_free(struct cl_aliases **p)
{
	struct cl_aliases *a = TAKE_PTR(*p);

	while (a && a->names)
		drop(a, a->names);
	if (a)
		free(a->sightings);
	free(a);
}

uint64_t cl_aliases_evicted(const struct cl_aliases *a)
{
	return a->evicted;
}

static struct name *find(const struct cl_aliases *a, const uint8_t fp[CL_FP_SIZE])
{
	struct name *n = NULL;

	HASH_FIND(hh, a->names, fp, CL_FP_SIZE, n);
	return n;
}

const uint8_t *cl_aliases_first(const struct cl_aliases *a, const uint8_t fp[CL_FP_SIZE])
{
	const struct name *n = find(a, fp);

	return n ? n->first : fp;
}

/* Used now: it goes last. */
static void touch(struct cl_aliases *a, struct name *n)
{
	if (!n->hh.next)
		return;
	HASH_DEL(a->names, n);
	HASH_ADD(hh, a->names, fp, CL_FP_SIZE, n);
}

static struct name *enter(struct cl_aliases *a, const uint8_t fp[CL_FP_SIZE], uint32_t key_id,
			  const uint8_t first[CL_FP_SIZE])
{
	struct name *n = find(a, fp);

	if (n)
		return n;
	while (a->names && HASH_COUNT(a->names) >= a->max) {
		drop(a, a->names);
		a->evicted++;
	}
	n = calloc(1, sizeof(*n));
	if (!n)
		return NULL;
	memcpy(n->fp, fp, CL_FP_SIZE);
	memcpy(n->first, first, CL_FP_SIZE);
	memcpy(n->newest, fp, CL_FP_SIZE);
	n->key_id = n->newest_key_id = key_id;
	HASH_ADD(hh, a->names, fp, CL_FP_SIZE, n);
	if (cl_table_added(n))
		return n;
	free(n);
	return NULL;
}

/* fp and other are one: fp joins the credential of other, unless it has one already. */
static int learn(struct cl_aliases *a, const struct cl_sighting *s)
{
	bool is_news = !find(a, s->fp);
	uint8_t first[CL_FP_SIZE];
	struct name *n;

	memcpy(first, cl_aliases_first(a, is_news ? s->other : s->fp), CL_FP_SIZE);
	if (is_news && a->joined)
		a->joined(a->ctx, s->fp, first);
	n = enter(a, first, s->other_key_id, first);
	if (!n)
		return -ENOMEM;
	touch(a, n);
	memcpy(n->newest, s->fp, CL_FP_SIZE);
	n->newest_key_id = s->key_id;
	return enter(a, s->fp, s->key_id, first) && enter(a, s->other, s->other_key_id, first) ? 0 : -ENOMEM;
}

static int name(struct cl_aliases *a, struct cl_sighting *s)
{
	struct name *n, *first;

	if (s->other_key_id && learn(a, s))
		return -ENOMEM;
	n = find(a, s->fp);
	if (!n)
		return 0;
	touch(a, n);
	first = find(a, n->first);
	s->other_key_id = 0;
	if (!first) { /* pushed out: its name is what is left of it */
		s->other_key_id = s->key_id;
		memcpy(s->other, s->fp, CL_FP_SIZE);
		memcpy(s->fp, n->first, CL_FP_SIZE);
		return 0;
	}
	touch(a, first);
	if (memcmp(first->newest, first->fp, CL_FP_SIZE)) {
		memcpy(s->other, first->newest, CL_FP_SIZE);
		s->other_key_id = first->newest_key_id;
	}
	memcpy(s->fp, first->fp, CL_FP_SIZE);
	s->key_id = first->key_id;
	return 0;
}

static bool concerns(const struct cl_aliases *a, const struct cl_observation *obs)
{
	for (size_t i = 0; i < obs->n_sightings; i++)
		if (obs->sightings[i].other_key_id || find(a, obs->sightings[i].fp))
			return true;
	return false;
}

int cl_aliases_apply(struct cl_aliases *a, const struct cl_observation **obs)
{
	const struct cl_observation *o = *obs;

	if (!o->n_sightings || !concerns(a, o))
		return 0;
	if (o->n_sightings > a->cap) {
		struct cl_sighting *more = realloc(a->sightings, o->n_sightings * sizeof(*more));

		if (!more)
			return -ENOMEM;
		a->sightings = more;
		a->cap = o->n_sightings;
	}
	memcpy(a->sightings, o->sightings, o->n_sightings * sizeof(*a->sightings));
	for (size_t i = 0; i < o->n_sightings; i++)
		if (name(a, &a->sightings[i]))
			return -ENOMEM;
	a->named = *o;
	a->named.sightings = a->sightings;
	*obs = &a->named;
	return 0;
}
