/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the catalogue, shared by its reader, its lookups and its name rules. All strings live in the arena. */
#pragma once

#include <cjson/cJSON.h>

#include "base/arena.h"
#include "base/text.h"
#include "catalogue/catalogue.h"
#include "catalogue/recogniser.h"

#define CL_CATALOGUE_FORMATS 1024
#define CL_CATALOGUE_PATHS 8192
#define CL_CATALOGUE_SERVICES 256

/* Something that hands credentials out. */
struct cl_service {
	const char *id;
	const char *const *addresses; /* as inet_ntop writes them; NULL-terminated, NULL: none */
	const char *const *paths;     /* globs of its socket's file; likewise */
	uint32_t port;
};

struct cl_catalogue {
	struct cl_arena *arena;
	struct cl_format *formats;
	size_t n_formats;
	struct cl_store *stores;
	size_t n_stores;
	struct cl_service services[CL_CATALOGUE_SERVICES];
	size_t n_services;
	struct cl_recogniser_list *recognisers;
	/* Made by cl_catalogue_index: positions in stores, those with a literal basename sorted by it, then the rest. */
	uint32_t *order;
	size_t n_literal;
};

/* Reads one text in which `name` (a file, or "built-in ...") has entries and adds or replaces them. */
int cl_catalogue_read(struct cl_catalogue *c, const char *name, const char *text, struct cl_error *err);
/* The same of what was parsed; `text` is where it stands, for the lines in errors. */
int cl_catalogue_take(struct cl_catalogue *c, const char *name, const char *text, const cJSON *root,
		      struct cl_error *err);
/* After all is read: the index that look-ups use. */
int cl_catalogue_index(struct cl_catalogue *c);
/* Sets or replaces one entry, copying the struct. A store comes with all its paths at once. */
int cl_catalogue_put_format(struct cl_catalogue *c, const struct cl_format *f);
int cl_catalogue_put_store(struct cl_catalogue *c, const struct cl_store *s, const char *const *paths, size_t n);
int cl_catalogue_put_service(struct cl_catalogue *c, const struct cl_service *s);
void cl_catalogue_remove_service(struct cl_catalogue *c, const char *id);
void cl_catalogue_remove_format(struct cl_catalogue *c, const char *id);
void cl_catalogue_remove_store(struct cl_catalogue *c, const char *id);
