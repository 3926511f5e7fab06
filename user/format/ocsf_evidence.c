/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evidences: one per side with its process, chain, file or destination; then one per further event. Each has at
 * least `data`, which meets the class's "at least one of" even where the process is not known any more.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "format/fields.h"
#include "format/ocsf_internal.h"

#define OCSF_IP_MAX 40

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

void cl_ocsf_file(cJSON *to, const char *path)
{
	cJSON *file;

	if (!*path)
		return;
	file = cl_json_obj(to, "file");
	cl_json_str(file, "name", base_name(path));
	cl_json_str(file, "path", path);
	cl_json_num(file, "type_id", 1);
	cl_json_str(file, "type", "Regular File");
}

static void add_user(cJSON *to, const cJSON *process)
{
	if (cJSON_IsNumber(cl_json_at(process, "uid")))
		cl_ocsf_digits(cl_json_obj(to, "user"), "uid", process, "uid");
}

void cl_ocsf_process(cJSON *to, const cJSON *from)
{
	cl_ocsf_num(to, "pid", from, "pid");
	cl_ocsf_str(to, "uid", from, "id");
	cl_ocsf_str(to, "name", from, "name");
	cl_ocsf_str(to, "cmd_line", from, "command");
	cl_ocsf_str(to, "path", from, "exe");
}

void cl_ocsf_actor(cJSON *evidence, const cJSON *process)
{
	cJSON *p = cl_json_obj(cl_json_obj(evidence, "actor"), "process"), *ancestry;
	const cJSON *link;

	cl_ocsf_process(p, process);
	cl_ocsf_ms(p, "created_time", process, "started");
	cl_ocsf_file(p, cl_json_get_str(process, "exe"));
	if (!strcmp(cl_json_get_str(process, "exe_state"), "deleted"))
		cl_json_bool(cJSON_GetObjectItem(p, "file"), "is_deleted", true);
	add_user(p, process);
	if (!cJSON_GetArraySize(cl_json_at(process, "chain")))
		return;
	ancestry = cl_json_arr(p, "ancestry");
	cJSON_ArrayForEach (link, cl_json_at(process, "chain"))
		cl_ocsf_process(cl_json_push(ancestry), link);
}

void cl_ocsf_endpoint(cJSON *evidence, const cJSON *finding, const char *shown)
{
	const cJSON *d = cl_field_destination(finding, shown);
	const char *transport = cl_json_get_str(d, "transport"), *address = cl_json_get_str(d, "address");
	bool local = !strcmp(transport, "unix");
	cJSON *end, *info;

	if (!*shown)
		return;
	end = cl_json_obj(evidence, "dst_endpoint");
	if (*address && !local && strlen(address) <= OCSF_IP_MAX) {
		cl_json_str(end, "ip", address);
		cl_ocsf_num(end, "port", d, "port");
	} else {
		cl_json_str(end, "name", *address ? address : shown);
	}
	info = cl_json_obj(evidence, "connection_info");
	cl_json_num(info, "direction_id", local ? 4 : 2);
	cl_json_str(info, "direction", local ? "Local" : "Outbound");
	if (*transport)
		cl_json_str(info, "protocol_name", transport);
}

void cl_ocsf_agent(cJSON *evidence, const cJSON *run)
{
	cJSON *agent;

	if (strcmp(cl_json_get_str(run, "kind"), "agent"))
		return;
	agent = cl_json_obj(evidence, "ai_agent");
	cl_ocsf_str(agent, "name", run, "workflow");
	cl_ocsf_str(agent, "uid", run, "id");
	cl_ocsf_str(agent, "instance_uid", run, "id");
}

/* What the class has no attribute for: what tells one program from another, and who asked for it. */
static void add_details(cJSON *data, const cJSON *process)
{
	static const char *const keys[] = {"exe_state", "exe_inode", "script", "program", "preload", "started_by"};
	cJSON *details = cl_json_obj(data, "process"), *list;
	const cJSON *image;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		cl_ocsf_str(details, keys[i], process, keys[i]);
	cl_ocsf_num(details, "euid", process, "euid");
	cl_ocsf_num(details, "ns_uid", process, "ns_uid");
	if (!cJSON_GetArraySize(cl_json_at(process, "earlier")))
		return;
	list = cl_json_arr(details, "earlier");
	cJSON_ArrayForEach (image, cl_json_at(process, "earlier"))
		cJSON_AddItemToArray(list, cl_json_clean_string(cl_json_get_str(image, "exe")));
}

static void add_side(const cJSON *finding, const cJSON *side, bool agents, cJSON *list)
{
	const cJSON *process = cl_json_at(side, "process");
	cJSON *evidence = cl_json_push(list), *data;

	cl_ocsf_str(evidence, "name", side, "use.how");
	cl_ocsf_str(evidence, "uid", side, "run.id");
	if (process)
		cl_ocsf_actor(evidence, process);
	cl_ocsf_file(evidence, cl_json_get_str(side, "use.path"));
	cl_ocsf_endpoint(evidence, finding, cl_json_get_str(side, "use.destination"));
	if (*cl_json_get_str(process, "container"))
		cl_ocsf_str(cl_json_obj(evidence, "container"), "uid", process, "container");
	if (agents)
		cl_ocsf_agent(evidence, cl_json_at(side, "run"));
	data = cl_json_obj(evidence, "data");
	cl_ocsf_str(data, "workflow", side, "run.workflow");
	cl_ocsf_str(data, "run", side, "run.id");
	cl_ocsf_copy(data, "use", side, "use");
	if (process)
		add_details(data, process);
}

static void add_event(const cJSON *finding, const cJSON *item, cJSON *list)
{
	cJSON *evidence = cl_json_push(list);

	cl_ocsf_str(evidence, "name", item, "kind");
	cl_ocsf_file(evidence, cl_json_get_str(item, "path"));
	cl_ocsf_endpoint(evidence, finding, cl_json_get_str(item, "destination"));
	if (*cl_json_get_str(item, "process"))
		cl_ocsf_str(cl_json_obj(evidence, "process"), "uid", item, "process");
	cJSON_AddItemToObject(evidence, "data", cJSON_Duplicate(item, true));
}

/* The events that the sides show already. */
static bool is_shown(const cJSON *finding, const cJSON *item)
{
	static const char *const same[][2] = {
		{"kind", "use.how"},  {"time", "use.time"}, {"process", "process.id"},
		{"path", "use.path"}, {"name", "use.name"}, {"destination", "use.destination"},
	};
	const cJSON *side;

	cJSON_ArrayForEach (side, cl_json_at(finding, "sides")) {
		size_t i = 0;

		while (i < ARRAY_SIZE(same) &&
		       !strcmp(cl_json_get_str(item, same[i][0]), cl_json_get_str(side, same[i][1])))
			i++;
		if (i == ARRAY_SIZE(same))
			return true;
	}
	return false;
}

void cl_ocsf_evidences(const cJSON *finding, bool agents, cJSON *event)
{
	cJSON *list = cl_json_arr(event, "evidences");
	const cJSON *item;

	cJSON_ArrayForEach (item, cl_json_at(finding, "sides"))
		add_side(finding, item, agents, list);
	cJSON_ArrayForEach (item, cl_json_at(finding, "evidence"))
		if (!is_shown(finding, item))
			add_event(finding, item, list);
}

/* ---- observables ---- */

/* Each name is a path that resolves in this very event. */
static void observe(cJSON *event, cJSON *list, const char *path, const char *name, int type_id, const char *type)
{
	const cJSON *value = cl_json_at(event, path);
	cJSON *o;

	if (!cJSON_IsString(value) && !cJSON_IsNumber(value))
		return;
	o = cl_json_push(list);
	cl_json_str(o, "name", name);
	cl_json_num(o, "type_id", type_id);
	cl_json_str(o, "type", type);
	if (cJSON_IsString(value))
		cl_json_str(o, "value", value->valuestring);
	else
		cl_ocsf_digits(o, "value", value, "");
}

static void observe_evidence(cJSON *event, cJSON *list, int i)
{
	static const struct {
		const char *member;
		int type_id;
		const char *type;
	} members[] = {
		{"actor.process.uid", 39, "process_entity.uid"},
		{"actor.process.pid", 15, "Process ID"},
		{"actor.process.name", 9, "Process Name"},
		{"actor.process.cmd_line", 13, "Command Line"},
		{"actor.process.user.uid", 31, "user.uid"},
		{"file.path", 45, "File Path"},
		{"dst_endpoint.ip", 2, "IP Address"},
		{"dst_endpoint.port", 11, "Port"},
	};
	char path[64], name[64];

	for (size_t m = 0; m < ARRAY_SIZE(members); m++) {
		snprintf(path, sizeof(path), "evidences.%d.%s", i, members[m].member);
		snprintf(name, sizeof(name), "evidences[%d].%s", i, members[m].member);
		observe(event, list, path, name, members[m].type_id, members[m].type);
	}
}

void cl_ocsf_observables(cJSON *event)
{
	cJSON *list = cl_json_arr(event, "observables");

	observe(event, list, "device.hostname", "device.hostname", 1, "Hostname");
	observe(event, list, "device.uid", "device.uid", 47, "device.uid");
	observe(event, list, "resources.0.uid", "resources[0].uid", 10, "Resource UID");
	for (int i = 0; i < 2 && i < cJSON_GetArraySize(cl_json_at(event, "evidences")); i++)
		observe_evidence(event, list, i);
}
