/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `doctor --health` and `doctor --watch`: what the running monitor says of its own health. Exit status for a container's
 * or Nagios' check: 0 healthy, 1 degraded, 3 not running (or not to be asked).
 */
#pragma once

#include "command/command.h"

/* Asks once. */
int cl_health_once(const struct cl_common *common);
/* Asks every `seconds`, a line each, until it is interrupted: then with the status of the last answer. */
int cl_health_watch(const struct cl_common *common, uint64_t seconds);
