/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event -> observation: the only place that looks at arguments, environments and file content. It scans and
 * fingerprints them, redacts the command line, keeps the variables that recognisers ask for, and wipes the rest.
 */
#pragma once

#include "credential/credential.h"
#include "event/event.h"
#include "event/observation.h"

struct cl_observer;
struct cl_observer_stats {
	uint64_t events, malformed, scanned_bytes, sightings, sightings_cut;
};

int cl_observer_new(struct cl_observer **out, const struct cl_catalogue *c, struct cl_scanner *s);
void cl_observer_free(struct cl_observer **p);
/*
 * Reads one raw record and wipes it (record is not const for that). 1: *out is an observation, valid until the next
 * call. 0: nothing to tell (a candidate file that no store claims; *out has path, dev, ino for the filter).
 * -EPROTO: malformed, counted.
 */
int cl_observe(struct cl_observer *o, void *record, size_t size, struct cl_observation *out);
const struct cl_observer_stats *cl_observer_stats(const struct cl_observer *o);
