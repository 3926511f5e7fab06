/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/secure.h"
#include "pipeline/observe_internal.h"
#include "pipeline/strings.h"

#define ARENA_MAX (1u << 20)
#define FILES_MAX 16384
#define ENVIRONMENTS_MAX 1024

int cl_observer_new(struct cl_observer **out, const struct cl_catalogue *c, struct cl_scanner *s)
{
	_cleanup_(cl_observer_free) struct cl_observer *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -ENOMEM;
	o->catalogue = c;
	o->scanner = s;
	o->files.max = FILES_MAX;
	o->concealer.scanner = s;
	(void)((r = cl_catalogue_name_rules(c, &o->rules)) || (r = cl_arena_new(&o->arena, ARENA_MAX)) ||
	       (r = cl_arena_new_secure(&o->raw, ARENA_MAX)) || (r = cl_beginnings_new(&o->concealer.beginnings, c)) ||
	       (r = cl_recognisers_new(&o->recognisers, cl_catalogue_recognisers(c))) ||
	       (r = cl_assembler_new(&o->assembler)) || (r = cl_seen_new(&o->environments, ENVIRONMENTS_MAX)) ||
	       (r = cl_secure_alloc(&o->again, CL_CONTENT_MAX)));
	if (r)
		return r;
	o->concealer.raw = o->raw;
	*out = TAKE_PTR(o);
	return 0;
}

void cl_observer_free(struct cl_observer **p)
{
	if (!*p)
		return;
	cl_name_rules_free(&(*p)->rules);
	cl_recognisers_free(&(*p)->recognisers);
	cl_files_clear(&(*p)->files);
	cl_assembler_free(&(*p)->assembler);
	cl_seen_free(&(*p)->environments);
	cl_secure_free(&(*p)->again, CL_CONTENT_MAX);
	cl_arena_free(&(*p)->arena);
	cl_arena_free(&(*p)->raw);
	cl_beginnings_free(&(*p)->concealer.beginnings);
	free(TAKE_PTR(*p));
}

void cl_observer_tick(struct cl_observer *o, uint64_t now)
{
	if (now > CL_OBSERVER_KEEP_NS)
		cl_assembler_forget(o->assembler, now - CL_OBSERVER_KEEP_NS);
}

void cl_observer_read_again(struct cl_observer *o, cl_read_again_fn read_again)
{
	o->read_again = read_again;
}

void cl_observer_read_beside(struct cl_observer *o, cl_read_beside_fn read_beside)
{
	o->read_beside = read_beside;
}

void cl_observer_names(struct cl_observer *o, cl_names_fn names, void *ctx)
{
	o->names = names;
	o->names_ctx = ctx;
}

void cl_observer_key_changed(struct cl_observer *o)
{
	cl_files_look_again(&o->files);
	cl_seen_clear(o->environments);
}

const struct cl_observer_stats *cl_observer_stats(const struct cl_observer *o)
{
	return &o->stats;
}

bool cl_observer_knows_content(const struct cl_observer *o)
{
	return o->knows_content;
}

bool cl_observer_misses_content(const struct cl_observer *o)
{
	return o->misses_content;
}

int cl_observer_scan(struct cl_observer *o, uint32_t source, const char *path, struct cl_view v)
{
	size_t room = SIGHTINGS_MAX - o->n_sightings;
	int n;

	if (!v.len)
		return 0;
	n = cl_scan(o->scanner, source, path, v.p, v.len, o->arena, o->sightings + o->n_sightings, room);
	o->stats.scanned_bytes += v.len;
	if (n > 0)
		o->n_sightings += (size_t)n;
	return n;
}

int cl_observer_text(struct cl_observer *o, const char *name, bool cut, const char **out)
{
	*out = NULL;
	return *name ? cl_conceal_name(&o->concealer, name, cut, o->arena, out) : 0;
}

static struct cl_process_key key_of(uint64_t start, uint32_t tgid)
{
	return (struct cl_process_key){.start = start, .tgid = tgid};
}

static int fill_actor(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	const struct cl_task *t = &ev->h->task;

	obs->flags = ev->h->flags;
	obs->ts = ev->h->ts;
	obs->process = key_of(t->start, t->tgid);
	obs->parent = key_of(t->parent_start, t->parent_tgid);
	obs->cgroup_id = t->cgroup;
	obs->tid = t->tid;
	obs->ns_tgid = t->ns_tgid;
	obs->uid = t->uid;
	obs->euid = t->euid;
	obs->gid = t->gid;
	obs->loginuid = t->loginuid;
	obs->session = t->session;
	obs->mntns = t->mntns;
	obs->pidns = t->pidns;
	obs->userns = t->userns;
	obs->ns_uid = t->ns_uid;
	obs->comm = *t->comm ? cl_arena_strndup(o->raw, t->comm, strnlen(t->comm, sizeof(t->comm))) : NULL;
	return *t->comm && !obs->comm ? -ENOMEM : 0;
}

/*
 * `credlineage run -- CMD ...` carries the arguments of CMD before CMD does. The launcher only passes them on: CMD's own
 * exec tells of them, so the launcher is not one more holder (and not one outside of the run that it is about to open).
 * It is known by its inode; a name could be anybody's.
 */
static bool is_launcher(const struct cl_observer *o, const struct cl_observation *obs, struct cl_view args)
{
	const char *second = args.len ? memchr(args.p, 0, args.len) : NULL;

	if (!o->launcher_ino || obs->exe_ino != o->launcher_ino || obs->exe_dev != o->launcher_dev || !second)
		return false;
	second++;
	return args.p + args.len - second >= 4 && !memcmp(second, "run", 4);
}

void cl_observer_launcher(struct cl_observer *o, uint32_t dev, uint64_t ino)
{
	o->launcher_dev = dev;
	o->launcher_ino = ino;
}

/* Most programs get the environment of who starts them, and most environments have nothing in them. */
static int scan_environment(struct cl_observer *o, struct cl_view env)
{
	int n;

	if (!env.len || cl_seen_has(o->environments, env.p, env.len))
		return 0;
	n = cl_observer_scan(o, CL_SOURCE_ENVIRONMENT, NULL, env);
	if (!n)
		cl_seen_enter(o->environments);
	return n;
}

/* What an exec and a process of the baseline have in common. */
static int fill_strings(struct cl_observer *o, struct cl_view args, struct cl_view env, struct cl_observation *obs)
{
	int r;

	/* A string that is cut off could hold the beginning of a credential: not looked at, not shown. */
	if (obs->flags & (CL_F_ARGS_TRUNCATED | CL_F_ARGS_FAULT))
		args = cl_whole_strings(args);
	if (obs->flags & (CL_F_ENV_TRUNCATED | CL_F_ENV_FAULT))
		env = cl_whole_strings(env);
	r = scan_environment(o, env);
	if (r >= 0 && !is_launcher(o, obs, args))
		r = cl_observer_scan(o, CL_SOURCE_ARGUMENTS, NULL, args);
	if (r >= 0)
		r = cl_command_text(o->scanner, o->arena, args, obs->flags & CL_F_ARGS_TRUNCATED, &obs->command);
	obs->program = cl_loaded_program(obs->exe, args);
	if (r >= 0)
		r = cl_wanted_variables(o->recognisers, o->scanner, o->arena, env, &obs->vars, &obs->n_vars);
	return r < 0 ? r : 0;
}

static int observe_exec(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	int r;

	obs->kind = CL_OBS_EXEC;
	obs->exe_dev = ev->file->dev;
	obs->exe_ino = ev->file->ino;
	obs->exe = cl_some(ev->path);
	obs->filename = cl_some(ev->filename);
	obs->cgroup = cl_some(ev->cgroup);
	r = fill_strings(o, ev->args, ev->env, obs);
	return r ? r : 1;
}

static int observe_fork(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	(void)o;
	obs->kind = CL_OBS_FORK;
	obs->child = key_of(ev->child->start, ev->child->tgid);
	return 1;
}

static int observe_exit(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	(void)o;
	obs->kind = CL_OBS_EXIT;
	obs->exit_code = ev->exit_code;
	return 1;
}

static int observe_access(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	(void)o;
	obs->kind = CL_OBS_ACCESS;
	obs->child = key_of(ev->target->start, ev->target->tgid);
	obs->how = ev->how;
	return 1;
}

static int observe(struct cl_observer *o, const void *record, size_t size, struct cl_observation *obs)
{
	static int (*const kinds[CL_KIND_MAX])(struct cl_observer *, const struct cl_event *,
					       struct cl_observation *) = {
		[CL_EXEC] = observe_exec,
		[CL_FORK] = observe_fork,
		[CL_EXIT] = observe_exit,
		[CL_OPEN] = cl_observe_open,
		[CL_READ] = cl_observe_read,
		[CL_CONNECT] = cl_observe_connect,
		[CL_ACCESS] = observe_access,
		[CL_RECEIVE] = cl_observe_receive,
		[CL_CONNECT_END] = cl_observe_connect_end,
		[CL_HELD] = cl_observe_held,
		[CL_WRITE] = cl_observe_write,
	};
	struct cl_event ev;
	int concealed = 0, r = cl_event_decode(record, size, o->raw, &ev);

	if (!r) {
		o->carries = ev.h->kind == CL_EXEC || ev.h->kind == CL_READ;
		r = fill_actor(o, &ev, obs);
	}
	if (!r)
		r = kinds[ev.h->kind](o, &ev, obs);
	if (r >= 0)
		concealed = cl_conceal(&o->concealer, obs, o->arena);
	if (concealed < 0)
		return concealed;
	o->carries |= concealed > 0;
	if (r > 0) {
		obs->sightings = o->n_sightings ? o->sightings : NULL;
		obs->n_sightings = o->n_sightings;
	}
	return r;
}

void cl_observer_begin(struct cl_observer *o)
{
	cl_arena_reset(o->arena);
	o->n_sightings = 0;
	o->knows_content = o->misses_content = false;
	o->carries = true;
	o->stats.events++;
}

void cl_observer_end(struct cl_observer *o)
{
	cl_arena_reset(o->raw);
	if (o->carries)
		cl_secure_stack();
	o->stats.sightings += o->n_sightings;
	o->stats.sightings_cut = cl_scanner_stats(o->scanner)->sightings_cut;
	o->stats.files = HASH_COUNT(o->files.table);
	o->stats.files_evicted = o->files.evicted;
	o->stats.environments_again = cl_seen_stats(o->environments)->again;
	o->stats.environments_evicted = cl_seen_stats(o->environments)->evicted;
	o->stats.readers_evicted = cl_assembler_evicted(o->assembler);
}

int cl_observe(struct cl_observer *o, void *record, size_t size, struct cl_observation *out)
{
	struct cl_observation obs = {0};
	int r;

	cl_observer_begin(o);
	r = observe(o, record, size, &obs);
	explicit_bzero(record, size);
	cl_observer_end(o);
	o->stats.malformed += r == -EPROTO;
	if (r >= 0)
		*out = obs;
	return r;
}

int cl_observer_conceal(struct cl_observer *o, const char *text, const char **out)
{
	const char *safe = NULL, *plain = NULL;
	int r;

	*out = NULL;
	cl_arena_reset(o->arena);
	r = cl_conceal_text(&o->concealer, text, strlen(text), false, o->arena, &safe);
	r = r ? r : cl_escaped(o->raw, text, strlen(text), &plain);
	if (!r && plain && strcmp(plain, safe) != 0)
		*out = safe;
	cl_arena_reset(o->raw);
	cl_secure_stack();
	return r;
}

int cl_observe_process(struct cl_observer *o, struct cl_observation *obs, const char *args, size_t args_len,
		       const char *env, size_t env_len)
{
	int r;

	cl_observer_begin(o);
	r = fill_strings(o, (struct cl_view){args, args_len}, (struct cl_view){env, env_len}, obs);
	if (!r)
		r = cl_conceal(&o->concealer, obs, o->arena);
	cl_observer_end(o);
	if (r < 0)
		return r;
	obs->sightings = o->n_sightings ? o->sightings : NULL;
	obs->n_sightings = o->n_sightings;
	return 0;
}
