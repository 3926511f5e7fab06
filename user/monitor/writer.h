/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that writes the store. It is fed by the capture thread through a bounded queue and never
 * makes it wait: graph changes stay in the graph while the queue is full (they coalesce there), findings have a queue
 * of their own with a cap and a counter; when it is full the oldest of the least severe gives way.
 *
 * A store that cannot be written (the disk is full) is tried again every second; until then everything waits here and
 * in the graph. No output sees a finding before the store has it.
 *
 * A finding is committed to the store, in the same transaction into the outbox of each output that wants it. Outputs
 * have threads of their own (delivery/delivery.h), which hold up neither this one nor each other.
 */
#pragma once

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "delivery/delivery.h"
#include "metrics/latency.h"
#include "store/store.h"

struct cl_writer;

struct cl_writer_stats {
	uint64_t findings, findings_dropped, findings_waiting, batches, store_errors;
	struct cl_delivery_totals outputs;
	int store_error;	   /* why the store cannot be written now, negative errno; 0: it can */
	struct cl_latency latency; /* from the act that decided a finding to the finding stored */
};

/* Opens the store in `directory` and every output spec. Owns both from then on. */
int cl_writer_new(struct cl_writer **out, const char *directory, char *const *specs, size_t n_specs,
		  struct cl_error *err);
/* The store, for the time before cl_writer_start only. */
struct cl_store_db *cl_writer_db(struct cl_writer *w);
void cl_writer_retention(struct cl_writer *w, uint64_t max_age, uint64_t max_bytes); /* before the start */
/* Each report is put to `judge` on the writer's thread before it is stored: it may change it; false: it is not stored.
 * Before the start. */
void cl_writer_judge_with(struct cl_writer *w, bool (*judge)(void *ctx, cJSON *finding), void *ctx);
int cl_writer_start(struct cl_writer *w);
/* Writes what is queued, waits at most two seconds for outputs, joins, closes. NULL-safe. */
void cl_writer_free(struct cl_writer **p);

/* Copies it. `acted`: boot ns of the act that decided it, 0 where that says nothing. */
void cl_writer_finding(struct cl_writer *w, const cJSON *finding, uint64_t acted);
bool cl_writer_has_room(struct cl_writer *w);				       /* for a batch */
void cl_writer_batch(struct cl_writer *w, struct cl_batch *batch);	       /* takes over */
void cl_writer_meta(struct cl_writer *w, const char *name, const char *value); /* NULL: removes the name's value */
/* Something to be done with the store by its one thread, soon: `run` is called there, once, with what the caller keeps
 * until then. False: too many wait. What still waits at the end is not run. */
bool cl_writer_ask(struct cl_writer *w, void (*run)(void *ctx, struct cl_store_db *db), void *ctx);
/* How far the store is: what was handed to the writer before the fence is committed (or dropped) when it is passed. */
struct cl_writer_fence {
	uint64_t findings, batches;
};
struct cl_writer_fence cl_writer_fence(struct cl_writer *w);
bool cl_writer_passed(struct cl_writer *w, const struct cl_writer_fence *fence);
uint64_t
cl_writer_turned(struct cl_writer *w); /* boot ns at which its thread last came by; it waits a second at most */
struct cl_writer_stats cl_writer_stats(struct cl_writer *w);
/* Each output (delivery/delivery.h), from any thread. */
void cl_writer_outputs(struct cl_writer *w, void (*each)(void *ctx, const struct cl_delivery_stats *s), void *ctx);
/* The outputs: what may be called from any thread; within cl_writer_ask's `run` the rest, too. */
struct cl_delivery *cl_writer_delivery(struct cl_writer *w);
