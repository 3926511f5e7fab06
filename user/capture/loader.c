/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From plan to running probes. Loading is all or nothing in libbpf, so a program that fails is struck from the plan
 * and the object is opened anew; the same when the self-test does not see an act.
 */
#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "capture/filter.h"
#include "capture/internal.h"
#include "capture/syscalls.h"
#include "capture/takeover.h"
#include "credlineage.skel.h"

#define ATTEMPTS 12
#define PROCESS_RING (16u << 20)
#define CREDENTIAL_RING (8u << 20)
#define EXEC_SLOTS_MAX 64 /* 200 KiB each */
#define FILE_SLOTS_MAX 256

/* The program that the loader is at, for the error that ends it. libbpf names it in its messages only. */
static char failing[64];

static int on_libbpf(enum libbpf_print_level level, const char *format, va_list ap)
{
	char text[1000], name[64], *line, *rest = text;
	int end = 0;

	vsnprintf(text, sizeof(text), format, ap);
	if (level == LIBBPF_WARN && !failing[0] && sscanf(text, "libbpf: prog '%63[^']': %n", name, &end) == 1 && end)
		memcpy(failing, name, sizeof(failing));
	while ((line = strsep(&rest, "\n"))) {
		if (*line)
			cl_debug("%s", line);
	}
	return 0;
}

void cl_loader_listen(void)
{
	libbpf_set_print(on_libbpf);
}

void cl_loader_unload(struct cl_capture *c)
{
	cl_takeover_free(c);
	cl_rings_free(&c->rings);
	bpf_link__destroy(c->wiper);
	c->wiper = NULL;
	for (int i = 0; i < CL_PROG_MAX; i++) {
		/* libbpf switches a kprobe off before it lets go of it. */
		if (c->links[i] && c->pinned)
			bpf_link__disconnect(c->links[i]);
		bpf_link__destroy(c->links[i]);
		c->links[i] = NULL;
		cl_closep(&c->adopted_programs[i]);
	}
	cl_bpf__destroy(c->skel);
	c->skel = NULL;
}

static int set_sizes(struct cl_bpf *skel, const struct cl_capture_options *o)
{
	int cpus = libbpf_num_possible_cpus(), err = 0;
	uint32_t execs, files;

	if (cpus < 0)
		return cpus;
	/* A record takes microseconds: fewer slots than processors is enough on big machines, and counted if not. */
	execs = (uint32_t)cpus + 1 < EXEC_SLOTS_MAX ? (uint32_t)cpus + 1 : EXEC_SLOTS_MAX;
	files = 2 * (uint32_t)cpus + 2 < FILE_SLOTS_MAX ? 2 * (uint32_t)cpus + 2 : FILE_SLOTS_MAX;
	err |= bpf_map__set_max_entries(skel->maps.exec_slots, execs);
	err |= bpf_map__set_max_entries(skel->maps.exec_free, execs);
	err |= bpf_map__set_max_entries(skel->maps.file_slots, files);
	err |= bpf_map__set_max_entries(skel->maps.file_free, files);
	err |= bpf_map__set_max_entries(skel->maps.process_events,
					(uint32_t)(o->process_ring ? o->process_ring : PROCESS_RING));
	err |= bpf_map__set_max_entries(skel->maps.credential_events,
					(uint32_t)(o->credential_ring ? o->credential_ring : CREDENTIAL_RING));
	return err;
}

static int fill_slots(struct bpf_map *queue)
{
	for (uint32_t i = 0; i < bpf_map__max_entries(queue); i++) {
		if (bpf_map_update_elem(bpf_map__fd(queue), NULL, &i, BPF_ANY))
			return -errno;
	}
	return 0;
}

static int find_programs(struct cl_capture *c)
{
	for (uint32_t i = 0; i < CL_PROG_MAX; i++) {
		c->programs[i] = bpf_object__find_program_by_name(c->skel->obj, cl_program_name(i));
		if (!c->programs[i])
			return -ENOENT;
		bpf_program__set_autoload(c->programs[i], cl_plan_wants(&c->plan, i));
		if (c->plan.alternative[i] && cl_program_hook(i) == CL_HOOK_FENTRY &&
		    bpf_program__set_attach_target(c->programs[i], 0, cl_program_alternative(i)))
			return -EINVAL;
	}
	return 0;
}

static int open_object(struct cl_capture *c, const struct cl_capture_options *o, const struct cl_name_rules *rules,
		       struct cl_error *err)
{
	uint16_t acts[CL_SYSCALLS];
	int code;

	c->skel = cl_bpf__open();
	if (!c->skel)
		return cl_fail(err, -errno, "cannot open the probes: %s", strerror(errno));
	code = find_programs(c);
	bpf_program__set_autoload(c->skel->progs.list_files, !c->no_files);
	bpf_program__set_autoload(c->skel->progs.wipe_rings, !c->no_wipe);
	if (!code)
		code = set_sizes(c->skel, o);
	if (code)
		return cl_fail(err, code, "cannot set the probes up: %s", strerror(-code));
	cl_syscalls_fill(&c->plan, acts);
	for (size_t i = 0; i < CL_SYSCALLS; i++)
		c->skel->rodata->syscall_acts[i] = acts[i];
	c->skel->rodata->reads_noted = cl_plan_at(&c->plan, CL_ACT_READ, CL_TIER_KPROBE);
	c->skel->rodata->twice = c->plan.preempted;
	c->skel->rodata->can_cast = c->can_cast;
	c->skel->rodata->ring_reads = c->plan.tier[CL_ACT_READ] != CL_TIER_NONE;
	c->skel->rodata->ring_opens = cl_plan_at(&c->plan, CL_ACT_OPEN, CL_TIER_TRACEPOINT);
	c->skel->rodata->open_by_call = cl_plan_at(&c->plan, CL_ACT_OPEN, CL_TIER_TRACEPOINT);
	c->skel->rodata->access_by_call = cl_plan_at(&c->plan, CL_ACT_ACCESS, CL_TIER_TRACEPOINT);
	c->skel->rodata->receive_by_call = cl_plan_at(&c->plan, CL_ACT_RECEIVE, CL_TIER_TRACEPOINT);
	c->skel->rodata->ring_accesses = cl_plan_at(&c->plan, CL_ACT_ACCESS, CL_TIER_TRACEPOINT);
	c->skel->rodata->connect_by_state = cl_plan_wants(&c->plan, CL_PROG_CONNECT_STATE);
	c->skel->rodata->connect_by_hook = cl_plan_at_function(&c->plan, CL_ACT_CONNECT);
	c->skel->rodata->unix_by_end = cl_plan_ends_unix(&c->plan);
	return cl_filter_configure(c->skel, rules, c->test_name, err);
}

/* 0; -EAGAIN: a program was struck from the plan, try again. */
static int strike(struct cl_capture *c, uint32_t program, int code)
{
	char text[100];

	snprintf(text, sizeof(text), "%s (%d)", strerror(-code), code);
	cl_debug("program %s: %s", cl_program_name(program), text);
	cl_plan_fail(&c->plan, program, text);
	return -EAGAIN;
}

static int load(struct cl_capture *c, struct cl_error *err)
{
	int code, program;

	failing[0] = '\0';
	code = cl_bpf__load(c->skel);
	if (!code)
		return 0;
	if (!strcmp(failing, "list_files") && !c->no_files) {
		c->no_files = true;
		return -EAGAIN;
	}
	if (!strcmp(failing, "wipe_rings") && !c->no_wipe) {
		c->no_wipe = true;
		return -EAGAIN;
	}
	program = cl_program_find(failing);
	if (program < 0)
		return cl_fail(err, code, "cannot load the probes: %s", strerror(-code));
	return strike(c, (uint32_t)program, code);
}

static struct bpf_link *attach_one(struct cl_capture *c, uint32_t i)
{
	uint32_t hook = cl_program_hook(i);
	bool at_return = hook == CL_HOOK_KRETPROBE;
	struct bpf_link *link;

	if (hook != CL_HOOK_KPROBE && hook != CL_HOOK_KRETPROBE)
		return bpf_program__attach(c->programs[i]);
	link = bpf_program__attach_kprobe(c->programs[i], at_return, cl_program_function(i));
	if (!link && cl_program_alternative(i))
		link = bpf_program__attach_kprobe(c->programs[i], at_return, cl_program_alternative(i));
	return link;
}

static int attach(struct cl_capture *c)
{
	for (uint32_t i = 0; i < CL_PROG_MAX; i++) {
		if (c->links[i] || !bpf_program__autoload(c->programs[i]))
			continue;
		c->links[i] = attach_one(c, i);
		if (!c->links[i])
			return strike(c, i, -errno);
	}
	return 0;
}

/* The monitor's number as the probes see it: in a pid namespace of our own getpid() is another one. */
static int find_self(struct cl_capture *c)
{
	_cleanup_free_ struct cl_task *tasks = NULL;
	struct stat st;
	size_t n = 0;
	int err;

	if (stat("/proc/self/ns/pid", &st))
		return -errno;
	err = cl_tasks_list(c, &tasks, &n);
	for (size_t i = 0; !err && i < n; i++) {
		if (tasks[i].pidns != st.st_ino || tasks[i].ns_tgid != (uint32_t)getpid())
			continue;
		c->skel->bss->self_tgid = c->self_tgid = tasks[i].tgid;
		c->self_start = tasks[i].start;
	}
	return err;
}

static struct cl_ring_map ring_map(const struct bpf_map *map)
{
	return (struct cl_ring_map){.fd = bpf_map__fd(map), .size = bpf_map__max_entries(map)};
}

/* The tables of a set that nobody has used yet. */
static int fill(struct cl_capture *c, const struct cl_name_rules *rules, struct cl_error *err)
{
	int code = fill_slots(c->skel->maps.exec_free);

	if (!code)
		code = fill_slots(c->skel->maps.file_free);
	if (code)
		return cl_fail(err, code, "cannot set the probes up: %s", strerror(-code));
	return cl_filter_fill(c->skel, rules, err);
}

static int open_rings(struct cl_capture *c, struct cl_error *err)
{
	const struct cl_ring_map maps[CL_LANES] = {ring_map(c->skel->maps.process_events),
						   ring_map(c->skel->maps.credential_events)};
	int code = cl_rings_new(&c->rings, maps, &c->skel->bss->consumer_timed, err);

	if (!code && c->pins)
		code = cl_rings_keep(c->rings);
	return code || !c->plan.preempted ? code : cl_rings_by_clock(c->rings);
}

static int start(struct cl_capture *c, const struct cl_capture_options *o, const struct cl_name_rules *rules,
		 struct cl_error *err)
{
	int code = open_object(c, o, rules, err);

	if (!code && c->pins)
		code = cl_takeover_adopt(c, rules);
	if (code)
		return code;
	/* After the set has its name, which chance has no part in; one that is taken over keeps its own. */
	c->skel->rodata->name_seeds[0] = c->seeds[0];
	c->skel->rodata->name_seeds[1] = c->seeds[1];
	code = load(c, err);
	if (code)
		return code;
	code = find_self(c);
	if (!code)
		code = cl_takeover_filter(c);
	if (code)
		return cl_fail(err, code, "cannot set the probes up: %s", strerror(-code));
	if (!c->adopted)
		code = fill(c, rules, err);
	if (!code)
		code = open_rings(c, err);
	return code ? code : attach(c);
}

static bool wants_any(const struct cl_plan *plan)
{
	for (uint32_t act = 0; act < CL_ACT_MAX; act++) {
		if (plan->tier[act] != CL_TIER_NONE)
			return true;
	}
	return false;
}

/* 0 when every planned act was seen; -EAGAIN when the plan changed. */
static int prove(struct cl_capture *c)
{
	bool seen[CL_ACT_MAX] = {false};
	int code = cl_selftest(c, seen), changed = 0;

	if (code) {
		cl_warn("cannot run the self-test: %s, trusting the probes unseen", strerror(-code));
		return 0;
	}
	for (uint32_t act = 0; act < CL_ACT_MAX; act++) {
		c->coverage[act].seen = seen[act];
		if (seen[act] || c->plan.tier[act] == CL_TIER_NONE)
			continue;
		cl_debug("self-test: no %s event at the %s tier", cl_act_name(act), cl_tier_name(c->plan.tier[act]));
		cl_plan_silent(&c->plan, act, "attached, but the self-test's event did not arrive");
		changed = -EAGAIN;
	}
	return changed;
}

int cl_loader_bring_up(struct cl_capture *c, const struct cl_capture_options *o, const struct cl_name_rules *rules,
		       struct cl_error *err)
{
	int code = -EAGAIN;

	for (int attempt = 0; code == -EAGAIN && attempt < ATTEMPTS; attempt++) {
		cl_loader_unload(c);
		if (!wants_any(&c->plan))
			return cl_fail(err, -ENOTSUP, "this kernel takes none of the probes (exec: %s; open: %s)",
				       c->plan.why[CL_ACT_EXEC], c->plan.why[CL_ACT_OPEN]);
		code = start(c, o, rules, err);
		if (!code && !c->adopted) /* what was taken over was proven before */
			code = prove(c);
	}
	if (code == -EAGAIN)
		return cl_fail(err, -ENOTSUP, "cannot find a set of probes that this kernel takes (last: %s)", failing);
	return code;
}
