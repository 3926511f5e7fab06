/* SPDX-License-Identifier: Apache-2.0 */
/* What comes to the writer, from any thread: it waits in bounded queues, and nobody waits for it. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "monitor/writer_internal.h"

#define FINDINGS_MAX 16384
#define BATCHES_MAX 4
#define META_MAX 32
#define ASKS_MAX 8

static void append(struct cl_writer *w, struct cl_queue *q, struct cl_item *item)
{
	cl_queue_append(q, item);
	pthread_cond_signal(&w->wake);
}

/* Takes the item over; false (and frees it) when the queue is full. Wakes the thread. */
static bool push(struct cl_writer *w, struct cl_queue *q, size_t max, struct cl_item *item)
{
	bool fits;

	pthread_mutex_lock(&w->lock);
	fits = q->n < max;
	if (fits)
		append(w, q, item);
	pthread_mutex_unlock(&w->lock);
	if (!fits)
		cl_item_free(item);
	return fits;
}

void cl_writer_finding(struct cl_writer *w, const cJSON *finding, uint64_t acted)
{
	struct cl_item *item = calloc(1, sizeof(*item)), *dropped = item;

	if (item) {
		item->finding = cJSON_Duplicate(finding, true);
		item->severity = cl_store_severity(cl_json_get_str(finding, "severity"));
		item->acted = acted;
	}
	pthread_mutex_lock(&w->lock);
	if (item && item->finding) {
		dropped = w->findings.n < FINDINGS_MAX ? NULL : cl_queue_give_way(&w->findings, item->severity);
		if (dropped || w->findings.n < FINDINGS_MAX)
			append(w, &w->findings, item);
		else
			dropped = item;
	}
	w->stats.findings++;
	w->stats.findings_dropped += !item || dropped;
	pthread_mutex_unlock(&w->lock);
	if (dropped)
		cl_item_free(dropped);
}

bool cl_writer_has_room(struct cl_writer *w)
{
	bool room;

	pthread_mutex_lock(&w->lock);
	room = w->batches.n < BATCHES_MAX;
	pthread_mutex_unlock(&w->lock);
	return room;
}

void cl_writer_batch(struct cl_writer *w, struct cl_batch *batch)
{
	struct cl_item *item = calloc(1, sizeof(*item));

	if (!item) {
		cl_batch_free(&batch);
		return;
	}
	item->batch = batch;
	push(w, &w->batches, BATCHES_MAX + 1, item);
}

/* What still waits to be written under the name is old news. Not the head: the thread is at it. */
static bool replace_meta(struct cl_writer *w, const char *name, char **value)
{
	bool found = false;

	pthread_mutex_lock(&w->lock);
	for (struct cl_item *i = w->meta.head ? w->meta.head->next : NULL; i && !found; i = i->next) {
		found = !strcmp(i->name, name);
		if (found) {
			free(i->value);
			i->value = TAKE_PTR(*value);
		}
	}
	pthread_mutex_unlock(&w->lock);
	return found;
}

void cl_writer_meta(struct cl_writer *w, const char *name, const char *value)
{
	_cleanup_free_ char *text = strdup(value ? value : "");
	struct cl_item *item;

	if (!text || replace_meta(w, name, &text))
		return;
	item = calloc(1, sizeof(*item));
	if (!item)
		return;
	item->name = strdup(name);
	if (!item->name) {
		cl_item_free(item);
		return;
	}
	item->value = TAKE_PTR(text);
	push(w, &w->meta, META_MAX, item);
}

struct cl_delivery *cl_writer_delivery(struct cl_writer *w)
{
	return w->delivery;
}

bool cl_writer_ask(struct cl_writer *w, void (*run)(void *ctx, struct cl_store_db *db), void *ctx)
{
	struct cl_item *item = calloc(1, sizeof(*item));

	if (!item)
		return false;
	item->run = run;
	item->ctx = ctx;
	return push(w, &w->asks, ASKS_MAX, item);
}

struct cl_writer_fence cl_writer_fence(struct cl_writer *w)
{
	struct cl_writer_fence fence;

	pthread_mutex_lock(&w->lock);
	fence = (struct cl_writer_fence){.findings = w->findings.pushed, .batches = w->batches.pushed};
	pthread_mutex_unlock(&w->lock);
	return fence;
}

bool cl_writer_passed(struct cl_writer *w, const struct cl_writer_fence *fence)
{
	bool passed;

	pthread_mutex_lock(&w->lock);
	passed = cl_queue_has_passed(&w->findings, fence->findings) && cl_queue_has_passed(&w->batches, fence->batches);
	pthread_mutex_unlock(&w->lock);
	return passed;
}
