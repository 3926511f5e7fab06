/* SPDX-License-Identifier: Apache-2.0 */
/* Who: runs, processes with their parents, and what they did with the credential. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "format/story_parts.h"

#define OLDEST 4 /* parents that are named: so many of the oldest and of the nearest */
#define NEAREST 6

/* ---- runs ---- */

static void say_run_place(struct cl_pen *p, const cJSON *run)
{
	const char *kind = cl_json_get_str(run, "kind"), *workflow = cl_json_get_str(run, "workflow");

	if (!strcmp(kind, "host")) {
		cl_pen_puts(p, "Work outside any workflow");
		cl_pen_member(p, " on ", run, "workflow", CL_PEN_NAME);
		return;
	}
	cl_pen_puts(p, !strcmp(kind, "session") ? "Login session " : "Workflow ");
	cl_pen_name(p, *workflow ? workflow : "(unknown)", CL_PEN_PATH);
	cl_pen_puts(p, " (");
	cl_pen_member(p, "run ", run, "id", CL_PEN_NAME);
	cl_pen_member(p, ", environment ", run, "environment", CL_PEN_NAME);
	cl_pen_time(p, ", begun ", run, "begin");
	cl_pen_time(p, ", ended ", run, "end");
	if (!strcmp(cl_json_get_str(run, "state"), "ended-with-survivors"))
		cl_pen_puts(p, " with survivors");
	cl_pen_puts(p, ")");
}

static void say_run(struct cl_pen *p, const cJSON *run)
{
	say_run_place(p, run);
	if (cJSON_IsTrue(cl_json_at(run, "unattributed")))
		cl_pen_puts(p, ", as far as one can guess,");
}

/* "12 seconds later" */
static void say_later(struct cl_pen *p, uint64_t from, uint64_t to)
{
	static const struct {
		uint64_t seconds;
		const char *one, *many;
	} units[] = {
		{86400, "day", "days"}, {3600, "hour", "hours"}, {60, "minute", "minutes"}, {1, "second", "seconds"}};
	uint64_t s = to / 1000000000 - from / 1000000000;
	size_t i = 0;

	if (!from || to < from || !s) {
		cl_pen_puts(p, from && to >= from ? "in the same second" : "then");
		return;
	}
	while (s < 2 * units[i].seconds && units[i].seconds > 1)
		i++;
	cl_pen_number(p, (double)(s / units[i].seconds), units[i].one, units[i].many);
	cl_pen_puts(p, " later");
}

/* ---- processes ---- */

const char *cl_story_name(const cJSON *process)
{
	const char *name = cl_json_get_str(process, "name");

	return *name ? name : "a process without a name";
}

static void say_link(struct cl_pen *p, const cJSON *link, bool begins)
{
	if (cJSON_IsTrue(cl_json_at(link, "unknown")))
		cl_pen_puts(p, begins ? "A process that was not seen" : "a process that was not seen");
	else
		cl_pen_name(p, cl_story_name(link), CL_PEN_NAME);
}

/* Members of the chain, the process itself as number 0; parent first. */
static const cJSON *link_of(const cJSON *process, int i)
{
	return i ? cJSON_GetArrayItem(cl_json_at(process, "chain"), i - 1) : process;
}

/* "sshd started bash, which started npm, which started node." The same program in a row is one. */
static void say_chain(struct cl_pen *p, const cJSON *process)
{
	int n = cJSON_GetArraySize(cl_json_at(process, "chain")), said = 0;

	for (int i = n; i >= 0 && n; i--) {
		const cJSON *link = link_of(process, i);
		int row = 1;

		if (i < n)
			cl_pen_puts(p, said > 1 ? ", which started " : " started ");
		if (i > NEAREST && n - i >= OLDEST) {
			cl_pen_number(p, i - NEAREST, "more", "more");
			i = NEAREST + 1;
			said++;
			continue;
		}
		for (; i > 0 && !strcmp(cl_story_name(link), cl_story_name(link_of(process, i - 1))) &&
		       !cl_json_at(link, "unknown");
		     i--)
			row++;
		say_link(p, link, !said++);
		if (row > 1)
			cl_pen_printf(p, " (%d in a row)", row);
	}
	if (n)
		cl_pen_puts(p, ". ");
}

/* "cat (pid 42, uid 1000, in container x, its program deleted)" */
static void say_process(struct cl_pen *p, const cJSON *process)
{
	const cJSON *earlier = cl_json_at(process, "earlier");
	const char *state = cl_json_get_str(process, "exe_state");

	if (!process) {
		cl_pen_puts(p, "a process of an earlier watch");
		return;
	}
	cl_pen_name(p, cl_story_name(process), CL_PEN_NAME);
	cl_pen_printf(p, " (pid %.0f, uid %.0f", cl_json_get_num(process, "pid"), cl_json_get_num(process, "uid"));
	if (!strcmp(state, "deleted"))
		cl_pen_puts(p, ", its program was deleted before it ran");
	else if (*state)
		cl_pen_puts(p, ", its program lies in memory only");
	cl_pen_member(p, ", script ", process, "script", CL_PEN_PATH);
	if (cJSON_GetArraySize(earlier))
		cl_pen_member(p, ", before that ", cJSON_GetArrayItem(earlier, cJSON_GetArraySize(earlier) - 1), "exe",
			      CL_PEN_PATH);
	cl_pen_member(p, ", with preloaded ", process, "preload", CL_PEN_PATH);
	cl_pen_member(p, ", in container ", process, "container", CL_PEN_NAME);
	if (*cl_json_get_str(process, "started_by"))
		cl_pen_puts(p, ", started by a daemon for somebody who is not known");
	cl_pen_puts(p, ")");
}

/* ---- acts ---- */

static void say_read(struct cl_pen *p, const cJSON *act, bool inherited)
{
	cl_pen_puts(p, inherited ? " has it open" : " read it");
	cl_pen_member(p, inherited ? " in " : " from ", act, "path", CL_PEN_PATH);
	if (cl_json_get_num(act, "line"))
		cl_pen_printf(p, ":%.0f", cl_json_get_num(act, "line"));
	cl_pen_member(p, " (asked for as ", act, "asked_for", CL_PEN_PATH);
	cl_pen_puts(p, *cl_json_get_str(act, "asked_for") ? ")" : "");
	if (*cl_json_get_str(act, "content"))
		cl_pen_puts(p, " (the file was read; that it held the credential then is not verified)");
}

void cl_story_act(struct cl_pen *p, const cJSON *act, const char *how)
{
	bool inherited = cJSON_IsTrue(cl_json_at(act, "inherited"));

	if (!strcmp(how, "read")) {
		say_read(p, act, inherited);
	} else if (!strcmp(how, "reached")) {
		cl_pen_puts(p, " reached into another process");
		cl_pen_member(p, ": ", act, "name", CL_PEN_PATH);
	} else if (!strcmp(how, "connect")) {
		cl_pen_puts(p, " connected to ");
		cl_pen_name(p,
			    *cl_json_get_str(act, "destination") ? cl_json_get_str(act, "destination")
								 : "a place unknown",
			    CL_PEN_PATH);
		cl_pen_puts(p, " while it had it");
	} else if (!strcmp(how, "arguments")) {
		cl_pen_puts(p, " was given it on its command line");
		cl_pen_member(p, " as ", act, "name", CL_PEN_NAME);
	} else {
		cl_pen_puts(p, inherited ? " inherited it in its environment" : " was given it in its environment");
		cl_pen_member(p, " as ", act, "name", CL_PEN_NAME);
	}
	if (!strcmp(cl_json_get_str(act, "basis"), "inferred"))
		cl_pen_puts(p, " (inferred)");
}

static void say_use(struct cl_pen *p, const cJSON *side)
{
	cl_pen_time(p, "At ", side, "use.time");
	cl_pen_puts(p, *cl_json_get_str(side, "use.time") ? " " : "Once ");
	say_process(p, cl_json_at(side, "process"));
	cl_story_act(p, cl_json_at(side, "use"), cl_json_get_str(side, "use.how"));
	cl_pen_puts(p, ".");
}

static void say_side(struct cl_pen *p, const cJSON *side, bool acts)
{
	say_chain(p, cl_json_at(side, "process"));
	if (acts)
		say_use(p, side);
}

void cl_story_sides(struct cl_pen *p, const struct cl_sides *sides, bool acts)
{
	if (!sides->first)
		return;
	cl_pen_puts(p, "\n\n");
	say_run(p, cl_json_at(sides->first, "run"));
	cl_pen_puts(p, sides->then ? " had it first. " : " had it. ");
	say_side(p, sides->first, acts);
	if (!sides->then)
		return;
	cl_pen_puts(p, "\n\n");
	say_run(p, cl_json_at(sides->then, "run"));
	cl_pen_puts(p, " had it ");
	say_later(p, cl_json_get_time(sides->first, "use.time"), cl_json_get_time(sides->then, "use.time"));
	cl_pen_puts(p, ". ");
	say_side(p, sides->then, acts);
}
