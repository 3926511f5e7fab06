/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for the writer: items in the order in which they came. Who calls holds the lock that guards the queue. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "store/store.h"

struct cl_item {
	struct cl_item *next;
	uint64_t number; /* of those that were ever in its queue */
	cJSON *finding;
	uint32_t severity;
	bool judged, unwanted; /* by whoever is asked about findings; what is unwanted is not stored */
	uint64_t acted;	       /* boot ns of the act that decided the finding; 0: not known */
	struct cl_batch *batch;
	char *name, *value;
	void (*run)(void *ctx, struct cl_store_db *db);
	void *ctx;
};

struct cl_queue {
	struct cl_item *head, **tail;
	size_t n, held; /* held: the first ones, which are being written */
	uint64_t pushed;
};

void cl_item_free(struct cl_item *item);
void cl_queue_init(struct cl_queue *q);
void cl_queue_clear(struct cl_queue *q);
/* Takes the item over and numbers it. */
void cl_queue_append(struct cl_queue *q, struct cl_item *item);
/* The oldest ones, at most max, stay until they are taken. How many. */
size_t cl_queue_hold(struct cl_queue *q, struct cl_item **out, size_t max);
/* The oldest, which there is; the caller frees it. */
struct cl_item *cl_queue_take(struct cl_queue *q);
/* Takes the oldest of the least severe out for one that is as severe or more; never one that is held. NULL: all are more
 * severe. The caller frees it. */
struct cl_item *cl_queue_give_way(struct cl_queue *q, uint32_t severity);
/* All up to this number are out of it. */
bool cl_queue_has_passed(const struct cl_queue *q, uint64_t number);
