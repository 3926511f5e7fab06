/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/observe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "pipeline/assemble.h"
#include "pipeline/files.h"
#include "pipeline/strings.h"

#define ARENA_MAX (1u << 20)
#define FILES_MAX 16384
#define SIGHTINGS_MAX 128

struct cl_observer {
	const struct cl_catalogue *catalogue;
	struct cl_scanner *scanner;
	struct cl_arena *arena;
	struct cl_assembler *assembler;
	struct cl_files files;
	struct cl_sighting sightings[SIGHTINGS_MAX];
	size_t n_sightings;
	bool knows_content, misses_content;
	uint32_t launcher_dev;
	uint64_t launcher_ino; /* 0: not known */
	struct cl_observer_stats stats;
};

int cl_observer_new(struct cl_observer **out, const struct cl_catalogue *c, struct cl_scanner *s)
{
	_cleanup_(cl_observer_free) struct cl_observer *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -ENOMEM;
	o->catalogue = c;
	o->scanner = s;
	o->files.max = FILES_MAX;
	(void)((r = cl_arena_new(&o->arena, ARENA_MAX)) || (r = cl_assembler_new(&o->assembler)));
	if (r)
		return r;
	*out = TAKE_PTR(o);
	return 0;
}

void cl_observer_free(struct cl_observer **p)
{
	if (!*p)
		return;
	cl_files_clear(&(*p)->files);
	cl_assembler_free(&(*p)->assembler);
	cl_arena_free(&(*p)->arena);
	free(TAKE_PTR(*p));
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

/* Adds the sightings of one source; returns how many it added, or -errno. */
static int scan(struct cl_observer *o, uint32_t source, const char *path, struct cl_view v)
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
	return cl_escaped(o->arena, t->comm, strnlen(t->comm, sizeof(t->comm)), &obs->comm);
}

static int name_text(struct cl_observer *o, const char *name, const char **out)
{
	return cl_name_text(o->scanner, o->arena, name, strlen(name), out);
}

static void fill_file(const struct cl_file *f, struct cl_observation *obs)
{
	obs->ino = f->ino;
	obs->dev = f->dev;
	obs->generation = f->generation;
	obs->ctime = f->ctime;
	obs->size = f->size;
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

/* What an exec and a process of the baseline have in common. */
static int fill_strings(struct cl_observer *o, struct cl_view args, struct cl_view env, struct cl_observation *obs)
{
	int r;

	/* A string that is cut off could hold the beginning of a credential: not looked at, not shown. */
	if (obs->flags & (CL_F_ARGS_TRUNCATED | CL_F_ARGS_FAULT))
		args = cl_whole_strings(args);
	if (obs->flags & (CL_F_ENV_TRUNCATED | CL_F_ENV_FAULT))
		env = cl_whole_strings(env);
	r = scan(o, CL_SOURCE_ENVIRONMENT, NULL, env);
	if (r >= 0 && !is_launcher(o, obs, args))
		r = scan(o, CL_SOURCE_ARGUMENTS, NULL, args);
	if (r >= 0)
		r = cl_command_text(o->scanner, o->arena, args, obs->flags & CL_F_ARGS_TRUNCATED, &obs->command);
	if (r >= 0)
		r = cl_wanted_variables(o->scanner, o->arena, env, &obs->vars, &obs->n_vars);
	return r < 0 ? r : 0;
}

static int observe_exec(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	int r;

	obs->kind = CL_OBS_EXEC;
	obs->exe_dev = ev->file->dev;
	obs->exe_ino = ev->file->ino;
	(void)((r = name_text(o, ev->path, &obs->exe)) || (r = name_text(o, ev->filename, &obs->filename)) ||
	       (r = name_text(o, ev->cgroup, &obs->cgroup)));
	r = r ? r : fill_strings(o, ev->args, ev->env, obs);
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

/*
 * The file of an open or read: from the path when it is carried and a store claims it, else from what is known of the
 * inode (another name, or none). 0: a candidate that is no credential file; 1: *out is its entry.
 */
static int find_file(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs,
		     struct cl_known_file **out)
{
	const struct cl_store *store = *ev->path ? cl_catalogue_store_for(o->catalogue, ev->path) : NULL;
	struct cl_known_file *f = cl_files_find(&o->files, ev->file);
	int r;

	fill_file(ev->file, obs);
	r = name_text(o, ev->path, &obs->path);
	if (r)
		return r;
	if (!store && !f && !(ev->h->flags & CL_F_BY_INODE)) {
		o->stats.ignored++;
		return 0;
	}
	if (!f)
		f = cl_files_enter(&o->files, ev->file);
	if (!f)
		return -ENOMEM;
	if (obs->path && (store || !f->store)) {
		r = cl_known_file_name(f, store, obs->path);
		if (r)
			return r;
	}
	if (!obs->path && f->path) {
		obs->path = cl_arena_strdup(o->arena, f->path);
		if (!obs->path)
			return -ENOMEM;
	}
	obs->store = f->store ? f->store->id : NULL;
	obs->exempt = f->store && f->store->shared;
	*out = f;
	return 1;
}

static int observe_open(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	struct cl_known_file *f;

	obs->kind = CL_OBS_OPEN;
	obs->open_flags = ev->open_flags;
	return find_file(o, ev, obs, &f);
}

/* Scans what a read brought, joined with what the same reader had before. */
static int scan_content(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs,
			struct cl_known_file *f)
{
	uint64_t end = (uint64_t)ev->offset + ev->content.len;
	/* Without a size (procfs) or an offset each read stands alone. */
	bool alone = !ev->file->size || ev->offset < 0;
	bool last = alone || (end >= ev->file->size && ev->content.len >= ev->length);
	struct cl_assembled text;
	int r;

	cl_assemble(o->assembler, obs->process, ev, last, &text);
	r = scan(o, CL_SOURCE_FILE, ev->path, text.text);
	for (size_t i = 0; i < o->n_sightings; i++)
		o->sightings[i].line = text.line ? o->sightings[i].line + text.line - 1 : 0;
	if (r >= 0 && !alone) {
		r = cl_known_file_add(f, o->sightings, o->n_sightings);
		/* The kernel carries nothing that starts behind CL_CONTENT_MAX. */
		if (text.from_start && (last || end >= CL_CONTENT_MAX))
			f->complete = true;
	}
	o->n_sightings = cl_assembled_news(&text, o->sightings, o->n_sightings);
	cl_assembled_done(&text, last);
	return r < 0 ? r : 0;
}

/* The version's credentials are known although this event does not carry its bytes. */
static int copy_known(struct cl_observer *o, const struct cl_known_file *f)
{
	for (size_t i = 0; i < f->n_sightings && i < SIGHTINGS_MAX; i++) {
		struct cl_sighting *s = &o->sightings[o->n_sightings++];

		*s = f->sightings[i];
		s->name = cl_arena_strdup(o->arena, s->name);
		if (!s->name && f->sightings[i].name)
			return -ENOMEM;
	}
	return 0;
}

static int observe_read(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	struct cl_known_file *f = NULL;
	int r;

	obs->kind = CL_OBS_READ;
	obs->length = ev->length;
	obs->how = ev->how;
	r = find_file(o, ev, obs, &f);
	if (r <= 0 || !f)
		return r;
	cl_known_file_version(f, ev->file);
	r = ev->content.len ? scan_content(o, ev, obs, f) : copy_known(o, f);
	o->knows_content = f->complete;
	o->misses_content = (ev->h->flags & CL_F_CONTENT_KNOWN) && !f->complete;
	return r ? r : 1;
}

static int observe_connect(struct cl_observer *o, const struct cl_event *ev, struct cl_observation *obs)
{
	const struct cl_connect *c = ev->connect;
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	obs->kind = CL_OBS_CONNECT;
	obs->family = c->family;
	obs->sock_type = c->type;
	obs->port = c->port;
	if (c->family == AF_UNIX)
		return cl_unix_address(o->scanner, o->arena, ev->unix_path, ev->h->flags & CL_F_ABSTRACT, &obs->address)
			       ?: 1;
	/* ::ffff:192.0.2.1 is the same place as 192.0.2.1. */
	if (c->family == AF_INET6 && !memcmp(c->address, mapped, sizeof(mapped))) {
		obs->family = AF_INET;
		return cl_ip_address(o->arena, AF_INET, c->address + sizeof(mapped), 0, &obs->address) ?: 1;
	}
	return cl_ip_address(o->arena, c->family, c->address, c->scope, &obs->address) ?: 1;
}

static int observe(struct cl_observer *o, const void *record, size_t size, struct cl_observation *obs)
{
	static int (*const kinds[CL_KIND_MAX])(struct cl_observer *, const struct cl_event *,
					       struct cl_observation *) = {
		[CL_EXEC] = observe_exec, [CL_FORK] = observe_fork, [CL_EXIT] = observe_exit,
		[CL_OPEN] = observe_open, [CL_READ] = observe_read, [CL_CONNECT] = observe_connect,
	};
	struct cl_event ev;
	int r = cl_event_decode(record, size, o->arena, &ev);

	if (!r)
		r = fill_actor(o, &ev, obs);
	if (!r)
		r = kinds[ev.h->kind](o, &ev, obs);
	if (r > 0) {
		obs->sightings = o->n_sightings ? o->sightings : NULL;
		obs->n_sightings = o->n_sightings;
	}
	return r;
}

static void begin(struct cl_observer *o)
{
	cl_arena_reset(o->arena);
	o->n_sightings = 0;
	o->knows_content = o->misses_content = false;
	o->stats.events++;
}

static void end(struct cl_observer *o)
{
	o->stats.sightings += o->n_sightings;
	o->stats.sightings_cut = cl_scanner_stats(o->scanner)->sightings_cut;
	o->stats.files = HASH_COUNT(o->files.table);
	o->stats.files_evicted = o->files.evicted;
	o->stats.readers_evicted = cl_assembler_evicted(o->assembler);
}

int cl_observe(struct cl_observer *o, void *record, size_t size, struct cl_observation *out)
{
	struct cl_observation obs = {0};
	int r;

	begin(o);
	r = observe(o, record, size, &obs);
	explicit_bzero(record, size);
	end(o);
	o->stats.malformed += r == -EPROTO;
	if (r >= 0)
		*out = obs;
	return r;
}

int cl_observe_process(struct cl_observer *o, struct cl_observation *obs, const char *args, size_t args_len,
		       const char *env, size_t env_len)
{
	int r;

	begin(o);
	r = fill_strings(o, (struct cl_view){args, args_len}, (struct cl_view){env, env_len}, obs);
	end(o);
	if (r)
		return r;
	obs->sightings = o->n_sightings ? o->sightings : NULL;
	obs->n_sightings = o->n_sightings;
	return 0;
}
