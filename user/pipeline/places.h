/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which credentials lay in which place, so that a new value there is known to have replaced the old one. A place is a
 * path on a device (its own, and the name that the reader asked for: what a symbolic link leads to may be exchanged)
 * and in it the name that holds the value; where nothing is named, its format. Versions of a file, also by rename or
 * an exchanged link, are told apart by inode, time of change and size. That old and new belong together is inferred:
 * somebody else's value may have been put there.
 *
 * Only a version of which everything was told is compared with the one before. Values that lay side by side in one
 * version never replace each other. Bounded: the place that was read longest ago goes first.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "event/observation.h"

#define CL_PLACE_VALUES 64 /* of one version */
#define CL_ROTATIONS_MAX CL_PLACE_VALUES

struct cl_rotation {
	uint8_t from[CL_FP_SIZE], to[CL_FP_SIZE];
};

struct cl_places;
int cl_places_new(struct cl_places **out, size_t max);
void cl_places_free(struct cl_places **p);
/* Takes every observation; returns how many rotations it shows. Without memory it forgets. */
size_t cl_places_take(struct cl_places *t, const struct cl_observation *obs, struct cl_rotation out[CL_ROTATIONS_MAX]);
uint64_t cl_places_evicted(const struct cl_places *t);
