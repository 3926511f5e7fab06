/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the store to the outputs: each output's position in the reports is kept in the store, so that each report goes
 * out at least once and in order, whatever is restarted. For one thread: the writer's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

struct cl_delivery;

enum cl_delivery_state {
	CL_DELIVERY_IDLE = 0,	 /* has everything */
	CL_DELIVERY_SENDING = 1, /* at it */
	CL_DELIVERY_BACKOFF = 2, /* something is in the way: waits until `next_try` */
	CL_DELIVERY_PACED = 3,	 /* its rate holds it back */
};

/* How one output is doing. Counters are kept in the store: they go on where the monitor before stopped. */
struct cl_delivery_stats {
	const char *name; /* borrowed, for the call only */
	enum cl_delivery_state state;
	uint64_t waiting;	/* reports in its outbox */
	uint64_t sent, refused; /* taken by the receiver; refused for good: a dead letter each */
	uint64_t dropped;	/* put out of the outbox, which was over its bound */
	uint64_t failures;	/* times something was in the way, since the start */
	uint64_t dead;		/* dead letters that are kept */
	uint64_t dead_dropped;	/* that were put out by later ones */
	uint64_t last_success;	/* wall ns; 0: never */
	uint64_t error_time;	/* wall ns of `error` */
	const char *error;	/* what was in the way last; "": nothing ever */
	uint64_t next_try;	/* boot ns, while it waits; else 0 */
};

/* Opens every spec; `db` is borrowed. */
int cl_delivery_new(struct cl_delivery **out, struct cl_store_db *db, char *const *specs, size_t n,
		    struct cl_error *err);
void cl_delivery_free(struct cl_delivery **p);
/* Sends each output what it has not had yet, until it is up to date or says not now; adds to *sent and *errors. */
void cl_delivery_pump(struct cl_delivery *d, uint64_t *sent, uint64_t *errors);
/* The earliest moment at which an output wants to be tried again, boot ns; 0: none does. */
uint64_t cl_delivery_due(const struct cl_delivery *d);
/* Each output in the order of the configuration, from any thread; `each` must not block. */
void cl_delivery_stats(struct cl_delivery *d, void (*each)(void *ctx, const struct cl_delivery_stats *s), void *ctx);
/* The last report that every output has had; UINT64_MAX: there is no output. */
uint64_t cl_delivery_done(const struct cl_delivery *d);
