/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reaching into another process does to the holdings. Who reached into a holder
 * has what it holds, but used nothing: only what it does next is judged as a use. Inside of the engine.
 */
#pragma once

#include "detect/engine.h"

int cl_reach_apply(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor);
/* A read of the environment of another process, by its file in /proc: the same, and seen. */
bool cl_reach_is_environ(const struct cl_observation *obs);
int cl_reach_read(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor);
