/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of which detectors make their sentences. Names of files and programs are shown escaped. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "detect/detector.h"
#include "detect/snapshot.h"

#define SHOWN 160

const char *cl_use_how_name(uint32_t how)
{
	static const char *const names[] = {[CL_USE_READ] = "read",
					    [CL_USE_ENVIRONMENT] = "environment",
					    [CL_USE_ARGUMENTS] = "arguments",
					    [CL_USE_CONNECT] = "connect",
					    [CL_USE_REACHED] = "reached"};

	return how < ARRAY_SIZE(names) && names[how] ? names[how] : "unknown";
}

static int say_name(struct cl_text *out, const char *name)
{
	return cl_text_escape_short(out, name, SHOWN);
}

int cl_say_credential(struct cl_text *out, const struct cl_credential *c)
{
	char fp[CL_FP_TEXT];
	int r = 0;

	if (c->provider && *c->provider) {
		r = say_name(out, c->provider);
		r = r ? r : cl_text_puts(out, " ");
	}
	return r ? r : cl_text_printf(out, "credential %s", cl_fp_format(fp, c->shown));
}

static int say_time(struct cl_text *out, uint64_t wall)
{
	char buf[CL_TIME_SIZE];

	if (!wall)
		return 0;
	cl_time_format(buf, wall);
	return cl_text_printf(out, " at %.19sZ", buf); /* whole seconds */
}

static int say_remarks(struct cl_text *out, const struct cl_act *a)
{
	int r = 0;

	if (a->asked) {
		r = cl_text_puts(out, " (asked for as ");
		r = r ? r : say_name(out, a->asked);
		r = r ? r : cl_text_puts(out, ")");
	}
	return r || !a->unverified ? r : cl_text_puts(out, " (content unverified)");
}

static int say_how(struct cl_text *out, const struct cl_act *a)
{
	const char *what;
	int r;

	switch (a->how) {
	case CL_USE_READ:
		if (a->inherited)
			r = cl_text_puts(out, a->path ? "has it open in " : "has it open");
		else
			r = cl_text_puts(out, a->path ? "read it from " : "read it");
		r = r || !a->path ? r : say_name(out, a->path);
		r = r || !a->line ? r : cl_text_printf(out, ":%u", a->line);
		return r ? r : say_remarks(out, a);
	case CL_USE_REACHED:
		r = cl_text_puts(out, "read ");
		return r ? r : say_name(out, a->name ? a->name : "another process");
	case CL_USE_CONNECT:
		r = cl_text_puts(out, "connected to ");
		r = r ? r : say_name(out, a->destination ? a->destination : "a place that is not known");
		return r ? r : cl_text_puts(out, " while holding it");
	case CL_USE_ARGUMENTS:
		r = cl_text_puts(out,
				 a->name ? "was given it on its command line as " : "was given it on its command line");
		return r || !a->name ? r : say_name(out, a->name);
	default:
		what = a->inherited ? "inherited it" : "was given it";
		r = cl_text_puts(out, what);
		r = r ? r : cl_text_puts(out, a->name ? " in the variable " : " in its environment");
		return r || !a->name ? r : say_name(out, a->name);
	}
}

int cl_say_act(struct cl_text *out, const struct cl_act *a, bool latest)
{
	int r;

	if (a->process) {
		r = say_name(out, a->process->name);
		r = r ? r : cl_text_printf(out, " (pid %u, uid %u) ", a->process->key.tgid, a->process->uid);
	} else {
		r = cl_text_puts(out, "a process of an earlier watch ");
	}
	r = r ? r : say_how(out, a);
	return r ? r : say_time(out, latest ? a->latest : a->first);
}

int cl_say_program(struct cl_text *out, const struct cl_process *p)
{
	return say_name(out, p ? cl_process_name(p) : "process");
}

int cl_say_process(struct cl_text *out, const struct cl_process *p, struct cl_process_key key)
{
	int r = cl_say_program(out, p);

	return r ? r : cl_text_printf(out, "[%u]", key.tgid);
}

int cl_say_run(struct cl_text *out, const struct cl_run_view *r)
{
	int err = cl_text_puts(out, "workflow ");

	err = err ? err : say_name(out, r->workflow);
	err = err ? err : cl_text_puts(out, " (run ");
	err = err ? err : say_name(out, r->id);
	return err ? err : cl_text_puts(out, ")");
}

int cl_say_side(struct cl_text *out, const struct cl_fact *fact, size_t side)
{
	int r = cl_say_run(out, &fact->sides[side]->run);

	r = r ? r : cl_text_puts(out, " ");
	return r ? r : cl_say_act(out, cl_fact_act(fact, side), fact->latest[side]);
}
