/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording: gzip over the line "credlineage.recording/1\n", then per observation a little-endian u32 length and
 * that many bytes of codec output, then a zero length as the end mark. A file without the end mark is truncated:
 * reading gives all whole observations first and then -ENODATA.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "event/observation.h"

struct cl_recorder;
int cl_recorder_new(struct cl_recorder **out, const char *path, struct cl_error *err); /* creates, mode 0600 */
int cl_recorder_add(struct cl_recorder *r, const struct cl_observation *obs);	       /* 0 or -errno, sticky */
int cl_recorder_finish(struct cl_recorder *r, struct cl_error *err); /* writes the end mark; 0 or the first error */
void cl_recorder_free(struct cl_recorder **p);			     /* finishes when that was not done */

struct cl_player;
int cl_player_new(struct cl_player **out, const char *path, struct cl_error *err);
/* 1 and an observation (valid until the next call), 0 at the end, -ENODATA truncated, -EPROTO damaged. */
int cl_player_next(struct cl_player *p, struct cl_observation *out, struct cl_error *err);
void cl_player_free(struct cl_player **p);
