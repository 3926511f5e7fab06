/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/table.h"
#include "base/text.h"

#define KEY_SIZE 4224 /* device and path */
#define PAST 4
#define NO_DEVICE 0 /* known from the store: the first reading tells */

struct value {
	uint8_t fp[CL_FP_SIZE], other[CL_FP_SIZE];
	char *name, *format;
	uint64_t seen; /* of those from the store: when last (wall ns) */
	bool spent;    /* was replaced, or has replaced another one */
};

struct version_id {
	uint64_t ino, ctime, size, generation;
};

struct version {
	struct version_id id;
	struct value *values;
	size_t n;
};

struct place {
	char *key;
	struct version before, now;
	struct version_id past[PAST]; /* the latest ones before `now`: some still have them open */
	unsigned int turns;
	UT_hash_handle hh;
};

struct cl_places {
	struct place *table;
	size_t max;
	uint64_t evicted;
};

static void version_clear(struct version *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->values[i].name);
		free(v->values[i].format);
	}
	free(v->values);
	*v = (struct version){0};
}

static void release(struct place *p)
{
	version_clear(&p->before);
	version_clear(&p->now);
	free(p->key);
	free(p);
}

static void drop(struct cl_places *t, struct place *p)
{
	HASH_DEL(t->table, p);
	release(p);
}

int cl_places_new(struct cl_places **out, size_t max)
{
	struct cl_places *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->max = max ? max : 1;
	*out = t;
	return 0;
}

void cl_places_free(struct cl_places **p)
{
	struct cl_places *t = TAKE_PTR(*p);

	if (!t)
		return;
	while (t->table)
		drop(t, t->table);
	free(t);
}

uint64_t cl_places_evicted(const struct cl_places *t)
{
	return t->evicted;
}

/* ---- places ---- */

/* Kubernetes writes each version of a volume's files into a directory "..2026_01_02_03_04_05.6" that "..data" names. */
static bool is_version_directory(const char *name, size_t len)
{
	return (len > 10 && !memcmp(name, "..2", 3) && memchr(name, '_', len)) ||
	       (len == 6 && !memcmp(name, "..data", 6));
}

/* False: the path does not fit. Cut off, it would be the place of every file that begins so. */
static bool make_key(char key[KEY_SIZE], uint32_t dev, const char *path)
{
	int n = snprintf(key, KEY_SIZE, "%u:", dev);
	size_t len = (size_t)n;

	while (*path) {
		size_t part = strcspn(path, "/"), slash = path[part] == '/';

		if (!is_version_directory(path, part)) {
			if (len + part + slash >= KEY_SIZE)
				return false;
			memcpy(key + len, path, part + slash);
			len += part + slash;
		}
		path += part + slash;
	}
	key[len] = '\0';
	return true;
}

/* The table keeps the order of entry: taking out and putting back makes it the order of use. */
static bool put(struct cl_places *t, struct place *p)
{
	HASH_ADD_KEYPTR(hh, t->table, p->key, strlen(p->key), p);
	if (cl_table_added(p))
		return true;
	release(p);
	return false;
}

static struct place *find(struct cl_places *t, const char *key)
{
	struct place *p = NULL;

	HASH_FIND_STR(t->table, key, p);
	if (p && p->hh.next) {
		HASH_DEL(t->table, p);
		return put(t, p) ? p : NULL;
	}
	return p;
}

static struct place *enter(struct cl_places *t, const char *key)
{
	struct place *p;

	if (HASH_COUNT(t->table) >= t->max) {
		drop(t, t->table);
		t->evicted++;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->key = strdup(key);
	if (!p->key) {
		free(p);
		return NULL;
	}
	return put(t, p) ? p : NULL;
}

/* What the store knew of this path, under its device from now on. */
static struct place *adopt(struct cl_places *t, const char *key, const char *path)
{
	char stored[KEY_SIZE];
	struct place *p;
	char *copy;

	p = make_key(stored, NO_DEVICE, path) ? find(t, stored) : NULL;
	copy = p ? strdup(key) : NULL;
	if (!copy)
		return NULL;
	HASH_DEL(t->table, p);
	free(p->key);
	p->key = copy;
	return put(t, p) ? p : NULL;
}

/* ---- values ---- */

static bool same(const uint8_t a[CL_FP_SIZE], const uint8_t b[CL_FP_SIZE])
{
	static const uint8_t none[CL_FP_SIZE];

	return !memcmp(a, b, CL_FP_SIZE) && memcmp(a, none, CL_FP_SIZE);
}

/* By either of its names. */
static bool same_value(const struct value *a, const struct value *b)
{
	return same(a->fp, b->fp) || same(a->fp, b->other) || same(a->other, b->fp) || same(a->other, b->other);
}

static struct value *lookup(const struct version *v, const struct value *what)
{
	for (size_t i = 0; i < v->n; i++)
		if (same_value(&v->values[i], what))
			return &v->values[i];
	return NULL;
}

static void add(struct version *v, const struct cl_sighting *s, uint64_t seen)
{
	struct value one = {.seen = seen}, *bigger;

	memcpy(one.fp, s->fp, CL_FP_SIZE);
	memcpy(one.other, s->other, CL_FP_SIZE);
	if (v->n == CL_PLACE_VALUES || lookup(v, &one))
		return;
	bigger = realloc(v->values, (v->n + 1) * sizeof(*bigger));
	if (!bigger)
		return;
	v->values = bigger;
	one.name = s->name ? strdup(s->name) : NULL;
	one.format = s->format ? strdup(s->format) : NULL;
	v->values[v->n++] = one;
}

static bool equal(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* How well an old value fits the new one's place; 0: not at all. */
static int fits(const struct value *old, const struct value *fresh)
{
	if (equal(old->name, fresh->name))
		return equal(old->format, fresh->format) ? 3 : 2;
	return !old->name && !fresh->name && equal(old->format, fresh->format);
}

/* Of several that fit alike the one that was seen last, else the first. */
static struct value *predecessor(const struct place *p, const struct value *fresh)
{
	struct value *best = NULL;
	int how = 0;

	for (size_t i = 0; p->before.values && i < p->before.n; i++) {
		struct value *old = &p->before.values[i];
		int fit = old->spent || lookup(&p->now, old) ? 0 : fits(old, fresh);

		if (fit > how || (fit && fit == how && old->seen > best->seen)) {
			best = old;
			how = fit;
		}
	}
	return best;
}

/* Best fits first, so that no value takes another's predecessor. */
static size_t compare(struct place *p, struct cl_rotation *out, size_t n)
{
	for (int least = 3; least > 0; least--)
		for (size_t i = 0; i < p->now.n && n < CL_ROTATIONS_MAX; i++) {
			struct value *fresh = &p->now.values[i], *old;

			if (fresh->spent || lookup(&p->before, fresh))
				continue;
			old = predecessor(p, fresh);
			if (!old || fits(old, fresh) < least)
				continue;
			old->spent = fresh->spent = true;
			memcpy(out[n].from, old->fp, CL_FP_SIZE);
			memcpy(out[n++].to, fresh->fp, CL_FP_SIZE);
		}
	return n;
}

static bool same_id(const struct version_id *a, const struct version_id *b)
{
	return a->ino == b->ino && a->generation == b->generation && a->ctime == b->ctime && a->size == b->size;
}

/*
 * Makes the version in hand the present one. A version without any credential, as between truncation and writing, is no
 * step of its own. False: it is one of before, which somebody still has open.
 */
static bool turn(struct place *p, const struct cl_observation *obs)
{
	const struct version_id id = {obs->ino, obs->ctime, obs->size, obs->generation};
	struct version *now = &p->now;

	if (same_id(&now->id, &id))
		return true;
	for (size_t i = 0; i < PAST; i++)
		if (same_id(&p->past[i], &id))
			return false;
	if (now->n) {
		p->past[p->turns++ % PAST] = now->id;
		version_clear(&p->before);
		p->before = *now;
		*now = (struct version){0};
		for (size_t i = 0; i < p->before.n; i++)
			p->before.values[i].spent = false;
	}
	now->id = id;
	return true;
}

static size_t look(struct cl_places *t, const struct cl_observation *obs, const char *path, struct cl_rotation *out,
		   size_t n)
{
	char key[KEY_SIZE];
	struct place *p;

	if (!make_key(key, obs->dev, path))
		return n;
	p = find(t, key);
	if (!p)
		p = adopt(t, key, path);
	if (!p && !obs->n_sightings)
		return n;
	if (!p)
		p = enter(t, key);
	if (!p)
		return n;
	if (!turn(p, obs))
		return n;
	for (size_t i = 0; i < obs->n_sightings; i++)
		add(&p->now, &obs->sightings[i], 0);
	return obs->whole ? compare(p, out, n) : n;
}

static void restore(struct cl_places *t, const struct cl_observation *obs)
{
	char key[KEY_SIZE];
	struct place *p;

	if (!obs->path || !obs->n_sightings || !make_key(key, NO_DEVICE, obs->path))
		return;
	p = find(t, key);
	if (!p)
		p = enter(t, key);
	if (p)
		add(&p->now, &obs->sightings[0], obs->since);
}

/* The same pair by another name of the file. */
static size_t without_repeats(struct cl_rotation *out, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		size_t j = 0;

		while (j < kept && memcmp(&out[j], &out[i], sizeof(*out)))
			j++;
		if (j == kept)
			out[kept++] = out[i];
	}
	return kept;
}

size_t cl_places_take(struct cl_places *t, const struct cl_observation *obs, struct cl_rotation out[CL_ROTATIONS_MAX])
{
	const char *asked = obs->filename;
	size_t n;

	if (obs->kind == CL_OBS_KNOWN_PLACE) {
		restore(t, obs);
		return 0;
	}
	/* Without an inode, or in procfs, there are no versions. */
	if ((obs->kind != CL_OBS_READ && obs->kind != CL_OBS_HELD && obs->kind != CL_OBS_RECEIVE) || !obs->path ||
	    !obs->ino || !obs->size || obs->unverified || cl_starts_with(obs->path, "/proc/"))
		return 0;
	n = look(t, obs, obs->path, out, 0);
	if (obs->kind == CL_OBS_READ && asked && *asked == '/' && strcmp(asked, obs->path))
		n = look(t, obs, asked, out, n);
	return without_repeats(out, n);
}
