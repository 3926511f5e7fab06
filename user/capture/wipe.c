/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was read of a ring is overwritten within seconds, also where nothing happens that would do it: the kernel lets
 * nobody but its own programs write there, so bpf/wipe.bpf.c sends empty records until they lie over the old ones. Only
 * what may hold something is cleared, the way to it is jumped over.
 *
 * Not reached: records that nobody has read yet, and with pins those that are kept for a successor until the store has
 * them. They are the kernel's memory, which only root can map.
 */
#include <bpf/bpf.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "capture/internal.h"
#include "credlineage.skel.h"
#include "credlineage/probe.h"

#define WIPE_NS (4 * CL_NS_PER_S) /* after the first record since the last time */
#define RUNS 4096		  /* of the program, at most, each time */

static int attach(struct cl_capture *c)
{
	union bpf_iter_link_info info = {.map.map_fd = (__u32)bpf_map__fd(c->skel->maps.last_sign)};
	DECLARE_LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info, .link_info_len = sizeof(info));

	if (!c->wiper)
		c->wiper = bpf_program__attach_iter(c->skel->progs.wipe_rings, &options);
	return c->wiper ? 0 : -errno;
}

static int run(struct cl_capture *c, unsigned int lane, uint32_t pieces, bool clears)
{
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(c->wiper));
	char nothing[64];

	if (fd < 0)
		return -errno;
	memset((void *)(uintptr_t)c->skel->bss->wipe_pieces, 0, sizeof(c->skel->bss->wipe_pieces));
	c->skel->bss->wipe_pieces[lane] = pieces;
	c->skel->bss->wipe_clears = clears;
	return read(fd, nothing, sizeof(nothing)) < 0 ? -errno : 0;
}

/* How many pieces may be sent now: never more than half of what is free. */
static uint32_t pieces_now(const struct cl_ring_state *s, uint64_t goal)
{
	uint64_t wanted = (goal - s->produced + CL_WIPE_PIECE - 1) / CL_WIPE_PIECE, room = s->room / 2 / CL_WIPE_PIECE;

	wanted = wanted < room ? wanted : room;
	return (uint32_t)(wanted < CL_WIPE_PIECES ? wanted : CL_WIPE_PIECES);
}

/* Everything that lies before `read` is written over: a position comes to lie again where it lay a whole ring before. */
static int wipe(struct cl_capture *c, unsigned int lane, struct cl_wiped *w)
{
	struct cl_ring_state s = cl_rings_state(c->rings, lane);
	uint64_t until = s.read, told = s.told;
	int r = 0;

	for (int i = 0; i < RUNS && !r && s.produced < until + s.size; i++) {
		uint32_t n = pieces_now(&s, until + s.size);

		if (!n)
			return 0; /* goes on a second later, from the beginning */
		r = run(c, lane, n, s.produced + n * CL_WIPE_PIECE > w->before + s.size);
		r = r ? r : cl_rings_drain(c->rings);
		s = cl_rings_state(c->rings, lane);
	}
	if (r)
		return r;
	w->before = s.told == told ? s.produced : until;
	w->told = told;
	w->since = s.told == told ? 0 : w->since;
	return 0;
}

void cl_wipe_look(struct cl_capture *c, uint64_t now)
{
	int r = c->no_wipe ? 0 : attach(c);

	for (unsigned int lane = 0; lane < CL_LANES && !c->no_wipe && !r; lane++) {
		struct cl_wiped *w = &c->wiped[lane];

		if (cl_rings_state(c->rings, lane).told == w->told)
			continue;
		w->since = w->since ? w->since : now;
		if (now - w->since < WIPE_NS)
			continue;
		w->since = now;
		r = wipe(c, lane, w);
	}
	if (!r)
		return;
	cl_warn("cannot overwrite what was read of the probes' rings: %s, using them as they are (what passed stays in the "
		"kernel's memory until newer records come)",
		strerror(-r));
	c->no_wipe = true;
}
