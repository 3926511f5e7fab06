/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that lives as long as one record: allocate freely, reset once. Nothing in it is freed alone.
 * Bounded: past the limit allocation fails with NULL and the owner counts it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cl_arena;

int cl_arena_new(struct cl_arena **out, size_t limit); /* bytes; 0, -ENOMEM */
/* In secure memory (secure.h): wiped when reset and when freed. */
int cl_arena_new_secure(struct cl_arena **out, size_t limit);
void cl_arena_free(struct cl_arena **p);
void cl_arena_reset(struct cl_arena *a);			       /* every pointer given out before is dead */
void *cl_arena_alloc(struct cl_arena *a, size_t size);		       /* zeroed, 16-aligned; NULL when full */
bool cl_arena_holds(const struct cl_arena *a, const void *p);	       /* whether that is in it */
char *cl_arena_strndup(struct cl_arena *a, const char *s, size_t len); /* NULL when full or s is NULL */
char *cl_arena_strdup(struct cl_arena *a, const char *s);
char *cl_arena_printf(struct cl_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
