/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path globs of the catalogue: "~" at the start is any directory, "*" stays within a component, "**" as a whole
 * component is any number of components. Iterative: a hostile path costs at most its length times the pattern's.
 */
#pragma once

#include <stdbool.h>

#include "base/error.h"

#define CL_GLOB_MAX 255

bool cl_glob_match(const char *glob, const char *path);
/* NULL when the glob is well formed, else what is wrong with it. */
const char *cl_glob_check(const char *glob);
