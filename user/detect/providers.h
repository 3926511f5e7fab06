/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a provider's credentials belong by nature: its own domains (providers.json), each with all that is below it.
 * A provider that people run themselves (a Vault, a database) has none.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

int cl_providers_load(cJSON **out, struct cl_error *err);
bool cl_providers_has(const cJSON *providers, const char *provider);
/* One of the names (separated by spaces; NULL: none) is the provider's own. */
bool cl_providers_own(const cJSON *providers, const char *provider, const char *names);

/* Walks names that are separated by spaces; *at starts as the list (NULL: none). False: no more. */
bool cl_name_next(const char **at, const char **name, size_t *len);
/* The name is the domain or below it. */
bool cl_name_is_below(const char *name, size_t len, const char *domain);
