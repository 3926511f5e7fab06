/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way out for texts of a watched process. What makes an observation points its strings at raw bytes: of the
 * record, of /proc, of an arena that is wiped. Here each is copied into the arena that outlives them, escaped, every
 * credential in it hidden; nothing else of the raw bytes is left. Clean texts, nearly all, cost one scan together.
 *
 * What lies in that arena already was hidden when it was made, where its parts could still be told: the command line,
 * variables, names of sockets (strings.h), names that the observer remembers (files.h).
 */
#pragma once

#include "credential/beginnings.h"
#include "credential/credential.h"
#include "event/observation.h"

struct cl_concealer {
	struct cl_scanner *scanner;	  /* borrowed */
	struct cl_beginnings *beginnings; /* owned */
	struct cl_arena *raw;		  /* borrowed; wiped by its owner */
};

/* Every string of *obs: copied to `out`. 1: some had to be looked at closely, 0: none had, -errno. */
int cl_conceal(const struct cl_concealer *c, struct cl_observation *obs, struct cl_arena *out);
/*
 * A file's name. One that the kernel cut off becomes "[cut]": in a piece of a name, a credential that its middle or its
 * surroundings tell, or that has slashes, can't be recognised any more. The file's own path is known all the same.
 */
int cl_conceal_name(const struct cl_concealer *c, const char *s, bool cut, struct cl_arena *arena, const char **out);
/* One text; `cut`: its end may be missing. */
int cl_conceal_text(const struct cl_concealer *c, const char *s, size_t len, bool cut, struct cl_arena *arena,
		    const char **out);
