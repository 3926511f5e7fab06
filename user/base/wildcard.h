/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wildcards for names and paths: "*" is any text and "?" any character. In a path neither covers a "/", "**" does.
 * Iterative: a hostile text costs at most its length times the pattern's.
 */
#pragma once

#include <stdbool.h>

bool cl_wildcard_name(const char *pattern, const char *text);
bool cl_wildcard_host(const char *pattern, const char *text); /* a name in which case does not count */
bool cl_wildcard_path(const char *pattern, const char *path);
