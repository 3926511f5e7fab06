/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns in the pattern engine's own form. To make it takes most of a second, so that of the built-in catalogue is made
 * when the program is built (scripts/precompile.c) and linked in; with entries of the site's own, another version of the
 * engine, or a program without it (a cross build, the tests) it is made here.
 */
#pragma once

#include <hs/hs.h>
#include <stddef.h>
#include <stdio.h>

struct cl_patterns {
	char **patterns;
	unsigned int *flags, *ids;
	size_t n;
};

/* 0 with *db (hs_free_database); -EINVAL with *culprit (an index, or -1: all together) and *why (caller frees). */
int cl_compiled_open(const struct cl_patterns *p, hs_database_t **db, int *culprit, char **why);
/*
 * Writes what cl_compiled_open will find linked in: the digest of the patterns, then the database. It is made for every
 * processor of the architecture: a package runs elsewhere than where it was built, and must not differ by that. 0, -EIO,
 * -ENOMEM.
 */
int cl_compiled_write(const struct cl_patterns *p, FILE *f);
