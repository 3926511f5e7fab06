/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store keeps of policy: the statement of each source about each credential (shapes: policy/policy.h), and a
 * log of every change. The log is only ever added to: nothing here or elsewhere in the program changes or removes an
 * entry, and retention leaves it alone.
 *
 * An entry is a JSON object: {"time","fingerprint","what":"label|owner|allow|revoke|...","undo":true,
 *   "by":{"name","uid","loginuid","sudo_uid"},"way":"monitor|store|configuration","outcome":"done|refused",
 *   "reason","before":{},"after":{},"error","unlogged" (refusals before this one that had no room)}
 */
#pragma once

#include "store/store.h"
#include "policy/policy.h"

#define CL_STORE_CREDENTIAL_ID 40 /* "cred:" and 32 hex digits */

/* A statement and the entry that tells of it, both or none, on the disk when it returns. An empty or NULL statement
 * takes the row away. -ENOSPC with a text: the source has CL_POLICY_STATEMENTS already. */
int cl_store_policy_put(struct cl_store_db *db, uint32_t source, const char *credential, const cJSON *statement,
			const cJSON *entry, struct cl_error *err);
/* An entry alone. */
int cl_store_policy_tell(struct cl_store_db *db, const cJSON *entry, struct cl_error *err);

/* The statement of one source about a credential, whichever of its fingerprints it names; *out NULL when there is none.
 * `credential`: the first of them, as its node is called. */
int cl_store_policy(struct cl_store_db *db, uint32_t source, const char *credential, cJSON **out, struct cl_error *err);
/* All of them, by credential; a row that is damaged is an error that names it. */
int cl_store_policies(struct cl_store_db *db, int (*each)(void *ctx, uint32_t source, const cJSON *statement),
		      void *ctx, struct cl_error *err);
/* The log's entries, oldest first; credential NULL: of all. */
int cl_store_policy_log(struct cl_store_db *db, const char *credential, int (*each)(void *ctx, const cJSON *entry),
			void *ctx, struct cl_error *err);

/*
 * Which credential is meant: a fingerprint or the beginning of one, among those that were seen or that policy speaks
 * of. A whole fingerprint need not have been seen. -EINVAL not a fingerprint, -ENOENT, -ENOTUNIQ (the text lists
 * candidates).
 */
int cl_store_policy_resolve(struct cl_store_db *db, const char *typed, char out[CL_STORE_CREDENTIAL_ID],
			    struct cl_error *err);
