/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/touch.h"

#include <string.h>

#include "base/cleanup.h"
#include "catalogue/readers.h"
#include "detect/engine.h"
#include "detect/programs.h"
#include "policy/rules.h"

#define ABOVE 64 /* processes that are looked at */
#define WORD 256

/* ---- expected readers ---- */

static bool is_in(const char *readers, enum cl_readers_part part, const struct cl_process *p)
{
	char path[WORD], name[CL_PROGRAM_NAME];

	cl_program_path(p, path, sizeof(path));
	return cl_readers_have(readers, part, cl_program_called(p, name), path) ||
	       cl_readers_have(readers, part, cl_basename(p->exe), p->exe ? p->exe : "");
}

static bool is_owner(const char *readers, const struct cl_process *p)
{
	return is_in(readers, CL_READERS_PROGRAMS, p);
}

static bool is_library(const char *readers, const struct cl_process *p)
{
	return is_in(readers, CL_READERS_LIBRARIES, p);
}

/* `cat` in the shell script that is the store's own program. */
static bool is_tool_of_owner(const char *readers, const struct cl_process *p)
{
	const struct cl_process *script = p->parent;

	return script && cl_program_kinds(p) & CL_PROGRAM_VIEWER && cl_program_kinds(script) & CL_PROGRAM_SHELL &&
	       !cl_program_is_bare_shell(script) && is_owner(readers, script);
}

/* ---- surroundings ---- */

struct around {
	bool installation; /* code that a package brings to its own installation */
	bool packaging;	   /* the system's package tools are at work */
	bool automatic;	   /* a CI job or an agent */
	bool hand;	   /* a person's shell did it */
};

/* A shell below a shell has its commands from somewhere: a person's stands below what gives people shells. */
static bool is_persons(const struct cl_process *p)
{
	uint32_t kinds = cl_program_kinds(p);

	if (!(kinds & CL_PROGRAM_SHELL))
		return kinds & (CL_PROGRAM_LAUNCHER | CL_PROGRAM_WRAPPER | CL_PROGRAM_EDITOR);
	return cl_program_is_bare_shell(p) &&
	       !(p->parent && p->parent->run == p->run && cl_program_kinds(p->parent) & CL_PROGRAM_SHELL);
}

static struct around look_around(const struct cl_process *actor)
{
	struct around a = {.hand = actor->run->kind == CL_RUN_SESSION};
	const struct cl_process *p = actor->parent;

	for (size_t n = 0; p && n < ABOVE; n++, p = p->parent) {
		a.installation |= cl_program_installs(p);
		a.packaging |= (cl_program_kinds(p) & CL_PROGRAM_PACKAGER) && cl_program_is_installed(p);
		a.hand &= p->run != actor->run || is_persons(p);
	}
	for (const struct cl_run *r = actor->run; r; r = r->parent)
		a.automatic |= r->kind == CL_RUN_AGENT || r->kind == CL_RUN_CI_JOB;
	return a;
}

static bool is_bystander(const struct cl_process *p, const struct around *a)
{
	uint32_t kinds = cl_program_kinds(p);

	if (a->installation)
		return false;
	if (kinds & CL_PROGRAM_KEEPER || (kinds & CL_PROGRAM_KEEPING && cl_program_is_installed(p)))
		return true;
	if (kinds & CL_PROGRAM_SUMMER && cl_program_is_installed(p))
		return true;
	if (kinds & CL_PROGRAM_VIEWER && a->packaging)
		return true;
	if (a->automatic)
		return false;
	if (kinds & (CL_PROGRAM_ARCHIVER | CL_PROGRAM_EDITOR))
		return true;
	return kinds & CL_PROGRAM_COPIER && !p->uid && (p->run->kind == CL_RUN_UNIT || p->run->kind == CL_RUN_BATCH);
}

static enum cl_touch touch_of(const struct cl_observation *obs, const struct cl_process *actor)
{
	const enum cl_touch other = obs->readers ? CL_TOUCH_STRANGER : CL_TOUCH_NOBODY;
	struct around a;

	if (cl_process_exe_state(actor) != CL_EXE_FILE)
		return other;
	if (obs->readers && (is_owner(obs->readers, actor) || is_tool_of_owner(obs->readers, actor)))
		return CL_TOUCH_OWNER;
	a = look_around(actor);
	if (is_bystander(actor, &a))
		return CL_TOUCH_BYSTANDER;
	if (!a.installation && obs->readers && is_library(obs->readers, actor))
		return CL_TOUCH_LIBRARY;
	return a.hand && cl_program_kinds(actor) & CL_PROGRAM_VIEWER ? CL_TOUCH_HAND : other;
}

/* How policy sees it: as an act of this process alone. */
static int ask_policy(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor, bool *lets)
{
	struct cl_act act = {.how = CL_USE_READ, .basis = CL_BASIS_OBSERVED};
	struct cl_use *use = NULL;
	int r;

	if (!cl_rules_count(cl_detect_rules(d), CL_RULES_READERS))
		return 0;
	r = cl_detect_gather(d, actor, &act, NULL, &use);
	*lets = !r && cl_detect_expects_reader(d, use, obs->store, obs->path);
	cl_use_free(&use);
	return r;
}

int cl_detect_touch(struct cl_detect *d, const struct cl_observation *obs, const struct cl_process *actor,
		    enum cl_touch *out)
{
	bool lets = false;
	int r = 0;

	if (!d->touch) {
		d->touch = touch_of(obs, actor);
		if (d->touch > CL_TOUCH_BYSTANDER)
			r = ask_policy(d, obs, actor, &lets);
		if (lets)
			d->touch = CL_TOUCH_OWNER;
	}
	*out = d->touch;
	return r;
}

bool cl_touch_counts(const struct cl_observation *obs)
{
	return obs->n_sightings || obs->unverified || obs->traits & CL_STORE_SECRET;
}

bool cl_touch_only_shows(const struct cl_process *actor)
{
	struct around a;

	if (!(cl_program_kinds(actor) & CL_PROGRAM_INSPECTOR) || !cl_program_is_installed(actor))
		return false;
	a = look_around(actor);
	return !a.installation && !a.automatic;
}

/* ---- pieces of work ---- */

static bool starts_work(const struct cl_process *p)
{
	return p->key.tgid == 1 || !p->exe || cl_program_kinds(p) & CL_PROGRAM_LAUNCHER ||
	       (cl_program_is_bare_shell(p) && is_persons(p));
}

const struct cl_process *cl_touch_root(const struct cl_process *p)
{
	for (size_t n = 0; n < ABOVE && p->parent && p->parent->run == p->run && !starts_work(p->parent); n++)
		p = p->parent;
	return p;
}

bool cl_touch_backs_up(const struct cl_process *actor)
{
	const struct around a = look_around(actor);

	return cl_program_kinds(actor) & CL_PROGRAM_ARCHIVER && !a.installation && !a.automatic;
}
