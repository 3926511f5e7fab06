/* SPDX-License-Identifier: Apache-2.0 */
/* A capture's life: the kernel is asked, the probes are brought up, what they cover is known; then its small calls. */
#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "capture/filter.h"
#include "capture/internal.h"
#include "capture/limits.h"
#include "capture/tag.h"
#include "capture/takeover.h"
#include "credlineage.skel.h"

static void fill_coverage(struct cl_capture *c)
{
	for (uint32_t act = 0; act < CL_ACT_MAX; act++) {
		struct cl_coverage *cover = &c->coverage[act];

		cover->tier = c->plan.tier[act];
		cover->attached = cover->tier != CL_TIER_NONE;
		cover->seen = cover->attached && (cover->seen || c->adopted);
		memcpy(cover->detail, c->plan.why[act], sizeof(cover->detail));
	}
}

int cl_capture_new(struct cl_capture **out, const struct cl_capture_options *o, const struct cl_name_rules *rules,
		   struct cl_error *err)
{
	static const struct cl_capture_options defaults;
	_cleanup_(cl_capture_free) struct cl_capture *c = NULL;
	uint32_t nonce;
	char mode[16];
	int code;

	if (!o)
		o = &defaults;
	code = cl_probe_bpf(err);
	if (code)
		return code;
	c = calloc(1, sizeof(*c));
	if (!c)
		return cl_fail(err, -ENOMEM, "cannot start the probes: out of memory");
	memset(c->adopted_programs, 0xff, sizeof(c->adopted_programs)); /* -1 each */
	if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce) ||
	    getrandom(c->seeds, sizeof(c->seeds), 0) != sizeof(c->seeds))
		return cl_fail(err, -EIO, "cannot get random bytes for the probes");
	cl_loader_listen();
	snprintf(c->test_name, sizeof(c->test_name), "memfd:%08x-cltest", nonce);
	cl_plan_init(&c->plan, o->force_tier);
	cl_probe_preemption(mode);
	if (*mode)
		cl_plan_preempted(&c->plan, mode);
	code = cl_probe_plan(&c->plan, &c->can_cast, &c->types, err);
	if (!code && o->pin)
		code = cl_pins_open(&c->pins, o->pin, err);
	if (!code)
		code = cl_loader_bring_up(c, o, rules, err);
	if (!code && c->pins)
		code = cl_takeover_finish(c, err);
	if (code)
		return code;
	fill_coverage(c);
	code = cl_limits_fill(c, err);
	if (code)
		return code;
	cl_guard_begin(c);
	*out = TAKE_PTR(c);
	return 0;
}

void cl_capture_free(struct cl_capture **p)
{
	if (!*p)
		return;
	cl_loader_unload(*p);
	cl_pins_free(&(*p)->pins);
	btf__free((*p)->types);
	free((*p)->limits);
	free(*p);
	*p = NULL;
}

const struct cl_coverage *cl_capture_coverage(const struct cl_capture *c)
{
	return c->coverage;
}

uint64_t cl_capture_malformed(const struct cl_capture *c)
{
	return cl_rings_malformed(c->rings);
}

int cl_capture_fd(const struct cl_capture *c)
{
	return cl_rings_fd(c->rings);
}

int cl_capture_poll(struct cl_capture *c, void (*each)(void *ctx, void *record, size_t size), void *ctx)
{
	return c->pins ? cl_takeover_poll(c, each, ctx) : cl_rings_poll(c->rings, each, ctx);
}

int cl_capture_watch(struct cl_capture *c, uint32_t dev, uint64_t ino, uint32_t generation, enum cl_watch_state state)
{
	return cl_filter_watch(c->skel, dev, ino, generation, state);
}

int cl_capture_content_known(struct cl_capture *c, uint32_t dev, uint64_t ino, uint32_t generation, uint64_t ctime,
			     uint64_t size)
{
	return cl_filter_known(c->skel, dev, ino, generation, ctime, size);
}

int cl_capture_unwatch(struct cl_capture *c, uint32_t dev, uint64_t ino)
{
	return cl_filter_unwatch(c->skel, dev, ino);
}

void cl_capture_tag(struct cl_capture *c, struct cl_process_key process, uint64_t at, enum cl_tag_state state)
{
	cl_tag_answer(c->skel->bss->tags, process, at, state);
}

void cl_capture_tell_again(struct cl_capture *c)
{
	c->skel->bss->repeat_epoch++;
}
