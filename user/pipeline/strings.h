/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of an observation, in the arena: escaped names, the redacted command line, variables, addresses. 0 or -errno. */
#pragma once

#include <stdbool.h>

#include "credential/credential.h"
#include "event/event.h"

struct cl_concealer;
struct cl_recognisers;

/* Printable copy; NULL for an empty one. */
int cl_escaped(struct cl_arena *arena, const char *s, size_t len, const char **out);
/* NULL for an empty one. */
static inline const char *cl_some(const char *s)
{
	return s && *s ? s : NULL;
}
/* Up to and with the last NUL: without the string that was cut off. */
struct cl_view cl_whole_strings(struct cl_view v);
/* The arguments as one redacted line, bounded; says so when something is missing. */
int cl_command_text(struct cl_scanner *s, struct cl_arena *arena, struct cl_view args, bool truncated,
		    const char **out);
/* Which argument names the program that a program loader runs (program.c); NULL: none, or exe is no loader. */
const char *cl_loaded_program(const char *exe, struct cl_view args);
/* The variables that recognisers ask for, their values redacted and bounded. */
int cl_wanted_variables(const struct cl_recognisers *r, struct cl_scanner *s, struct cl_arena *arena,
			struct cl_view env, const struct cl_var **out, size_t *n);
int cl_ip_address(struct cl_arena *arena, int family, const uint8_t *address, uint32_t scope, const char **out);
int cl_unix_address(const struct cl_concealer *c, struct cl_arena *arena, struct cl_view path, bool abstract,
		    const char **out);
