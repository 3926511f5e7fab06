/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings that many processes have in common (executables, cgroups), held once and counted. A slot is a `char *` that
 * only these functions write; NULL = no string. Interned strings are found again by their text; others are only shared
 * by copying a slot (a fork's command line).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cl_shared;

/* Slot gets the text, cut at `max` bytes; the old one is let go. 0, -ENOMEM (slot as it was). */
int cl_shared_set(struct cl_shared **table, char **slot, const char *s, size_t max, bool intern);
/* Another slot's string, in the place of what the slot had. */
void cl_shared_copy(struct cl_shared **table, char **slot, char *from);
void cl_shared_put(struct cl_shared **table, char **slot);
