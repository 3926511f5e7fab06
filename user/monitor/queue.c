/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor/queue.h"

#include <stdlib.h>

void cl_item_free(struct cl_item *item)
{
	cJSON_Delete(item->finding);
	cl_batch_free(&item->batch);
	free(item->name);
	free(item->value);
	free(item);
}

void cl_queue_init(struct cl_queue *q)
{
	*q = (struct cl_queue){.tail = &q->head};
}

void cl_queue_clear(struct cl_queue *q)
{
	while (q->head) {
		struct cl_item *item = q->head;

		q->head = item->next;
		cl_item_free(item);
	}
	cl_queue_init(q);
}

struct cl_item *cl_queue_give_way(struct cl_queue *q, uint32_t severity)
{
	struct cl_item **least = NULL, **p = &q->head, *out;

	for (size_t i = 0; i < q->held; i++)
		p = &(*p)->next;
	for (; *p; p = &(*p)->next)
		if ((*p)->severity <= severity && (!least || (*p)->severity < (*least)->severity))
			least = p;
	if (!least)
		return NULL;
	out = *least;
	*least = out->next;
	if (!out->next)
		q->tail = least;
	q->n--;
	return out;
}

bool cl_queue_has_passed(const struct cl_queue *q, uint64_t number)
{
	return !q->head || q->head->number > number;
}

void cl_queue_append(struct cl_queue *q, struct cl_item *item)
{
	*q->tail = item;
	q->tail = &item->next;
	q->n++;
	item->number = ++q->pushed;
}

size_t cl_queue_hold(struct cl_queue *q, struct cl_item **out, size_t max)
{
	q->held = 0;
	for (struct cl_item *i = q->head; i && q->held < max; i = i->next)
		out[q->held++] = i;
	return q->held;
}

struct cl_item *cl_queue_take(struct cl_queue *q)
{
	struct cl_item *item = q->head;

	q->head = item->next;
	if (!q->head)
		q->tail = &q->head;
	q->n--;
	q->held -= q->held > 0;
	return item;
}
