/* SPDX-License-Identifier: Apache-2.0 */
/* Puts a sighting's facts together: what the value declares, what its form tells, what lies beside it. */
#pragma once

#include "credential/beside.h"
#include "credential/scanner.h"

/* Completes a sighting of find f: facts (in the arena), expires, class, lifetime. */
void cl_tell(const struct cl_beside *b, const struct cl_find *f, struct cl_arena *arena, struct cl_sighting *one);
/*
 * Claims, certificates and names are written by whoever made them: a fact that holds a credential itself becomes
 * "[credential]". Ends the finds of the scanner's last call.
 */
int cl_tell_redact(struct cl_scanner *s, struct cl_arena *arena, struct cl_sighting *list, size_t n);
/* Sightings of a Kerberos cache's tickets; returns how many, at most max. *cut grows by what is left out. */
size_t cl_tell_tickets(const struct cl_fp_key *key, const char *bytes, size_t len, struct cl_arena *arena,
		       struct cl_sighting *out, size_t max, uint64_t *cut);
