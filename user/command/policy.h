/* SPDX-License-Identifier: Apache-2.0 */
/* `credlineage credentials`, the part about policy: changing it, its log, and what is shown of it. */
#pragma once

#include "command/reader.h"

/* Asks the monitor for a change, or makes it in the store while no monitor runs there; says which. The request is one of
 * policy/policy.h with "fingerprint"; completed here. An exit status. */
int cl_policy_ask(struct cl_common *common, cJSON *request);
/* The same of any request of query/ledger.h: *after is what it gives back, *monitored whether a monitor did it. 0 or
 * -errno with a text. */
int cl_policy_send(struct cl_common *common, cJSON *request, cJSON **after, bool *monitored, struct cl_error *err);
/* Every change and refusal, oldest first; typed NULL: of all credentials. An exit status. */
int cl_policy_audit(struct cl_common *common, struct cl_store_db *db, const char *typed);

/*
 * What policy says about a credential into its record: "label", "owner" with "label_from", "owner_from" (store,
 * configuration), "state", "policy": {"store":{},"configuration":{}}, "allowed_times", "allowed_last".
 * `config`: the configuration's statements. 0 or -errno.
 */
int cl_policy_fill(struct cl_store_db *db, const cJSON *config, const struct cl_node *n, cJSON *o,
		   struct cl_error *err);
/* "changes": the last ones. */
int cl_policy_fill_changes(struct cl_store_db *db, const char *id, cJSON *o, struct cl_error *err);
/* Gives an empty node for every credential that policy speaks of and nobody has seen. */
int cl_policy_unseen(struct cl_store_db *db, const cJSON *config, int (*each)(void *ctx, const struct cl_node *n),
		     void *ctx, struct cl_error *err);
/* The lines of a record for people; nothing where there is no policy. */
void cl_policy_put(const cJSON *o);
