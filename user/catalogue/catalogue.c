/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "catalogue/internal.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "catalogue/data.h"
#include "catalogue/copies.h"
#include "catalogue/glob.h"
#include "catalogue/readers.h"

#define ARENA_MAX (16u << 20)
#define PATH_SIZE 4352 /* CL_PATH_MAX of the records */
#define FILE_MAX (4u << 20)

/* Grows an array to hold n elements; capacities are powers of two and never shrink. */
static int reserve(void *array, size_t size, size_t n, size_t max)
{
	void **p = array, *bigger;

	if (n > max)
		return -E2BIG;
	if (n & (n - 1) && *p)
		return 0; /* below the power of two that the last growth made */
	bigger = realloc(*p, 2 * n * size);
	if (!bigger)
		return -ENOMEM;
	*p = bigger;
	return 0;
}

int cl_catalogue_put_format(struct cl_catalogue *c, const struct cl_format *f)
{
	int r;

	for (size_t i = 0; i < c->n_formats; i++) {
		if (!strcmp(c->formats[i].id, f->id)) {
			c->formats[i] = *f;
			return 0;
		}
	}
	r = reserve(&c->formats, sizeof(*f), c->n_formats + 1, CL_CATALOGUE_FORMATS);
	if (!r)
		c->formats[c->n_formats++] = *f;
	return r;
}

int cl_catalogue_put_store(struct cl_catalogue *c, const struct cl_store *s, const char *const *paths, size_t n)
{
	cl_catalogue_remove_store(c, s->id);
	for (size_t i = 0; i < n; i++) {
		int r = reserve(&c->stores, sizeof(*s), c->n_stores + 1, CL_CATALOGUE_PATHS);

		if (r)
			return r;
		c->stores[c->n_stores] = *s;
		c->stores[c->n_stores].path = paths[i];
		/* "Wherever a project lies": what lies in one belongs together. */
		if (cl_starts_with(paths[i], "**/"))
			c->stores[c->n_stores].traits |= CL_STORE_PROJECT;
		c->n_stores++;
	}
	return 0;
}

void cl_catalogue_remove_format(struct cl_catalogue *c, const char *id)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_formats; i++)
		if (strcmp(c->formats[i].id, id))
			c->formats[kept++] = c->formats[i];
	c->n_formats = kept;
}

void cl_catalogue_remove_store(struct cl_catalogue *c, const char *id)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_stores; i++)
		if (strcmp(c->stores[i].id, id))
			c->stores[kept++] = c->stores[i];
	c->n_stores = kept;
}

static int by_basename(const void *a, const void *b, void *ctx)
{
	const struct cl_store *stores = ctx;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int order = strcmp(cl_basename(stores[x].path), cl_basename(stores[y].path));

	return order ? order : (x > y) - (x < y);
}

int cl_catalogue_index(struct cl_catalogue *c)
{
	uint32_t *order = calloc(c->n_stores + 1, sizeof(*order));
	size_t n = 0;

	if (!order)
		return -ENOMEM;
	for (int wild = 0; wild < 2; wild++) {
		for (size_t i = 0; i < c->n_stores; i++)
			if (!strchr(cl_basename(c->stores[i].path), '*') == !wild)
				order[n++] = (uint32_t)i;
		if (!wild)
			c->n_literal = n;
	}
	qsort_r(order, c->n_literal, sizeof(*order), by_basename, c->stores);
	free(c->order);
	c->order = order;
	return 0;
}

static int is_json(const struct dirent *d)
{
	return d->d_name[0] != '.' && cl_ends_with(d->d_name, ".json");
}

static int read_directory(struct cl_catalogue *c, const char *directory, struct cl_error *err)
{
	struct dirent **list = NULL;
	int n = scandir(directory, &list, is_json, alphasort), r = 0;

	if (n < 0)
		return errno == ENOENT ? 0
				       : cl_fail(err, -errno, "cannot read catalogue directory \"%s\": %m", directory);
	for (int i = 0; i < n; i++) {
		_cleanup_free_ char *text = NULL;
		_cleanup_json_ cJSON *root = NULL;
		_cleanup_text_ struct cl_text path = {0};

		if (!r)
			r = cl_text_printf(&path, "%s/%s", directory, list[i]->d_name);
		if (!r)
			r = cl_json_load(cl_text_str(&path), FILE_MAX, &root, &text, err);
		if (!r)
			r = cl_catalogue_read(c, cl_text_str(&path), text, err);
		free(list[i]);
	}
	free(list);
	return r;
}

int cl_catalogue_new(struct cl_catalogue **out, const char *directory, struct cl_error *err)
{
	_cleanup_(cl_catalogue_free) struct cl_catalogue *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	(void)((r = cl_arena_new(&c->arena, ARENA_MAX)) || (r = cl_recogniser_list_new(&c->recognisers, err)) ||
	       (r = cl_catalogue_read(c, "built-in formats", cl_catalogue_formats_json, err)) ||
	       (r = cl_catalogue_read(c, "built-in stores", cl_catalogue_stores_json, err)) ||
	       (r = cl_catalogue_read(c, "built-in services", cl_catalogue_services_json, err)) ||
	       (directory && (r = read_directory(c, directory, err))) || (r = cl_catalogue_index(c)));
	if (r)
		return r;
	*out = TAKE_PTR(c);
	return 0;
}

void cl_catalogue_free(struct cl_catalogue **p)
{
	if (!*p)
		return;
	cl_arena_free(&(*p)->arena);
	cl_recogniser_list_free(&(*p)->recognisers);
	free((*p)->formats);
	free((*p)->stores);
	free((*p)->order);
	free(TAKE_PTR(*p));
}

size_t cl_catalogue_formats(const struct cl_catalogue *c, const struct cl_format **out)
{
	*out = c->formats;
	return c->n_formats;
}

size_t cl_catalogue_stores(const struct cl_catalogue *c, const struct cl_store **out)
{
	*out = c->stores;
	return c->n_stores;
}

const struct cl_recogniser_list *cl_catalogue_recognisers(const struct cl_catalogue *c)
{
	return c->recognisers;
}

bool cl_format_is_guessable(const struct cl_format *f)
{
	return !strcmp(f->kind, "password");
}

const struct cl_store *cl_catalogue_store(const struct cl_catalogue *c, const char *id)
{
	for (size_t i = 0; i < c->n_stores; i++)
		if (!strcmp(c->stores[i].id, id))
			return &c->stores[i];
	return NULL;
}

int cl_catalogue_watch(struct cl_catalogue *c, const char *path, struct cl_error *err)
{
	struct cl_store s = {.id = "configured", .owner = "configuration"};
	int r;

	if (cl_glob_check(path))
		return cl_fail(err, -EINVAL, "cannot watch \"%s\": %s", path, cl_glob_check(path));
	s.path = cl_arena_strdup(c->arena, path);
	r = s.path ? reserve(&c->stores, sizeof(s), c->n_stores + 1, CL_CATALOGUE_PATHS) : -ENOMEM;
	if (r)
		return cl_fail(err, r, "cannot watch \"%s\": the catalogue is full", path);
	c->stores[c->n_stores++] = s;
	return cl_catalogue_index(c);
}

/* What a glob says for certain: of two that match, the one that says more is meant. */
static size_t weight(const char *glob)
{
	size_t n = 0;

	for (; *glob; glob++)
		n += *glob != '*' && *glob != '~';
	return n;
}

static const struct cl_store *better(const struct cl_store *a, const struct cl_store *b)
{
	return !a || weight(b->path) > weight(a->path) ? b : a;
}

static const struct cl_store *claimed_by(const struct cl_catalogue *c, const char *path)
{
	const struct cl_store *best = NULL;
	const char *base = cl_basename(path);
	size_t low = 0, high = c->n_literal;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (strcmp(cl_basename(c->stores[c->order[mid]].path), base) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < c->n_literal && !strcmp(cl_basename(c->stores[c->order[low]].path), base); low++)
		if (cl_glob_match(c->stores[c->order[low]].path, path))
			best = better(best, &c->stores[c->order[low]]);
	for (size_t i = c->n_literal; i < c->n_stores; i++)
		if (cl_glob_match(c->stores[c->order[i]].path, path))
			best = better(best, &c->stores[c->order[i]]);
	return best;
}

const struct cl_store *cl_catalogue_store_for(const struct cl_catalogue *c, const char *path)
{
	const struct cl_store *s = claimed_by(c, path);
	char original[PATH_SIZE];
	size_t name;

	if (s || !cl_copy_of(path, original, sizeof(original)))
		return s;
	s = claimed_by(c, original);
	name = (size_t)(cl_basename(original) - original);
	if (s || original[name] != '.' || !original[name + 1])
		return s;
	memmove(original + name, original + name + 1, strlen(original + name)); /* a swap file's own dot */
	return claimed_by(c, original);
}

bool cl_store_expects(const struct cl_store *s, const char *exe)
{
	const char *name = cl_basename(exe);

	return !s->expected || cl_readers_have(s->expected, CL_READERS_PROGRAMS, name, exe) ||
	       cl_readers_have(s->expected, CL_READERS_LIBRARIES, name, exe);
}
