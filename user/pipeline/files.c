/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static void forget_sightings(struct cl_known_file *f)
{
	for (size_t i = 0; i < f->n_sightings; i++) {
		free((void *)(uintptr_t)f->sightings[i].name);
		free((void *)(uintptr_t)f->sightings[i].facts);
	}
	free(f->sightings);
	f->sightings = NULL;
	f->n_sightings = 0;
	f->complete = false;
}

static void release(struct cl_known_file *f)
{
	forget_sightings(f);
	free(f->asked);
	free(f->path);
	free(f);
}

static void drop(struct cl_files *t, struct cl_known_file *f)
{
	HASH_DEL(t->table, f);
	release(f);
}

void cl_files_clear(struct cl_files *t)
{
	struct cl_known_file *f, *next;

	HASH_ITER (hh, t->table, f, next)
		drop(t, f);
}

struct cl_known_file *cl_files_find(struct cl_files *t, const struct cl_file *file)
{
	const struct cl_inode_id id = {.ino = file->ino, .dev = file->dev};
	struct cl_known_file *f = NULL;

	/* The analyzer does not follow the members into the key's bytes. NOLINTNEXTLINE(clang-analyzer-core.*) */
	HASH_FIND(hh, t->table, &id, sizeof(id), f);
	if (f && f->generation != file->generation) {
		drop(t, f);
		return NULL;
	}
	/* The table keeps the order of entry: taking out and putting back makes it the order of use. */
	if (f && f->hh.next) {
		HASH_DEL(t->table, f);
		HASH_ADD(hh, t->table, id, sizeof(f->id), f);
		if (!cl_table_added(f)) {
			release(f);
			return NULL;
		}
	}
	return f;
}

struct cl_known_file *cl_files_enter(struct cl_files *t, const struct cl_file *file)
{
	struct cl_known_file *f = cl_files_find(t, file);

	if (f)
		return f;
	if (HASH_COUNT(t->table) >= t->max) {
		drop(t, t->table);
		t->evicted++;
	}
	f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	f->id = (struct cl_inode_id){.ino = file->ino, .dev = file->dev};
	f->generation = file->generation;
	HASH_ADD(hh, t->table, id, sizeof(f->id), f);
	if (!cl_table_added(f)) {
		free(f);
		return NULL;
	}
	return f;
}

int cl_known_file_name(struct cl_known_file *f, const struct cl_store *store, const char *path)
{
	char *copy;

	f->store = store;
	if (f->path && !strcmp(f->path, path))
		return 0;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	free(f->path);
	f->path = copy;
	return 0;
}

/* A relative name is the file's own when its path ends in it. */
static bool is_own_name(const char *path, const char *asked)
{
	size_t path_len = strlen(path), len;

	while (!strncmp(asked, "./", 2))
		asked += 2;
	len = strlen(asked);
	return len <= path_len && !strcmp(path + path_len - len, asked) &&
	       (len == path_len || path[path_len - len - 1] == '/');
}

int cl_known_file_asked(struct cl_known_file *f, const char *asked, struct cl_process_key by)
{
	bool same = cl_key_equal(f->asked_by, by);
	bool own = !asked || !f->path || is_own_name(f->path, asked);
	char *copy;

	if (own && !same) /* another reader's name stays */
		return 0;
	copy = own ? NULL : strdup(asked);
	if (!own && !copy)
		return -ENOMEM;
	free(f->asked);
	f->asked = copy;
	f->asked_by = by;
	return 0;
}

void cl_files_look_again(struct cl_files *t)
{
	for (struct cl_known_file *f = t->table; f; f = f->hh.next)
		forget_sightings(f);
}

void cl_known_file_version(struct cl_known_file *f, const struct cl_file *file)
{
	if (f->ctime == file->ctime && f->size == file->size)
		return;
	forget_sightings(f);
	f->ctime = file->ctime;
	f->size = file->size;
}

static bool knows(const struct cl_known_file *f, const struct cl_sighting *s)
{
	for (size_t i = 0; i < f->n_sightings; i++)
		if (!memcmp(f->sightings[i].fp, s->fp, CL_FP_SIZE))
			return true;
	return false;
}

int cl_known_file_add(struct cl_known_file *f, const struct cl_sighting *s, size_t n)
{
	for (size_t i = 0; i < n && f->n_sightings < CL_FILE_SIGHTINGS; i++) {
		struct cl_sighting *bigger, copy = s[i];

		if (knows(f, &s[i]))
			continue;
		bigger = realloc(f->sightings, (f->n_sightings + 1) * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		f->sightings = bigger;
		copy.name = copy.name ? strdup(copy.name) : NULL;
		copy.facts = copy.facts ? strdup(copy.facts) : NULL;
		f->sightings[f->n_sightings++] = copy;
	}
	return 0;
}
