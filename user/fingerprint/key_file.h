/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key files: made whole and synced, mode 0600, never written over. `rotate` leaves the old key beside the new one as
 * FILE.old, `retire` removes it; at every moment in between, and after a crash at any, there is a whole key under FILE.
 */
#pragma once

#include "fingerprint/fingerprint.h"

/* Makes the file with a new key when there is none; whoever comes first has made it. 0 or an error with its text. */
int cl_key_make(const char *path, struct cl_error *err);
/* A new key under `path`, the old one under `path`.old. -EEXIST: another old one is there still. */
int cl_key_rotate(const char *path, uint32_t *old_id, uint32_t *new_id, struct cl_error *err);
/* Removes `path`.old if it has that id (what it held is overwritten, as far as the disk lets that happen). */
int cl_key_retire(const char *path, uint32_t id, struct cl_error *err);
/* "<path>.old" */
int cl_key_old_path(const char *path, char *buf, size_t size);
