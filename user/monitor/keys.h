/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fingerprint key as the configuration names it, held against the store that was made with it: with another key
 * nothing known there would be recognised, and nobody would be told. So a key is only made where there is no store yet.
 */
#pragma once

#include "config/config.h"
#include "fingerprint/fingerprint.h"
#include "store/store.h"

/* What the store was made with; 0: it does not say. */
struct cl_known_keys {
	uint32_t id, local_id;
};
/* Reads it from the store in the state directory. 0 (also where there is no store), or why it can't be read. */
int cl_keys_known(const char *state_dir, struct cl_known_keys *out, struct cl_error *err);
/* Writes it into a store; the text form alone, for cl_writer_meta. */
int cl_keys_remember(struct cl_store_db *db, const struct cl_fp_key *k);
#define CL_KNOWN_KEYS_TEXT 20
char *cl_keys_text(char buf[CL_KNOWN_KEYS_TEXT], const struct cl_fp_key *k);

/* path holds what `out` points to. */
#define CL_KEYS_PATH 300
void cl_keys_options(const struct cl_config *c, struct cl_fp_options *out, char path[CL_KEYS_PATH]);
int cl_keys_open(struct cl_fp_key **out, const struct cl_config *c, struct cl_error *err);
/* 0, or -EINVAL with what happens and how to go on. */
int cl_keys_check(const struct cl_fp_key *k, const struct cl_known_keys *known, const char *state_dir,
		  struct cl_error *err);
