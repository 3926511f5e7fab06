/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a key from where it lies, straight into secure memory. Inside of fingerprint.c and of key_file.c. */
#pragma once

#include "fingerprint/fingerprint.h"

/* 0, -ENOENT (with a text), or an error with its text. made: see cl_fp_info. */
int cl_key_read(const struct cl_key_source *s, uint8_t key[CL_KEY_SIZE], uint64_t *made, struct cl_error *err);
const char *cl_key_source_text(const struct cl_key_source *s, char *buf, size_t size);
uint32_t cl_key_id_of(const uint8_t key[CL_KEY_SIZE]);
