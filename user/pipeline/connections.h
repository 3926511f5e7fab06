/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that a process made or took before it held a credential: what it sends on them later passes no probe, so
 * that it may use the credential there is an inference. Bounded: the latest few of a process, the least recently active
 * process goes first.
 */
#pragma once

#include "event/observation.h"

#define CL_CONNECTIONS_EACH 4

struct cl_connections;

int cl_connections_new(struct cl_connections **out);
void cl_connections_free(struct cl_connections **p);
/* Takes every observation; only streams count. Without memory it forgets. */
void cl_connections_take(struct cl_connections *c, const struct cl_observation *obs);
/* The actor's, the oldest first, as observations of kind connect at the time of `now`: borrowed until the next take. */
size_t cl_connections_of(const struct cl_connections *c, const struct cl_observation *now,
			 struct cl_observation out[CL_CONNECTIONS_EACH]);
uint64_t cl_connections_evicted(const struct cl_connections *c);
