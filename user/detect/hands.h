/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose hand it was. Some of what shares a credential is no second piece of work:
 *   a person's sessions, jobs that the person put into cron or at, and tools that the person started in another session
 *   are the person's own; two agents, or two pieces of declared work, are not;
 *   who looks after files (a unit's backup, an administrator with an editor, a nightly search through /etc) reads them in
 *   place, as root or as who has them, with a program that is made for that, and does nothing else with what is in them.
 * CI jobs, containers and pods are work of their own, whoever they run as.
 */
#pragma once

#include <stdbool.h>

#include "detect/detector.h"

bool cl_hands_of_one_person(const struct cl_use *a, const struct cl_use *b);
/* `a` only looks after the file from which `b` has it. It is true until `a` does more. */
bool cl_hands_look_after(const struct cl_use *a, const struct cl_use *b);
