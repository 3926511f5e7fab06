/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody needs who looks at the store again and again: whether anything changed, and the ends of long lists in
 * few columns, so that only what is new has to be read whole.
 */
#pragma once

#include "store/store.h"

/* A number that is another one after somebody else wrote; it says nothing about how much. */
int cl_store_changes(struct cl_store_db *db, uint64_t *out);

struct cl_recent_node {
	const char *id;
	uint64_t last;
};
enum cl_recent_order {
	CL_RECENT_LATEST, /* seen last; costs a look at every node of the kind */
	CL_RECENT_NEWEST, /* entered last; costs what it gives */
};
/* At most `limit` nodes of a kind other than processes, the most recent one first. */
int cl_store_recent_nodes(struct cl_store_db *db, uint32_t kind, enum cl_recent_order order, uint64_t limit,
			  int (*each)(void *ctx, const struct cl_recent_node *n), void *ctx);

struct cl_recent_finding {
	const char *id, *detector, *credential; /* credential "": none */
	uint32_t severity;			/* as of cl_store_severity */
	uint64_t first, last, count;
};
/* At most `limit` findings, the latest one first; of one credential (NULL: all) in no order. */
int cl_store_recent_findings(struct cl_store_db *db, const char *credential, uint64_t limit,
			     int (*each)(void *ctx, const struct cl_recent_finding *f), void *ctx);

struct cl_holding_run {
	const char *id;
	uint64_t last;		  /* when it was last seen */
	uint64_t runs, workflows; /* all that ever did, the same with each */
};
/* At most `limit` runs whose processes held the credential, the one that was seen last first. */
int cl_store_holding_runs(struct cl_store_db *db, const char *credential, uint64_t limit,
			  int (*each)(void *ctx, const struct cl_holding_run *run), void *ctx);
