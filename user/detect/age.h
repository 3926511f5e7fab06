/* SPDX-License-Identifier: Apache-2.0 */
/* How old a credential is, and how long policy lets it live. */
#pragma once

#include "detect/detector.h"

/* When it came into the world, wall ns: as it says itself, else when it was first seen; *told: it says so itself. */
uint64_t cl_credential_born(const struct cl_credential *c, bool *told);
/* The act is one: read, given to a program at an exec, or held by a process that connects; seen, not inferred. */
bool cl_act_is_plain(const struct cl_act *a);
/* "90 days", "15 minutes": whole units, the greatest that fits. */
int cl_say_span(struct cl_text *out, uint64_t ns);
