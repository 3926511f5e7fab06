/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the probes are still what was attached. A link is known by the kernel's numbers for it and for its program:
 * a descriptor that was closed, a program that was replaced and a pin that is gone show there. What can be mended is.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "capture/takeover.h"
#include "credlineage.skel.h"

static int ask(const struct bpf_link *link, struct bpf_link_info *info)
{
	uint32_t len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(bpf_link__fd(link), info, &len) ? -errno : 0;
}

/* One that is ours by its link only. By its number only CAP_SYS_ADMIN gets at it, which the monitor gives up. */
static void keep_adopted(struct cl_capture *c, uint32_t program)
{
	cl_closep(&c->adopted_programs[program]);
	if (bpf_program__fd(c->programs[program]) < 0)
		c->adopted_programs[program] = bpf_prog_get_fd_by_id(c->program_ids[program]);
}

static void note(struct cl_capture *c, uint32_t program)
{
	struct bpf_link_info info;

	c->link_ids[program] = c->program_ids[program] = 0;
	/* A perf event of an old kernel is no link: nothing can be asked of it. */
	if (!c->links[program] || ask(c->links[program], &info))
		return;
	c->link_ids[program] = info.id;
	c->program_ids[program] = info.prog_id;
	keep_adopted(c, program);
	c->link_pinned[program] = c->pinned && cl_pins_has_link(c->pins, cl_program_name(program));
}

void cl_guard_begin(struct cl_capture *c)
{
	for (uint32_t i = 0; i < CL_PROG_MAX; i++)
		note(c, i);
}

/* NULL: as it was. */
static const char *what_happened(const struct cl_capture *c, uint32_t program)
{
	struct bpf_link_info info;

	if (!c->link_ids[program])
		return NULL;
	if (ask(c->links[program], &info) || info.id != c->link_ids[program])
		return "was detached by somebody else";
	if (info.prog_id != c->program_ids[program])
		return "was replaced by another program";
	return NULL;
}

/* What the descriptor is now is not ours to close. */
static bool attach_again(struct cl_capture *c, uint32_t program)
{
	bpf_link__disconnect(c->links[program]);
	bpf_link__destroy(c->links[program]);
	c->links[program] = c->link_pinned[program] ? cl_pins_take_link(c->pins, cl_program_name(program)) : NULL;
	if (!c->links[program] && bpf_program__fd(c->programs[program]) >= 0)
		c->links[program] = bpf_program__attach(c->programs[program]);
	note(c, program);
	return c->links[program];
}

static void check_link(struct cl_capture *c, uint32_t program, void (*each)(void *ctx, const struct cl_disturbance *d),
		       void *ctx)
{
	const char *what = what_happened(c, program);
	struct cl_disturbance d = {0};

	if (!what)
		return;
	d.mended = attach_again(c, program);
	snprintf(d.detail, sizeof(d.detail), "%s %s%s", cl_program_name(program), what,
		 d.mended ? ", attached again" : ", could not be attached again: restart the monitor");
	for (d.act = 0; d.act < CL_ACT_MAX; d.act++) {
		if (cl_plan_uses(&c->plan, d.act, program))
			each(ctx, &d);
	}
}

static void check_pins(struct cl_capture *c, void (*each)(void *ctx, const struct cl_disturbance *d), void *ctx)
{
	struct cl_disturbance d = {.act = CL_ACT_MAX};
	bool whole = cl_pins_has_maps(c->pins, c->skel->obj);

	for (uint32_t i = 0; i < CL_PROG_MAX; i++)
		whole &= !c->link_pinned[i] || cl_pins_has_link(c->pins, cl_program_name(i));
	if (whole)
		return;
	d.mended = !cl_takeover_publish(c);
	snprintf(d.detail, sizeof(d.detail), "a pin in %s was removed by somebody else%s", cl_pins_dir(c->pins),
		 d.mended ? ", made again" : " and could not be made again");
	each(ctx, &d);
	if (d.mended)
		cl_guard_begin(c);
}

void cl_capture_check(struct cl_capture *c, void (*each)(void *ctx, const struct cl_disturbance *d), void *ctx)
{
	cl_wipe_look(c, cl_boot_ns());
	for (uint32_t i = 0; i < CL_PROG_MAX; i++)
		check_link(c, i, each, ctx);
	if (c->pinned)
		check_pins(c, each, ctx);
}
