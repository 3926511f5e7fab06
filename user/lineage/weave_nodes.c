/* SPDX-License-Identifier: Apache-2.0 */
#include "lineage/weave_nodes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#define COMMAND_MAX 1024
#define NO_LOGIN UINT32_MAX

int cl_weave_node(struct cl_weave *w, uint32_t kind, const char *id, const char *label, uint64_t when, cJSON **attrs)
{
	char text[CL_EVIDENCE_SIZE];

	return cl_graph_node(w->g, kind, id, label ? cl_escape(text, sizeof(text), label) : NULL, when,
			     TAKE_PTR(*attrs));
}

int cl_weave_edge(struct cl_weave *w, uint32_t kind, const char *source, const char *target, uint64_t when,
		  uint32_t basis, const char *evidence)
{
	int r = cl_graph_edge(w->g, kind, source, target, when, basis, evidence);

	return r == -ENOENT ? 0 : r; /* pushed out under pressure: the graph has counted it */
}

/* The kernel's own encoding of devices (event.h). */
static void add_device(cJSON *attrs, const char *key, uint32_t dev)
{
	char text[32];

	snprintf(text, sizeof(text), "%u:%u", dev >> 20, dev & 0xfffff);
	cl_json_str(attrs, key, text);
}

/* Inodes and nanoseconds need all of 64 bits, which a JSON number does not have. */
static void add_u64(cJSON *attrs, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	cl_json_str(attrs, key, text);
}

/* ---- processes ---- */

char *cl_weave_process_label(char *buf, size_t size, const struct cl_process *p)
{
	const char *name = p->script && *p->script ? p->script : p->exe;
	const char *slash = name ? strrchr(name, '/') : NULL;

	if (slash && slash[1])
		name = slash + 1;
	if (!name || !*name)
		name = *p->comm ? p->comm : "process";
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

static void add_executable(cJSON *a, const struct cl_process *p)
{
	char inode[64];

	cl_json_str(a, "exe", p->exe);
	if (p->exe_ino) {
		snprintf(inode, sizeof(inode), "%u:%u:%" PRIu64, p->exe_dev >> 20, p->exe_dev & 0xfffff, p->exe_ino);
		cl_json_str(a, "exe_inode", inode);
	}
	cl_json_str(a, "script", p->script);
	add_command(a, p->command);
	cl_json_str(a, "comm", *p->comm ? p->comm : NULL);
}

static cJSON *process_attrs(const struct cl_weave *w, const struct cl_process *p)
{
	cJSON *a = cJSON_CreateObject();

	if (!a)
		return NULL;
	cl_json_num(a, "pid", p->key.tgid);
	if (p->ns_tgid && p->ns_tgid != p->key.tgid)
		cl_json_num(a, "ns_pid", p->ns_tgid);
	add_u64(a, "start", p->key.start);
	cl_json_time(a, "started", cl_host_wall(w->host, p->key.start));
	add_executable(a, p);
	cl_json_num(a, "uid", p->uid);
	cl_json_num(a, "euid", p->euid);
	cl_json_num(a, "gid", p->gid);
	if (p->loginuid != NO_LOGIN)
		cl_json_num(a, "loginuid", p->loginuid);
	if (p->session != NO_LOGIN)
		cl_json_num(a, "session", p->session);
	cl_json_str(a, "container", p->container);
	cl_json_str(a, "cgroup", p->cgroup);
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
	cl_json_num(attrs, "uid", p->uid);
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
		r = cl_weave_edge(w, CL_EDGE_RAN_IN, process_id, id, start, CL_BASIS_OBSERVED, NULL);
	if (!r)
		r = cl_weave_edge(w, CL_EDGE_RAN_IN, id, cl_id_host(host, sizeof(host), w->host->id), start,
				  CL_BASIS_OBSERVED, NULL);
	return r;
}

static uint32_t membership(const struct cl_process *p)
{
	if (p->unattributed || p->run->unattributed)
		return CL_BASIS_INFERRED;
	if (p->run->declared && p->key.tgid == p->run->root.tgid && p->key.start == p->run->root.start)
		return CL_BASIS_DECLARED;
	return CL_BASIS_OBSERVED;
}

int cl_weave_process(struct cl_weave *w, const struct cl_process *p, const char *id)
{
	uint64_t start = cl_host_wall(w->host, p->key.start);
	_cleanup_json_ cJSON *attrs = process_attrs(w, p);
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
		add_u64(attrs, "start", key.start);
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
	if (w->obs->exit_code & 0x7f)
		cl_json_num(attrs, "exit_signal", w->obs->exit_code & 0x7f);
	else
		cl_json_num(attrs, "exit_status", (w->obs->exit_code >> 8) & 0xff);
	(void)p;
	return cl_weave_node(w, CL_NODE_PROCESS, id, NULL, w->when, &attrs);
}

/* ---- what is acted upon ---- */

static int put_credential(struct cl_weave *w, const struct cl_sighting *s, const char *id)
{
	_cleanup_json_ cJSON *a = cJSON_CreateObject();
	char label[CL_EVIDENCE_SIZE], key[12];

	if (!a)
		return -ENOMEM;
	snprintf(key, sizeof(key), "%08" PRIx32, s->key_id);
	cl_json_str(a, "fingerprint", id);
	cl_json_str(a, "key_id", key);
	cl_json_str(a, "provider", s->provider);
	cl_json_str(a, "format", s->format);
	cl_json_str(a, "class", cl_class_name(s->class));
	cl_json_time(a, "expires", s->expires);
	snprintf(label, sizeof(label), "%.80s %.80s %.9s", s->provider ? s->provider : "", s->format ? s->format : "",
		 id);
	return cl_weave_node(w, CL_NODE_CREDENTIAL, id, label + strspn(label, " "), w->when, &a);
}

/* A credential's nature does not change: once described it is only seen again, unless its end was not known. */
int cl_weave_credential(struct cl_weave *w, const struct cl_sighting *s, const char *id)
{
	return cl_graph_touch(w->g, id) && !s->expires
		       ? cl_graph_node(w->g, CL_NODE_CREDENTIAL, id, NULL, w->when, NULL)
		       : put_credential(w, s, id);
}

int cl_weave_file(struct cl_weave *w, const struct cl_process *p, char id[CL_ID_SIZE])
{
	_cleanup_json_ cJSON *a = cJSON_CreateObject();
	bool boxed = p->container && *p->container;

	if (!a)
		return -ENOMEM;
	cl_json_str(a, "path", w->obs->path);
	cl_json_str(a, "store", w->obs->store);
	cl_json_str(a, "container", boxed ? p->container : NULL);
	if (w->obs->ino) {
		add_device(a, "dev", w->obs->dev);
		add_u64(a, "ino", w->obs->ino);
	}
	cl_id_file(id, CL_ID_SIZE, boxed ? p->container : w->host->id, w->obs->path);
	return cl_weave_node(w, CL_NODE_FILE, id, w->obs->path, w->when, &a);
}

int cl_weave_destination(struct cl_weave *w, char id[CL_ID_SIZE], char evidence[CL_EVIDENCE_SIZE])
{
	const struct cl_observation *obs = w->obs;
	const char *transport = cl_transport_name(obs->family, obs->sock_type);
	_cleanup_json_ cJSON *a = cJSON_CreateObject();
	bool six = obs->family == AF_INET6;

	if (!a)
		return -ENOMEM;
	cl_json_str(a, "address", obs->address);
	if (obs->family != AF_UNIX)
		cl_json_num(a, "port", obs->port);
	cl_json_str(a, "transport", transport);
	if (obs->family == AF_UNIX)
		snprintf(evidence, CL_EVIDENCE_SIZE, "%.200s", obs->address);
	else
		snprintf(evidence, CL_EVIDENCE_SIZE, "%s%.100s%s:%" PRIu32, six ? "[" : "", obs->address,
			 six ? "]" : "", obs->port);
	cl_id_destination(id, CL_ID_SIZE, obs);
	return cl_weave_node(w, CL_NODE_DESTINATION, id, evidence, w->when, &a);
}

/* ---- evidence ---- */

const char *cl_weave_opener(char buf[CL_EVIDENCE_SIZE], const struct cl_weave *w)
{
	char text[CL_EVIDENCE_SIZE + 16];

	if (!*w->opener)
		return NULL;
	snprintf(text, sizeof(text), "opened by %s", w->opener);
	return cl_escape(buf, CL_EVIDENCE_SIZE, text);
}

const char *cl_weave_evidence(char buf[CL_EVIDENCE_SIZE], const struct cl_weave *w, const struct cl_sighting *s,
			      uint32_t kind)
{
	const char *comma = *w->opener ? ", opened by " : "", *path = w->obs->path;
	char text[CL_EVIDENCE_SIZE + 16];

	if (kind == CL_EDGE_RECEIVED && *w->opener)
		return cl_weave_opener(buf, w);
	if (kind != CL_EDGE_READ || !path) {
		const char *name = s->name ? s->name : kind == CL_EDGE_PASSED_IN_ARGUMENTS ? "argument" : NULL;

		return name ? cl_escape(buf, CL_EVIDENCE_SIZE, name) : NULL;
	}
	if (s->line)
		snprintf(text, sizeof(text), "%.160s:%" PRIu32 "%s%.60s", path, s->line, comma, w->opener);
	else
		snprintf(text, sizeof(text), "%.160s%s%.60s", path, comma, w->opener);
	return cl_escape(buf, CL_EVIDENCE_SIZE, text);
}

const char *cl_weave_place(char buf[CL_EVIDENCE_SIZE], const struct cl_sighting *s)
{
	char text[CL_EVIDENCE_SIZE];

	if (!s->name && !s->line)
		return NULL;
	if (s->name && s->line)
		snprintf(text, sizeof(text), "%.200s, line %" PRIu32, s->name, s->line);
	else if (s->name)
		snprintf(text, sizeof(text), "%.200s", s->name);
	else
		snprintf(text, sizeof(text), "line %" PRIu32, s->line);
	return cl_escape(buf, CL_EVIDENCE_SIZE, text);
}
