/* SPDX-License-Identifier: Apache-2.0 */
/* One credential as `credentials` tells of it: a record for programs, and the same for people. */
#pragma once

#include "base/error.h"
#include "store/store.h"

/*
 * The members of a record, where known: fingerprint, key_id, first_fingerprint, first_key_id, provider, format, class,
 * expires, rotated_to, rotated_from, rotated_at, replaced_at, rotated_in, rotation_basis, local, first_seen, last_seen,
 * age_seconds, lifetime_seconds, facts {}, label, label_from, owner, owner_from, state, policy {}, allowed_times,
 * allowed_last, files [], destinations [], runs [] (the newest), findings [], last_used (a holder connected somewhere),
 * processes, files_total, runs_total, destinations_total, findings_total; of `show` also changes [].
 */
#define CL_CREDENTIAL_LISTED 200 /* entries of each list of `show`; how many there are in all is said beside it */
#define CL_CREDENTIAL_SOME 5	 /* of `list` */

struct cl_credential_ask {
	struct cl_store_db *db;
	const cJSON *config; /* the configuration's policy statements */
	int listed;	     /* entries of each list; 0: no lists */
};

/* Fills o from the node. 0 or -errno. */
int cl_credential_fill(const struct cl_credential_ask *ask, const struct cl_node *n, cJSON *o, struct cl_error *err);
void cl_credential_put_head(void); /* the titles of the rows */
void cl_credential_put_row(const cJSON *o);
void cl_credential_put_whole(const cJSON *o);
