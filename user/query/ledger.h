/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of policy and reviews of findings, as whoever may write the store makes them: the monitor, or a command while
 * no monitor runs. Each change and each refusal is an entry of the store's log; what could not be logged did not happen.
 */
#pragma once

#include "store/statements.h"
#include "policy/who.h"

struct cl_ledger_ask {
	/*
	 * A change as of policy/policy.h, and "fingerprint": whole or its beginning. Or a review:
	 * {"verb":"ack","finding": whole id or its beginning,"reason","undo":true (it is new again)}.
	 */
	const cJSON *request;
	const struct cl_who *who;
	const char *way; /* "monitor", "store" */
	uint64_t wall_ns;
	uint64_t unlogged; /* refusals before this one that were not logged, there were too many */
};

/* *after: the store's statement as it is now, maybe empty; of a review {"finding","review"} (store/review.h). A refusal is
 * logged too; its text is in err. */
int cl_ledger_change(struct cl_store_db *db, const struct cl_ledger_ask *ask, cJSON **after, struct cl_error *err);
/* A request that was not even looked at, and why. */
int cl_ledger_refuse(struct cl_store_db *db, const struct cl_ledger_ask *ask, const char *why);
/* Makes the store's copy of the configuration's statements what the configuration says, and logs every difference.
 * `config`: a list as cl_policy_take_all gives it; NULL: none. */
int cl_ledger_sync(struct cl_store_db *db, const cJSON *config, uint64_t wall_ns, struct cl_error *err);
