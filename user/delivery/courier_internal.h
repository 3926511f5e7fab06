/* SPDX-License-Identifier: Apache-2.0 */
/* A courier as its thread (courier.c) and the writer's side of it (courier_desk.c) see it. */
#pragma once

#include <pthread.h>

#include "delivery/courier.h"
#include "delivery/flow.h"
#include "delivery/pace.h"

#define CL_COURIER_SETTLED 4096 /* results that wait for the writer at most; until then it sends no more */
#define CL_COURIER_BATCH 500
#define CL_COURIER_SAY_NS (60 * 1000000000ull) /* between two lines of the same kind in the log */

struct cl_courier {
	struct cl_output *output;
	struct cl_flow *flow; /* of events; NULL: it asked for none */
	struct cl_store_db *db;
	uint64_t outbox;
	void (*wake)(void *ctx);
	void *ctx;
	pthread_t thread;
	bool started;
	/* of the thread */
	struct cl_backoff backoff;
	struct cl_pace pace;
	struct cl_error trouble;	 /* why it waits; "": it does not */
	uint64_t refusal_said;		 /* boot ns */
	uint64_t drop_said, drop_unsaid; /* the writer's thread's */

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	bool stop, ended, reopen, rewind, work;
	enum cl_delivery_state state;
	uint64_t taken; /* last report that is sent or on its way */
	uint64_t next_try;
	struct cl_settled *settled; /* not handed over yet */
	size_t n_settled, n_handed;
	struct cl_delivery_stats stats;
	char error[sizeof(((struct cl_error *)0)->text)];
	bool news; /* of stats, for the store */
};

/* The thread of a courier, arg. */
void *cl_courier_work(void *arg);
