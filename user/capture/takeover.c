/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/takeover.h"

#include <bpf/bpf.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "capture/filter.h"
#include "credlineage.skel.h"

#define LATE_US 5000 /* an act that our probe saw before the cut reaches the other set's probe by then */

static uint64_t seed_of(const struct cl_capture *c, const struct cl_name_rules *rules)
{
	size_t n = 0;
	const void *elf = cl_bpf__elf_bytes(&n);
	uint64_t seed = cl_pins_mix(0, elf, n);

	seed = cl_pins_mix(seed, c->plan.alternative, sizeof(c->plan.alternative));
	for (size_t i = 0; i < rules->n_exact; i++) {
		const char *const *parents = rules->exact[i].parents;

		seed = cl_pins_mix(seed, rules->exact[i].name, strlen(rules->exact[i].name));
		for (size_t k = 0; k < CL_NAME_PARENTS && parents[k]; k++)
			seed = cl_pins_mix(seed, parents[k], strlen(parents[k]));
	}
	return seed;
}

/* A program whose link is there runs already. */
static void take_links(struct cl_capture *c)
{
	for (uint32_t i = 0; i < CL_PROG_MAX; i++) {
		if (!bpf_program__autoload(c->programs[i]))
			continue;
		c->links[i] = cl_pins_take_link(c->pins, cl_program_name(i));
		if (c->links[i])
			bpf_program__set_autoload(c->programs[i], false);
	}
}

int cl_takeover_adopt(struct cl_capture *c, const struct cl_name_rules *rules)
{
	int r;

	cl_pins_name(c->pins, c->skel->obj, seed_of(c, rules));
	r = cl_pins_take_maps(c->pins, c->skel->obj);
	c->adopted = !r;
	if (!r) {
		take_links(c);
		c->pinned = true;
		return 0;
	}
	if (r == -ENOENT)
		return 0;
	cl_warn("the pinned set \"%s\" is not whole (%s), making a new one", cl_pins_set(c->pins), strerror(-r));
	cl_pins_drop(c->pins, cl_pins_set(c->pins));
	return -EAGAIN;
}

int cl_takeover_filter(struct cl_capture *c)
{
	char names[CL_SETS_MAX][CL_SET_NAME];
	uint32_t schemas[CL_SETS_MAX];
	size_t n = c->pins ? cl_pins_others(c->pins, names, schemas) : 0;
	int r = 0;

	if (c->adopted)
		return cl_filter_inherit(c->skel, bpf_map__fd(c->skel->maps.watched_inodes));
	for (size_t i = 0; !r && i < n; i++) {
		_cleanup_close_ int fd = -1;

		if (schemas[i] == CL_SCHEMA)
			fd = cl_pins_other_map(c->pins, names[i], bpf_map__name(c->skel->maps.watched_inodes));
		if (fd >= 0)
			r = cl_filter_inherit(c->skel, fd);
	}
	return r;
}

/* Adds what was counted since the last sign of life. */
static int add_gap(struct cl_gap *gap, int sign_fd, int counters_fd)
{
	uint64_t now[CL_COUNTERS];
	struct cl_sign sign;
	uint32_t zero = 0;
	int r = cl_counters_sum(counters_fd, now);

	if (!r && bpf_map_lookup_elem(sign_fd, &zero, &sign))
		r = -errno;
	if (r || !sign.ts)
		return r;
	if (!gap->since || sign.ts < gap->since)
		gap->since = sign.ts;
	for (size_t i = 0; i < CL_COUNTERS; i++)
		gap->counters[i] += now[i] > sign.counters[i] ? now[i] - sign.counters[i] : 0;
	return 0;
}

static int open_ring(struct cl_capture *c, const char *set, const struct bpf_map *map, struct cl_ring_map *out)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);

	out->fd = cl_pins_other_map(c->pins, set, bpf_map__name(map));
	if (out->fd < 0)
		return out->fd;
	if (bpf_obj_get_info_by_fd(out->fd, &info, &len) || info.type != BPF_MAP_TYPE_RINGBUF)
		return -EPROTO;
	out->size = info.max_entries;
	return 0;
}

static int open_former(struct cl_capture *c, struct cl_former *f)
{
	struct cl_ring_map maps[CL_LANES] = {{.fd = -1}, {.fd = -1}};
	_cleanup_close_ int sign = cl_pins_other_map(c->pins, f->set, bpf_map__name(c->skel->maps.last_sign));
	_cleanup_close_ int counters = cl_pins_other_map(c->pins, f->set, bpf_map__name(c->skel->maps.counters));
	int r = sign < 0 ? sign : counters;

	if (r >= 0)
		r = open_ring(c, f->set, c->skel->maps.process_events, &maps[0]);
	if (!r)
		r = open_ring(c, f->set, c->skel->maps.credential_events, &maps[1]);
	for (int i = 0; i < CL_LANES; i++)
		f->fds[i] = maps[i].fd;
	if (!r)
		r = cl_rings_new(&f->rings, maps, &f->timed, NULL);
	return r ? r : add_gap(&c->gap, sign, counters);
}

static void close_former(struct cl_former *f)
{
	cl_rings_free(&f->rings);
	for (int i = 0; i < CL_LANES; i++)
		cl_closep(&f->fds[i]);
}

/* What can't be read is gone; that there was something is said. */
static void end_unreadable(struct cl_capture *c, const char *set)
{
	cl_warn("cannot read the records of the pinned set \"%s\": made by another version, dropping them", set);
	c->gap.blind = true;
	cl_pins_drop(c->pins, set);
}

/* From here on our set alone tells; the links of the other ones go. */
static void cut(struct cl_capture *c)
{
	if (!c->n_former)
		return;
	if (!c->adopted)
		c->cut = cl_boot_ns();
	usleep(LATE_US);
	for (size_t i = 0; i < c->n_former; i++)
		cl_pins_detach(c->pins, c->former[i].set);
}

static void find_sets(struct cl_capture *c)
{
	char names[CL_SETS_MAX][CL_SET_NAME];
	uint32_t schemas[CL_SETS_MAX];
	size_t n = cl_pins_others(c->pins, names, schemas);
	int r = 0;

	c->gap.adopted = c->adopted;
	if (c->adopted)
		r = add_gap(&c->gap, bpf_map__fd(c->skel->maps.last_sign), bpf_map__fd(c->skel->maps.counters));
	if (r)
		cl_warn("cannot say what was lost since the last monitor: %s", strerror(-r));
	for (size_t i = 0; i < n; i++) {
		struct cl_former *f = &c->former[c->n_former];

		*f = (struct cl_former){.fds = {-1, -1}};
		memcpy(f->set, names[i], sizeof(f->set));
		if (schemas[i] == CL_SCHEMA && !open_former(c, f)) {
			c->n_former++;
			continue;
		}
		close_former(f);
		end_unreadable(c, names[i]);
	}
}

int cl_takeover_publish(struct cl_capture *c)
{
	const char *names[CL_PROG_MAX];

	for (uint32_t i = 0; i < CL_PROG_MAX; i++)
		names[i] = cl_program_name(i);
	return cl_pins_publish(c->pins, c->skel->obj, c->links, names, CL_PROG_MAX);
}

static bool is_whole(const struct cl_capture *c)
{
	for (uint32_t i = 0; i < CL_PROG_MAX; i++) {
		if (c->links[i] && !cl_pins_has_link(c->pins, cl_program_name(i)))
			return false;
	}
	return c->pinned;
}

int cl_takeover_finish(struct cl_capture *c, struct cl_error *err)
{
	int r = is_whole(c) ? 0 : cl_takeover_publish(c);

	if (r)
		return cl_fail(err, r, "cannot pin the probes in \"%s\": %s", cl_pins_dir(c->pins), strerror(-r));
	c->pinned = true;
	find_sets(c);
	cut(c);
	return 0;
}

struct hand {
	struct cl_capture *c;
	cl_record_fn each;
	void *ctx;
};

/* Our own acts of before the probes knew us. That we run at all is for everybody to see. */
static bool is_own_act(const struct cl_capture *c, const struct cl_header *h)
{
	return h->kind > CL_EXIT && c->self_tgid && h->task.tgid == c->self_tgid && h->task.start == c->self_start;
}

static void hand_former(void *ctx, void *record, size_t size)
{
	const struct cl_header *h = record;
	struct hand *hand = ctx;

	if (!is_own_act(hand->c, h) && (!hand->c->cut || h->ts <= hand->c->cut + LATE_US * 1000ull))
		hand->each(hand->ctx, record, size);
}

static void hand_own(void *ctx, void *record, size_t size)
{
	const struct cl_header *h = record;
	struct hand *hand = ctx;

	if (!is_own_act(hand->c, h) && h->ts > hand->c->cut)
		hand->each(hand->ctx, record, size);
}

static int drain_former(struct hand *hand)
{
	struct cl_capture *c = hand->c;
	int total = 0, n;

	while (c->n_former) {
		struct cl_former *f = &c->former[c->n_former - 1];

		n = cl_rings_finish(f->rings, hand_former, hand);
		if (n < 0)
			return n;
		total += n;
		cl_pins_drop(c->pins, f->set);
		close_former(f);
		c->n_former--;
	}
	return total;
}

int cl_takeover_poll(struct cl_capture *c, cl_record_fn each, void *ctx)
{
	struct hand hand = {.c = c, .each = each, .ctx = ctx};
	int before = drain_former(&hand), n;

	if (before < 0)
		return before;
	n = cl_rings_poll(c->rings, hand_own, &hand);
	return n < 0 ? n : before + n;
}

void cl_takeover_free(struct cl_capture *c)
{
	while (c->n_former)
		close_former(&c->former[--c->n_former]);
}

const struct cl_gap *cl_capture_gap(const struct cl_capture *c)
{
	return &c->gap;
}

void cl_capture_sign(struct cl_capture *c, const uint64_t counters[CL_COUNTERS])
{
	struct cl_sign sign = {.ts = cl_boot_ns()};
	uint32_t zero = 0;

	memcpy(sign.counters, counters, sizeof(sign.counters));
	bpf_map_update_elem(bpf_map__fd(c->skel->maps.last_sign), &zero, &sign, BPF_ANY);
}

void cl_capture_mark(const struct cl_capture *c, uint64_t mark[CL_CAPTURE_MARK])
{
	cl_rings_mark(c->rings, mark);
}

void cl_capture_release(struct cl_capture *c, const uint64_t mark[CL_CAPTURE_MARK])
{
	cl_rings_release(c->rings, mark);
}
