/* SPDX-License-Identifier: Apache-2.0 */
/* Acts with a credential, from who makes them to the outputs that ask for them: none is made in vain. */
#include <pthread.h>
#include <string.h>

#include "base/cleanup.h"
#include "delivery/delivery_internal.h"
#include "delivery/flow.h"
#include "format/format.h"

/* The flows that there are now; called with the lock. */
static size_t list_flows(const struct cl_delivery *d, struct cl_flow *flows[CL_DELIVERY_OUTPUTS])
{
	size_t n = 0;

	for (size_t i = 0; i < d->now.n; i++) {
		flows[n] = cl_courier_flow(d->now.couriers[i]);
		n += flows[n] != NULL;
	}
	return n;
}

bool cl_delivery_wants_acts(struct cl_delivery *d)
{
	struct cl_flow *flows[CL_DELIVERY_OUTPUTS];
	size_t n;

	pthread_mutex_lock(&d->lock);
	n = list_flows(d, flows);
	pthread_mutex_unlock(&d->lock);
	return n;
}

bool cl_delivery_act_room(struct cl_delivery *d)
{
	struct cl_flow *flows[CL_DELIVERY_OUTPUTS];
	bool room = false;
	size_t n;

	pthread_mutex_lock(&d->lock);
	n = list_flows(d, flows);
	for (size_t i = 0; i < n && !room; i++)
		room = cl_flow_has_room(flows[i]);
	for (size_t i = 0; i < n && !room; i++)
		cl_flow_drop(flows[i]);
	pthread_mutex_unlock(&d->lock);
	return room;
}

void cl_delivery_act(struct cl_delivery *d, const cJSON *act)
{
	_cleanup_free_ char *text = NULL;
	struct cl_flow *flows[CL_DELIVERY_OUTPUTS];
	size_t n;

	if (!cl_format_knows_act(act))
		return;
	text = cJSON_PrintUnformatted(act);
	pthread_mutex_lock(&d->lock);
	n = list_flows(d, flows);
	for (size_t i = 0; i < n; i++) {
		if (text && cl_flow_has_room(flows[i]))
			cl_flow_put(flows[i], text, strlen(text));
		else
			cl_flow_drop(flows[i]);
	}
	pthread_mutex_unlock(&d->lock);
}
