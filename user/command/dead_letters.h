/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage outputs drain --dead`: what receivers refused for good. */
#pragma once

#include "command/command.h"

enum cl_dead_verb { CL_DEAD_LIST = 0, CL_DEAD_RETRY = 1, CL_DEAD_DISCARD = 2 };

/* Of one output (NULL: all), of one finding (NULL: all). A running monitor is asked to change them, else the store is
 * changed. An exit status. */
int cl_dead_letters(const struct cl_common *common, enum cl_dead_verb verb, const char *output, const char *finding);
