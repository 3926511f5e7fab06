/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the store to the outputs. Each output has an outbox in the store (store/outbox.h), into which a report goes
 * together with the finding, and a thread that brings it there (courier.h): at least once, in order, whatever is
 * restarted; one that is slow or dead holds up nobody else. Only the writer's thread writes: what became of each report
 * is collected and entered by cl_delivery_settle.
 *
 * An outbox is bounded in number and age (output/terms.h); what is over the bound is dropped, counted and said. What a
 * receiver refuses for good is kept as a dead letter, the latest thousand of each output.
 *
 * Acts with a credential, for outputs that ask for them (events=credential), go past store and outbox: see flow.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

#define CL_DELIVERY_OUTPUTS 32

struct cl_delivery_options {
	struct cl_store_db *db;	 /* the writer's; borrowed */
	const char *store;	 /* its path, for readers */
	void (*wake)(void *ctx); /* there is something to settle; from any thread */
	void *ctx;
	uint64_t backoff_min, backoff_max; /* ns; 0: 250 ms and 60 s */
};

struct cl_delivery;

enum cl_delivery_state {
	CL_DELIVERY_IDLE = 0,	 /* has everything */
	CL_DELIVERY_SENDING = 1, /* at it */
	CL_DELIVERY_BACKOFF = 2, /* something is in the way: waits until `next_try` */
	CL_DELIVERY_PACED = 3,	 /* its rate holds it back */
};

/* Of the events that one output asked for (flow.h), since the start. */
struct cl_event_stats {
	uint64_t waiting, sent;
	uint64_t refused, dropped; /* lost: by the receiver's word; for want of room to wait in */
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
	uint64_t dead_dropped;	/* that are gone: put out by later ones, or thrown away */
	uint64_t last_success;	/* wall ns; 0: never */
	uint64_t error_time;	/* wall ns of `error` */
	const char *error;	/* what was in the way last; "": nothing ever */
	uint64_t next_try;	/* boot ns, while it waits; else 0 */
	bool has_events;	/* it asked for some */
	struct cl_event_stats events;
};

/* Opens every spec; nothing is sent yet. Two outputs of one name are an error. */
int cl_delivery_new(struct cl_delivery **out, const struct cl_delivery_options *o, char *const *specs, size_t n,
		    struct cl_error *err);
int cl_delivery_start(struct cl_delivery *d);
/* Ends within about a second: what is on its way is entered, what waits stays for the next time. */
void cl_delivery_stop(struct cl_delivery *d);
void cl_delivery_free(struct cl_delivery **p); /* stops; NULL-safe */

/* ---- of the writer's thread, or before the start ---- */

/* Stores reports (cl_store_report) and puts each into the outbox of every output that wants it: all in one transaction,
 * on the disk when it returns. An error: none of them is stored. */
int cl_delivery_report(struct cl_delivery *d, const cJSON *const *findings, size_t n, struct cl_error *err);
/* Posts reports that were stored otherwise, enters what became of those that went out; once a minute puts out what is too old. An error: nothing is lost, try again. */
int cl_delivery_settle(struct cl_delivery *d, struct cl_error *err);
/* All is sent and entered, or waits for something that is in the way. */
bool cl_delivery_is_quiet(struct cl_delivery *d);
bool cl_delivery_is_empty(struct cl_delivery *d); /* nothing waits */
/* These are the outputs from now on (SIGHUP): what is new begins, what is gone ends, what changed begins again where it
 * was; each opens its files and keys anew. An error: all is as it was. `said`: what became of it, for the log. */
int cl_delivery_reload(struct cl_delivery *d, char *const *specs, size_t n, char *said, size_t size,
		       struct cl_error *err);
/* Dead letters of an output (NULL: all), of a finding (NULL: all), are sent once more, at once and before what is newer,
 * or thrown away. *n: how many. -ENOENT: there is no such output that could send them. */
int cl_delivery_dead(struct cl_delivery *d, const char *output, const char *finding, bool is_retry, uint64_t *n,
		     struct cl_error *err);

/* ---- from any thread ---- */

/* For cl_detect_tell_acts: whether an output asks for acts; whether one of these has room for one more, which is counted
 * as dropped by all of them where none has; hands one over, which is copied. */
bool cl_delivery_wants_acts(struct cl_delivery *d);
bool cl_delivery_act_room(struct cl_delivery *d);
void cl_delivery_act(struct cl_delivery *d, const cJSON *act);

/* Each output in the order of the configuration; `each` must not block. */
void cl_delivery_stats(struct cl_delivery *d, void (*each)(void *ctx, const struct cl_delivery_stats *s), void *ctx);
/* Of all outputs, since the start. */
struct cl_delivery_totals {
	uint64_t sent, refused, dropped;
};
struct cl_delivery_totals cl_delivery_totals(struct cl_delivery *d);
const char *cl_delivery_state_name(enum cl_delivery_state state); /* "idle", "sending", "backoff", "paced" */
