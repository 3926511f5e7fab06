/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow of events (acts with a credential) to one output that asks for them with events=credential. Events are many
 * and findings are not, so events go a way of their own on which they hold up no finding and nobody who makes them: a
 * queue in memory, a thread, and, but for a file and standard output, a connection of their own. At a file and at standard
 * output they take turns with findings, one for one.
 *
 * Delivery: in order, tried again as findings are, but not kept across a restart. At most CL_FLOW_BYTES wait for an output;
 * while they do, new ones are dropped. What is dropped, refused by the receiver, or still waits when the monitor ends is
 * lost: it is counted and said, once a minute. One may come twice, with the same metadata.uid.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delivery/delivery.h"
#include "output/output.h"

#define CL_FLOW_BYTES (4ul << 20) /* some 1,500 events as they are kept */

struct cl_flow;
struct cl_flow_stats { /* since the start */
	enum cl_delivery_state state;
	struct cl_event_stats events;
	uint64_t failures, last_success, error_time, next_try; /* as struct cl_delivery_stats has them */
	char error[sizeof(((struct cl_error *)0)->text)];      /* "": nothing ever was in the way */
};

/* `beside`: the output of findings, which outlives the flow. */
int cl_flow_new(struct cl_flow **out, struct cl_output *beside, const struct cl_delivery_options *o,
		struct cl_error *err);
int cl_flow_start(struct cl_flow *f);
void cl_flow_stop(struct cl_flow *f); /* asks it to end; does not wait */
bool cl_flow_ended(struct cl_flow *f);
void cl_flow_free(struct cl_flow **p); /* waits for its end; NULL-safe */
void cl_flow_reopen(struct cl_flow *f);

/* ---- from any thread; none of it blocks ---- */

bool cl_flow_has_room(struct cl_flow *f);
void cl_flow_drop(struct cl_flow *f); /* one that found no room */
/* An act (credlineage.act/1) as JSON text, which is copied. */
void cl_flow_put(struct cl_flow *f, const char *text, size_t len);
bool cl_flow_is_quiet(struct cl_flow *f); /* all is sent, or waits for something */
struct cl_flow_stats cl_flow_stats(struct cl_flow *f);
