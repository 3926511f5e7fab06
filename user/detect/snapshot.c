/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "detect/programs.h"
#include "lineage/ids.h"

/* A chain longer than this is a damaged table, not a process tree. */
#define CHAIN_COUNTED 4096

uint64_t cl_wall(const struct cl_host *host, uint64_t boot_ns)
{
	return host ? cl_host_wall(host, boot_ns) : boot_ns;
}

int cl_dup_bounded(char **out, const char *s, size_t max)
{
	size_t n = s ? strnlen(s, max + 1) : 0;
	char *copy = NULL;

	if (n > max)
		for (n = max; n && ((unsigned char)s[n] & 0xc0) == 0x80; n--)
			;
	if (s) {
		copy = strndup(s, n);
		if (!copy)
			return -ENOMEM;
	}
	*out = copy;
	return 0;
}

static void add_str(cJSON *object, const char *key, const char *value, size_t max)
{
	_cleanup_free_ char *copy = NULL;

	if (value && !cl_dup_bounded(&copy, value, max))
		cl_json_str(object, key, copy);
}

const char *cl_process_name(const struct cl_process *p)
{
	const char *path = p->program && !p->script ? p->program : p->exe, *slash = path ? strrchr(path, '/') : NULL;

	if (slash && slash[1])
		return slash + 1;
	return path && *path ? path : p->comm ? p->comm : "";
}

static const char *boot_id(const struct cl_host *host)
{
	return host && host->boot_id ? host->boot_id : "unknown";
}

static void add_link(cJSON *chain, const struct cl_process *p, const struct cl_host *host)
{
	cJSON *link = cl_json_push(chain);
	char id[CL_ID_SIZE];

	cl_json_str(link, "id", cl_id_process(id, sizeof(id), boot_id(host), p->key));
	cl_json_written(link, "pid", p->key.tgid);
	add_str(link, "name", cl_process_name(p), CL_NAME_SHOWN);
	add_str(link, "exe", p->exe, CL_PATH_SHOWN);
	add_str(link, "command", p->command, CL_COMMAND_SHOWN);
}

/* The first process and the kernel's own have no parent; every other end of a chain is a gap and says so. */
static bool is_first(const struct cl_process *p)
{
	return !p->parent_key.tgid && p->key.tgid <= 2;
}

static void add_chain(cJSON *process, const struct cl_process *p, const struct cl_host *host)
{
	cJSON *chain = cl_json_arr(process, "chain");
	const struct cl_process *at = p;
	size_t n = 0;

	for (; at->parent && n < CHAIN_COUNTED; at = at->parent, n++)
		if (n < CL_CHAIN_MAX)
			add_link(chain, at->parent, host);
	if (n > CL_CHAIN_MAX)
		cl_json_written(process, "chain_cut", n - CL_CHAIN_MAX);
	if (!is_first(at)) {
		cJSON *gap = cl_json_push(chain);
		char id[CL_ID_SIZE];

		cl_json_str(gap, "id", cl_id_unknown(id, sizeof(id), boot_id(host), at->parent_key));
		cl_json_bool(gap, "unknown", true);
	}
}

/* What a path alone does not say, and what it ran before, the latest last. */
static void add_image(cJSON *o, const struct cl_process *p)
{
	static const char *const states[] = {[CL_EXE_DELETED] = "deleted", [CL_EXE_MEMORY] = "memfd"};
	char inode[64];
	cJSON *list;

	add_str(o, "exe", p->exe, CL_PATH_SHOWN);
	cl_json_str(o, "exe_state", states[cl_process_exe_state(p)]);
	if (p->exe_ino) {
		snprintf(inode, sizeof(inode), "%u:%u:%" PRIu64, p->exe_dev >> 20, p->exe_dev & 0xfffff, p->exe_ino);
		cl_json_str(o, "exe_inode", inode);
	}
	add_str(o, "script", p->script, CL_PATH_SHOWN);
	add_str(o, "program", p->program, CL_PATH_SHOWN);
	add_str(o, "preload", p->preload, CL_PATH_SHOWN);
	add_str(o, "command", p->command, CL_COMMAND_SHOWN);
	list = p->earlier ? cl_json_arr(o, "earlier") : NULL;
	for (uint32_t i = 0; list && i < p->earlier->n; i++) {
		const struct cl_image *image = &p->earlier->list[i];

		add_str(cl_json_push(list), "exe", image->script ? image->script : image->exe, CL_PATH_SHOWN);
	}
}

static cJSON *process_json(const struct cl_process *p, const struct cl_host *host)
{
	cJSON *o = cJSON_CreateObject();
	char id[CL_ID_SIZE];

	cl_json_str(o, "id", cl_id_process(id, sizeof(id), boot_id(host), p->key));
	cl_json_written(o, "pid", p->key.tgid);
	add_str(o, "name", cl_process_name(p), CL_NAME_SHOWN);
	add_image(o, p);
	cl_json_written(o, "uid", p->uid);
	cl_json_written(o, "euid", p->euid);
	if (cl_process_in_userns(p) && p->ns_uid != UINT32_MAX)
		cl_json_written(o, "ns_uid", p->ns_uid);
	if (p->loginuid != UINT32_MAX)
		cl_json_written(o, "loginuid", p->loginuid);
	add_str(o, "container", p->container, CL_NAME_SHOWN);
	cl_json_str(o, "started_by", p->brokered ? "broker" : NULL);
	cl_json_time(o, "started", cl_wall(host, p->key.start));
	add_chain(o, p, host);
	return o;
}

int cl_snapshot_new(struct cl_snapshot **out, const struct cl_process *p, const struct cl_host *host)
{
	struct cl_snapshot *s = calloc(1, sizeof(*s));
	_cleanup_json_ cJSON *o = s ? process_json(p, host) : NULL;

	if (o) {
		s->json = cJSON_PrintUnformatted(o);
		cl_dup_bounded(&s->name, cl_process_name(p), CL_NAME_SHOWN);
	}
	if (!o || !s->json || !s->name || cl_dup_bounded(&s->exe, p->exe, CL_PATH_SHOWN) ||
	    cl_dup_bounded(&s->script, p->script, CL_PATH_SHOWN) ||
	    cl_dup_bounded(&s->container, p->container, CL_NAME_SHOWN)) {
		if (s)
			s->refs = 1;
		cl_snapshot_unref(&s);
		return -ENOMEM;
	}
	s->refs = 1;
	s->key = p->key;
	s->exec_ts = p->exec_ts;
	s->uid = p->uid;
	s->euid = p->euid;
	s->kinds = cl_program_kinds(p);
	s->unattributed = p->unattributed;
	*out = s;
	return 0;
}

bool cl_snapshot_shows(const struct cl_snapshot *s, const struct cl_process *p)
{
	return s->exec_ts == p->exec_ts && s->uid == p->uid && s->euid == p->euid;
}

struct cl_snapshot *cl_snapshot_ref(struct cl_snapshot *s)
{
	if (s)
		s->refs++;
	return s;
}

void cl_snapshot_unref(struct cl_snapshot **p)
{
	struct cl_snapshot *s = TAKE_PTR(*p);

	if (!s || --s->refs)
		return;
	free(s->name);
	free(s->exe);
	free(s->script);
	free(s->container);
	free(s->json);
	free(s);
}

int cl_run_view_copy(struct cl_run_view *out, const struct cl_run *run, const struct cl_host *host)
{
	struct cl_run_view v = {
		.kind = run->kind,
		.state = run->state,
		.begin = cl_wall(host, run->begin),
		.end = cl_wall(host, run->end),
		.unattributed = run->unattributed,
	};
	int r = cl_dup_bounded(&v.id, run->id, CL_NAME_SHOWN);

	r = r ? r : cl_dup_bounded(&v.workflow, run->workflow, CL_NAME_SHOWN);
	r = r ? r : cl_dup_bounded(&v.environment, run->environment, CL_NAME_SHOWN);
	r = r ? r : cl_dup_bounded(&v.repository, run->repository, CL_NAME_SHOWN);
	for (const struct cl_run *up = run->parent; up && !r && v.n_parents < CL_RUN_PARENTS; up = up->parent) {
		r = cl_dup_bounded(&v.parents[v.n_parents], up->id, CL_NAME_SHOWN);
		v.parent_kinds[v.n_parents] = up->kind;
		v.n_parents += !r;
	}
	if (r) {
		cl_run_view_free(&v);
		return r;
	}
	*out = v;
	return 0;
}

int cl_run_view_dup(struct cl_run_view *out, const struct cl_run_view *view)
{
	struct cl_run_view v = {
		.kind = view->kind,
		.state = view->state,
		.begin = view->begin,
		.end = view->end,
		.unattributed = view->unattributed,
	};
	int r = cl_dup_bounded(&v.id, view->id, CL_NAME_SHOWN);

	r = r ? r : cl_dup_bounded(&v.workflow, view->workflow, CL_NAME_SHOWN);
	r = r ? r : cl_dup_bounded(&v.environment, view->environment, CL_NAME_SHOWN);
	r = r ? r : cl_dup_bounded(&v.repository, view->repository, CL_NAME_SHOWN);
	while (!r && v.n_parents < view->n_parents) {
		r = cl_dup_bounded(&v.parents[v.n_parents], view->parents[v.n_parents], CL_NAME_SHOWN);
		v.parent_kinds[v.n_parents] = view->parent_kinds[v.n_parents];
		v.n_parents += !r;
	}
	if (r) {
		cl_run_view_free(&v);
		return r;
	}
	*out = v;
	return 0;
}

void cl_run_view_free(struct cl_run_view *v)
{
	free(v->id);
	free(v->workflow);
	free(v->environment);
	free(v->repository);
	for (size_t i = 0; i < v->n_parents; i++)
		free(v->parents[i]);
	*v = (struct cl_run_view){0};
}
