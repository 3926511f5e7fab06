/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store, its writer's part, and four receivers "fake:/a" to "fake:/d" that take, refuse, are away or slow as a test has
 * it. Includers have cmocka.h before it.
 */
#pragma once

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "delivery/delivery.h"
#include "output/transport.h"
#include "store/outbox.h"
#include "store_room.h"

#define MS 1000000ull

/* ---- receivers: "fake:/a" to "fake:/d" ---- */

#define GOT_MAX 20000
#define EVERY (-2)

static struct receiver {
	atomic_int away, refuse; /* -EAGAIN; the finding of this number (EVERY: each) for good */
	atomic_uint pause_ms;	 /* for each finding */
	atomic_ulong retry_ns;	 /* boot ns that it names when away */
	atomic_uint n, tries, reopened, batch_max;
	unsigned int got[GOT_MAX];
} receivers[4];

static inline int open_fake(const struct cl_output_spec *spec, const atomic_bool *stop, void **state,
			    struct cl_error *err)
{
	(void)stop;
	if (spec->path[1] < 'a' || spec->path[1] > 'd')
		return cl_fail(err, -ENOENT, "no receiver %s", spec->path);
	*state = &receivers[spec->path[1] - 'a'];
	return 0;
}

static inline int send_fake(void *state, const struct cl_output_format *format, struct cl_parcel *parcels, size_t n,
			    uint64_t *retry_ns, struct cl_error *err)
{
	struct receiver *r = state;

	(void)format;
	r->tries++;
	if (n > r->batch_max)
		r->batch_max = (unsigned int)n;
	for (size_t i = 0; i < n; i++) {
		int number = (int)cl_json_get_num(parcels[i].finding, "number");

		usleep(r->pause_ms * 1000);
		if (r->away) {
			*retry_ns = r->retry_ns;
			return cl_fail(err, -EAGAIN, "nobody is there");
		}
		parcels[i].result = r->refuse == number || r->refuse == EVERY
					    ? cl_fail(&parcels[i].why, -EBADMSG, "not this one")
					    : 0;
		if (!parcels[i].result)
			r->got[r->n++] = (unsigned int)number;
	}
	return 0;
}

static inline void reopen_fake(void *state)
{
	((struct receiver *)state)->reopened++;
}

static inline void close_fake(void **state)
{
	*state = NULL;
}

/* In the place of the file's, which is not linked then. */
const struct cl_transport cl_transport_file = {
	.scheme = "fake",
	.target = CL_TARGET_PATH,
	.format = "ocsf",
	.batch = 50,
	.open = open_fake,
	.send = send_fake,
	.reopen = reopen_fake,
	.close = close_fake,
};

/* ---- the writer's part ---- */

static struct cl_delivery *delivery;

static inline void wake(void *ctx)
{
	(void)ctx;
}

static inline void begin(struct room *room, const char *const *specs, size_t n)
{
	struct cl_delivery_options o = {
		.store = room->path, .wake = wake, .backoff_min = 5 * MS, .backoff_max = 40 * MS};
	struct cl_error err = {0};

	if (!room->db)
		reopen(room, CL_STORE_WRITE);
	o.db = room->db;
	if (cl_delivery_new(&delivery, &o, (char *const *)(uintptr_t)specs, n, &err))
		fail_msg("%s", err.text);
	assert_int_equal(cl_delivery_start(delivery), 0);
}

static inline int start(void **state)
{
	memset(receivers, 0, sizeof(receivers));
	for (size_t i = 0; i < ARRAY_SIZE(receivers); i++)
		receivers[i].refuse = -1;
	return enter(state);
}

static inline int end(void **state)
{
	cl_delivery_free(&delivery);
	return leave(state);
}

static inline cJSON *make(unsigned int number, const char *severity, const char *workflow)
{
	cJSON *f = cJSON_CreateObject();
	char id[32];

	snprintf(id, sizeof(id), "fnd-%u", number);
	cl_json_str(f, "id", id);
	cl_json_str(f, "detector", "long-lived");
	cl_json_str(f, "severity", severity);
	cl_json_num(f, "number", number);
	if (workflow)
		cl_json_str(cl_json_obj(cl_json_push(cl_json_arr(f, "sides")), "run"), "workflow", workflow);
	return f;
}

static inline void report(unsigned int number, const char *severity, const char *workflow)
{
	_cleanup_json_ cJSON *f = make(number, severity, workflow);

	assert_int_equal(cl_delivery_report(delivery, &(const cJSON *){f}, 1, NULL), 0);
}

static inline void report_all(unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++)
		report(i, "High", NULL);
}

struct wanted {
	const char *name;
	struct cl_delivery_stats stats;
	char error[128];
};

static inline void take_stats(void *ctx, const struct cl_delivery_stats *s)
{
	struct wanted *w = ctx;

	if (strcmp(s->name, w->name))
		return;
	w->stats = *s;
	snprintf(w->error, sizeof(w->error), "%s", s->error);
	w->stats.error = NULL;
}

static inline struct wanted stats_of(const char *name)
{
	struct wanted w = {.name = name};

	cl_delivery_stats(delivery, take_stats, &w);
	return w;
}

/* The writer goes on until the receiver has so many; false: not within 10 s. */
static inline bool until_got(const struct receiver *r, unsigned int n)
{
	for (int i = 0; i < 5000 && r->n < n; i++) {
		assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
		usleep(2000);
	}
	assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
	return r->n >= n;
}

static inline bool until_empty(const char *name)
{
	for (int i = 0; i < 5000 && stats_of(name).stats.waiting; i++) {
		assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
		usleep(2000);
	}
	return !stats_of(name).stats.waiting;
}

static inline bool until_waiting(const char *name)
{
	for (int i = 0; i < 5000 && stats_of(name).stats.state != CL_DELIVERY_BACKOFF; i++)
		usleep(2000);
	return stats_of(name).stats.state == CL_DELIVERY_BACKOFF;
}

static inline bool until_tried(const struct receiver *r, unsigned int n)
{
	for (int i = 0; i < 5000 && r->tries < n; i++) {
		assert_int_equal(cl_delivery_settle(delivery, NULL), 0);
		usleep(2000);
	}
	return r->tries >= n;
}

static inline void check_order(const struct receiver *r, unsigned int from, unsigned int n)
{
	assert_int_equal(r->n, n);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(r->got[i], from + i);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, start, end)
