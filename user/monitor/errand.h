/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Something that a request on the control socket has done by the writer's thread, which has the store: one at a time.
 * Whoever asked comes again with the same request until it is done (control/control.h: -EAGAIN) and is known by the two;
 * where he does not come, the next one takes his place. Keeps nothing of the request itself.
 *
 * All but cl_errand_done is called by the thread that serves the socket.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "control/control.h"
#include "monitor/writer.h"

/* Zero: nothing is under way. */
struct cl_errand {
	atomic_int state;
	uint64_t asked; /* hash of the request */
	pid_t pid;	/* whose */
};

enum cl_errand_turn {
	CL_ERRAND_BEGIN = 0,   /* nothing is under way, or what is done is nobody's any more: it is his to begin */
	CL_ERRAND_WAIT = 1,    /* what he asked for is under way */
	CL_ERRAND_ANOTHER = 2, /* something else is: he has to wait for his turn */
	CL_ERRAND_DONE = 3,    /* what he asked for is done: answer him, then cl_errand_end */
};

/* What a request is to be met with: an enum cl_errand_turn, or -ENOMEM. */
int cl_errand_turn(struct cl_errand *e, const struct cl_peer *peer, const cJSON *request);
/*
 * `run` is called with `ctx` on the writer's thread, where it says cl_errand_done last: until then all that it uses is
 * its own. -EBUSY: too much waits there, and nothing has begun.
 */
int cl_errand_begin(struct cl_errand *e, struct cl_writer *w, void (*run)(void *ctx, struct cl_store_db *db),
		    void *ctx);
void cl_errand_done(struct cl_errand *e);
void cl_errand_end(struct cl_errand *e);
bool cl_errand_is_pending(const struct cl_errand *e);
bool cl_errand_is_done(const struct cl_errand *e);
