/* SPDX-License-Identifier: Apache-2.0 */
/* How a process looks as a node: who it is by what the kernel says, and apart from it what it says of itself. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "credlineage/event.h"
#include "lineage/weave_nodes.h"

#define COMMAND_MAX 1024
#define NO_LOGIN UINT32_MAX
#define INIT_PIDNS 0xeffffffcu /* the kernel fixes this number */

char *cl_weave_process_label(char *buf, size_t size, const struct cl_process *p)
{
	const char *name = cl_process_program(p);
	const char *slash = name ? strrchr(name, '/') : NULL;

	if (slash && slash[1])
		name = slash + 1;
	if (!name || !*name)
		name = p->comm ? p->comm : "process";
	snprintf(buf, size, "%.200s [%" PRIu32 "]", name, p->key.tgid);
	return buf;
}

/* The redacted command line up to a whole character. */
static void add_command(cJSON *attrs, const char *command)
{
	char text[COMMAND_MAX + 4];
	size_t len = command ? strlen(command) : 0;

	if (len > COMMAND_MAX) {
		for (len = COMMAND_MAX; len && ((unsigned char)command[len] & 0xc0) == 0x80;)
			len--;
		snprintf(text, sizeof(text), "%.*s...", (int)len, command);
		command = text;
	}
	cl_json_str(attrs, "command", command);
}

/* A node that is described again keeps what it is not told anew: what no longer holds is said, too. */
static void add_text(cJSON *a, const char *key, const char *value, bool again)
{
	cl_json_str(a, key, value ? value : again ? "" : NULL);
}

static void add_mark(cJSON *a, const char *key, bool holds, bool again)
{
	if (holds || again)
		cl_json_bool(a, key, holds);
}

/* What it runs now. A path is where the file was: without the inode it would prove nothing. */
static void add_executable(cJSON *a, const struct cl_process *p, bool again)
{
	char inode[64];

	cl_json_str(a, "exe", p->exe);
	if (p->exe_ino) {
		snprintf(inode, sizeof(inode), "%u:%u:%" PRIu64, p->exe_dev >> 20, p->exe_dev & 0xfffff, p->exe_ino);
		cl_json_str(a, "exe_inode", inode);
	}
	add_mark(a, "exe_deleted", cl_process_exe_state(p) == CL_EXE_DELETED, again);
	add_mark(a, "exe_memfd", cl_process_exe_state(p) == CL_EXE_MEMORY, again);
	add_text(a, "script", p->script, again);
	add_text(a, "program", p->program, again);
	if (p->program)
		cl_json_str(a, "program_basis", cl_basis_name(CL_BASIS_INFERRED));
	add_text(a, "preload", p->preload, again);
	add_command(a, p->command);
	add_mark(a, "arguments_truncated", p->flags & (CL_F_ARGS_TRUNCATED | CL_F_ARGS_FAULT), again);
	add_mark(a, "environment_truncated", p->flags & (CL_F_ENV_TRUNCATED | CL_F_ENV_FAULT), again);
	cl_json_str(a, "comm", p->comm);
}

/* What it ran before, the first and the latest: two lists of equal length. */
static void add_earlier(cJSON *a, const struct cl_weave *w, const struct cl_process *p)
{
	cJSON *exe, *since;

	if (!p->earlier)
		return;
	exe = cl_json_arr(a, "earlier_exe");
	since = cl_json_arr(a, "earlier_since");
	for (uint32_t i = 0; i < p->earlier->n; i++) {
		const struct cl_image *image = &p->earlier->list[i];
		char text[CL_TIME_SIZE];

		cJSON_AddItemToArray(exe, cl_json_clean_string(image->script ? image->script : image->exe));
		cl_time_format(text, cl_host_wall(w->host, image->when ? image->when : p->key.start));
		cJSON_AddItemToArray(since, cJSON_CreateString(text));
	}
	if (p->earlier->forgotten)
		cl_json_num(a, "earlier_forgotten", p->earlier->forgotten);
}

static void add_user(cJSON *a, const struct cl_process *p)
{
	cl_json_written(a, "uid", p->uid);
	cl_json_written(a, "euid", p->euid);
	cl_json_written(a, "gid", p->gid);
	if (cl_process_in_userns(p)) {
		cl_json_written(a, "userns", p->userns);
		if (p->ns_uid != UINT32_MAX)
			cl_json_written(a, "ns_uid", p->ns_uid);
	}
	if (p->loginuid != NO_LOGIN)
		cl_json_written(a, "loginuid", p->loginuid);
	if (p->session != NO_LOGIN)
		cl_json_written(a, "session", p->session);
}

/* Namespaces are numbers: they are told where they are not the host's. */
static void add_place(cJSON *a, const struct cl_weave *w, const struct cl_process *p, bool again)
{
	cl_json_str(a, "container", p->container);
	add_mark(a, "container_entered", p->container_entered, again);
	cl_json_str(a, "cgroup", p->cgroup);
	add_mark(a, "cgroup_moved", p->moved, again);
	if (p->mntns && w->host->mntns && p->mntns != w->host->mntns)
		cl_json_written(a, "mntns", p->mntns);
	if (p->pidns && p->pidns != INIT_PIDNS)
		cl_json_written(a, "pidns", p->pidns);
}

static cJSON *process_attrs(const struct cl_weave *w, const struct cl_process *p, bool again)
{
	cJSON *a = cJSON_CreateObject();

	if (!a)
		return NULL;
	cl_json_written(a, "pid", p->key.tgid);
	if (p->ns_tgid && p->ns_tgid != p->key.tgid)
		cl_json_written(a, "ns_pid", p->ns_tgid);
	cl_weave_add_u64(a, "start", p->key.start);
	cl_json_time(a, "started", cl_host_wall(w->host, p->key.start));
	add_executable(a, p, again);
	add_earlier(a, w, p);
	add_user(a, p);
	add_place(a, w, p, again);
	if (p->kernel_parent.tgid && p->kernel_parent.tgid != p->parent_key.tgid)
		cl_json_written(a, "kernel_parent", p->kernel_parent.tgid);
	if (p->brokered)
		cl_json_str(a, "started_by", "broker");
	if (!p->known)
		cl_json_bool(a, "known", false);
	return a;
}

static int put_user(struct cl_weave *w, const struct cl_process *p, const char *process_id)
{
	_cleanup_json_ cJSON *attrs = cJSON_CreateObject();
	uint64_t start = cl_host_wall(w->host, p->key.start);
	char id[CL_ID_SIZE], label[32];
	int r;

	if (!attrs)
		return -ENOMEM;
	cl_json_written(attrs, "uid", p->uid);
	snprintf(label, sizeof(label), "uid %" PRIu32, p->uid);
	cl_id_user(id, sizeof(id), w->host->id, p->uid);
	r = cl_weave_node(w, CL_NODE_USER, id, label, start, &attrs);
	return r ? r : cl_weave_edge(w, CL_EDGE_RAN_AS, process_id, id, start, CL_BASIS_OBSERVED, NULL);
}

static int put_container(struct cl_weave *w, const struct cl_process *p, const char *process_id)
{
	_cleanup_json_ cJSON *attrs = cJSON_CreateObject();
	uint64_t start = cl_host_wall(w->host, p->key.start);
	char id[CL_ID_SIZE], host[CL_ID_SIZE], label[16];
	int r;

	if (!attrs)
		return -ENOMEM;
	cl_json_str(attrs, "id", p->container);
	snprintf(label, sizeof(label), "%.12s", p->container);
	cl_id_container(id, sizeof(id), p->container);
	r = cl_weave_node(w, CL_NODE_CONTAINER, id, label, start, &attrs);
	if (!r)
		r = cl_weave_edge(w, CL_EDGE_RAN_IN, process_id, id, start,
				  p->container_entered ? CL_BASIS_INFERRED : CL_BASIS_OBSERVED, NULL);
	if (!r)
		r = cl_weave_edge(w, CL_EDGE_RAN_IN, id, cl_id_host(host, sizeof(host), w->host->id), start,
				  CL_BASIS_OBSERVED, NULL);
	return r;
}

static uint32_t membership(const struct cl_process *p)
{
	if (p->unattributed || p->run->unattributed)
		return CL_BASIS_INFERRED;
	if (p->run->declared && cl_key_equal(p->key, p->run->root))
		return CL_BASIS_DECLARED;
	return CL_BASIS_OBSERVED;
}

int cl_weave_process(struct cl_weave *w, const struct cl_process *p, const char *id)
{
	uint64_t start = cl_host_wall(w->host, p->key.start);
	_cleanup_json_ cJSON *attrs = process_attrs(w, p, cl_graph_touch(w->g, id));
	char label[CL_EVIDENCE_SIZE], run[CL_ID_SIZE];
	int r;

	if (!attrs)
		return -ENOMEM;
	r = cl_weave_node(w, CL_NODE_PROCESS, id, cl_weave_process_label(label, sizeof(label), p), start, &attrs);
	if (!r && p->run)
		r = cl_weave_run(w, p->run);
	if (!r && p->run)
		r = cl_weave_edge(w, CL_EDGE_PART_OF, id, cl_id_run(run, sizeof(run), w->host->id, p->run->id), start,
				  membership(p), NULL);
	if (!r)
		r = put_user(w, p, id);
	if (!r && p->container && *p->container)
		r = put_container(w, p, id);
	return r;
}

int cl_weave_unknown(struct cl_weave *w, const char *id, struct cl_process_key key)
{
	_cleanup_json_ cJSON *attrs = cJSON_CreateObject();
	char label[32];

	if (!attrs)
		return -ENOMEM;
	cl_json_bool(attrs, "unknown", true);
	if (key.tgid) {
		cl_json_num(attrs, "pid", key.tgid);
		cl_weave_add_u64(attrs, "start", key.start);
		snprintf(label, sizeof(label), "unknown [%" PRIu32 "]", key.tgid);
	} else {
		snprintf(label, sizeof(label), "unknown");
	}
	return cl_weave_node(w, CL_NODE_PROCESS, id, label, cl_host_wall(w->host, key.start), &attrs);
}

int cl_weave_exit(struct cl_weave *w, const struct cl_process *p, const char *id)
{
	_cleanup_json_ cJSON *attrs = cJSON_CreateObject();

	if (!attrs)
		return -ENOMEM;
	cl_json_time(attrs, "exited", w->when);
	if (w->obs->unverified)
		cl_json_bool(attrs, "exit_unseen",
			     true); /* it was found gone: no status, and the time is a latest one */
	else if (w->obs->exit_code & 0x7f)
		cl_json_written(attrs, "exit_signal", w->obs->exit_code & 0x7f);
	else
		cl_json_written(attrs, "exit_status", (w->obs->exit_code >> 8) & 0xff);
	(void)p;
	return cl_weave_node(w, CL_NODE_PROCESS, id, NULL, w->when, &attrs);
}
