/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "capture/rings.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "capture/ring.h"
#include "credlineage/event.h"

#define LANE_BYTES (1u << 20)
#define HOLD_NS 1000000ull /* a record this young may still be overtaken by an older one from another CPU */
#define TICK_NS 1000000l
#define IDLE_NS 4000000l /* by the clock alone, and nothing came */
#define ROUNDS 16

struct source {
	struct cl_rings *rings;
	struct cl_ring *ring;
	size_t size;
	unsigned int lane;
	bool more; /* the lane was full before the ring was empty */
	uint64_t told;
};

struct cl_rings {
	struct source sources[CL_LANES];
	struct cl_lanes *batch;
	volatile uint32_t *timed;
	bool clocked; /* the probes never wake */
	bool keeps;   /* what was handed over stays in its ring until it is released */
	int epoll, timer;
	uint64_t malformed;
};

static int on_record(void *ctx, const void *record, size_t size)
{
	const struct cl_header *h = record;
	struct source *s = ctx;

	s->told += size < sizeof(*h) || (h->kind != CL_FORK && h->kind != CL_EXIT);
	if (cl_lanes_add(s->rings->batch, s->lane, record, size, cl_ring_position(s->ring)))
		s->rings->malformed++;
	if (cl_lanes_has_room(s->rings->batch, s->lane))
		return 0;
	s->more = true;
	return -ENOBUFS; /* stops the ring's reader behind this record */
}

static int set_timer(struct cl_rings *r, long ns)
{
	struct itimerspec spec = {.it_value.tv_nsec = ns};

	return timerfd_settime(r->timer, 0, &spec, NULL) ? -errno : 0;
}

/*
 * Whether the rings themselves wake the epoll descriptor. One that keeps what was read is readable all the time: there
 * the moment counts.
 */
static int listen_rings(struct cl_rings *r, int op, bool on)
{
	for (int i = 0; i < CL_LANES; i++) {
		struct epoll_event e = {.events = on ? EPOLLIN | (r->keeps ? EPOLLET : 0) : 0};

		if (epoll_ctl(r->epoll, op, cl_ring_fd(r->sources[i].ring), &e))
			return -errno;
	}
	return 0;
}

static int open_rings(struct cl_rings *r, const struct cl_ring_map maps[CL_LANES])
{
	struct epoll_event e = {.events = EPOLLIN};
	int err;

	for (int i = 0; i < CL_LANES; i++) {
		struct source *s = &r->sources[i];

		s->rings = r;
		s->lane = (unsigned int)i;
		s->size = maps[i].size;
		err = cl_ring_new(&s->ring, maps[i].fd, maps[i].size);
		if (err)
			return err;
	}
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	r->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (r->epoll < 0 || r->timer < 0)
		return -errno;
	err = listen_rings(r, EPOLL_CTL_ADD, true);
	if (err)
		return err;
	return epoll_ctl(r->epoll, EPOLL_CTL_ADD, r->timer, &e) ? -errno : 0;
}

int cl_rings_new(struct cl_rings **out, const struct cl_ring_map maps[CL_LANES], volatile uint32_t *timed,
		 struct cl_error *err)
{
	struct cl_rings *r = calloc(1, sizeof(*r));
	int code;

	if (!r)
		return cl_fail(err, -ENOMEM, "cannot read the probes' rings: out of memory");
	r->epoll = r->timer = -1;
	r->timed = timed;
	*timed = 0; /* a reader before us may have left it set */
	code = cl_lanes_new(&r->batch, LANE_BYTES);
	if (!code)
		code = open_rings(r, maps);
	if (code) {
		cl_rings_free(&r);
		return cl_fail(err, code, "cannot read the probes' rings: %s", strerror(-code));
	}
	*out = r;
	return 0;
}

void cl_rings_free(struct cl_rings **p)
{
	struct cl_rings *r = *p;

	if (!r)
		return;
	for (int i = 0; i < CL_LANES; i++)
		cl_ring_free(&r->sources[i].ring);
	cl_lanes_free(&r->batch);
	cl_closep(&r->epoll);
	cl_closep(&r->timer);
	free(r);
	*p = NULL;
}

int cl_rings_fd(const struct cl_rings *r)
{
	return r->epoll;
}

struct cl_ring_state cl_rings_state(const struct cl_rings *r, unsigned int lane)
{
	const struct source *s = &r->sources[lane];
	uint64_t read = cl_ring_position(s->ring), produced = cl_ring_produced(s->ring);

	return (struct cl_ring_state){
		.size = s->size,
		.produced = produced,
		.read = read,
		.room = s->size - (produced - read) - cl_ring_kept(s->ring),
		.told = s->told,
	};
}

uint64_t cl_rings_malformed(const struct cl_rings *r)
{
	return r->malformed;
}

int cl_rings_drain(struct cl_rings *r)
{
	for (int i = 0; i < CL_LANES; i++) {
		struct source *s = &r->sources[i];
		int n;

		s->more = !cl_lanes_has_room(r->batch, s->lane);
		if (s->more)
			continue;
		n = cl_ring_consume(s->ring, on_record, s);
		if (n < 0 && n != -ENOBUFS)
			return n;
	}
	return 0;
}

void cl_rings_scan(struct cl_rings *r, bool (*drop)(void *ctx, const void *record, size_t size), void *ctx)
{
	cl_lanes_scan(r->batch, drop, ctx);
}

/* By the clock while records come or wait, by the rings' own wake-up otherwise. */
static int set_mode(struct cl_rings *r, bool timed)
{
	long tick = timed ? TICK_NS : IDLE_NS;
	uint64_t expirations;

	timed |= r->clocked;
	if (read(r->timer, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		return -errno;
	if (timed != (bool)*r->timed) {
		int err;

		*r->timed = timed;
		/* A ring that got a record before it saw the change is readable now: epoll_ctl looks at it. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		err = listen_rings(r, EPOLL_CTL_MOD, !timed);
		if (err)
			return err;
	}
	return timed ? set_timer(r, tick) : 0;
}

int cl_rings_by_clock(struct cl_rings *r)
{
	r->clocked = true;
	return set_mode(r, true);
}

int cl_rings_keep(struct cl_rings *r)
{
	r->keeps = true;
	for (int i = 0; i < CL_LANES; i++)
		cl_ring_keep(r->sources[i].ring);
	return listen_rings(r, EPOLL_CTL_MOD, true);
}

/* Up to where everything was handed over. */
static uint64_t handed(const struct cl_rings *r, unsigned int lane)
{
	uint64_t waiting = cl_lanes_oldest(r->batch, lane), read = cl_ring_position(r->sources[lane].ring);

	return waiting < read ? waiting : read;
}

void cl_rings_mark(const struct cl_rings *r, uint64_t mark[CL_LANES])
{
	for (unsigned int i = 0; i < CL_LANES; i++)
		mark[i] = handed(r, i);
}

void cl_rings_release(struct cl_rings *r, const uint64_t mark[CL_LANES])
{
	for (int i = 0; i < CL_LANES; i++)
		cl_ring_release(r->sources[i].ring, mark[i]);
}

/* Room for what comes matters more than what was handed over already. */
static void make_room(struct cl_rings *r)
{
	for (unsigned int i = 0; r->keeps && i < CL_LANES; i++) {
		if (cl_ring_kept(r->sources[i].ring) > r->sources[i].size / 2)
			cl_ring_release(r->sources[i].ring, handed(r, i));
	}
}

int cl_rings_finish(struct cl_rings *r, cl_record_fn each, void *ctx)
{
	bool more[CL_LANES];
	size_t total = 0, n;
	int err;

	do {
		err = cl_rings_drain(r);
		if (err)
			return err;
		for (int i = 0; i < CL_LANES; i++)
			more[i] = r->sources[i].more;
		n = cl_lanes_hand(r->batch, UINT64_MAX, more, each, ctx);
		total += n;
	} while (n);
	return (int)total;
}

int cl_rings_poll(struct cl_rings *r, cl_record_fn each, void *ctx)
{
	struct epoll_event moments[CL_LANES + 1];
	size_t total = 0;
	bool more = true;
	int err;

	/* Before the rings are read: what comes later is a moment of its own. */
	if (r->keeps && epoll_wait(r->epoll, moments, CL_LANES + 1, 0) < 0 && errno != EINTR)
		return -errno;
	for (int round = 0; more && round < ROUNDS; round++) {
		uint64_t horizon = cl_boot_ns() - HOLD_NS;
		bool unread[CL_LANES];

		err = cl_rings_drain(r);
		if (err)
			return err;
		more = false;
		for (int i = 0; i < CL_LANES; i++)
			more |= unread[i] = r->sources[i].more;
		total += cl_lanes_hand(r->batch, horizon, unread, each, ctx);
		make_room(r);
	}
	err = set_mode(r, more || total || cl_lanes_waiting(r->batch));
	return err ? err : (int)total;
}
