/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One credential, several fingerprints: while the fingerprint key is exchanged each sighting has two, later ones only
 * the new. Graph, detectors and findings know a credential by the *first* of its fingerprints, for good: its node keeps
 * its id, what was found stays found, and a value seen under the old key yesterday and under the new one today is the
 * same. People and other hosts are shown the *newest*, whose key everybody has. (To rename all that is known to the new
 * fingerprint would touch every table, in memory and in the store, at a moment that depends on when a value is seen.)
 *
 * During an exchange the first fingerprint is the old one, also of values that were never seen before: whether one was
 * depends on what the tables still hold.
 *
 * A function of the stream of observations: known names come from the store as CL_OBS_KNOWN_NAME. Bounded: the name that
 * was used longest ago goes; its credential is then known by its next fingerprint as another one, and that is counted.
 */
#pragma once

#include "event/observation.h"

struct cl_aliases;

int cl_aliases_new(struct cl_aliases **out, size_t max);
/* Called when a fingerprint turns out to be a later one of a credential that is known by its first. */
void cl_aliases_on_join(struct cl_aliases *a, void (*joined)(void *ctx, const uint8_t *later, const uint8_t *first),
			void *ctx);
void cl_aliases_free(struct cl_aliases **p);
/*
 * Learns what the sightings of *obs say, and names them: fp becomes the first fingerprint with its key_id, other the
 * newest with other_key_id, where that is another (else other_key_id is 0). *obs itself when there is nothing to change,
 * else a copy, borrowed until the next call. 0 or -ENOMEM.
 */
int cl_aliases_apply(struct cl_aliases *a, const struct cl_observation **obs);
/* The fingerprint by which graph and detectors know what somebody calls fp: fp itself when it has one name only. */
const uint8_t *cl_aliases_first(const struct cl_aliases *a, const uint8_t fp[CL_FP_SIZE]);
uint64_t cl_aliases_evicted(const struct cl_aliases *a);
