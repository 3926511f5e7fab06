/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage policy`: what its verbs share. */
#pragma once

#include "command/command.h"

/* The document that POLICY names (a policy, or a whole configuration), NULL: that the configuration in use names; as text,
 * caller frees. Prints the error. 0 or CL_EXIT_FAILED. */
int cl_site_read(struct cl_common *common, const char *policy, char **out);
/* `policy test`: an exit status; 1: something changes. */
int cl_site_test(struct cl_common *common, const char *policy, const char *recording);
