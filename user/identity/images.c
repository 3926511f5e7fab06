/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process runs, and what it ran before: what it read as one program it still has as the next. Kept are those that it
 * executed itself, and the one that came with its fork if it did something with it; of a long list the first and the
 * latest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "credlineage/event.h"
#include "identity/tables.h"

#define IMAGES_MIN 2
#define CUT (CL_F_ARGS_TRUNCATED | CL_F_ARGS_FAULT | CL_F_ENV_TRUNCATED | CL_F_ENV_FAULT)
#define EXE_BYTES 4352 /* what a record can carry */
#define COMMAND_BYTES 4096

static void put(struct cl_identity *id, struct cl_image *image)
{
	cl_shared_put(&id->strings, &image->exe);
	cl_shared_put(&id->strings, &image->script);
}

/* Room for one more: the list's size is a power of two. It stays as it is when there is no memory. */
static int grow(struct cl_identity *id, struct cl_process *p)
{
	struct cl_images *l = p->earlier;
	uint32_t n = l ? l->n : 0, cap = n ? 2 * n : IMAGES_MIN;

	if (n == CL_IMAGES_MAX) {
		put(id, &l->list[1]);
		memmove(&l->list[1], &l->list[2], (n - 2) * sizeof(l->list[0]));
		l->n--;
		l->forgotten++;
		return 0;
	}
	if (n && (n < IMAGES_MIN || (n & (n - 1))))
		return 0;
	l = realloc(l, sizeof(*l) + cap * sizeof(l->list[0]));
	if (!l)
		return -ENOMEM;
	if (!n)
		*l = (struct cl_images){0};
	p->earlier = l;
	return 0;
}

static int keep_earlier(struct cl_identity *id, struct cl_process *p)
{
	struct cl_image *image;
	int r;

	if (!p->exe || !(p->own_image || p->acted))
		return 0;
	r = grow(id, p);
	if (r)
		return r;
	image = &p->earlier->list[p->earlier->n++];
	*image = (struct cl_image){.ino = p->exe_ino, .dev = p->exe_dev, .flags = p->flags, .when = p->exec_ts};
	cl_shared_copy(&id->strings, &image->exe, p->exe);
	cl_shared_copy(&id->strings, &image->script, p->script);
	return 0;
}

/* ---- what it runs now ---- */

/*
 * The kernel runs a script by handing its name to the interpreter as an argument; a program that is only called by
 * another name (sh -> dash, a busybox applet) has not got that name among its arguments.
 */
static const char *script_name(const struct cl_observation *obs)
{
	const char *rest = obs->command ? strchr(obs->command, ' ') : NULL;
	const char *slash;

	if (!rest || !obs->filename || !*obs->filename || !obs->exe || !strcmp(obs->filename, obs->exe))
		return NULL;
	slash = strrchr(obs->exe, '/');
	if (slash && !strcmp(obs->filename, slash + 1))
		return NULL;
	return strstr(rest, obs->filename) ? obs->filename : NULL;
}

/*
 * "#!/usr/bin/env python3": env, which the kernel gave the script to, executes the interpreter with the script among
 * its arguments.
 */
static const char *script_of_env(const struct cl_observation *obs, const struct cl_process *p)
{
	static const char *const programs[] = {"env", "busybox", "coreutils"};
	const char *rest = obs->command ? strchr(obs->command, ' ') : NULL;

	if (!rest || !p->script || !p->own_image || !strstr(rest, p->script))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (!strcmp(cl_basename(p->exe), programs[i]))
			return p->script;
	return NULL;
}

/* LD_PRELOAD, LD_AUDIT: somebody else's code in it. */
static const char *preloaded(const struct cl_observation *obs)
{
	const char *s = cl_obs_var(obs, "LD_AUDIT");

	return s ? s : cl_obs_var(obs, "LD_PRELOAD");
}

/* Daemons that start programs for others; that they did does not say who asked. */
static bool starts_for_others(const char *exe)
{
	static const char *const daemons[] = {
		"systemd",
		"cron",
		"crond",
		"atd",
		"anacron",
		"dockerd",
		"containerd",
		"conmon",
		"crio",
		"containerd-shim",
		"containerd-shim-runc-v2",
		"runc",
		"crun",
		"dbus-daemon",
		"dbus-broker-launch",
		"xinetd",
	};

	for (size_t i = 0; i < ARRAY_SIZE(daemons); i++)
		if (!strcmp(cl_basename(exe), daemons[i]))
			return true;
	return false;
}

static int set(struct cl_identity *id, char **slot, const char *s, size_t max)
{
	return cl_shared_set(&id->strings, slot, s, max, true);
}

int cl_images_set(struct cl_identity *id, const struct cl_observation *obs, struct cl_process *p)
{
	const char *script = script_name(obs);
	int r = keep_earlier(id, p);

	r = r ? r : set(id, &p->script, script ? script : script_of_env(obs, p), EXE_BYTES);
	r = r ? r : set(id, &p->exe, obs->exe, EXE_BYTES);
	r = r ? r : set(id, &p->program, obs->program, EXE_BYTES);
	r = r ? r : set(id, &p->preload, preloaded(obs), EXE_BYTES);
	r = r ? r : cl_shared_set(&id->strings, &p->command, obs->command, COMMAND_BYTES, false);
	p->exe_ino = obs->exe_ino;
	p->exe_dev = obs->exe_dev;
	p->flags = obs->flags;
	if (obs->command && strlen(obs->command) > COMMAND_BYTES)
		p->flags |= CL_F_ARGS_TRUNCATED;
	id->stats.execs_cut += (p->flags & CUT) != 0;
	p->own_image = true;
	p->brokered = p->parent && starts_for_others(p->parent->exe) && !starts_for_others(p->exe);
	return r;
}

enum cl_exe_state cl_process_exe_state(const struct cl_process *p)
{
	if (p->flags & CL_F_ANONYMOUS)
		return CL_EXE_MEMORY;
	return p->flags & CL_F_DELETED ? CL_EXE_DELETED : CL_EXE_FILE;
}

const char *cl_process_program(const struct cl_process *p)
{
	return p->script ? p->script : p->program ? p->program : p->exe;
}

void cl_images_free(struct cl_identity *id, struct cl_process *p)
{
	for (uint32_t i = 0; p->earlier && i < p->earlier->n; i++)
		put(id, &p->earlier->list[i]);
	free(p->earlier);
	p->earlier = NULL;
}
