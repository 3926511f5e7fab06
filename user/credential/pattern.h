/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the matcher must know of a pattern beside its matches: the literal it begins with, and which bytes its values
 * are made of. Reads the subset that the catalogue uses; what it does not understand widens the sets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct cl_byte_set {
	bool has[256];
};

/* Bytes that every match begins with; returns how many were written. */
size_t cl_pattern_prefix(const char *pattern, char *out, size_t size);
/* Every byte that a match may hold. */
void cl_pattern_bytes(const char *pattern, struct cl_byte_set *out);
/* The class that a pattern begins with (empty set when it begins otherwise), and its last class. */
void cl_pattern_first_class(const char *pattern, struct cl_byte_set *out);
void cl_pattern_last_class(const char *pattern, struct cl_byte_set *out);
