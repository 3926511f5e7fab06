/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs `top`: a thread of its own looks at store and monitor once a second, so that keys are answered while a large
 * store is read or a monitor hangs. Store and monitor are only read.
 */
#pragma once

#include <cjson/cJSON.h>

#include "base/error.h"

struct cl_top_options {
	const char *store, *socket; /* paths */
	const char *state;	    /* directory that the store is in: a monitor of another one is none of ours */
};

/* Until somebody quits (0), or -errno. The locale is set. */
int cl_top_run(const struct cl_top_options *o, struct cl_error *err);
/* One snapshot, the caller frees it; when a monitor runs, after two of its answers a second apart. */
int cl_top_once(const struct cl_top_options *o, cJSON **out, struct cl_error *err);
