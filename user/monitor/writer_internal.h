/* SPDX-License-Identifier: Apache-2.0 */
/* The writer as its thread (writer.c) and those who feed it (writer_feed.c) see it. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "monitor/queue.h"
#include "monitor/writer.h"
#include "store/retention.h"

struct cl_writer {
	struct cl_store_db *db;
	char path[512];
	struct cl_delivery *delivery;
	struct cl_retention retention;
	bool (*judge)(void *ctx, cJSON *finding); /* NULL: nobody else is asked */
	void *judge_ctx;
	pthread_t thread;
	bool started;
	_Atomic uint64_t turned; /* boot ns */

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t wake;
	bool stopping, mail; /* outputs have something to be entered */
	struct cl_queue findings, batches, meta, asks;
	struct cl_writer_stats stats;
};
