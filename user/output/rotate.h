/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a file is full or old, and making room for the next: PATH.1 is the newest of those put away, PATH.N the oldest.
 *
 * Options of a spec: rotate-size (bytes, or with k, M, G: 1024 and so on; at least 4k), rotate-age (a duration: "24h"; at
 * least 1s; since the file's birth, where the file system knows it, else since it was opened), keep (how many are put away, 1 to
 * 1000; 7 when not given; the oldest is removed).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "output/spec.h"

#define CL_ROTATION_OPTIONS "rotate-size", "rotate-age", "keep"

struct cl_rotation {
	uint64_t size;	 /* bytes; 0: any */
	uint64_t age_ns; /* 0: any */
	uint64_t keep;
};

int cl_rotation_parse(struct cl_rotation *r, const struct cl_output_spec *spec, struct cl_error *err);
/* `len` bytes are about to be appended to a file opened at `opened` (wall ns). An empty file is never due. */
bool cl_rotation_due(const struct cl_rotation *r, int fd, uint64_t opened, size_t len);
/*
 * Puts `path` away. Each step is a rename to a name that is free, the last one that of `path` itself: whenever it is cut
 * short, every file is still there and the next call goes on.
 */
int cl_rotate(const struct cl_rotation *r, const char *path, struct cl_error *err);
