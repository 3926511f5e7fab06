/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members of one entry of a catalogue file. Each returns 0, or -EINVAL with a text that names file, line, member and
 * entry, or -ENOMEM. What is copied lives in the catalogue's arena.
 */
#pragma once

#include "base/json.h"
#include "catalogue/internal.h"

struct cl_entry_input {
	struct cl_catalogue *c; /* of formats, stores and services */
	struct cl_arena *arena; /* where strings go */
	const char *name, *text;
	const char *id; /* of the entry being read; "" when it has none */
	struct cl_error *err;
};

int cl_entry_bad(const struct cl_entry_input *in, const char *key, const char *what);
/* No key but these. */
int cl_entry_keys(const struct cl_entry_input *in, const cJSON *entry, const char *const *keys, size_t n);
/* An absent one leaves *out as it is and is an error when `required`. */
int cl_entry_string(const struct cl_entry_input *in, const cJSON *entry, const char *key, bool required,
		    const char **out);
int cl_entry_bool(const struct cl_entry_input *in, const cJSON *entry, const char *key, bool *out); /* absent: false */
/* A NULL-terminated list of 1 to CL_ENTRY_LIST texts; absent: *n is 0 and *out as it was. */
#define CL_ENTRY_LIST 128
int cl_entry_list(const struct cl_entry_input *in, const cJSON *entry, const char *key, const char ***out, size_t *n);
