/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An output: one place that findings, and events where it asks for them (output/terms.h), go to, with its format and its
 * filter, made of a spec (output/spec.h). It keeps none of them; what waits for it is delivery's. Two threads may send:
 * they take turns.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "output/terms.h"

/* A finding, or an act with a credential, on its way. */
struct cl_parcel {
	const cJSON *finding; /* native (detect/detect.h) */
	int result;	      /* 0: it is there; -EAGAIN: to be sent again; another: refused for good, `why` says so */
	struct cl_error why;
};

struct cl_output;
int cl_output_new(struct cl_output **out, const char *spec, struct cl_error *err);
void cl_output_free(struct cl_output **p);
const char *cl_output_name(const struct cl_output *o); /* key of its outbox (spec.h) */
const char *cl_output_spec_text(const struct cl_output *o);
const struct cl_output_terms *cl_output_terms(const struct cl_output *o); /* never changes */
bool cl_output_is_stdout(const struct cl_output *o);
bool cl_output_is_one(const struct cl_output *o);  /* another of the same spec would be in its way: share this one */
size_t cl_output_batch(const struct cl_output *o); /* parcels that one call may carry, at least 1 */
/*
 * Sends parcels, which are all for this output, in their order. 0: each has its result, none is to be sent again;
 * -EAGAIN: those from the first with -EAGAIN on are to be sent again, err says what is in the way; *retry_ns: not before
 * (CLOCK_BOOTTIME), when the other end named a time, else 0. Some seconds may pass in it; after cl_output_stop less than one.
 */
int cl_output_send(struct cl_output *o, struct cl_parcel *parcels, size_t n, uint64_t *retry_ns, struct cl_error *err);
void cl_output_stop(struct cl_output *o);   /* from any thread: what waits in it ends now, nothing is sent any more */
void cl_output_reopen(struct cl_output *o); /* files and keys are read anew (SIGHUP) */
