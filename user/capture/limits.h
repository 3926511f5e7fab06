/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways to a credential that the probes do not see, or see less of: the one list of them. `doctor` prints what holds on
 * the running kernel, and the tests excuse nothing else. A limit holds at some tiers of its act, or wherever the kernel
 * lacks something; what it lacks is asked of its types, never of its version.
 */
#pragma once

#include "capture/capture.h"

struct btf;

/* Sets the list that cl_capture_limits() gives: 0, -ENOMEM. */
int cl_limits_fill(struct cl_capture *c, struct cl_error *err);
/* Rows that hold here, at these tiers (CL_ACT_MAX of them). `out` has room for all: cl_limits_count(). Returns how many. */
size_t cl_limits_find(const struct btf *btf, const uint32_t *tiers, const struct cl_limit **out);
size_t cl_limits_count(void);
const struct cl_limit *cl_limits_row(size_t i);
