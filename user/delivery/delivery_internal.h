/* SPDX-License-Identifier: Apache-2.0 */
/* The delivery's couriers, for its files: the running (delivery.c), dead letters (dead.c), another configuration (reload.c). */
#pragma once

#include <pthread.h>

#include "delivery/courier.h"
#include "delivery/delivery.h"
#include "output/output.h"

#define CL_LEAVING_MAX (2 * CL_DELIVERY_OUTPUTS) /* at once, of reloads that follow each other */
#define CL_COURIERS_MAX (CL_LEAVING_MAX + CL_DELIVERY_OUTPUTS)

struct cl_couriers {
	struct cl_courier *couriers[CL_COURIERS_MAX];
	size_t n;
};

struct cl_delivery {
	struct cl_delivery_options o;
	bool started;
	uint64_t posted;		  /* the last report that is in outboxes */
	uint64_t mail[CL_COURIERS_MAX];	  /* posted since couriers of `now` were last told */
	uint64_t aged;			  /* boot ns of the last look at what is too old */
	pthread_mutex_t lock;		  /* guards what follows; the writer's thread alone changes the lists */
	struct cl_couriers now, leaving;  /* the configuration's; those that end and are not gone yet */
	struct cl_delivery_totals totals; /* since the start */
};

void cl_couriers_free(struct cl_couriers *l);
struct cl_courier *cl_couriers_named(const struct cl_couriers *l, const char *name);
struct cl_courier *cl_couriers_with_spec(const struct cl_couriers *l, const char *spec);
int cl_delivery_open(struct cl_delivery *d, const char *spec, struct cl_couriers *into, struct cl_error *err);
int cl_delivery_check_count(size_t n, struct cl_error *err);
int cl_delivery_start_couriers(struct cl_delivery *d);
void cl_delivery_leave(struct cl_delivery *d, struct cl_courier *c);

/* post.c: reports that are stored go into outboxes, up to the last. Before or in the transaction that stores them. */
int cl_delivery_post_new(struct cl_delivery *d, struct cl_error *err);
/* What was posted is committed: couriers find it. */
void cl_delivery_mail(struct cl_delivery *d);
/* Puts out what is over the bound of an outbox. */
int cl_delivery_trim(struct cl_delivery *d, struct cl_courier *c, struct cl_error *err);
