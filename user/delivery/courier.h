/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A courier brings one output what is in its outbox: a thread of its own, which reads the store by a connection of its
 * own and never writes it. What became of each report it hands to the writer's thread, which enters that and counts;
 * until it is entered nothing is forgotten: after a restart it is sent once more. It sends in the order of the reports and
 * goes past none that has still to be sent.
 *
 * Events, where the output asks for them, go by another way (flow.h), which begins and ends with the courier.
 *
 * All but cl_courier_stats is called by the writer's thread, or before it starts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "delivery/delivery.h"
#include "output/output.h"
#include "store/outbox.h"

struct cl_courier;
/* Takes the output over. What the store says of the outbox is where the counters begin. */
int cl_courier_new(struct cl_courier **out, struct cl_output **output, const struct cl_delivery_options *o,
		   uint64_t outbox, struct cl_error *err);
int cl_courier_start(struct cl_courier *c);
void cl_courier_stop(struct cl_courier *c); /* asks it to end; does not wait */
bool cl_courier_is_started(const struct cl_courier *c);
bool cl_courier_ended(struct cl_courier *c);
/* Waits for its end; see cl_courier_ended. NULL-safe. */
void cl_courier_free(struct cl_courier **p);

const struct cl_output *cl_courier_output(const struct cl_courier *c);
uint64_t cl_courier_outbox(const struct cl_courier *c);
void cl_courier_reopen(struct cl_courier *c); /* files and keys anew, before it sends on */
void cl_courier_begin(struct cl_courier *c,
		      const struct cl_outbox *o); /* counters and what waits, as the store has it */

void cl_courier_mail(struct cl_courier *c, uint64_t n); /* so many more wait, the newest */
/* What waits and what is dead has become what the store says. */
void cl_courier_count_again(struct cl_courier *c, const struct cl_outbox *o);
/* What waits is in part older than what was sent last, and what was in the way may be no more: it tries at once. */
void cl_courier_look_again(struct cl_courier *c);
struct cl_outbox_bound cl_courier_bound(struct cl_courier *c, uint64_t wall_ns);
bool cl_courier_is_full(struct cl_courier *c);
void cl_courier_dropped(struct cl_courier *c, uint64_t dropped); /* put out of the outbox; said, once a minute */

/* What became of reports since the last time. True: something did, *out is to be entered and then given back. */
bool cl_courier_collect(struct cl_courier *c, struct cl_settlement *out, uint64_t wall_ns);
void cl_courier_entered(struct cl_courier *c, struct cl_settlement *s, bool is_entered);
bool cl_courier_is_settled(struct cl_courier *c); /* all is entered */
/* Nothing to do now: all is sent and entered, or it waits for something. */
bool cl_courier_is_quiet(struct cl_courier *c);

struct cl_flow;
struct cl_flow *cl_courier_flow(struct cl_courier *c); /* of events; NULL: it asked for none; from any thread */
void cl_courier_stats(struct cl_courier *c, void (*each)(void *ctx, const struct cl_delivery_stats *s), void *ctx);
